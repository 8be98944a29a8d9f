"""Kinematic traffic without collisions: each leg is planned in space and time around the other actors.

Prioritised planning: whoever has to decide next plans a whole leg along its path, when to move and when to
wait, so that it never comes too close to where the others will be; they keep to their plans (Erdmann and
Lozano-Perez, "On multiple moving objects", 1987). Cameras need no physics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TICK = 0.5
"""Of the plans, s."""
FINE = 0.1
"""Of the timeline, s."""
RADIUS = {"amr": 0.45, "forklift": 0.75, "worker": 0.25}
_LENGTH = {"amr": 0.5, "forklift": 1.2, "worker": 0.25}  # half of it, which people keep away from, m
SPEED = {"amr": 1.5, "forklift": 1.8, "worker": 1.2}
"""Of each kind, m/s."""
_APART = 0.10  # m between the rims of vehicles, and of people
_APART_FROM_PEOPLE = 0.70  # m between a vehicle and a person
_MARGIN = 30  # ticks after a pause in which nobody may be bound for the same place: one must get away
_PARTING = 8  # ticks in which two that stand too close come apart
_SMOOTH = 1.1  # s over which speeds are smoothed


@dataclass(frozen=True, eq=False)
class Leg:
    """A path (m, 2) in m, then `pause` s of standing. `backwards`: without turning round."""

    path: np.ndarray
    pause: float = 0.0
    backwards: bool = False


class Schedule:
    """Where everybody is at each tick, as far as it is planned; who has no further plan stays.

    Attributes:
        position: (ticks, n, 2) m.
        backwards: (ticks, n), drives in reverse.
        until: (n,) tick up to which each actor has a plan.
    """

    def __init__(self, kinds: list[str], starts: np.ndarray, seconds: float) -> None:
        self.kinds = kinds
        self.ticks = round(seconds / TICK) + 1
        self.position = np.repeat(starts[None], self.ticks + 1, axis=0)
        self.backwards = np.zeros((self.ticks + 1, len(kinds)), bool)
        self.until = np.zeros(len(kinds), int)
        radius = np.array([RADIUS[kind] for kind in kinds])
        person = np.array([kind == "worker" for kind in kinds])
        mixed = person[:, None] != person
        length = np.array([_LENGTH[kind] for kind in kinds])
        self._apart = np.where(
            mixed, length[:, None] + length + _APART_FROM_PEOPLE, radius[:, None] + radius + _APART
        )

    def plan(self, k: int, leg: Leg, most_wait: float) -> bool:
        """Add a leg to the plan of actor k, unless it would come too close to others or wait too long."""
        stops = along(leg.path, SPEED[self.kinds[k]] * TICK)
        begin, pause = int(self.until[k]), round(leg.pause / TICK)
        window = len(stops) + round(most_wait / TICK)
        free = self._free(k, stops, begin, window + pause + _MARGIN)
        for when in np.flatnonzero(_reach(free[:, :window])[-1]):
            if free[-1, when : when + pause + _MARGIN].all():
                self._commit(k, leg, stops, free[:, : when + 1], pause)
                return True
        return False

    def insert(self, k: int, positions: np.ndarray) -> None:
        """Let actor k follow `positions` (m, 2), one a tick, whatever the others do."""
        self._set(k, positions, backwards=False)

    def _free(self, k: int, stops: np.ndarray, begin: int, window: int) -> np.ndarray:
        """Which stops (s,) are free at which tick (s, window) from `begin` on."""
        ticks = np.minimum(begin + np.arange(window), self.ticks)
        others = np.delete(np.arange(len(self.kinds)), k)
        at = self.position[ticks][:, others]
        low, high = stops.min(axis=0) - 3.0, stops.max(axis=0) + 3.0
        near = ((at > low) & (at < high)).all(axis=2).any(axis=0)
        distance = np.linalg.norm(stops[:, None, None] - at[None, :, near], axis=3)
        apart = distance > self._apart[k, others[near]]
        # Who is too close already may be left alone for a moment, or neither could ever leave.
        touching = ~apart[0, 0]
        apart[:, :_PARTING, touching] = True
        return apart.all(axis=2)

    def _commit(self, k: int, leg: Leg, stops: np.ndarray, free: np.ndarray, pause: int) -> None:
        """Move on as early as the way to the last stop, at the last tick, allows."""
        goal = np.zeros_like(free)
        goal[-1, -1] = True
        for t in range(free.shape[1] - 2, -1, -1):
            goal[:, t] = free[:, t] & (goal[:, t + 1] | np.append(goal[1:, t + 1], False))
        stop, order = 0, [0]
        for t in range(1, free.shape[1]):
            stop += int(stop + 1 < len(stops) and goal[stop + 1, t])
            order.append(stop)
        self._set(k, np.concatenate([stops[order], np.repeat(stops[-1:], pause, axis=0)]), leg.backwards)

    def _set(self, k: int, positions: np.ndarray, backwards: bool) -> None:
        begin = min(int(self.until[k]), self.ticks)  # plans may end after the last tick
        end = min(begin + len(positions), self.ticks + 1)
        self.position[begin:end, k] = positions[: end - begin]
        self.position[end:, k] = positions[end - begin - 1]
        self.backwards[begin:end, k] = backwards
        self.until[k] += len(positions)

    def fine(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Times (t,) in s every `FINE`, smoothed positions (t, n, 2) in m, and headings (t, n) in rad."""
        coarse = np.arange(self.ticks) * TICK
        times = np.arange(round(coarse[-1] / FINE) + 1) * FINE
        position = np.stack(
            [
                [_smoothed(np.interp(times, coarse, self.position[:-1, k, axis])) for axis in (0, 1)]
                for k in range(len(self.kinds))
            ]
        ).transpose(2, 0, 1)
        reverse = self.backwards[np.minimum((times / TICK).astype(int), self.ticks - 1)]
        return times, position, _headings(position, reverse)


def along(path: np.ndarray, step: float) -> np.ndarray:
    """Points (s, 2) every `step` m along a path, the last one included."""
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    even = np.linspace(0.0, at[-1], max(int(np.ceil(at[-1] / step)), 1) + 1)
    return np.column_stack([np.interp(even, at, path[:, axis]) for axis in (0, 1)])


def _reach(free: np.ndarray) -> np.ndarray:
    """Which stops can be reached by which tick, (s, t), moving on by one stop a tick or waiting."""
    reach = np.zeros_like(free)
    reach[0, 0] = True
    for t in range(1, free.shape[1]):
        reach[:, t] = free[:, t] & (reach[:, t - 1] | np.append(False, reach[:-1, t - 1]))
    return reach


def _smoothed(values: np.ndarray) -> np.ndarray:
    width = round(_SMOOTH / FINE)
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")


def _headings(position: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """Along the motion while it moves, else as before; in reverse, against it."""
    velocity = np.gradient(position, FINE, axis=0)
    moves = np.linalg.norm(velocity, axis=2) > 0.2
    yaw = np.arctan2(velocity[..., 1], velocity[..., 0]) + np.where(reverse, np.pi, 0.0)
    for k in range(yaw.shape[1]):
        known = np.flatnonzero(moves[:, k])
        if not len(known):
            yaw[:, k] = 0.0
            continue
        last = np.maximum.accumulate(np.where(moves[:, k], np.arange(len(yaw)), known[0]))
        yaw[:, k] = _smoothed(np.unwrap(yaw[last, k]))
    return yaw
