"""Rotations that more than one part of planning needs."""

from __future__ import annotations

import numpy as np


def with_z(direction: np.ndarray) -> np.ndarray:
    """A rotation (3, 3) whose z column points along a direction (3,) of any length but 0."""
    z = direction / np.linalg.norm(direction)
    x = np.cross(np.eye(3)[int(np.argmin(np.abs(z)))], z)
    x /= np.linalg.norm(x)
    return np.column_stack([x, np.cross(z, x), z])
