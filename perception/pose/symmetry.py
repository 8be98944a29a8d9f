"""How far two poses of a symmetric object are apart."""

from __future__ import annotations

import numpy as np

from ..poses import Array
from .model import CadModel


def nearest_symmetric(model: CadModel, pose: Array, reference: Array) -> Array:
    """Of the poses (4, 4) that look like `pose`, the one turned least from `reference`."""
    group = pose @ model.symmetric_poses()
    traces = np.einsum("sij,ij->s", group[:, :3, :3], reference[:3, :3])
    return group[int(traces.argmax())]


def turn_apart(model: CadModel, pose: Array, reference: Array) -> float:
    """Smallest angle in rad between two poses (4, 4), symmetries counted as equal.

    About an axis of symmetry the angle is exact: only the axis's direction counts.
    """
    if len(model.axes):
        axis = model.axes[0, :3]
        group = np.concatenate([np.eye(4)[None], model.symmetries])[:, :3, :3]
        turned = (pose[:3, :3] @ group) @ axis
        return float(np.arccos(np.clip(turned @ (reference[:3, :3] @ axis), -1.0, 1.0)).min())
    near = nearest_symmetric(model, pose, reference)
    cosine = (np.trace(near[:3, :3].T @ reference[:3, :3]) - 1) / 2
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)))


def distances_apart(model: CadModel, pose: Array, reference: Array) -> float:
    """Largest distance in m of a sample between two poses, symmetries counted as equal (BOP's MSSD)."""
    points = model.samples[0][:512]
    place = points @ reference[:3, :3].T + reference[:3, 3]
    group = pose @ model.symmetric_poses()
    moved = points @ group[:, :3, :3].transpose(0, 2, 1) + group[:, None, :3, 3]
    return float(np.linalg.norm(moved - place, axis=2).max(axis=1).min())
