"""What grasps of all kinds have in common: a straight way in, what is in the way, and a ranking."""

from __future__ import annotations

import numpy as np

from ..poses import Array


def way_in(poses: Array, length: float) -> Array:
    """Where the ways to grasps (k, 4, 4) begin, (k, 4, 4): `length` m back along their Z."""
    before = np.eye(4)
    before[2, 3] = -length
    return poses @ before


def all_things(own: Array, obstacles: Array | None) -> Array:
    """Points (n, 3) that must not be run into: the object's `own`, and everything else."""
    return own if obstacles is None else np.concatenate([own, obstacles])


def best_first(scores: Array, least: float) -> np.ndarray:
    """Indices of the grasps that score `least` or more, the best first."""
    order = np.argsort(-scores, kind="stable")
    return order[scores[order] >= least]
