"""Where obstacles may be for as long as it is worth guessing.

At t s after it was seen, an obstacle may be anywhere between where it was and where its velocity has brought
it: it may stop at any time or go on. After `horizon` s it is taken to have gone no farther. What it may take
up thus only grows with time, and a robot that stands still is safe if it is safe at the end.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..collision.world import World, WorldArrays
from .swept import Moving, box_row, grown, swept, swept_rows

SLICE = 0.05
"""s: within a slice an obstacle counts as where it may be at the slice's end."""
_NOTHING = World().arrays_single


class Forecast:
    """A world that stands still and obstacles that move, all grown by a clearance.

    Attributes:
        seen: time of the clock, s, at which obstacles were where they are said to be.
        still: what stands still.
        slices: how many there are until the horizon, each `SLICE` s.
    """

    def __init__(
        self,
        still: World,
        moving: Mapping[str, Moving],
        seen: float,
        clearance: float,
        horizon: float,
        drift: float,
        reaction: float,
    ) -> None:
        """Take a snapshot.

        Args:
            still: obstacles that do not move.
            moving: obstacles that do, by name.
            seen: time of the clock, s.
            clearance: m around every obstacle.
            horizon: s of motion that are foreseen.
            drift: m/s by which the velocities may be wrong: obstacles grow by as much. One that is slower
                counts as standing still.
            reaction: s for which they grow: by then the robot has seen more, and can have stopped.

        Raises:
            WorldError: a name stands for two obstacles.
        """
        for name in moving:
            still.with_obstacle(name, moving[name].obstacle)  # refuses a name that is taken
        self.seen = seen
        self.slices = int(np.ceil(horizon / SLICE))
        self.still = World({name: grown(o, clearance) for name, o in still.obstacles.items()})
        seen_moving = {name: np.asarray(one.velocity, float) for name, one in moving.items()}
        self._velocities = {
            name: velocity * (np.linalg.norm(velocity) > drift) for name, velocity in seen_moving.items()
        }
        self._rows = {name: box_row(one.obstacle, self._velocities[name]) for name, one in moving.items()}
        self._clearance, self._drift, self._reaction = clearance, drift, reaction
        self._worlds: dict[int, World] = {}
        self._arrays: dict[int, WorldArrays] = {}

    @property
    def end(self) -> float:
        """Time of the clock from which on nothing is said to change."""
        return self.seen + self.slices * SLICE

    def slice_of(self, until: np.ndarray) -> np.ndarray:
        """Slices that times of the clock lie in; the last for later ones."""
        return np.clip(np.ceil((until - self.seen) / SLICE - 1e-9).astype(int), 0, self.slices)

    def moving(self, number: int) -> World:
        """What moving obstacles may take up until the end of a slice."""
        if number not in self._worlds:
            shapes = {name: swept(*self._way(name, number)) for name in self._rows}
            self._worlds[number] = World(
                {f"{name} ({i})": shape for name, of in shapes.items() for i, shape in enumerate(of)}
            )
        return self._worlds[number]

    def moving_arrays(self, number: int) -> WorldArrays:
        """The same for compiled checks, a little less for boxes, as their edges are round."""
        if number not in self._arrays:
            rows = [swept_rows(*self._way(name, number)) for name in self._rows]
            # They end with the distance from which on a part needs to be checked: from 0 on.
            boxes = np.zeros((sum(map(len, rows)), 17), np.float32)
            boxes[:, :16] = np.vstack(rows) if rows else 0.0
            self._arrays[number] = (_NOTHING[0], boxes, *_NOTHING[2:])
        return self._arrays[number]

    def _way(self, name: str, number: int) -> tuple[np.ndarray, np.ndarray, float]:
        """An obstacle, its way until the end of a slice, and by how much it is grown then."""
        after = number * SLICE
        margin = self._clearance + self._drift * min(after, self._reaction)
        return self._rows[name], after * self._velocities[name], margin

    def whole(self, number: int) -> World:
        """All that stands still and what may move until the end of a slice, as a world that stands still."""
        return World({**self.still.obstacles, **self.moving(number).obstacles})
