"""The straight way in to a grasp."""

from __future__ import annotations

import numpy as np

from ..poses import Array


def way_in(poses: Array, length: float) -> Array:
    """Where the ways to grasps (k, 4, 4) begin, (k, 4, 4): `length` m back along their Z."""
    before = np.eye(4)
    before[2, 3] = -length
    return poses @ before
