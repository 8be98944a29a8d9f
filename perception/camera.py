"""Pinhole cameras with lens distortion, and a calibrated pair of them made to see rows alike."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np

from .poses import Array, inverse


@dataclass(frozen=True, eq=False)
class Camera:
    """A calibrated camera.

    Attributes:
        width, height: of its pictures, px.
        fx, fy, cx, cy: focal lengths and principal point, px; the middle of the first pixel is at (0, 0).
        distortion: k1, k2, p1, p2 and perhaps k3 of the radial-tangential model; all 0 for none.
        body_from_camera: (4, 4) pose of its optical frame in the body's.

    Raises:
        ValueError: a focal length or size that is not positive, or a principal point far outside the picture.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    body_from_camera: Array = field(default_factory=lambda: np.eye(4))

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.fx, self.fy) <= 0:
            raise ValueError(
                f"A camera of {self.width} x {self.height} px with focal lengths {self.fx:g}, {self.fy:g} px "
                "cannot be; give all of them positive, in pixels."
            )
        if not (-self.width < self.cx < 2 * self.width and -self.height < self.cy < 2 * self.height):
            raise ValueError(
                f"The principal point ({self.cx:g}, {self.cy:g}) px is far outside the picture of "
                f"{self.width} x {self.height} px; check that the intrinsics are in pixels of this size."
            )

    @cached_property
    def matrix(self) -> Array:
        """Intrinsic matrix (3, 3), px."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def project(self, points: Array) -> Array:
        """Pixels (n, 2) of points (n, 3) of the optical frame, in m, that lie before the camera."""
        pixels, _ = cv2.projectPoints(
            np.asarray(points, float).reshape(-1, 1, 3),
            np.zeros(3),
            np.zeros(3),
            self.matrix,
            np.array(self.distortion),
        )
        return pixels.reshape(-1, 2).astype(float)

    def unproject(self, depth: np.ndarray) -> Array:
        """Points (height, width, 3) in m of a depth picture without lens distortion; 0 stays 0."""
        u, v = np.arange(self.width), np.arange(self.height)[:, None]
        return np.stack([(u - self.cx) / self.fx * depth, (v - self.cy) / self.fy * depth, depth], axis=-1)

    def resized(self, width: int, height: int) -> Camera:
        """The camera of pictures scaled to `width` x `height` px."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
        )

    def check_picture(self, picture: np.ndarray, source: object) -> None:
        """Raise ValueError, naming `source`, if a picture is not of the calibrated size."""
        height, width = picture.shape[:2]
        if (width, height) != (self.width, self.height):
            raise ValueError(
                f"{source} has {width} x {height} px, its camera is calibrated for {self.width} x "
                f"{self.height}; give the calibration of this size."
            )


class Rectifier:
    """Turns pictures of a stereo pair so that a point lies in the same row of both.

    Attributes:
        left, right: cameras of the rectified pictures: no distortion, the same intrinsics, poses in the body.
        baseline: distance between them, m. Depth is fx * baseline / disparity.

    Raises:
        ValueError: pictures of different sizes, or a right camera that is not to the right of the left one.
    """

    def __init__(self, left: Camera, right: Camera) -> None:
        if (left.width, left.height) != (right.width, right.height):
            raise ValueError(
                f"The left camera has {left.width} x {left.height} px, the right one {right.width} x "
                f"{right.height}; a stereo pair has pictures of one size."
            )
        right_from_left = inverse(right.body_from_camera) @ left.body_from_camera
        if right_from_left[0, 3] >= 0:
            raise ValueError(
                "The right camera does not lie to the right of the left one; swap them, or check their poses."
            )
        size = (left.width, left.height)
        distortions = np.array(left.distortion), np.array(right.distortion)
        turn_left, turn_right, new_left, new_right, *_ = cv2.stereoRectify(
            left.matrix, distortions[0], right.matrix, distortions[1], size,
            right_from_left[:3, :3], right_from_left[:3, 3:], flags=cv2.CALIB_ZERO_DISPARITY, alpha=0,
        )  # fmt: skip
        self.left = _rectified(left, turn_left, new_left)
        self.right = _rectified(right, turn_right, new_right)
        self.baseline = float(np.linalg.norm(right_from_left[:3, 3]))
        self._maps = [
            cv2.initUndistortRectifyMap(camera.matrix, d, turn, new, size, cv2.CV_16SC2)
            for camera, d, turn, new in (
                (left, distortions[0], turn_left, new_left),
                (right, distortions[1], turn_right, new_right),
            )
        ]

    def __call__(self, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both pictures rectified."""
        rectified = [
            cv2.remap(picture, *maps, cv2.INTER_LINEAR)
            for picture, maps in zip((left, right), self._maps, strict=True)
        ]
        return rectified[0], rectified[1]


def _rectified(camera: Camera, turn: np.ndarray, projection: np.ndarray) -> Camera:
    pose = camera.body_from_camera.copy()
    pose[:3, :3] = pose[:3, :3] @ turn.T
    (fx, _, cx, _), (_, fy, cy, _) = projection[:2].tolist()
    return Camera(camera.width, camera.height, fx, fy, cx, cy, body_from_camera=pose)
