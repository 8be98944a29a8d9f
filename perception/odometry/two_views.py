"""The pose of one view of a stereo rig relative to another, from features that both see.

A resection takes points for certain. Here their depth is known from the first view's disparity alone, and far
points, whose disparity a short baseline hardly tells, must not say where the second view is: each point's
residuals are weighed by their covariance, in which the error of its depth is carried into the second view.
"""

from __future__ import annotations

import numpy as np

from ..poses import Array
from .resection import MIN_POINTS, Resection
from .rig import StereoRig
from .rotations import perturbed, skew

# Of features matched over some metres of a drive: where they sit in the second picture, and their disparity.
_SPOT_SIGMA, _DISPARITY_SIGMA = 1.0, 0.3  # px
_SHARED_SIGMA = 0.1  # px, of the part of disparity's error that all points of a view have in common
_REPEATED = 4.0  # features are not independent: one corner is found at several scales
_UNSEEN = 1e3  # px, standard deviation of a disparity that was not measured
_HUBER = 2.0  # standard deviations
_GATE = 16.3  # squared deviations of (u, v, disparity), which one true match in a thousand exceeds
_NEAREST = 0.05  # m before the camera
_ROUNDS, _ITERATIONS = 3, 5


def relative_pose(rig: StereoRig, first: Array, guess: Array, before: Array, now: Array) -> Resection | None:
    """The pose of the second view that most matches agree on.

    Args:
        rig: the cameras.
        first: `world_from_body` (4, 4) of the first view.
        guess: about that of the second.
        before: (n, 3) u, v, u_right of the features in the first view, px.
        now: in the second; u_right may be NaN.

    Returns:
        The second pose and its covariance relative to the first; None if too few agree.
    """
    inliers = np.ones(len(before), bool)
    pose, covariance = guess, np.eye(6)
    known = np.diag([1e-9] * 6 + [1 / _SHARED_SIGMA**2] * 2)
    for _ in range(_ROUNDS):
        if inliers.sum() < MIN_POINTS:
            return None
        for _ in range(_ITERATIONS):
            residual, jacobian = _whitened(rig, first, pose, before[inliers], now[inliers])
            norms = np.linalg.norm(residual, axis=1)
            roots = np.sqrt(np.minimum(1.0, _HUBER / np.maximum(norms, 1e-9)))[:, None]
            rows, errors = (jacobian * roots[..., None]).reshape(-1, 8), (residual * roots).ravel()
            whole = np.linalg.inv(rows.T @ rows + known)
            covariance, step = _REPEATED * whole[:6, :6], -(whole @ (rows.T @ errors))[:6]
            pose = perturbed(pose, step)
            if np.abs(step).max() < 1e-5:
                break
        residual, _ = _whitened(rig, first, pose, before, now)
        inliers = (residual**2).sum(axis=1) < _GATE
    enough = inliers.sum() >= MIN_POINTS and np.isfinite(pose).all()
    return Resection(pose, covariance, inliers) if enough else None


def _whitened(rig: StereoRig, first: Array, second: Array, before: Array, now: Array) -> tuple[Array, Array]:
    """Errors (n, 3) of u, v and disparity in the second view, in deviations, and derivatives by its pose."""
    points = rig.to_world(first, rig.triangulate(before))
    in_camera = rig.to_camera(second, points)
    behind = in_camera[:, 2] < _NEAREST
    in_camera[behind] = (0.0, 0.0, 1.0)
    # A point slides along its ray of the first view, by its distance over its disparity for each px.
    eye = (first @ rig.camera.body_from_camera)[:3, 3]
    slide = (points - eye) / (before[:, 0] - before[:, 2])[:, None]
    turn = rig.camera_from_body[:3, :3] @ second[:3, :3].T
    by_camera = _as_disparity(rig.jacobian(in_camera))
    by_depth = np.einsum("nij,nj->ni", by_camera, slide @ turn.T)
    variance = np.tile([_SPOT_SIGMA**2, _SPOT_SIGMA**2, _DISPARITY_SIGMA**2], (len(now), 1))
    variance[np.isnan(now[:, 2]), 2] = _UNSEEN**2
    covariance = by_depth[:, :, None] * by_depth[:, None] * _DISPARITY_SIGMA**2
    covariance[:, range(3), range(3)] += variance
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    residual = np.nan_to_num(_as_disparity(rig.project(in_camera) - now))
    residual[behind] = 1e6
    in_body = points @ second[:3, :3] - second[:3, 3] @ second[:3, :3]
    shared = np.zeros((len(now), 3, 2))
    shared[:, :, 0], shared[:, 2, 1] = by_depth, 1.0
    derivatives = np.concatenate(
        [by_camera @ (rig.camera_from_body[:3, :3] @ skew(in_body)), by_camera @ -turn, shared], axis=2
    )
    return np.einsum("nij,nj->ni", root, residual), root @ derivatives


def _as_disparity(rows: Array) -> Array:
    """Rows (n, 3, ...) of u, v, u_right as rows of u, v, u - u_right."""
    rows = rows.copy()
    rows[:, 2] = rows[:, 0] - rows[:, 2]
    return rows
