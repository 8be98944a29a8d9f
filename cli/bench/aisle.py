"""An aisle between two racks, in closed form: depth pictures and true distances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...perception.camera import Camera
from ...perception.poses import Array, pose_of

CAMERA = Camera(640, 480, 525.0, 525.0, 319.5, 239.5)
_HALF_WIDTH, _CEILING, _PITCH = 1.7, 4.0, 1.3
_FAR = 8.0


def boxes(length: float, seed: int = 0) -> np.ndarray:
    """Corners (n, 2, 3), m, of cartons that stand at both sides of the aisle, on the floor and on top."""
    rng, found = np.random.default_rng(seed), []
    for x in np.arange(0.5, length, _PITCH):
        for side in (-1, 1):
            size = rng.uniform([0.5, 0.3, 0.4], [1.1, 0.6, 1.2])
            y = side * (_HALF_WIDTH - size[1] / 2)
            found.append([[x - size[0] / 2, y - size[1] / 2, 0], [x + size[0] / 2, y + size[1] / 2, size[2]]])
    return np.array(found)


def drive(length: float, step: float, height: float = 1.2) -> list[Array]:
    """Poses `world_from_camera` of a camera that goes along x and looks ahead, left and right in turns."""
    poses = []
    for k, x in enumerate(np.arange(0.0, length, step)):
        yaw = (0.0, 0.7, -0.7)[k % 3]
        pitch = 0.35
        forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
        right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
        axes = np.column_stack([right, np.cross(forward, right), forward])
        poses.append(pose_of(np.array([x, 0.0, height]), axes))
    return poses


def depth_pictures(poses: list[Array], length: float, noise: float, seed: int = 0) -> Iterator[np.ndarray]:
    """(480, 640) float32 of each pose, m; noise grows as `noise` z^2 (m), as a stereo camera's does."""
    rng, cartons = np.random.default_rng(seed), boxes(length)
    unit = CAMERA.unproject(np.ones((CAMERA.height, CAMERA.width)))
    for pose in poses:
        depth = _depth(unit @ pose[:3, :3].T, pose[:3, 3], cartons)
        depth += noise * depth**2 * rng.standard_normal(depth.shape)
        yield np.where(depth < _FAR, depth, 0).astype(np.float32)


def _depth(rays: Array, eye: Array, cartons: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        planes = [
            np.where(rays[..., axis] * sign > 0, (sign * at - eye[axis]) / rays[..., axis], np.inf)
            for axis, sign, at in ((2, -1, 0.0), (2, 1, _CEILING), (1, 1, _HALF_WIDTH), (1, -1, _HALF_WIDTH))
        ]
        depth = np.min(planes, axis=0)
        # The camera looks along x, more or less.
        ahead = cartons[:, :, 0] - eye[0]
        near = (ahead[:, 1] > 0) & (ahead[:, 0] < _FAR)
        per_ray = 1 / rays
        for lower, upper in cartons[near]:
            one, other = (lower - eye) * per_ray, (upper - eye) * per_ray
            first, last = np.minimum(one, other).max(axis=-1), np.maximum(one, other).min(axis=-1)
            depth = np.where((first < last) & (first > 0), np.minimum(depth, first), depth)
    return depth


def distance(points: Array, length: float) -> Array:
    """True signed distances (n,), m, of points (n, 3): the least over planes and cartons."""
    found = np.min(
        [
            points[:, 2],
            _CEILING - points[:, 2],
            _HALF_WIDTH - points[:, 1],
            _HALF_WIDTH + points[:, 1],
        ],
        axis=0,
    )
    for lower, upper in boxes(length):
        near = np.abs(points[:, 0] - 0.5 * (lower[0] + upper[0])) < 3.0
        gap = np.maximum(lower - points[near], points[near] - upper)
        outside = np.linalg.norm(np.maximum(gap, 0), axis=1) + np.minimum(gap.max(axis=1), 0)
        found[near] = np.minimum(found[near], outside)
    return found


def seen_points(poses: list[Array], length: float, stride: int = 12) -> Array:
    """Points (n, 3) of the surface that the pictures show, m."""
    points = []
    for pose, depth in zip(poses, depth_pictures(poses, length, 0.0), strict=True):
        at = CAMERA.unproject(depth)[::stride, ::stride][depth[::stride, ::stride] > 0]
        points.append(at @ pose[:3, :3].T + pose[:3, 3])
    return np.concatenate(points)
