"""Run the perception stack on a recording or picture: odometry, depth and more."""

from __future__ import annotations
