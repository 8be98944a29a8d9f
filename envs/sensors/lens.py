"""Lenses: intrinsics of a model's cameras, and distortion of ideal pictures by one remap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import mujoco
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
OPTICAL = np.diag([1.0, -1.0, -1.0])
"""Turns USD's camera axes (x right, y up, -z forward) to optical ones (x right, y down, z forward)."""


@dataclass(frozen=True)
class Pinhole:
    """Size and intrinsics of a picture in px; the middle of the first pixel is at (0, 0)."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    @property
    def matrix(self) -> Array:
        """Intrinsic matrix (3, 3), px."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])


def pinhole_of(model: mujoco.MjModel, camera: str, width: int, height: int) -> Pinhole:
    """Intrinsics of pictures of `width` x `height` px by the camera `camera`: its vertical field of view
    fills the height, pixels are square, and the principal point is the middle.

    Raises:
        ValueError: there is no such camera.
    """
    focal = height / 2 / math.tan(math.radians(float(model.cam_fovy[camera_id(model, camera)])) / 2)
    return Pinhole(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


def camera_id(model: mujoco.MjModel, camera: str) -> int:
    """Index of the camera `camera`.

    Raises:
        ValueError: there is no such camera.
    """
    names = [model.camera(i).name for i in range(model.ncam)]
    if camera not in names:
        raise ValueError(f"The model has no camera '{camera}'; it has {', '.join(names) or 'none'}.")
    return names.index(camera)


class LensDistortion:
    """Bends pictures of an ideal pinhole as a lens does, after the radial-tangential model.

    Args:
        lens: of the bent pictures.
        coefficients: k1, k2, p1, p2 and perhaps k3, as OpenCV has them.

    Attributes:
        wide: of the ideal pictures it takes: the same focal lengths, wide enough for all that the lens sees.

    Raises:
        ValueError: the lens folds its picture over: no ray belongs to some of its pixels.
    """

    def __init__(self, lens: Pinhole, coefficients: tuple[float, ...]) -> None:
        columns, rows = np.meshgrid(np.arange(lens.width), np.arange(lens.height))
        pixels = np.stack([columns, rows], axis=-1).reshape(-1, 1, 2).astype(np.float64)
        bent = np.array(coefficients)
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-10)
        rays = cv2.undistortPoints(pixels, lens.matrix, bent, criteria=criteria).reshape(-1, 2)
        back, _ = cv2.projectPoints(
            np.column_stack([rays, np.ones(len(rays))])[:, None], np.zeros(3), np.zeros(3), lens.matrix, bent
        )
        if np.abs(back - pixels).max() > 0.01:
            raise ValueError(
                f"A lens of distortion {coefficients} folds its picture of {lens.width} x {lens.height} px "
                "over; give smaller coefficients or a narrower field of view."
            )
        u, v = lens.fx * rays[:, 0] + lens.cx, lens.fy * rays[:, 1] + lens.cy
        # One pixel more on each side, so that interpolation has neighbours.
        left, top = (int(max(0, math.ceil(-axis.min()) + 1)) for axis in (u, v))
        width = left + max(lens.width, math.ceil(u.max()) + 2)
        height = top + max(lens.height, math.ceil(v.max()) + 2)
        self.lens, self.coefficients = lens, coefficients
        self.wide = Pinhole(width, height, lens.fx, lens.fy, lens.cx + left, lens.cy + top)
        shape = (lens.height, lens.width)
        self._map = [
            (axis.reshape(shape) + shift).astype(np.float32) for axis, shift in ((u, left), (v, top))
        ]

    def __call__(self, picture: np.ndarray, *, nearest: bool = False) -> np.ndarray:
        """The bent picture of an ideal one, of `wide`; `nearest` for what must not be mixed, such as ids."""
        columns, rows = self._map
        return cv2.remap(picture, columns, rows, cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR)
