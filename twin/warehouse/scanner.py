"""Laser scanners of the AMRs: beams all around, 18 cm above the floor, as two at opposite corners make up.

Racks are solid in that plane, as in physics. What lies flat, as a spill does, is below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from ...assets.warehouse.layout import Layout
from .mishaps import Lying
from .people import Crowd

HEIGHT = 0.18
"""m above the floor."""
BEAMS = 360
FARTHEST = 25.0
"""m."""
_NOISE = 0.010  # m, standard deviation
_LEG, _HIP, _STEP = 0.07, 0.11, 0.18  # m: radius of a leg, its place aside, and fore and aft as it swings
_ABOUT = 0.2  # m that a vehicle may be from where it says it is
_TRUCK = (1.05, 0.55)  # m, half of a fork truck
ANGLES = np.arange(BEAMS) * (2 * np.pi / BEAMS)
"""(b,) rad of the beams to the vehicle's heading."""


@dataclass(frozen=True, eq=False)
class Bystanders:
    """Who and what else is on the floor.

    Attributes:
        crowd: people and fork trucks. kinds: `worker` or `forklift`, of each.
        lying: what lies about.
    """

    crowd: Crowd
    kinds: Sequence[str]
    lying: Sequence[Lying]


class Scanners:
    """The scanners of all AMRs in one hall.

    Args:
        layout: of the hall: racks, walls, what is stored on the floor.
        half: (2,) m, half of an AMR's length and width, as the others see it.
        rng: source of noise.

    Attributes:
        solids: (w, 6) boxes that do not move: middle, cosine and sine of how they are turned, half sides.
    """

    def __init__(self, layout: Layout, half: tuple[float, float], rng: np.random.Generator) -> None:
        self.solids = _solids(layout)
        self._half, self._rng = np.array(half), rng

    def expected(self, pose: np.ndarray, said: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ranges (n, b) m and normals (n, b, 2) that walls and racks have at poses (n, 3).

        Inf where another vehicle would be met first, if all are where they are `said` (n, 3) to be.
        """
        nobody = np.zeros((0, 3))
        ranges, normals = _scan(pose, BEAMS, self.solids, nobody, FARTHEST, len(self.solids))
        before, _ = _scan(pose, BEAMS, self._vehicles(said, _ABOUT), nobody, FARTHEST, 0)
        ranges[before < ranges] = np.inf
        return ranges, normals

    def _vehicles(self, pose: np.ndarray, about: float = 0.0) -> np.ndarray:
        """Boxes (n, 6) of vehicles at poses (n, 3), `about` m larger to all sides."""
        return boxes_of(pose[:, :2], pose[:, 2], np.tile(self._half + about, (len(pose), 1)))

    def scan(self, count: int, pose: np.ndarray, others: Bystanders) -> np.ndarray:
        """Ranges (count, b) m, inf where nothing is met, of the first of the vehicles at true poses (n, 3).

        They are among each other, and `others`.
        """
        crowd = others.crowd
        is_truck = np.array([kind == "forklift" for kind in others.kinds], bool)
        trucks = boxes_of(crowd.position[is_truck], crowd.yaw[is_truck], np.tile(_TRUCK, (is_truck.sum(), 1)))
        standing = [one for one in others.lying if one.shape.height > HEIGHT]
        things = boxes_of(
            np.array([one.position for one in standing]).reshape(-1, 2),
            np.array([one.yaw for one in standing]),
            np.array([one.shape.size / 2 for one in standing]).reshape(-1, 2),
        )
        vehicles = self._vehicles(pose)
        # Vehicles come last: the scanner of the k-th does not see the k-th of them.
        boxes = np.concatenate([self.solids, trucks, things, vehicles])
        ranges, _ = _scan(
            pose[:count], BEAMS, boxes, _legs(crowd, ~is_truck), FARTHEST, len(boxes) - len(vehicles)
        )
        return ranges + self._rng.normal(0.0, _NOISE, ranges.shape)


def points_of(pose: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """Where the beams of a scan (b,) at a pose (3,) end, (b, 2) m."""
    heading = pose[2] + ANGLES
    return pose[:2] + ranges[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)


def _legs(crowd: Crowd, walks: np.ndarray) -> np.ndarray:
    """Discs (2 m, 3) of the legs of people."""
    yaw, swing = crowd.yaw[walks], _STEP * np.sin(np.pi * crowd.walked[walks] / (2 * _STEP))
    ahead, aside = np.stack([np.cos(yaw), np.sin(yaw)], axis=1), np.stack([-np.sin(yaw), np.cos(yaw)], axis=1)
    legs = [crowd.position[walks] + side * (_HIP * aside + swing[:, None] * ahead) for side in (1.0, -1.0)]
    at = np.concatenate(legs)
    return np.column_stack([at, np.full(len(at), _LEG)])


def _solids(layout: Layout) -> np.ndarray:
    """Boxes (w, 6) of walls and racks."""
    (x0, y0), (x1, y1) = (-layout.half_length, -layout.half_width), (layout.half_length, layout.half_width)
    thick = 0.1
    rows = [(box.lo[:2], box.hi[:2]) for box in layout.obstacles if box.lo[2] < HEIGHT < box.hi[2]]
    low = np.array([row[0] for row in rows] + [(x0 - thick, y0), (x1, y0), (x0, y0 - thick), (x0, y1)])
    high = np.array([row[1] for row in rows] + [(x0, y1), (x1 + thick, y1), (x1, y0), (x1, y1 + thick)])
    return boxes_of((low + high) / 2, np.zeros(len(low)), (high - low) / 2)


def boxes_of(middle: np.ndarray, yaw: np.ndarray, half: np.ndarray) -> np.ndarray:
    """(k, 6): middles, cosines and sines of how they are turned, halves of their sides."""
    return np.column_stack([middle, np.cos(yaw), np.sin(yaw), half])


@njit(cache=True)
def _scan(pose, beams, boxes, discs, farthest, own):
    """Ranges (n, b) and normals (n, b, 2) of beams from poses (n, 3); the k-th passes through box own + k.

    Beams are evenly spread over a full turn; only those that a thing may be in the way of are tried on it.
    """
    n = len(pose)
    ranges, normals = np.full((n, beams), np.inf), np.zeros((n, beams, 2))
    for k in range(n):
        for b in range(len(boxes)):
            if b != own + k:
                _scan_box(pose[k], boxes[b], farthest, ranges[k], normals[k])
        for d in range(len(discs)):
            _scan_disc(pose[k], discs[d], farthest, ranges[k], normals[k])
    return ranges, normals


@njit(cache=True)
def _scan_box(pose, box, farthest, ranges, normals):
    """Let a box (6,) be in the way of beams."""
    ox, oy = box[0] - pose[0], box[1] - pose[1]
    distance, reach = np.hypot(ox, oy), np.hypot(box[4], box[5])
    if distance - reach > farthest:
        return
    bearing, half = np.arctan2(oy, ox), 0.0
    for corner in range(4):
        cx, cy = (box[4] if corner & 1 else -box[4]), (box[5] if corner & 2 else -box[5])
        angle = np.arctan2(oy + box[3] * cx + box[2] * cy, ox + box[2] * cx - box[3] * cy)
        half = max(half, abs((angle - bearing + np.pi) % (2 * np.pi) - np.pi))
    first, count = _beams_about(bearing - pose[2], half, len(ranges))
    step = 2 * np.pi / len(ranges)
    for i in range(count):
        j = (first + i) % len(ranges)
        heading = pose[2] + j * step
        nearest = min(ranges[j], farthest)
        far, side = _into_box(box, pose[0], pose[1], np.cos(heading), np.sin(heading), nearest)
        if side:
            ranges[j] = far
            sign = 1.0 if side > 0 else -1.0
            normals[j, 0] = sign * (box[2] if abs(side) == 1 else -box[3])
            normals[j, 1] = sign * (box[3] if abs(side) == 1 else box[2])


@njit(cache=True)
def _scan_disc(pose, disc, farthest, ranges, normals):
    """Let a disc (3,) be in the way of beams."""
    ox, oy = disc[0] - pose[0], disc[1] - pose[1]
    distance = np.hypot(ox, oy)
    if not disc[2] < distance < farthest:
        return
    half = np.arcsin(disc[2] / distance)
    first, count = _beams_about(np.arctan2(oy, ox) - pose[2], half, len(ranges))
    step = 2 * np.pi / len(ranges)
    for i in range(count):
        j = (first + i) % len(ranges)
        dx, dy = np.cos(pose[2] + j * step), np.sin(pose[2] + j * step)
        along = ox * dx + oy * dy
        room = disc[2] ** 2 - (distance**2 - along**2)
        if along > 0 and room > 0 and along - np.sqrt(room) < ranges[j]:
            ranges[j] = along - np.sqrt(room)
            normals[j, 0], normals[j, 1] = (ranges[j] * dx - ox) / disc[2], (ranges[j] * dy - oy) / disc[2]


@njit(cache=True)
def _beams_about(bearing, half, beams):
    """The first of the beams within `half` rad of a bearing to the heading, and how many they are."""
    step = 2 * np.pi / beams
    first = int(np.ceil((bearing - half) / step - 1e-9))
    last = int(np.floor((bearing + half) / step + 1e-9))
    return first, min(last - first + 1, beams)


@njit(cache=True)
def _into_box(box, x, y, dx, dy, nearest):
    """Distance at which a beam enters a box before `nearest`, and through which side: 1, 2, -1, -2; or 0."""
    ox, oy = x - box[0], y - box[1]
    px, py = box[2] * ox + box[3] * oy, -box[3] * ox + box[2] * oy
    qx, qy = box[2] * dx + box[3] * dy, -box[3] * dx + box[2] * dy
    enter, leave, side = -np.inf, np.inf, 0
    for axis in range(2):
        p, q, h = (px, qx, box[4]) if axis == 0 else (py, qy, box[5])
        if q == 0.0:
            if abs(p) > h:
                return 0.0, 0
            continue
        near = (-h - p) / q if q > 0 else (h - p) / q
        far = (h - p) / q if q > 0 else (-h - p) / q
        if near > enter:
            enter = near
            side = -(axis + 1) if q > 0 else axis + 1
        leave = min(leave, far)
    if enter > leave or enter <= 0.0 or enter >= nearest:
        return 0.0, 0
    return enter, side
