"""The AMRs: the fleet says from cell to cell where they go, each drives there and stops by its own sensors.

A vehicle that is late is waited for: the fleet moves only those that have done their last move. What stands
still before a vehicle is told to the fleet after a moment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...fleet.lifelong.traffic import Change, Traffic
from .network import Network

HALF_LENGTH, HALF_WIDTH = 0.40, 0.29
"""Of an AMR with its load, m."""
RADIUS = 0.5
_STOP_AHEAD = 0.9  # m before the front in which nobody may be
_SLOW_AHEAD, _SLOW_ASIDE = 2.2, 1.2
_SLOW = 0.3  # share of the speed beside people
_LOOK_AHEAD = (0.0, 0.5, 1.0)  # s for which people are thought to go on as they do
_STOP_THING = 0.25  # m before the front in which nothing may stand
_APART = 0.85  # m between the middles of vehicles, of which one is ahead
_CORRIDOR = 0.50  # m to both sides of the way
_TOLD_AFTER = 2.0  # s that something stands before a vehicle until the fleet is told
_HEADING_YAW = np.array([0.0, -np.pi / 2, np.pi, np.pi / 2])  # of the fleet's headings: its rows go south


@dataclass(frozen=True, eq=False)
class Seen:
    """What vehicles see about them, each other left out: m discs.

    Attributes:
        at: (m, 2) m. velocity: (m, 2) m/s.
        radius: (m,) m.
        alive: (m,), whether it can move.
    """

    at: np.ndarray
    velocity: np.ndarray
    radius: np.ndarray
    alive: np.ndarray


class Vehicles:
    """All AMRs.

    Args:
        network: their ways.
        speed: m/s.
        rng: source of chance, of where they begin.
        count: of them.

    Attributes:
        traffic: the fleet.
        position, yaw, speed: (n, 2) m, (n,) rad, (n,) m/s.
        battery: (n,) share of 1.
        busy: (n,) s that each still stands to load or unload.
        failed: (n,) bool.
        waits: (n,) s that each has been kept from going on.
        step_seconds: of a move by one cell, or a turn by 90 degrees.
    """

    def __init__(self, network: Network, count: int, speed: float, rng: np.random.Generator) -> None:
        starts = _starts(network, count, rng)
        self._network = network
        self.traffic = Traffic(network.graph, starts, weights=network.weights)
        self.position = network.at[starts].copy()
        self.yaw = _HEADING_YAW[self.traffic.heading]
        self.speed = np.zeros(count)
        self.battery = rng.uniform(0.5, 1.0, count)
        self.busy, self.waits = np.zeros(count), np.zeros(count)
        self.failed = np.zeros(count, bool)
        lengths = np.linalg.norm(network.at[network.graph.ahead] - network.at[:, None], axis=2)
        self._cruise = speed
        self.step_seconds = float(np.max(lengths, where=network.graph.ahead >= 0, initial=0.0)) / speed
        self._from, self._yaw_from = self.position.copy(), self.yaw.copy()
        self._came_from = self.traffic.cell.copy()
        self._share = np.ones(count)

    def __len__(self) -> int:
        return len(self.position)

    @property
    def cells(self) -> np.ndarray:
        """(n,) vertices that the fleet has them on."""
        return self.traffic.cell

    def decide(self) -> np.ndarray:
        """Let the fleet say who goes where next; which have arrived (m,)."""
        ready = (self._share >= 1) & (self.busy <= 0) & ~self.failed & (self.battery > 0)
        before = self.traffic.cell.copy()
        arrived = self.traffic.step(ready)
        turns = np.abs(_wrapped(_HEADING_YAW[self.traffic.heading] - self.yaw)) > 1e-6
        goes = (self.traffic.cell != before) | (turns & ready)
        self._from[goes], self._yaw_from[goes] = self.position[goes], self.yaw[goes]
        self._came_from[goes], self._share[goes] = before[goes], 0.0
        return arrived

    def drive(self, dt: float, seen: Seen) -> np.ndarray:
        """Drive on for `dt` s; which vehicles are kept from it (n,) bool."""
        goal = self._network.at[self.traffic.cell]
        way = goal - self._from
        length = np.linalg.norm(way, axis=1)
        moves = (self._share < 1) & ~self.failed
        factor = np.ones(len(self))
        for k in np.flatnonzero(moves & (length > 1e-6)).tolist():
            factor[k] = self._clearance(k, way[k] / length[k], seen)
        seconds = np.where(length > 1e-6, length / self._cruise, self.step_seconds)
        pace = factor / seconds
        share = np.where(moves, np.minimum(self._share + dt * pace, 1.0), self._share)
        self.speed = (share - self._share) * length / dt
        self._share = share
        self.position = self._from + way * share[:, None]
        turn = _wrapped(_HEADING_YAW[self.traffic.heading] - self._yaw_from)
        self.yaw = _wrapped(self._yaw_from + turn * share)
        self.busy = np.maximum(self.busy - dt, 0.0)
        stopped = moves & (factor == 0)
        self.waits = np.where(stopped, self.waits + dt, 0.0)
        return stopped

    def _clearance(self, k: int, forward: np.ndarray, seen: Seen) -> float:
        """Share of its speed at which vehicle k may go on, by what it sees."""
        others = np.delete(self.position, k, axis=0) - self.position[k]
        if ((others @ forward > 0) & (np.linalg.norm(others, axis=1) < _APART)).any():
            return 0.0
        clear = 1.0
        for later in _LOOK_AHEAD:
            off = seen.at + later * seen.velocity - self.position[k]
            along = off @ forward
            ahead = along - HALF_LENGTH - seen.radius
            aside = np.abs(off @ np.array([-forward[1], forward[0]])) - seen.radius
            stop = np.where(seen.alive, _STOP_AHEAD, _STOP_THING)
            if ((along > 0) & (aside < _CORRIDOR) & (ahead < stop)).any():
                return 0.0
            if (seen.alive & (along > -0.5) & (ahead < _SLOW_AHEAD) & (aside < _SLOW_ASIDE)).any():
                clear = _SLOW
        return clear

    def in_the_way(self, seen: Seen) -> np.ndarray:
        """Vertices that are taken, as vehicles that have waited before something see."""
        found = []
        for k in np.flatnonzero(self.waits > _TOLD_AFTER).tolist():
            near = np.linalg.norm(seen.at - self.position[k], axis=1) - seen.radius < 3.0
            for at, radius in zip(seen.at[near & ~seen.alive], seen.radius[near & ~seen.alive], strict=True):
                found.append(self._network.near(at, radius + RADIUS))
        return np.unique(np.concatenate(found)) if found else np.zeros(0, int)

    def change(self, blocked: np.ndarray) -> Change:
        """Close vertices (V,) bool to the fleet, first taking back moves into them that cannot be ended."""
        for k in np.flatnonzero(blocked[self.traffic.cell] & (self._share < 1)).tolist():
            self._take_back(k)
        return self.traffic.change(blocked)

    def _take_back(self, k: int) -> None:
        """Have vehicle k back on the vertex it came from; who followed it is taken back first."""
        back = int(self._came_from[k])
        if back == self.traffic.cell[k]:
            return
        for other in np.flatnonzero(self.traffic.cell == back).tolist():
            if self._share[other] >= 1:
                return
            self._take_back(other)
        if not self.traffic.put_back(k, back):
            return
        self._from[k], self._yaw_from[k] = self.position[k], self.yaw[k]
        self._share[k] = 0.0


def _starts(network: Network, count: int, rng: np.random.Generator) -> np.ndarray:
    """Vertices of their own: parking places first, then any."""
    parking = list(network.parking.values())
    others = np.setdiff1d(np.flatnonzero(network.core), parking)
    rng.shuffle(others)
    starts = np.array([*parking, *others.tolist()])[:count]
    if len(starts) < count:
        raise ValueError(f"There is no room for {count} AMRs in this hall: give fewer, or a larger hall.")
    return starts


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi
