"""The activity map as a picture: heat, zones, tracks and incidents from above, north at the top."""

from __future__ import annotations

import cv2
import numpy as np

from ..poses import Array
from .analytics import Analytics
from .calibration import Calibration
from .incidents import Incident
from .pipeline import Activity

COLOURS = {
    "amr": (30, 110, 220),
    "forklift": (235, 130, 20),
    "worker": (20, 150, 70),
    "obstacle": (200, 30, 40),
}
"""Of each kind's tracks, RGB."""
_ZONES = {"aisle": (246, 246, 244), "amr_lane": (222, 234, 248), "parking": (236, 232, 246)}
_PAPER, _INK, _HEAT = (255, 255, 255), (60, 60, 60), np.array([250.0, 170.0, 60.0])
_WIDTH = 1600
_LEGEND = 34  # px


def draw_map(
    calibration: Calibration, activities: list[Activity], analytics: Analytics, incidents: list[Incident]
) -> np.ndarray:
    """RGB (height, 1600, 3) uint8 of a run."""
    x0, y0, x1, y1 = calibration.bounds
    scale = _WIDTH / (x1 - x0)
    height = round((y1 - y0) * scale)
    image = np.full((height, _WIDTH, 3), _PAPER, np.uint8)

    def pixels(points: Array) -> np.ndarray:
        return np.column_stack([(points[:, 0] - x0) * scale, (y1 - points[:, 1]) * scale]).round().astype(int)

    for zone in calibration.zones:
        cv2.fillPoly(image, [pixels(zone.polygon)], _ZONES.get(zone.kind, (240, 240, 240)))
    image = _with_heat(image, sum(analytics.heat.values(), np.zeros(())))
    for line in calibration.lines:
        ends = pixels(line.ends)
        cv2.line(image, ends[0].tolist(), ends[1].tolist(), _INK, 1, cv2.LINE_AA)
    ways: dict[int, list[Array]] = {}
    kinds = {}
    for activity in activities:
        for thing in activity.things:
            ways.setdefault(thing.id, []).append(thing.position)
            kinds[thing.id] = thing.kind
    for name, way in ways.items():
        points = pixels(np.array(way)).reshape(-1, 1, 2)
        cv2.polylines(image, [points], False, COLOURS[kinds[name]], 1, cv2.LINE_AA)
    if activities:
        for thing in activities[-1].things:
            at = pixels(thing.position[None])[0].tolist()
            cv2.circle(image, at, 5, COLOURS[thing.kind], -1, cv2.LINE_AA)
            cv2.putText(image, str(thing.id), (at[0] + 6, at[1] + 4), 0, 0.36, _INK, 1, cv2.LINE_AA)
    for incident in incidents:
        at = pixels(incident.position[None])[0].tolist()
        cv2.drawMarker(image, at, COLOURS["obstacle"], cv2.MARKER_TILTED_CROSS, 14, 2, cv2.LINE_AA)
        label = incident.kind.replace("_", " ")
        cv2.putText(image, label, (at[0] + 9, at[1] - 5), 0, 0.4, COLOURS["obstacle"], 1, cv2.LINE_AA)
    return np.concatenate([image, _legend()])


def _with_heat(image: np.ndarray, heat: Array) -> np.ndarray:
    """The picture under the time spent in each cell, as its logarithm: a long stay must not hide the ways."""
    if not heat.any():
        return image
    strength = np.log1p(heat) / np.log1p(heat.max())
    strength = cv2.resize(strength[::-1], image.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
    return (image * (1 - 0.8 * strength) + _HEAT * 0.8 * strength).astype(np.uint8)


def _legend() -> np.ndarray:
    strip = np.full((_LEGEND, _WIDTH, 3), _PAPER, np.uint8)
    entries = [
        *COLOURS.items(),
        ("incident", COLOURS["obstacle"]),
        ("time spent", tuple(_HEAT.astype(int).tolist())),
    ]
    for k, (label, colour) in enumerate(entries):
        x = 20 + 160 * k
        if label == "incident":
            cv2.drawMarker(strip, (x, 17), colour, cv2.MARKER_TILTED_CROSS, 12, 2, cv2.LINE_AA)
        else:
            cv2.circle(strip, (x, 17), 6, colour, -1, cv2.LINE_AA)
        cv2.putText(strip, label, (x + 14, 22), 0, 0.5, _INK, 1, cv2.LINE_AA)
    return strip
