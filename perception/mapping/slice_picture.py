"""A horizontal cut through the distances of a map, to look at."""

from __future__ import annotations

import cv2
import numpy as np

from .distance_field import DistanceField
from .tsdf import TsdfMap

_MOST = 2.0
_UNSEEN = 0.45


def slice_picture(tsdf: TsdfMap, height: float) -> np.ndarray:
    """RGB picture, a voxel a pixel, y up: distances from red, 0, to blue, 2 m; inside black, unseen dim.

    Raises:
        ValueError: the map is empty, or does not reach that height; says what was missing.
    """
    low, high = tsdf.bounds()
    layer = int(np.floor(height / tsdf.voxel))
    if not low[2] <= layer < high[2]:
        raise ValueError(
            f"The map reaches from {low[2] * tsdf.voxel:g} to {high[2] * tsdf.voxel:g} m in height; there is "
            f"no slice at {height:g} m."
        )
    middle = (layer + 0.5) * tsdf.voxel
    field = DistanceField(
        tsdf,
        np.array([*(low[:2] * tsdf.voxel), middle - 0.4 * tsdf.voxel]),
        np.array([*(high[:2] * tsdf.voxel), middle + 0.4 * tsdf.voxel]),
        _MOST,
    )
    field.update()
    distance = field.slice_at(middle)
    x, y = np.meshgrid(*(np.arange(low[axis], high[axis]) for axis in (0, 1)), indexing="ij")
    _, weight = tsdf.sample(np.stack([x, y, np.full(x.shape, layer)], axis=-1).reshape(-1, 3))
    level = np.clip(255 * (1 - distance / _MOST), 0, 255).astype(np.uint8)
    picture = cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    is_unseen = weight.reshape(x.shape) == 0
    picture[is_unseen] = (_UNSEEN * picture[is_unseen]).astype(np.uint8)
    picture[distance < 0] = 0
    return np.ascontiguousarray(picture.transpose(1, 0, 2)[::-1])
