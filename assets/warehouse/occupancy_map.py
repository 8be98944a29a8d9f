"""The floor as a ROS map_server map: which cells hold something a robot would touch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .docks import WALL
from .layout import Layout

RESOLUTION = 0.05
"""Metres per cell."""
FREE, OCCUPIED, UNKNOWN = 254, 0, 205
MARGIN = 0.5


def rasterize(layout: Layout) -> npt.NDArray[np.uint8]:
    """Map image (rows, columns), north up: row 0 is the northernmost. Unknown outside the walls.

    A cell is occupied if an obstacle's footprint touches it, so the map never shows more room than there is.
    """
    corner = origin(layout)
    cells = np.full((_cells(-2 * corner[1]), _cells(-2 * corner[0])), UNKNOWN, np.uint8)
    outside = (layout.half_length + WALL, layout.half_width + WALL)
    _fill(cells, corner, (-outside[0], -outside[1]), outside, OCCUPIED)
    (west, south), (east, north) = layout.interior
    inner = RESOLUTION * (1 - 1e-6)
    _fill(cells, corner, (west + inner, south + inner), (east - inner, north - inner), FREE)
    for box in layout.obstacles:
        _fill(cells, corner, box.lo[:2], box.hi[:2], OCCUPIED)
    return cells[::-1]


def origin(layout: Layout) -> tuple[float, float]:
    """World position in m of the lower left corner of the map's lower left cell."""
    return tuple(
        -RESOLUTION * _cells(half + WALL + MARGIN) for half in (layout.half_length, layout.half_width)
    )  # type: ignore[return-value]


def pgm_bytes(cells: npt.NDArray[np.uint8]) -> bytes:
    """Binary PGM file of the map image."""
    rows, columns = cells.shape
    return f"P5\n{columns} {rows}\n255\n".encode() + cells.tobytes()


def yaml_text(layout: Layout, image: str) -> str:
    """map_server's YAML for the PGM file named `image`."""
    x0, y0 = origin(layout)
    return (
        f"image: {image}\n"
        "mode: trinary\n"
        f"resolution: {RESOLUTION}\n"
        f"origin: [{x0:.3f}, {y0:.3f}, 0.0]\n"
        "negate: 0\n"
        "occupied_thresh: 0.65\n"
        "free_thresh: 0.196\n"
    )


def _cells(length: float) -> int:
    return int(np.ceil(round(length / RESOLUTION, 6)))


def _fill(
    cells: npt.NDArray[np.uint8],
    corner: tuple[float, float],
    lo: tuple[float, ...],
    hi: tuple[float, ...],
    value: int,
) -> None:
    """Set the cells, rows counted from the south, that the rectangle from `lo` to `hi` touches."""
    # Rounding keeps a face on a cell's edge from touching the next cell by floating-point noise.
    first = [int(np.floor(round((a - c) / RESOLUTION, 6))) for a, c in zip(lo, corner, strict=True)]
    last = [int(np.ceil(round((b - c) / RESOLUTION, 6))) for b, c in zip(hi, corner, strict=True)]
    cells[max(0, first[1]) : last[1], max(0, first[0]) : last[0]] = value
