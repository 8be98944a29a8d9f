"""Ceiling cameras: where they hang, and how much of the floor they see past the racks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .layout import EAST_STRIP, WEST_STRIP, Layout
from .parts import Box, Vec3

HORIZONTAL_FOV = math.radians(110.0)
"""Wide-angle lens without distortion; the wide side lies along Y, along the aisles."""
RESOLUTION = (1280, 960)
TAN_WIDE = math.tan(HORIZONTAL_FOV / 2)
TAN_NARROW = TAN_WIDE * RESOLUTION[1] / RESOLUTION[0]

CANDIDATE_STEP = 2.0
PLACING_CELL = 1.0
COUNTING_CELL = 0.25
# A floor cell that is in view already counts this much less: spare cameras then give second views. Sums of
# these powers of two are exact in float64, so the choice is the same on every machine.
REPEAT_VALUE = 1 / 8
MAX_REPEATS = 8


Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Solids:
    """Corners (m, 3) of axis-aligned boxes, in m."""

    lo: Points
    hi: Points

    @classmethod
    def of(cls, boxes: list[Box]) -> Solids:
        """Gather the corners of `boxes`."""
        return cls(np.array([box.lo for box in boxes]), np.array([box.hi for box in boxes]))


@dataclass(frozen=True)
class CeilingCamera:
    """A camera that looks straight down with its image's right side towards +Y; `position` in m."""

    name: str
    position: Vec3


def place_cameras(layout: Layout) -> list[CeilingCamera]:
    """Choose places over aisles and side strips greedily, each the one that adds most floor in view."""
    if layout.cfg.cameras == 0:
        return []
    floor = free_floor(layout, PLACING_CELL)
    (_, south), (_, north) = layout.interior
    ys = np.linspace(south + 1.5, north - 1.5, max(2, round((north - south) / CANDIDATE_STEP)))
    solids = Solids.of(layout.obstacles)
    strips = [-layout.half_length + WEST_STRIP / 2, layout.half_length - EAST_STRIP / 2]
    places = [(x, y, layout.camera_height) for x in (*layout.aisle_x, *strips) for y in ys.tolist()]
    visible = np.stack([sees(place, floor, solids) for place in places])
    times_seen = np.zeros(len(floor), int)
    gain = visible.sum(axis=1, dtype=float)
    chosen = []
    for _ in range(min(layout.cfg.cameras, len(places))):
        best = int(np.argmax(gain))
        chosen.append(places[best])
        cells = np.nonzero(visible[best])[0]
        value = REPEAT_VALUE ** np.minimum(times_seen[cells], MAX_REPEATS)
        drop = value * np.where(times_seen[cells] < MAX_REPEATS, 1 - REPEAT_VALUE, 0.0)
        gain -= visible[:, cells] @ drop
        gain[best] = -1.0
        times_seen[cells] += 1
    chosen.sort()
    return [CeilingCamera(f"Camera_{k:03d}", place) for k, place in enumerate(chosen)]


def coverage(layout: Layout, cameras: list[CeilingCamera]) -> float:
    """Share of the free floor that at least one camera sees, in [0, 1].

    Counted on a 0.25 m grid of points on the floor between walls, pick line and chargers that no rack or
    staged pallet stands on. Racks count as solid up to their highest load, so the true share is no lower.
    """
    floor = free_floor(layout, COUNTING_CELL)
    solids = Solids.of(layout.obstacles)
    seen = np.zeros(len(floor), bool)
    for camera in cameras:
        x, y, z = camera.position
        near = ~seen & (abs(floor[:, 0] - x) <= z * TAN_NARROW) & (abs(floor[:, 1] - y) <= z * TAN_WIDE)
        seen[near] = sees(camera.position, floor[near], solids)
    return float(seen.mean())


def free_floor(layout: Layout, cell: float) -> Points:
    """Middles (n, 2) of the floor cells of about `cell` m that nothing stands on."""
    (west, south), (east, north) = layout.interior
    xs, ys = _middles(west, east, cell), _middles(south, north, cell)
    free = np.ones((len(xs), len(ys)), bool)
    for box in layout.obstacles:
        in_x = (xs >= box.lo[0]) & (xs <= box.hi[0])
        in_y = (ys >= box.lo[1]) & (ys <= box.hi[1])
        free[np.ix_(in_x, in_y)] = False
    i, j = np.nonzero(free)
    return np.column_stack([xs[i], ys[j]])


def _middles(first: float, last: float, cell: float) -> Points:
    count = max(1, round((last - first) / cell))
    return np.linspace(first, last, count, endpoint=False) + (last - first) / count / 2


def sees(position: Vec3, floor: Points, obstacles: Solids) -> npt.NDArray[np.bool_]:
    """Which of the floor points (n, 2) a downward camera has in its image and not behind an obstacle."""
    eye = np.asarray(position)
    reach = eye[2] * np.array([TAN_NARROW, TAN_WIDE])
    offset = floor - eye[:2]
    seen = (abs(offset) <= reach).all(axis=1)
    in_image = np.nonzero(seen)[0]
    near = ((obstacles.lo[:, :2] <= eye[:2] + reach) & (obstacles.hi[:, :2] >= eye[:2] - reach)).all(axis=1)
    hidden = _crosses(offset[in_image], eye, obstacles.lo[near], obstacles.hi[near])
    seen[in_image[hidden]] = False
    return seen


def _crosses(offset: Points, eye: Points, lo: Points, hi: Points) -> npt.NDArray[np.bool_]:
    """Whether the ray from the eye (3,) to each floor point, `offset` (n, 2) from below it, crosses a box.

    Slab method: s runs from 0 at the eye to 1 on the floor; each axis of a box allows an interval of s.
    """
    shape = (len(offset), len(lo))
    enter = np.broadcast_to(np.maximum(0.0, 1 - hi[:, 2] / eye[2]), shape)
    leave = np.broadcast_to(1 - np.maximum(0.0, lo[:, 2]) / eye[2], shape)
    for axis in (0, 1):
        with np.errstate(divide="ignore", invalid="ignore"):
            a = (lo[:, axis] - eye[axis]) / offset[:, axis, None]
            b = (hi[:, axis] - eye[axis]) / offset[:, axis, None]
        # A ray along a face divides 0 by 0; fmax and fmin then keep what the other axes allow.
        enter = np.fmax(enter, np.minimum(a, b))
        leave = np.fmin(leave, np.maximum(a, b))
    return np.any(enter < leave, axis=1)
