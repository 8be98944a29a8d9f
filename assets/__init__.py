"""USD robots and props, the warehouse generator and asset validation."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parent
"""Folder that holds the USD robots and scenes, in a checkout and in an installed wheel alike."""
