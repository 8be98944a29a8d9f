"""Triangles of the surface of a map."""

# Warp types `dtype` as float, and takes each of its own types.
# pyright: reportArgumentType=false
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import warp as wp
from warp.geometry import IsoSurfaceMarchingCubes, sparse_marching_cubes_from_cells

from . import mesh_kernels as kernels
from .tsdf import TsdfMap


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles.

    Attributes:
        vertices: (n, 3) float32, m.
        triangles: (m, 3) int32 into the vertices, counter-clockwise from the free side.
        colours: (n, 3) uint8 RGB.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray


def extract_mesh(tsdf: TsdfMap, least_weight: float = 2.0) -> Mesh:
    """Marching cubes between the voxels that were seen at least so often.

    Raises:
        ValueError: the map is empty, or no surface of it was seen so often; says what was missing.
    """
    tsdf.check_not_empty()
    with wp.ScopedDevice(tsdf.device):
        offsets = wp.array(IsoSurfaceMarchingCubes.CUBE_CORNER_OFFSETS, dtype=wp.vec3i)
        count = wp.zeros(1, dtype=wp.int32)
        cells, values, found = wp.empty(0, dtype=wp.vec3i), wp.empty((0, 8), dtype=wp.float32), 0
        for _ in range(2):  # first to count, then to fill
            count.zero_()
            wp.launch(
                kernels.crossed_cells,
                tsdf.block_count,
                [tsdf.blocks, offsets, least_weight, count, cells, values],
            )
            found = int(count.numpy()[0])
            if not len(cells):
                cells, values = wp.empty(found, dtype=wp.vec3i), wp.empty((found, 8), dtype=wp.float32)
        if not found:
            raise ValueError(
                f"The map of {tsdf.counters.frames} pictures has no surface that was seen {least_weight:g} "
                "times; give more pictures of it, or ask for a lower weight."
            )
        half = 0.5 * tsdf.voxel
        vertices, indices = sparse_marching_cubes_from_cells(
            cells, values, (half, half, half), tsdf.voxel, device=tsdf.device
        )
        colours = wp.empty((len(vertices), 3), dtype=wp.uint8)
        wp.launch(kernels.point_colours, len(vertices), [tsdf.blocks, vertices, colours])
        return Mesh(vertices.numpy(), indices.numpy().reshape(-1, 3), colours.numpy())
