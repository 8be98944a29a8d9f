"""A pose drawn into the picture that it was found in."""

from __future__ import annotations

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array, transform
from .shape import DeviceShape

_AXES = ((230, 60, 50), (60, 200, 70), (60, 110, 240))


def depth_in_grey(depth: np.ndarray) -> np.ndarray:
    """Grey uint8 of a depth picture (height, width): near white, far dark, unknown black."""
    known = depth[depth > 0]
    near, far = np.percentile(known, [2, 98]) if known.size else (0.0, 1.0)
    grey = np.clip(255 - 215 * (depth - near) / max(far - near, 1e-6), 30, 255) * (depth > 0)
    return grey.astype(np.uint8)


def draw_pose(
    picture: np.ndarray,
    shape: DeviceShape,
    camera: Camera,
    pose: Array,
    color: tuple[int, int, int] = (60, 220, 90),
    label: str = "",
) -> np.ndarray:
    """A copy of `picture` (height, width, 3) uint8 with outline, axes (x red, y green, z blue) and label."""
    result = picture.copy()
    depth = shape.draw(camera, pose[None])[0]
    outline, _ = cv2.findContours((depth > 0).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(result, outline, -1, color, 1, cv2.LINE_AA)
    ends = transform(pose, 0.25 * shape.model.diameter * np.vstack([np.zeros(3), np.eye(3)]))
    if (ends[:, 2] > 0).all():
        start, *tips = (tuple(np.round(pixel).astype(int).tolist()) for pixel in camera.project(ends))
        for tip, axis in zip(tips, _AXES, strict=True):
            cv2.line(result, start, tip, axis, 2, cv2.LINE_AA)
        cv2.putText(result, label, start, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return result
