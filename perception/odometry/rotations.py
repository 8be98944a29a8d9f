"""Single small rotations, thousands of times a second, without the overhead of `perception.poses`."""

from __future__ import annotations

import math

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


def turn_by(vector: Array) -> Array:
    """Rotation matrix (3, 3) about a vector (3,) by its length in rad: Rodrigues' formula."""
    angle = math.sqrt(vector @ vector)
    a, b = (1.0, 0.5) if angle < _SMALL else (math.sin(angle) / angle, (1 - math.cos(angle)) / angle**2)
    cross = skew(vector)
    return _IDENTITY + a * cross + b * (cross @ cross)


def turn_of(rotation: Array) -> Array:
    """Rotation vector (3,), rad, of a matrix (3, 3)."""
    (_, a, b), (c, _, d), (e, f, _) = rotation.tolist()
    twice = np.array([f - d, b - e, c - a])
    sine, cosine = math.sqrt(twice @ twice) / 2, (np.trace(rotation) - 1) / 2
    if cosine < -0.9:
        return rotation_log(rotation)
    return twice / 2 * (1.0 if sine < _SMALL else math.atan2(sine, cosine) / sine)


def right_jacobian(vectors: Array) -> Array:
    """(..., 3, 3): exp(v + d) = exp(v) exp(J d) for small d (Forster et al. 2017, eq. 8)."""
    angles = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None, None]
    safe = np.maximum(angles, _SMALL)
    a = np.where(angles > _SMALL, (1 - np.cos(safe)) / safe**2, 0.5)
    b = np.where(angles > _SMALL, (safe - np.sin(safe)) / safe**3, 1 / 6)
    cross = skew(vectors)
    return _IDENTITY - a * cross + b * (cross @ cross)


def perturbed(pose: Array, step: Array) -> Array:
    """Pose (4, 4) turned by step[:3] (rad, body's axes) and moved by step[3:6] (m, world's axes)."""
    return righted(pose_of(pose[:3, 3] + step[3:6], pose[:3, :3] @ turn_by(step[:3])))


def righted(pose: Array) -> Array:
    """The pose (4, 4) with its rotation made orthonormal again, before rounding errors of products grow.

    One step of Newton's iteration for the polar decomposition (Higham 1986), enough for errors below 1e-4.
    """
    rotation = pose[:3, :3]
    return pose_of(pose[:3, 3], rotation @ (3 * _IDENTITY - rotation.T @ rotation) / 2)
