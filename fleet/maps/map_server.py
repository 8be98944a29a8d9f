"""Occupancy maps as ROS' map_server keeps them: an image and a YAML file that names it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from ..errors import MapError
from .lines import Lines

MAX_CELLS = 1 << 25
_KEYS = ("image", "resolution", "origin", "negate", "occupied_thresh", "free_thresh", "mode")


@dataclass(frozen=True, eq=False)
class Occupancy:
    """What is known of a floor.

    Attributes:
        free: (rows, columns) bool, row 0 the northernmost; unknown floor is not free.
        resolution: edge of a cell, m.
        origin: x, y of the lower left corner of the lower left cell, m.
    """

    free: npt.NDArray[np.bool_]
    resolution: float
    origin: tuple[float, float]

    def points(self, cells: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(..., 2) middles in m of cells (..., 2) row, column."""
        row, column = np.moveaxis(np.asarray(cells), -1, 0)
        up = np.stack([column, len(self.free) - 1 - row], axis=-1)
        return self.origin + self.resolution * (up + 0.5)

    def cells(self, points: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """(..., 2) row, column of points (..., 2) in m; beyond the map where they are."""
        right, up = np.moveaxis(
            np.floor((np.asarray(points, float) - self.origin) / self.resolution).astype(np.int64), -1, 0
        )
        return np.stack([len(self.free) - 1 - up, right], axis=-1)

    def is_free(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """(...) whether the floor is free at points (..., 2) in m."""
        cells = self.cells(points)
        inside = np.all((cells >= 0) & (cells < self.free.shape), axis=-1)
        row, column = np.moveaxis(np.where(np.expand_dims(inside, -1), cells, 0), -1, 0)
        return inside & self.free[row, column]


def read_map_server(file: Path) -> Occupancy:
    """Read a map by its YAML file; the image is looked for beside it.

    Raises:
        MapError: a file is missing or broken, a field has a wrong value, the map is turned, or full.
    """
    fields = _fields(file)
    resolution = _number(file, fields, "resolution", 1e-4, 100.0)
    origin = fields.get("origin")
    if not isinstance(origin, list) or len(origin) != 3 or not all(map(_is_finite, origin)):
        raise MapError(f"{file}: origin is {origin!r}; it must be x and y in m and a turn in rad.")
    if origin[2]:
        raise MapError(f"{file}: origin turns the map by {origin[2]:g} rad; turn the image, and give 0.")
    if (mode := fields.get("mode", "trinary")) not in ("trinary", "scale"):
        raise MapError(f"{file}: mode is {mode!r}; it must be trinary or scale.")
    grey = _grey(file, fields)
    negate = _number(file, fields, "negate", 0, 1) if "negate" in fields else 0
    occupied = grey / 255 if negate else 1 - grey / 255
    free = occupied < _number(file, fields, "free_thresh", 0, 1)
    if not free.any():
        raise MapError(f"{file}: no cell of the map is free; look at negate and free_thresh.")
    return Occupancy(free, resolution, (float(origin[0]), float(origin[1])))


def _fields(file: Path) -> dict[str, Any]:
    import yaml

    text = "\n".join(Lines(file, MapError).text)
    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise MapError(f"{file}{where}: is no YAML.") from None
    if not isinstance(fields, dict):
        raise MapError(f"{file}: must have the fields of a map_server map, {', '.join(_KEYS[:6])}.")
    for key in fields:
        if key not in _KEYS:
            raise MapError(f"{file}: has an unknown field {key!r}; known are {', '.join(_KEYS)}.")
    return fields


def _grey(file: Path, fields: dict[str, Any]) -> npt.NDArray[np.float32]:
    """(rows, columns) 0 to 255."""
    from PIL import Image, UnidentifiedImageError

    name = fields.get("image")
    if not isinstance(name, str) or not name or "\0" in name:
        raise MapError(f"{file}: image is {name!r}; it must be the name of a file.")
    image = file.parent / name
    try:
        with Image.open(image) as opened:
            if opened.width * opened.height > MAX_CELLS:
                raise MapError(f"{image}: has {opened.width} x {opened.height} cells; no floor has as many.")
            return np.asarray(opened.convert("L"), np.float32)
    except UnidentifiedImageError:
        raise MapError(f"{image}: is no image.") from None
    except Image.DecompressionBombError:
        raise MapError(f"{image}: is too large for a map of a floor.") from None
    except (OSError, SyntaxError, ValueError) as problem:
        if isinstance(problem, MapError):
            raise
        raise MapError(f"{image}: {getattr(problem, 'strerror', None) or problem}.") from None


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _number(file: Path, fields: dict[str, Any], key: str, least: float, most: float) -> float:
    value = fields.get(key)
    if not _is_finite(value) or not least <= value <= most:
        raise MapError(f"{file}: {key} is {value!r}; it must be a number from {least:g} to {most:g}.")
    return float(value)
