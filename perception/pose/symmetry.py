"""How far two poses of a symmetric object are apart."""

from __future__ import annotations

import numpy as np

from ..poses import Array
from .model import CadModel


def nearest_symmetric(model: CadModel, pose: Array, reference: Array) -> Array:
    """Of the poses (4, 4) that look like `pose`, the one turned least from `reference`."""
    group = pose @ model.group
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


def distances_apart(model: CadModel, poses: Array, reference: Array) -> Array:
    """Largest distances (n,) in m of 24 samples from poses (n, 4, 4) to one, symmetries counted as equal."""
    points = model.samples[0][:24]
    alike = reference @ model.group
    moved = points @ alike[:, :3, :3].transpose(0, 2, 1) + alike[:, None, :3, 3]
    here = points @ poses[:, :3, :3].transpose(0, 2, 1) + poses[:, None, :3, 3]
    return np.linalg.norm(here[:, None] - moved[None], axis=3).max(axis=2).min(axis=1)


def distinct(model: CadModel, poses: Array, costs: Array, most: int) -> list[int]:
    """Indices of the cheapest poses, no two of which are within 8 % of the diameter but for a symmetry."""
    left = np.argsort(costs)
    chosen: list[int] = []
    while len(left) and len(chosen) < most:
        chosen.append(int(left[0]))
        left = left[distances_apart(model, poses[left], poses[left[0]]) > 0.08 * model.diameter]
    return chosen
