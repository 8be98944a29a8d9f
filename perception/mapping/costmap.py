"""What it costs a robot to be somewhere, and ROS map_server files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..whole_file import whole_file
from .occupancy import OccupancyGrid

LETHAL, INSCRIBED, UNKNOWN = 254, 253, 255
_FREE_GREY, _UNKNOWN_GREY = 254, 205


def costmap(grid: OccupancyGrid, radius: float, inflation: float = 1.0, falloff: float = 3.0) -> np.ndarray:
    """Costs (nx, ny) uint8 as ROS's costmap_2d has them: 254 occupied, 253 within `radius`, 255 unknown.

    Elsewhere 252 exp(-falloff (distance - radius)) up to `inflation` m from what is occupied, then 0.
    """
    occupied = grid.is_occupied
    cost = np.zeros(occupied.shape, np.uint8)
    if occupied.any():
        distance = (
            cv2.distanceTransform((~occupied).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            * grid.cell
        )
        decayed = 252 * np.exp(-falloff * (distance - radius))
        cost = np.where(distance <= inflation, np.clip(decayed, 0, 252), 0).astype(np.uint8)
        cost[distance <= radius] = INSCRIBED
        cost[occupied] = LETHAL
    unknown = ~occupied & ~grid.is_free & (cost < INSCRIBED)
    cost[unknown] = UNKNOWN
    return cost


def save_map(grid: OccupancyGrid, path: Path) -> None:
    """Write `path`, a YAML file of ROS's map_server, and the PGM picture beside it that it names.

    Raises:
        ValueError: nothing was seen.
    """
    if not (grid.is_free.any() or grid.is_occupied.any()):
        raise ValueError(
            f"The occupancy map is empty: no ray crossed the heights from {grid.bottom:g} to {grid.top:g} m. "
            "Check the poses, whose z points up, and the range of the depth."
        )
    grey = np.full(grid.log_odds.shape, _UNKNOWN_GREY, np.uint8)
    grey[grid.is_free] = _FREE_GREY
    grey[grid.is_occupied] = 0
    rows = np.ascontiguousarray(grey.T[::-1])  # north, the largest y, on top
    picture = path.with_suffix(".pgm")
    x, y = grid.origin
    text = (
        f"image: {picture.name}\nmode: trinary\nresolution: {grid.cell:g}\norigin: [{x:.3f}, {y:.3f}, 0.0]\n"
        "negate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n"
    )
    _write(picture, f"P5\n{rows.shape[1]} {rows.shape[0]}\n255\n".encode() + rows.tobytes())
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    with whole_file(path) as partial:
        partial.write_bytes(content)
