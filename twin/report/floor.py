"""The floor from above: where vehicles went most, their ways, incidents and near misses."""

from __future__ import annotations

import base64
from datetime import timedelta

import cv2
import numpy as np
from markupsafe import Markup

from ..journal.reading import Reading
from ..journal.schema import KINDS_OF_INCIDENTS
from .facts import Shift
from .incidents import Incident
from .svg import Drawing

_WIDTH = 1000.0  # px
_MARGIN = 1.0  # m
_CELL = 0.5  # m
_MOVES = 0.1
"""Faster than so many m/s, somebody travels."""
PATH_SECONDS, PATH_VEHICLES = 600.0, 60
"""Ways are drawn of the last so many s and of so many AMRs at most: more would hide each other."""
_STRAIGHT = 0.15
"""A way is drawn within so many m."""
_HEAT, _OPAQUE = (40, 120, 250), 225  # BGR; of 255


class Floor:
    """A map of a shift's places, px to the right and down.

    Raises:
        ValueError: nothing in the journal says where the floor is.
    """

    def __init__(self, shift: Shift, reading: Reading) -> None:
        self.shift, self.reading = shift, reading
        self.low, self.high = _bounds(shift, reading)
        self.scale = _WIDTH / (self.high[0] - self.low[0])
        self.height = (self.high[1] - self.low[1]) * self.scale

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in m as px."""
        points = np.asarray(points, float)
        return np.column_stack([points[:, 0] - self.low[0], self.high[1] - points[:, 1]]) * self.scale

    def draw(self, incidents: list[Incident]) -> Markup:
        """All of it."""
        draw = Drawing(_WIDTH, self.height, "Map of the floor with travel, incidents and near misses", "map")
        self.draw_places(draw)
        self._heat(draw)
        draw.group("paths")
        begin = max(0.0, self.shift.until - PATH_SECONDS)
        for name in self.shift.named("amr")[:PATH_VEHICLES]:
            self.draw_path(draw, name, begin, self.shift.until, "path")
        self._near_misses(draw)
        self._incidents(draw, incidents)
        return draw.markup()

    def draw_places(self, draw: Drawing) -> None:
        """Hall, racks, lanes, stations, docks: the large first."""
        draw.group("places")
        order = {"hall": 0, "parking": 1, "lane": 2}
        for place in sorted(self.shift.places, key=lambda place: order.get(place.kind, 3)):
            if len(place.corners) >= 3:
                draw.polygon(self.pixels(place.corners), f"place {_word(place.kind)}", tip=place.name)

    def draw_path(self, draw: Drawing, name: str, begin: float, end: float, css: str) -> None:
        """Where an actor went from `begin` to `end` s."""
        way = self.way(name, begin, end)
        if len(way) >= 2:
            way = cv2.approxPolyDP(way, _STRAIGHT, closed=False)[:, 0]
            if len(way) >= 2:
                draw.polyline(self.pixels(way), css)

    def way(self, name: str, begin: float, end: float) -> np.ndarray:
        """Where an actor was from `begin` to `end` s: (n, 2) float32 in m."""
        rows = self.reading.database.execute(
            "SELECT x, y FROM samples WHERE actor = ? AND time BETWEEN ? AND ? ORDER BY time",
            (name, begin, end),
        ).fetchall()
        return np.array([tuple(row) for row in rows], np.float32).reshape(-1, 2)

    def _heat(self, draw: Drawing) -> None:
        """Where vehicles travelled, as a picture over the whole map."""
        draw.group("heat")
        columns, rows = np.ceil((self.high - self.low) / _CELL).astype(int)
        counted = self.reading.database.execute(
            "SELECT CAST((x - ?1) / ?3 AS INTEGER) AS i, CAST((?2 - y) / ?3 AS INTEGER) AS j, count(*)"
            " FROM samples JOIN actors ON actors.name = samples.actor"
            " WHERE actors.kind IN ('amr', 'forklift') AND speed > ?4"
            " AND x BETWEEN ?1 AND ?5 AND y BETWEEN ?6 AND ?2 GROUP BY i, j",
            (self.low[0], self.high[1], _CELL, _MOVES, self.high[0], self.low[1]),
        ).fetchall()
        if not counted:
            return
        heat = np.zeros((rows, columns), np.float32)
        for i, j, count in counted:
            heat[min(j, rows - 1), min(i, columns - 1)] = count
        heat = cv2.GaussianBlur(heat, (0, 0), 1.2)
        strength = np.sqrt(np.clip(heat / np.percentile(heat[heat > 1e-3], 99), 0, 1))
        picture = np.full((rows, columns, 4), (*_HEAT, 0), np.uint8)
        picture[..., 3] = _OPAQUE * strength
        content = base64.b64encode(cv2.imencode(".png", picture)[1].tobytes()).decode("ascii")
        size = np.array([columns, rows]) * _CELL * self.scale
        draw.image(0, 0, size[0], size[1], f"data:image/png;base64,{content}", "heat-image")

    def _near_misses(self, draw: Drawing) -> None:
        draw.group("near-misses")
        for event in self.shift.of("near_miss", "contact"):
            if event.at is not None:
                clock = (self.shift.start + timedelta(seconds=event.time)).strftime("%H:%M:%S")
                what = event.kind.replace("_", " ")
                (x, y) = self.pixels(np.array([event.at]))[0]
                tip = f"{clock} {what}: {event.actor or '?'} and {event.other or '?'}"
                draw.circle((x, y), 6, "near-miss" if event.kind == "near_miss" else "contact", tip=tip)

    def _incidents(self, draw: Drawing, incidents: list[Incident]) -> None:
        draw.group("incidents")
        for incident in incidents:
            if incident.at is None:
                continue
            (x, y) = self.pixels(np.array([incident.at]))[0]
            clock = (self.shift.start + timedelta(seconds=incident.happened)).strftime("%H:%M")
            kind = KINDS_OF_INCIDENTS.get(incident.kind, incident.kind.replace("_", " "))
            draw.circle((x, y), 14, "badge", tip=f"{clock} {kind}")
            draw.text((x, y + 5.5), str(incident.number), "badge-text middle")
            if x < _WIDTH - 80:
                draw.text((x + 19, y + 5.5), clock, "clock")
            else:
                draw.text((x - 19, y + 5.5), clock, "clock end")


def _bounds(shift: Shift, reading: Reading) -> tuple[np.ndarray, np.ndarray]:
    corners = [place.corners for place in shift.places if len(place.corners)]
    if not corners:
        row = reading.database.execute("SELECT min(x), min(y), max(x), max(y) FROM samples").fetchone()
        if row[0] is None:
            raise ValueError("The journal has no place and no sample: there is no floor to draw.")
        corners = [np.array([row[:2], row[2:]], float)]
    every = np.concatenate(corners)
    return every.min(axis=0) - _MARGIN, every.max(axis=0) + _MARGIN


def _word(kind: str) -> str:
    """A kind as the name of a class of the style sheet."""
    return "".join(letter for letter in kind if letter.isalnum()) or "other"
