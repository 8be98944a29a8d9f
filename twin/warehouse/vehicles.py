"""The AMRs: the fleet says from cell to cell where they go, each drives there and stops by its own sensors.

A vehicle that is late is waited for: the fleet moves only those that have nearly done their last move. What
stands still before a vehicle is told to the fleet after a moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...assets.warehouse.layout import Layout
from ...fleet.lifelong.traffic import Change, Traffic
from ...perception.scan.movers import Movers
from .bodies import Bodies, Minds
from .caution import allowed
from .network import Network
from .scanner import Bystanders
from .steering import is_facing, wrapped

HALF_LENGTH, HALF_WIDTH = 0.40, 0.29
"""Of an AMR with its load, m."""
RADIUS = 0.5
READY = 0.9
"""m before the middle of its cell from which on a vehicle may be sent on."""
_APART, _BESIDE, _FAR = 1.0, 0.65, 3.0
"""m ahead that vehicles keep free, within which aside, and how far they look."""
_BRAKING = 1.0  # m/s2 that is counted on
_SAME_SIDE = 0.8  # cosine between the ways of two to a place, above which one follows the other
_THERE = 0.12  # m from it at which it stands there
_TOLD_AFTER = 2.0  # s that something stands before a vehicle until the fleet is told
_SAVED = ("battery", "busy", "failed", "waits", "_came_from", "_arriving")
_HEADING_YAW = np.array([0.0, -np.pi / 2, np.pi, np.pi / 2])  # of the fleet's headings: its rows go south


class Vehicles:
    """All AMRs.

    Args:
        network: their ways.
        layout: of the hall.
        count: of them. physical: of those, in physics and with sensors; the first.
        speed: m/s.
        period: of a tick, s.
        rng: source of chance, of where they begin.

    Attributes:
        traffic: the fleet.
        position, yaw, speed: (n, 2) m, (n,) rad, (n,) m/s, as their own sensors have it.
        true_position, true_yaw: (n, 2) m and (n,) rad.
        battery: (n,) share of 1.
        busy: (n,) s that each still stands to load or unload.
        failed: (n,) bool.
        waits: (n,) s that each has been kept from going on.
    """

    def __init__(
        self,
        network: Network,
        layout: Layout,
        count: int,
        physical: int,
        speed: float,
        period: float,
        rng: np.random.Generator,
    ) -> None:
        # One stream for each, so that another number of vehicles has the same first ones.
        places, charges, noise = rng.spawn(3)
        starts = _starts(network, count, places)
        self._network, self._cruise, self._period = network, speed, period
        self.traffic = Traffic(network.graph, starts, weights=network.weights)
        physical = min(count, physical)
        yaw = _HEADING_YAW[self.traffic.heading]
        self._platforms = Bodies(network.at[starts], yaw, period, physical)
        begin = np.column_stack([self._platforms.position, self._platforms.yaw])
        self._senses = Minds(layout, begin, (HALF_LENGTH, HALF_WIDTH), physical, noise)
        nothing = np.zeros((0, 2))
        self._seen = [Movers(nothing, nothing, np.zeros(0), np.zeros(0, bool))] * count
        self._know()
        self.speed = np.zeros(count)
        self.battery = charges.uniform(0.5, 1.0, count)
        self.busy, self.waits = np.zeros(count), np.zeros(count)
        self.failed = np.zeros(count, bool)
        self._came_from = self.traffic.cell.copy()
        self._arriving = np.zeros(count, bool)

    def __len__(self) -> int:
        return len(self.position)

    @property
    def cells(self) -> np.ndarray:
        """(n,) vertices that the fleet has them on."""
        return self.traffic.cell

    @property
    def _left(self) -> np.ndarray:
        """(n,) m to the middles of their cells."""
        return np.linalg.norm(self._network.at[self.traffic.cell] - self.position, axis=1)

    def decide(self) -> np.ndarray:
        """Let the fleet say who goes where next; which stand now where they were sent (m,)."""
        ready = self._is_ready() & (self.busy <= 0) & (self.battery > 0)
        before = self.traffic.cell.copy()
        arrived = self.traffic.step(ready & ~self.failed & ~self._arriving)
        goes = self.traffic.cell != before
        self._came_from[goes] = before[goes]
        self._arriving[arrived] = True
        there = np.flatnonzero(self._arriving & self._is_there())
        self._arriving[there] = False
        return there

    def _is_ready(self) -> np.ndarray:
        """(n,) bool, who has nearly done its last move."""
        return (self._left < READY) & self._is_turned()

    def _is_there(self) -> np.ndarray:
        """(n,) bool, who stands in the middle of its cell."""
        return (self._left < _THERE) & self._is_turned()

    def _is_turned(self) -> np.ndarray:
        return is_facing(self.yaw, _HEADING_YAW[self.traffic.heading])

    def _goals(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each drives, (n, 2) m, and how it is to be turned there, (n,) rad."""
        return self._network.at[self.traffic.cell], _HEADING_YAW[self.traffic.heading]

    @property
    def silent(self) -> np.ndarray:
        """(n,) bool, those that the fleet does not reach: none in the same process."""
        return np.zeros(len(self), bool)

    def handle(self, k: int, what: str, order: str, seconds: float) -> None:
        """Have vehicle k stand for so many seconds to `pick` or `drop` the load of an order."""
        self.busy[k] = seconds

    def exchange(self, time: float) -> None:
        """Let the fleet and vehicles speak at `time` in s: nothing to do in the same process."""

    @property
    def awaited(self) -> dict[str, np.ndarray]:
        """Names of vehicles that are to join, and where, (2,) m: none."""
        return {}

    def close(self) -> None:
        """End it."""

    @property
    def _askew(self) -> np.ndarray:
        """(n,) rad that they are turned beyond what they know of."""
        return self._platforms.yaw - self._senses.pose[:, 2]

    def _know(self) -> None:
        """Take note of where they are, and where they take themselves to be."""
        self.true_position, self.true_yaw = self._platforms.position, self._platforms.yaw
        self.position, self.yaw = self._senses.pose[:, :2].copy(), self._senses.pose[:, 2].copy()

    def look(self, time: float, others: Bystanders) -> None:
        """Let each see at `time` in s where it is, and who is about it."""
        true = np.column_stack([self.true_position, self.true_yaw])
        said = np.column_stack([self.position, self.yaw])
        self._seen = self._senses.look(time, true, said, others)

    def drive(self) -> np.ndarray:
        """Drive on for a tick; which vehicles are kept from it (n,) bool."""
        goal, heading = self._goals()
        way = goal - self.position
        left = np.linalg.norm(way, axis=1)
        factor = np.ones(len(self))
        for k in np.flatnonzero(left > _THERE).tolist():
            factor[k] = self._clearance(k, way[k] / left[k])
        factor[self.failed | (self.battery <= 0) | self._gives_way()] = 0.0
        self._go(goal, heading, self._cruise * factor)
        self.speed = self._platforms.speed
        self.busy = np.maximum(self.busy - self._period, 0.0)
        stopped = (left > _THERE) & (factor == 0) & ~self.failed
        self.waits = np.where(stopped, self.waits + self._period, 0.0)
        return stopped

    def _go(self, goal: np.ndarray, heading: np.ndarray, fastest: np.ndarray) -> None:
        """Drive by where they take themselves to be, and measure how far they have gone."""
        off, c, s = goal - self._senses.pose[:, :2], np.cos(self._askew), np.sin(self._askew)
        ahead = np.stack([c * off[:, 0] - s * off[:, 1], s * off[:, 0] + c * off[:, 1]], axis=1)
        self._platforms.go(self._platforms.position + ahead, heading + self._askew, fastest)
        turned = wrapped(self._platforms.yaw - self.true_yaw)
        middle = self.true_yaw + turned / 2
        moved = self._platforms.position - self.true_position
        self._senses.move(moved[:, 0] * np.cos(middle) + moved[:, 1] * np.sin(middle), turned)
        self._know()

    def _clearance(self, k: int, forward: np.ndarray) -> float:
        """Share of its speed at which vehicle k may go on, by what it sees."""
        half = (HALF_LENGTH, HALF_WIDTH)
        fastest = allowed(self.position[k], forward, half, self._cruise, self._seen[k])
        return min(self._following(k, forward), fastest / self._cruise)

    def _gives_way(self) -> np.ndarray:
        """(n,) bool, who waits for another that has still to pass its cell, and comes from another side.

        The fleet sends vehicles on before they have passed their cell. Who waits was sent after whom it waits
        for, so nobody waits in a circle.
        """
        cell, at = self.traffic.cell, self._network.at
        length = np.linalg.norm(at[cell] - at[self._came_from], axis=1)
        waits = np.zeros(len(self), bool)
        for j in np.flatnonzero((length > 0) & (self._left > length)).tolist():
            middle = at[self._came_from[j]]
            off = middle - self.position[j]
            for k in np.flatnonzero(cell == self._came_from[j]).tolist():
                way = middle - self.position[k]
                waits[k] = off @ way < _SAME_SIDE * np.linalg.norm(off) * np.linalg.norm(way)
        return waits

    def _following(self, k: int, forward: np.ndarray) -> float:
        """Share of its speed from which vehicle k can brake behind those ahead, however hard they brake."""
        off = np.delete(self.position - self.position[k], k, axis=0)
        along = off @ forward
        aside = np.abs(off @ np.array([-forward[1], forward[0]]))
        ahead = (along > 0) & (along < _FAR) & (aside < _BESIDE)
        if not ahead.any():
            return 1.0
        velocity = self.speed[:, None] * np.stack([np.cos(self.yaw), np.sin(self.yaw)], axis=1)
        theirs = np.maximum(np.delete(velocity, k, axis=0)[ahead] @ forward, 0.0)
        room = 2 * _BRAKING * (along[ahead] - _APART) + theirs**2
        return float(min(1.0, np.sqrt(np.maximum(room, 0.0)).min() / self._cruise))

    def in_the_way(self) -> np.ndarray:
        """Vertices that are taken, as vehicles that have waited before something see."""
        found = []
        for k in np.flatnonzero(self.waits > _TOLD_AFTER).tolist():
            seen = self._seen[k]
            near = np.linalg.norm(seen.at - self.position[k], axis=1) - seen.radius < 3.0
            for at, radius in zip(seen.at[near & ~seen.alive], seen.radius[near & ~seen.alive], strict=True):
                found.append(self._network.near(at, radius + RADIUS))
        return np.unique(np.concatenate(found)) if found else np.zeros(0, int)

    def change(self, blocked: np.ndarray) -> Change:
        """Close vertices (V,) bool to the fleet, first taking back moves into them that cannot be ended."""
        for k in np.flatnonzero(blocked[self.traffic.cell] & (self._left > READY / 2)).tolist():
            self._take_back(k)
        return self.traffic.change(blocked)

    def state(self) -> dict[str, Any]:
        """All of them, for a checkpoint."""
        return {
            "traffic": self.traffic.state(), "platforms": self._platforms.state(),
            "senses": self._senses.state(),
            **{name: getattr(self, name) for name in _SAVED},
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`."""
        self.traffic.restore(state["traffic"])
        self._platforms.restore(state["platforms"])
        self._senses.restore(state["senses"])
        self._know()
        self.speed = self._platforms.speed
        for name in _SAVED:
            setattr(self, name, state[name])

    def _take_back(self, k: int) -> None:
        """Have vehicle k back on the vertex it came from; who followed it is taken back first."""
        back = int(self._came_from[k])
        if back == self.traffic.cell[k]:
            return
        for other in np.flatnonzero(self.traffic.cell == back).tolist():
            if self._left[other] < READY / 2:
                return
            self._take_back(other)
        if self.traffic.put_back(k, back):
            self._arriving[k] = False


def _starts(network: Network, count: int, rng: np.random.Generator) -> np.ndarray:
    """Vertices of their own: parking places first, then any."""
    parking = list(network.parking.values())
    others = rng.permutation(len(network.at))
    others = others[network.core[others] & ~np.isin(others, parking)]
    starts = np.array([*parking, *others.tolist()])[:count]
    if len(starts) < count:
        raise ValueError(f"There is no room for {count} AMRs in this hall: give fewer, or a larger hall.")
    return starts
