"""Semi-global matching on a GPU, or on Warp's CPU device to check it."""

# Warp types `dtype` as float, and takes each of its own types.
# pyright: reportArgumentType=false
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp

from ..warp_setup import start_warp
from . import sgm_kernels
from .consistency import two_way_check
from .disparity import DisparityMap
from .matcher import grey_pair
from .speckles import FIXED_POINT, UNKNOWN, remove_speckles
from .uncertainty import checked_map

_DIRECTIONS = 4


@dataclass
class WarpStereoMatcher:
    """Disparities of rectified pairs by census costs, 9 x 7 px, along four paths.

    Made for CUDA. On Warp's CPU device, which has one thread, it gives the same disparities and takes more
    than a second for 640x480: use `StereoMatcher` there.

    Attributes:
        disparities: how many to search, from 0 up.
        device: of Warp, such as `cuda:0`.
        penalty_small, penalty_large: of disparity steps of 1 px and of more, in bits of the census.
        uniqueness_percent: how much worse than the best the next one must be.
        tolerance: by how much, in px, the two views may differ in a valid disparity.

    Raises:
        ValueError: fewer than two disparities; when called, pictures that are not a pair.
    """

    disparities: int = 64
    device: str = "cpu"
    penalty_small: int = 8
    penalty_large: int = 32
    uniqueness_percent: int = 2
    tolerance: float = 1.0

    def __post_init__(self) -> None:
        if self.disparities < 2:
            raise ValueError(f"disparities is {self.disparities}; there must be at least 2 to choose from.")
        start_warp()

    def __call__(self, left: np.ndarray, right: np.ndarray) -> DisparityMap:
        """Match two rectified pictures, grey (height, width) or RGB (height, width, 3) uint8."""
        left, right = grey_pair(left, right)
        disparity, from_right = self.match(left, right)
        fixed = np.where(disparity > 0, disparity * FIXED_POINT, UNKNOWN).astype(np.int16)
        remove_speckles(fixed)
        disparity = np.where(fixed > 0, disparity, np.float32(-1))
        return checked_map(disparity, two_way_check(disparity, from_right, self.tolerance))

    def match(self, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Disparities of the left picture, -1 where not unique, and whole ones of the right picture.

        Args:
            left, right: (height, width) uint8.

        Returns:
            Two of (height, width) float32, px.
        """
        height, width = left.shape
        with wp.ScopedDevice(self.device):
            codes = []
            for picture in (left, right):
                bits = wp.empty((height, width), dtype=wp.uint64)
                pixels = wp.array(np.ascontiguousarray(picture), dtype=wp.uint8)
                wp.launch(sgm_kernels.census, (height, width), [pixels, bits])
                codes.append(bits)
            volume = (height, width, self.disparities)
            costs, total = wp.empty(volume, dtype=wp.uint8), wp.zeros(volume, dtype=wp.int32)
            wp.launch(sgm_kernels.matching_costs, volume, [*codes, costs])
            lines = max(height, width)
            path = wp.empty((_DIRECTIONS, lines, 2, self.disparities), dtype=wp.int32)
            wp.launch(
                sgm_kernels.aggregate,
                (_DIRECTIONS, lines),
                [costs, self.penalty_small, self.penalty_large, path, total],
            )
            found = wp.empty((height, width), dtype=wp.float32), wp.empty((height, width), dtype=wp.float32)
            wp.launch(sgm_kernels.choose_left, (height, width), [total, self.uniqueness_percent, found[0]])
            wp.launch(sgm_kernels.choose_right, (height, width), [total, found[1]])
            return found[0].numpy(), found[1].numpy()
