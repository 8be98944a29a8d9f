"""The pose of a rig from known points that it sees: RANSAC where needed, then robust Gauss-Newton."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..poses import Array, inverse, pose_of
from .rig import StereoRig
from .rotations import perturbed, skew

MIN_POINTS = 6
_HUBER = 2.0  # in standard deviations
_NEAREST = 0.05  # m before the camera


@dataclass(frozen=True, eq=False)
class Resection:
    """A pose that fits.

    Attributes:
        pose: `world_from_body` (4, 4).
        covariance: (6, 6) of its rotation (rad, in the body's axes), then position (m, in the world's axes).
        inliers: (n,) which points fit it.
    """

    pose: Array
    covariance: Array
    inliers: np.ndarray


def residuals(rig: StereoRig, pose: Array, points: Array, pixels: Array) -> tuple[Array, Array]:
    """Errors (n, 3) in px of (u, v, u_right), 0 for one not seen (NaN), and the points in the camera's frame.

    Points behind the camera err by far more than any picture is wide.
    """
    in_camera = rig.to_camera(pose, points)
    behind = in_camera[:, 2] < _NEAREST
    in_camera[behind] = (0.0, 0.0, 1.0)
    error = np.nan_to_num(rig.project(in_camera) - pixels)
    error[behind] = 1e6
    return error, in_camera


def refine(
    rig: StereoRig, pose: Array, points: Array, pixels: Array, sigma: float, iterations: int = 5
) -> tuple[Array, Array]:
    """Gauss-Newton on (u, v, u_right) with Huber weights.

    Returns:
        Pose (4, 4) and information matrix (6, 6), ordered and framed as `Resection.covariance`.
    """
    information = np.zeros((6, 6))
    turn = rig.camera_from_body[:3, :3]
    seen = np.isfinite(pixels)[..., None]
    for _ in range(iterations):
        error, in_camera = residuals(rig, pose, points, pixels)
        size = np.linalg.norm(error, axis=1) / sigma
        weight = np.minimum(1.0, _HUBER / np.maximum(size, 1e-9)) / sigma**2
        weight[size > 1e5] = 0.0
        by_point = rig.jacobian(in_camera) * seen
        in_body = points @ pose[:3, :3] - pose[:3, 3] @ pose[:3, :3]
        jacobian = np.concatenate(
            [by_point @ (turn @ skew(in_body)), by_point @ -(turn @ pose[:3, :3].T)], axis=2
        ).reshape(-1, 6)
        weighted = jacobian * np.repeat(weight, 3)[:, None]
        information = jacobian.T @ weighted
        step = -np.linalg.solve(information + 1e-9 * np.eye(6), weighted.T @ error.ravel())
        pose = perturbed(pose, step)
        if np.abs(step).max() < 1e-6:
            break
    return pose, information


def resect(
    rig: StereoRig, guess: Array, points: Array, pixels: Array, sigma: float, max_residual: float
) -> Resection | None:
    """The pose that most points agree on, near `guess` if that explains half of them.

    Args:
        rig: the cameras.
        guess: predicted `world_from_body` (4, 4).
        points: (n, 3) in the world, m.
        pixels: (n, 3) u, v, u_right, px; u_right is NaN where it was not seen.
        sigma: standard deviation of a pixel coordinate, px.
        max_residual: error of an outlier, px.

    Returns:
        None if fewer than `MIN_POINTS` agree.
    """
    if len(points) < MIN_POINTS:
        return None
    best = _settle(rig, guess, points, pixels, sigma, max_residual)
    if best is None or best.inliers.mean() < 0.5:
        other = ransac(rig, points, pixels, max_residual)
        if other is not None:
            rival = _settle(rig, other, points, pixels, sigma, max_residual)
            if rival is not None and (best is None or rival.inliers.sum() > 1.5 * best.inliers.sum()):
                best = rival
    return best


def ransac(rig: StereoRig, points: Array, pixels: Array, max_residual: float) -> Array | None:
    """`world_from_body` (4, 4) by three-point resection of random points, or None."""
    found, rotation, translation, inliers = cv2.solvePnPRansac(
        points.astype(np.float64), pixels[:, :2].astype(np.float64), rig.camera.matrix, None,
        iterationsCount=100, reprojectionError=max_residual, confidence=0.999, flags=cv2.SOLVEPNP_AP3P,
    )  # fmt: skip
    if not found or inliers is None or len(inliers) < MIN_POINTS:
        return None
    camera_from_world = pose_of(translation.ravel(), cv2.Rodrigues(rotation)[0])
    pose = inverse(camera_from_world) @ rig.camera_from_body
    return pose if np.isfinite(pose).all() else None


def _settle(
    rig: StereoRig, pose: Array, points: Array, pixels: Array, sigma: float, max_residual: float
) -> Resection | None:
    """Gauss-Newton on all, and again on those that fit."""
    pose, _ = refine(rig, pose, points, pixels, sigma)
    if not np.isfinite(pose).all():
        return None
    inliers = _fitting(rig, pose, points, pixels, max_residual)
    if inliers.sum() < MIN_POINTS:
        return None
    pose, information = refine(rig, pose, points[inliers], pixels[inliers], sigma, iterations=3)
    inliers = _fitting(rig, pose, points, pixels, max_residual)
    if not np.isfinite(pose).all() or inliers.sum() < MIN_POINTS:
        return None
    return Resection(pose, np.linalg.inv(information + 1e-9 * np.eye(6)), inliers)


def _fitting(rig: StereoRig, pose: Array, points: Array, pixels: Array, max_residual: float) -> np.ndarray:
    error, _ = residuals(rig, pose, points, pixels)
    return np.abs(error).max(axis=1) < max_residual
