"""A rectified stereo pair as a sensor of points: u, v, u_right in px, and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..camera import Camera, Rectifier
from ..poses import Array, inverse, transform


@dataclass(frozen=True, eq=False)
class StereoRig:
    """Left camera without distortion, and a right one of the same intrinsics `baseline` m to its right.

    An RGB-D camera is such a rig, too: its depth z is written as u_right = u - fx * baseline / z, after
    Mur-Artal and Tardos, ORB-SLAM2 (2017), section III-A.
    """

    camera: Camera
    baseline: float

    @classmethod
    def of(cls, rectifier: Rectifier) -> StereoRig:
        """The rig of a rectifier's pictures."""
        return cls(rectifier.left, rectifier.baseline)

    @cached_property
    def camera_from_body(self) -> Array:
        """(4, 4)."""
        return inverse(self.camera.body_from_camera)

    @property
    def depth_disparity(self) -> float:
        """Depth times disparity, m px."""
        return self.camera.fx * self.baseline

    def project(self, points: Array) -> Array:
        """(n, 3) u, v, u_right in px of points (n, 3) in the camera's frame, m, z > 0."""
        camera = self.camera
        closeness = 1 / points[:, 2]
        u = camera.fx * points[:, 0] * closeness + camera.cx
        v = camera.fy * points[:, 1] * closeness + camera.cy
        return np.column_stack([u, v, u - self.depth_disparity * closeness])

    def jacobian(self, points: Array) -> Array:
        """(n, 3, 3) derivatives of `project` by the point, px/m."""
        camera = self.camera
        closeness = 1 / points[:, 2]
        jacobian = np.zeros((len(points), 3, 3))
        jacobian[:, 0, 0] = jacobian[:, 2, 0] = camera.fx * closeness
        jacobian[:, 1, 1] = camera.fy * closeness
        jacobian[:, 0, 2] = -camera.fx * points[:, 0] * closeness**2
        jacobian[:, 1, 2] = -camera.fy * points[:, 1] * closeness**2
        jacobian[:, 2, 2] = jacobian[:, 0, 2] + self.depth_disparity * closeness**2
        return jacobian

    def triangulate(self, pixels: Array) -> Array:
        """Points (n, 3) in the camera's frame, m, of (n, 3) u, v, u_right with u > u_right."""
        camera = self.camera
        z = self.depth_disparity / (pixels[:, 0] - pixels[:, 2])
        x = (pixels[:, 0] - camera.cx) / camera.fx
        y = (pixels[:, 1] - camera.cy) / camera.fy
        return np.column_stack([x * z, y * z, z])

    def to_world(self, pose: Array, points: Array) -> Array:
        """Points (n, 3) of the camera's frame in the world, seen from `world_from_body`."""
        return transform(pose @ self.camera.body_from_camera, points)

    def to_camera(self, pose: Array, points: Array) -> Array:
        """World points (n, 3) in the camera's frame, seen from `world_from_body`."""
        return transform(self.camera_from_body @ inverse(pose), points)
