"""Layouts of our own: warehouses on a grid of 1 m cells, and maps in the shape of movingai's warehouses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import MapError

SHAPE = (66, 140)
"""Rows and columns of a hall of 9,240 m2: 100,000 sq ft less a strip along a wall."""


@dataclass(frozen=True, eq=False)
class Layout:
    """A map and where robots are sent on it.

    Attributes:
        name: of the layout.
        free: (height, width) bool.
        endpoints: (height, width) bool, cells at which tasks are done.
    """

    name: str
    free: npt.NDArray[np.bool_]
    endpoints: npt.NDArray[np.bool_]


def shelves(
    name: str, shape: tuple[int, int], shelf: tuple[int, int], aisle: tuple[int, int], border: tuple[int, int]
) -> Layout:
    """Rows of shelves; endpoints lie along their long sides, and along the west and east wall.

    Args:
        name: of the layout.
        shape: rows and columns of the map.
        shelf: columns and rows of a shelf.
        aisle: columns between shelves of a row, rows between rows.
        border: columns to the west and east, rows to the north and south, that stay free at least.

    Raises:
        MapError: no shelf fits.
    """
    (height, width), (long, deep), (gap_x, gap_y) = shape, shelf, aisle
    columns = (width - 2 * border[0] + gap_x) // (long + gap_x)
    rows = (height - 2 * border[1] + gap_y) // (deep + gap_y)
    if columns < 1 or rows < 1:
        raise MapError(f"No shelf of {long} x {deep} cells fits into {width} x {height}.")
    west = (width - columns * (long + gap_x) + gap_x) // 2
    north = (height - rows * (deep + gap_y) + gap_y) // 2
    free, endpoints = np.ones(shape, bool), np.zeros(shape, bool)
    for y in range(north, north + rows * (deep + gap_y), deep + gap_y):
        for x in range(west, west + columns * (long + gap_x), long + gap_x):
            free[y : y + deep, x : x + long] = False
            endpoints[[y - 1, y + deep], x : x + long] = True
    endpoints[1:-1:2, [0, -1]] = True
    return Layout(name, free, endpoints & free)


def sorting(name: str, shape: tuple[int, int]) -> Layout:
    """Chutes, one cell each in every third row and column; endpoints lie beside them and along walls."""
    free, endpoints = np.ones(shape, bool), np.zeros(shape, bool)
    height, width = shape
    for y in range(4, height - 4, 3):
        for x in range(4, width - 4, 3):
            free[y, x] = False
            endpoints[y, x - 1] = endpoints[y - 1, x] = True
    endpoints[1:-1:2, [0, -1]] = True
    return Layout(name, free, endpoints & free)


HALLS: dict[str, Callable[[], Layout]] = {
    "aisles": lambda: shelves("aisles", SHAPE, (10, 2), (2, 2), (3, 3)),
    "long racks": lambda: shelves("long racks", SHAPE, (24, 2), (4, 2), (6, 3)),
    "sorting": lambda: sorting("sorting", SHAPE),
}
"""Three halls of 9,240 m2."""


def movingai_warehouse() -> Layout:
    """340 x 164, 20 x 40 shelves of 10 x 2, aisles of 2, as warehouse-20-40-10-2-2 of Stern et al. 2019."""
    return shelves("340 x 164", (164, 340), (10, 2), (2, 2), (51, 3))
