"""What a camera would see of a map."""

# Warp types `dtype` as float, and takes each of its own types.
# pyright: reportArgumentType=false
from __future__ import annotations

import numpy as np
import warp as wp

from ..camera import Camera
from ..poses import Array
from .raycast_kernels import render
from .tsdf import TsdfMap
from .view import view_of


def render_map(
    tsdf: TsdfMap, camera: Camera, world_from_camera: Array, least_weight: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth (height, width) float32 in m, normals (height, width, 3) in the world, and RGB uint8.

    All are 0 where there is nothing.

    Raises:
        ValueError: the map is empty; says what was missing.
    """
    tsdf.check_not_empty()
    size = (camera.height, camera.width)
    with wp.ScopedDevice(tsdf.device):
        depth, normal = wp.zeros(size, dtype=wp.float32), wp.zeros(size, dtype=wp.vec3)
        colour = wp.zeros((*size, 3), dtype=wp.uint8)
        view = view_of(camera, world_from_camera, tsdf.near, tsdf.far)
        wp.launch(render, size, [view, tsdf.blocks, least_weight, depth, normal, colour])
        return depth.numpy(), normal.numpy(), colour.numpy()
