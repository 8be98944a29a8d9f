"""Rotations and their errors for any number of poses at once, with less overhead than `perception.poses`."""

from __future__ import annotations

import numpy as np

from ..poses import Array, pose_of, rotation_log

_IDENTITY = np.eye(3)
_SMALL = 1e-5  # rad, below which series take the place of formulas


def skew(vectors: Array) -> Array:
    """Matrices (..., 3, 3) of the cross product with vectors (..., 3)."""
    matrices = np.zeros((*vectors.shape, 3))
    matrices[..., 0, 1], matrices[..., 0, 2] = -vectors[..., 2], vectors[..., 1]
    matrices[..., 1, 0], matrices[..., 1, 2] = vectors[..., 2], -vectors[..., 0]
    matrices[..., 2, 0], matrices[..., 2, 1] = -vectors[..., 1], vectors[..., 0]
    return matrices


def turn_by(vectors: Array) -> Array:
    """Rotation matrices (..., 3, 3) about vectors (..., 3) by their length in rad: Rodrigues' formula."""
    angles = _lengths(vectors)[..., None, None]
    safe = np.maximum(angles, _SMALL)
    a = np.where(angles > _SMALL, np.sin(safe) / safe, 1.0)
    b = np.where(angles > _SMALL, (1 - np.cos(safe)) / safe**2, 0.5)
    cross = skew(vectors)
    return _IDENTITY + a * cross + b * (cross @ cross)


def turn_of(rotations: Array) -> Array:
    """Rotation vectors (..., 3), rad, of matrices (..., 3, 3)."""
    twice = np.stack(
        [
            rotations[..., 2, 1] - rotations[..., 1, 2],
            rotations[..., 0, 2] - rotations[..., 2, 0],
            rotations[..., 1, 0] - rotations[..., 0, 1],
        ],
        axis=-1,
    )
    sine = _lengths(twice)[..., None] / 2
    cosine = (np.einsum("...ii->...", rotations)[..., None] - 1) / 2
    if (cosine < -0.9).any():
        return rotation_log(rotations)
    stretch = np.where(sine > _SMALL, np.arctan2(sine, cosine) / np.maximum(sine, _SMALL), 1.0)
    return twice / 2 * stretch


def right_jacobian(vectors: Array) -> Array:
    """(..., 3, 3): exp(v + d) = exp(v) exp(J d) for small d (Forster et al. 2017, eq. 8)."""
    angles = _lengths(vectors)[..., None, None]
    safe = np.maximum(angles, _SMALL)
    a = np.where(angles > _SMALL, (1 - np.cos(safe)) / safe**2, 0.5)
    b = np.where(angles > _SMALL, (safe - np.sin(safe)) / safe**3, 1 / 6)
    cross = skew(vectors)
    return _IDENTITY - a * cross + b * (cross @ cross)


def perturbed(pose: Array, step: Array) -> Array:
    """Poses (..., 4, 4) turned by step[..., :3] (rad, body's axes), moved by step[..., 3:6] (m, world's)."""
    return righted(pose_of(pose[..., :3, 3] + step[..., 3:6], pose[..., :3, :3] @ turn_by(step[..., :3])))


def righted(pose: Array) -> Array:
    """Poses (..., 4, 4), their rotations made orthonormal again, before rounding errors of products grow.

    One step of Newton's iteration for the polar decomposition (Higham 1986), enough for errors below 1e-4.
    """
    rotation = pose[..., :3, :3]
    squares = np.swapaxes(rotation, -1, -2) @ rotation
    return pose_of(pose[..., :3, 3], rotation @ (3 * _IDENTITY - squares) / 2)


def _lengths(vectors: Array) -> Array:
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
