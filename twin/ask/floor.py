"""Which place a point or a slot of a rack is in."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..journal.reading import Reading

_NOT_SAID = ("hall", "rack")
"""Kinds of places that tell nobody where something is."""


class Floor:
    """The places of a journal.

    Args:
        reading: the journal.
    """

    def __init__(self, reading: Reading) -> None:
        rows = reading.database.execute("SELECT name, kind, polygon FROM places").fetchall()
        self._corners = {
            row["name"]: json.loads(row["polygon"]) for row in rows if row["kind"] not in _NOT_SAID
        }
        by_area = sorted((_area(corners), name) for name, corners in self._corners.items())
        self._boxes = [(name, *_box(self._corners[name])) for _, name in by_area]

    def at(self, x: float, y: float) -> str | None:
        """The place that a point in m is in; the smallest, if several."""
        for name, x0, y0, x1, y1 in self._boxes:
            if x0 <= x <= x1 and y0 <= y <= y1 and _is_inside(self._corners[name], x, y):
                return name
        return None

    def of(self, name: str | None) -> str | None:
        """The place that a slot is in: aisle_09B for aisle_09B_17; any other name as it is."""
        if name is not None and name not in self._corners:
            return next((place for place in self._corners if name.startswith(f"{place}_")), name)
        return name


def _area(corners: Sequence[Sequence[float]]) -> float:
    """Twice the area of a polygon, m2 (shoelace formula)."""
    ring = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in ring))


def _box(corners: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _is_inside(corners: Sequence[Sequence[float]], x: float, y: float) -> bool:
    """Whether a ray from the point crosses an odd number of sides."""
    is_inside = False
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            is_inside = not is_inside
    return is_inside
