"""Who was where in a run, and what a perfect observer would have said about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...perception.activity.calibration import Zone
from ...perception.activity.detections import COLOURS
from ...perception.activity.incidents import NEAR_MISS, PASSAGE, STOPPED, Incident, IncidentRules
from ...perception.activity.pipeline import Thing
from .shapes import PHASES, Shape, stride
from .views import Pose

_STILL = 0.05  # m/s


@dataclass(frozen=True, eq=False)
class Timeline:
    """A run of n actors.

    Attributes:
        times: (t,) s, at an even pitch.
        shapes: of the actors.
        position, yaw: (t, n, 2) in m and (t, n) in rad.
        walked: (t, n) m, for the phase of a stride.
        present: (t, n).
    """

    times: np.ndarray
    shapes: list[Shape]
    position: np.ndarray
    yaw: np.ndarray
    walked: np.ndarray
    present: np.ndarray

    def poses(self, time: float) -> list[Pose | None]:
        """Of all actors at a time in s, between the ticks linearly; None for one that is not there."""
        after = int(np.clip(np.searchsorted(self.times, time), 1, len(self.times) - 1))
        share = (time - self.times[after - 1]) / (self.times[after] - self.times[after - 1])
        share = float(np.clip(share, 0.0, 1.0))
        position = (1 - share) * self.position[after - 1] + share * self.position[after]
        yaw = (1 - share) * self.yaw[after - 1] + share * self.yaw[after]
        now = after if share > 0.999 else after - 1
        poses: list[Pose | None] = []
        for k, shape in enumerate(self.shapes):
            phase = int(self.walked[now, k] / stride() * PHASES) % len(shape.meshes)
            poses.append(Pose(position[k], float(yaw[k]), phase) if self.present[now, k] else None)
        return poses

    def footprints(self) -> np.ndarray:
        """Middles (t, n, 2) of the footprints, m: the truth that is scored against."""
        middle = np.array([shape.middle for shape in self.shapes])
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        offset = np.stack([c * middle[:, 0] - s * middle[:, 1], s * middle[:, 0] + c * middle[:, 1]], axis=-1)
        return self.position + offset

    def names(self) -> np.ndarray:
        """Who is who (t, n): an actor that went away and comes back elsewhere, as what falls, is another."""
        came = self.present.copy()
        came[1:] &= ~self.present[:-1]
        return np.arange(len(self.shapes)) + len(self.shapes) * came.cumsum(axis=0)

    def things(self) -> list[list[Thing]]:
        """What a perfect observer sees, at every tick; ids are the actors' numbers."""
        at = self.footprints()
        velocity = np.zeros_like(at)
        velocity[1:] = np.diff(at, axis=0) / np.diff(self.times)[:, None, None]
        still = np.zeros(len(self.shapes))
        frames = []
        for t, time in enumerate(self.times):
            moves = np.linalg.norm(velocity[t], axis=1) > _STILL
            came = self.present[t] & ~self.present[t - 1] if t else self.present[t]
            still = np.where(moves | came, time, still)
            frames.append(
                [
                    self._thing(k, at[t, k], velocity[t, k], float(self.yaw[t, k]), float(time - still[k]))
                    for k in np.flatnonzero(self.present[t]).tolist()
                ]
            )
        return frames

    def _thing(self, k: int, at: np.ndarray, velocity: np.ndarray, yaw: float, still: float) -> Thing:
        shape = self.shapes[k]
        return Thing(
            int(k), shape.kind, at, velocity, shape.size, yaw, shape.height, 1.0, np.zeros(COLOURS), still
        )

    def incidents(self, zones: list[Zone], slack: float = 0.0, haste: float = 0.0) -> list[Incident]:
        """What the rules say when they see the truth at every tick.

        Distances are eased by `slack` m, and a vehicle may stand `haste` s less.
        """
        rules = IncidentRules(zones, PASSAGE + slack, NEAR_MISS + slack, STOPPED - haste)
        for time, things in zip(self.times.tolist(), self.things(), strict=True):
            rules.step(time, things)
        return rules.incidents
