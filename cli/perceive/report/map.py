"""The page of `gaitway perceive map`: the surface, the floor, the distances and what was counted."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ....perception.mapping.costmap import INSCRIBED, LETHAL, UNKNOWN
from ....perception.mapping.mesh import Mesh
from ....perception.mapping.occupancy import OccupancyGrid
from ....perception.mesh_picture import Outlook, draw_mesh
from ....perception.poses import Array
from ....policies.page import Page, Table
from .pictures import drawing, photo

_WAY = (228, 87, 46)
_ABOVE, _OBLIQUE = (0.0, 0.0, 1.0), (-0.5, -1.0, 0.9)
_UP, _NORTH = (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)
_SMALLEST = 600  # px: pictures of fewer cells are enlarged


def add_map(
    page: Page,
    mesh: Mesh,
    grid: OccupancyGrid,
    costs: np.ndarray,
    cut: np.ndarray,
    way: Array,
    figures: dict[str, Any],
) -> None:
    """Fill the page.

    Args:
        page: to fill.
        mesh: of the surface.
        grid: of the floor.
        costs: of the floor as `cost_picture` draws them.
        cut: RGB picture of a slice through the distances.
        way: (n, 3) positions of the camera, m.
        figures: as in `map.json`.
    """
    page.add("Counters", table=_counters(figures, grid, mesh))
    low = mesh.vertices[:, 2] < grid.top
    flat = mesh.triangles[low[mesh.triangles].all(axis=1)]
    above = Outlook.of(mesh.vertices[low] if low.any() else mesh.vertices, _ABOVE, _NORTH)
    oblique = Outlook.of(mesh.vertices[low] if low.any() else mesh.vertices, _OBLIQUE, _UP)
    page.add(
        "Surface",
        *(
            photo(_with_way(draw_mesh(mesh.vertices, flat, mesh.colours, outlook), outlook, way), text, alt)
            for outlook, text, alt in (
                (
                    above,
                    f"From above, what is below {grid.top:g} m; the way of the camera.",
                    "map from above",
                ),
                (oblique, "The same, aslant.", "map aslant"),
            )
        ),
    )
    part = _part_seen(grid)
    page.add(
        "Floor",
        drawing(_enlarged(_occupancy(grid, way)[part]), _FLOOR.format(grid=grid), "occupancy"),
        drawing(_enlarged(costs[part]), "Costs: yellow near obstacles, red within the radius.", "costmap"),
        drawing(_enlarged(cut), _CUT, "slice of the distance field"),
    )


_FLOOR = (
    "White is free, black is occupied between {grid.bottom:g} and {grid.top:g} m, grey was not seen. A cell "
    "has {grid.cell:g} m."
)
_CUT = "Distances: red at a surface, blue 2 m away, black inside, dim where nothing was seen."


def _counters(figures: dict[str, Any], grid: OccupancyGrid, mesh: Mesh) -> Table:
    counters, voxels = figures["counters"], figures["voxels"]
    rows = [
        ("pictures", f"{counters['frames']:,}"),
        ("of these without depth in range", f"{counters['empty_frames']:,}"),
        ("pixels with depth in range", f"{counters['depth_share']:.1%}"),
        ("pictures a second, with reading", f"{figures['frames_per_second_with_reading']:.1f}"),
        *((f"voxels {name}", f"{voxels[name]:,}") for name in ("observed", "free", "occupied")),
        ("memory, MB", f"{figures['bytes'] / 1e6:.1f}"),
        ("triangles", f"{len(mesh.triangles):,}"),
        ("free floor, m²", f"{figures['free_m2']:.1f}"),
        ("occupied floor, m²", f"{figures['occupied_m2']:.1f}"),
    ]
    return Table(("", ""), rows)


def _with_way(picture: np.ndarray, outlook: Outlook, way: Array) -> np.ndarray:
    """The way drawn over it, also where it is behind something."""
    points = outlook.pixels(way).round().astype(np.int32).reshape(-1, 1, 2)
    return cv2.polylines(np.ascontiguousarray(picture), [points], False, _WAY, 2, cv2.LINE_AA)


def _part_seen(grid: OccupancyGrid) -> tuple[slice, slice]:
    """Rows and columns of pictures, north at the top, in which anything was seen."""
    seen = (grid.is_free | grid.is_occupied).T[::-1]
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _occupancy(grid: OccupancyGrid, way: Array) -> np.ndarray:
    """RGB, north at the top."""
    grey = np.where(grid.is_occupied, 30, np.where(grid.is_free, 255, 205)).astype(np.uint8)
    picture = np.repeat(grey[..., None], 3, axis=2)
    cells = np.floor((way[:, :2] - grid.origin) / grid.cell).astype(int)
    cells = cells[((cells >= 0) & (cells < grey.shape)).all(axis=1)]
    picture[tuple(cells.T)] = _WAY
    return picture.transpose(1, 0, 2)[::-1]


def cost_picture(cost: np.ndarray) -> np.ndarray:
    """RGB, north at the top, of (nx, ny) uint8 as `costmap` gives them."""
    level = np.where(cost > INSCRIBED, 0, cost)
    picture = np.stack([np.full_like(level, 255), 255 - level // 3, 255 - level], axis=-1)
    picture[cost == INSCRIBED] = (214, 70, 60)
    picture[cost == LETHAL] = (30, 30, 30)
    picture[cost == UNKNOWN] = (205, 205, 205)
    return picture.transpose(1, 0, 2)[::-1]


def _enlarged(picture: np.ndarray) -> np.ndarray:
    times = max(1, -(-_SMALLEST // max(picture.shape[:2])))
    return np.repeat(np.repeat(picture, times, axis=0), times, axis=1)
