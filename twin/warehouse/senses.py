"""What AMRs know by their own sensors: odometer, gyroscope and scanner tell where they are, and who is near.

The odometer is a wheel that is not driven: driven ones creep on the floor, by 4 % and more when they brake.

Each is told where the fleet's others say they are; those are no strangers. The map is the hall's: racks and
walls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...assets.warehouse.layout import Layout
from ...perception.scan.localise import Localiser
from ...perception.scan.movers import Movers, MoverTracker, groups, off_map
from .scanner import ANGLES, Bystanders, Scanners, boxes_of, points_of

_SEEN = 6.0  # m up to which things are looked for
_OFF = 0.5  # m beyond, in which what the map has may still explain them
_OWN = 0.08  # m about where another vehicle says that it is, beyond what the map is granted
_SCALE = 0.005  # standard deviation of what an odometer's wheel is larger than it is said to be, a share
_ENCODER = 0.0005  # m, noise of its way in a tick
_BIAS, _GYRO = 2e-4, 2e-4  # rad in a tick: what a gyroscope is off by all the time, and its noise


class Senses:
    """Sensors of n AMRs.

    Args:
        layout: of the hall.
        pose: (n, 3) m and rad, where they begin.
        half: (2,) m, half of an AMR's length and width.
        rng: source of noise.

    Attributes:
        pose: (n, 3) where they take themselves to be.
    """

    def __init__(
        self,
        layout: Layout,
        pose: np.ndarray,
        half: tuple[float, float],
        rng: np.random.Generator,
    ) -> None:
        self._half, self._rng = np.array(half), rng
        self._scale = 1 + rng.normal(0.0, _SCALE, len(pose))
        self._bias = rng.normal(0.0, _BIAS, len(pose))
        self._scanners = Scanners(layout, half, rng)
        self._localiser = Localiser(pose)
        self._trackers = [MoverTracker() for _ in pose]

    @property
    def pose(self) -> np.ndarray:
        """(n, 3)."""
        return self._localiser.pose

    def move(self, gone: np.ndarray, turned: np.ndarray) -> None:
        """In a tick, they have truly gone (n,) m forward, and turned by (n,) rad."""
        driven = gone * self._scale + self._rng.normal(0.0, _ENCODER, len(gone))
        self._localiser.predict(driven, turned + self._bias + self._rng.normal(0.0, _GYRO, len(turned)))

    def look(self, time: float, true: np.ndarray, said: np.ndarray, others: Bystanders) -> list[Movers]:
        """Scan at `time` in s: correct where each is; what each sees about it.

        All vehicles, these first, are truly at poses (m, 3), and say that they are at `said` (m, 3).
        """
        ranges = self._scanners.scan(len(self.pose), true, others)
        self._localiser.correct(ranges, *self._scanners.expected(self.pose, said), ANGLES)
        vehicles = boxes_of(said[:, :2], said[:, 2], np.tile(self._half + _OWN, (len(said), 1)))
        seen, solids = [], self._scanners.solids
        for k, tracker in enumerate(self._trackers):
            near = ranges[k] < _SEEN
            points = points_of(self.pose[k], np.where(near, ranges[k], 0.0))[near]
            known = np.concatenate([solids, np.delete(vehicles, k, axis=0)])
            about = np.linalg.norm(known[:, :2] - self.pose[k, :2], axis=1)
            known = known[about < _SEEN + np.linalg.norm(known[:, 4:], axis=1) + _OFF]
            seen.append(tracker.step(time, *groups(points[off_map(points, known)])))
        return seen

    def state(self) -> dict[str, Any]:
        """All that goes on, for a checkpoint."""
        return {
            "rng": self._rng.bit_generator.state, "scale": self._scale, "bias": self._bias,
            "pose": self._localiser.pose, "covariance": self._localiser.covariance,
            "trackers": [tracker.state() for tracker in self._trackers],
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state` of as many AMRs."""
        self._rng.bit_generator.state = state["rng"]
        self._scale, self._bias = state["scale"], state["bias"]
        self._localiser.pose, self._localiser.covariance = state["pose"], state["covariance"]
        for tracker, kept in zip(self._trackers, state["trackers"], strict=True):
            tracker.restore(kept)
