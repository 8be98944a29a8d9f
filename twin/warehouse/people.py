"""Who else is on the floor: people and fork trucks on ways of their own, people stepping aside for robots.

Their rounds are planned beforehand (`twin/ceiling/traffic.py`). Who finds somebody in his way stops; people
soon go round a robot, pushed off their way as by a spring: the social force of Helbing and Molnar (1995).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...assets.warehouse.layout import Layout
from ..ceiling.actors import everybody, plan_next
from ..ceiling.roads import Roads
from ..ceiling.traffic import FINE, Schedule
from .network import EVERY, FIRST
from .scenario import PeopleCfg

_TURN_BEFORE = 2.5  # m before the end of an aisle that trucks turn round
_ROOM = 1.2  # m that people keep from the middle of a robot
_BODY = 0.75  # m from the middle of a robot that nobody comes nearer: he steps back
_TRIES = 8  # steps back from all that are too near
_RELAX = 0.3  # s in which they step aside, and back
_AHEAD = {"worker": 1.3, "forklift": 3.0}  # m in which somebody is in the way
_BESIDE = {"worker": 0.8, "forklift": 1.3}
_PATIENT = {"worker": 1.5, "forklift": 20.0}  # s that they stand before they go on nevertheless


@dataclass(frozen=True, eq=False)
class Crowd:
    """Everybody at one time: (n, 2) m, (n,) rad, (n,) m that they have walked, (n, 2) m/s."""

    position: np.ndarray
    yaw: np.ndarray
    walked: np.ndarray
    velocity: np.ndarray

    @property
    def speed(self) -> np.ndarray:
        """(n,) m/s."""
        return np.linalg.norm(self.velocity, axis=1)


class People:
    """People and fork trucks of one run.

    Args:
        layout: of the hall.
        cfg: how many.
        seconds: of the run.
        rng: source of chance.

    Attributes:
        kinds: `worker` or `forklift`, of each.

    Raises:
        ValueError: the hall has too few aisles for so many.
    """

    def __init__(self, layout: Layout, cfg: PeopleCfg, seconds: float, rng: np.random.Generator) -> None:
        roads = {"worker": _roads_on_foot(layout), "forklift": _roads_of_trucks(layout)}
        shuttles = min(cfg.workers, 2)
        counts = {"worker": cfg.workers - shuttles, "forklift": cfg.forklifts}
        self.kinds, starts, purposes = everybody(layout, roads, counts, shuttles, rng)
        self._is_person = np.array([kind == "worker" for kind in self.kinds], bool)
        schedule = Schedule(self.kinds, starts, seconds + 1.0)
        while len(self.kinds) and schedule.until.min() < schedule.ticks:
            k = int(np.argmin(schedule.until))
            plan_next(k, purposes[k], schedule)
        if len(self.kinds):
            _, self._position, self._yaw = schedule.fine()
        else:
            ticks = round(schedule.ticks / FINE)
            self._position, self._yaw = np.zeros((ticks, 0, 2)), np.zeros((ticks, 0))
        step = np.diff(self._position, axis=0, prepend=self._position[:1])
        self._walked, self._velocity = np.cumsum(np.linalg.norm(step, axis=2), axis=0), step / FINE
        self._aside, self._late = np.zeros((len(self.kinds), 2)), np.zeros(len(self.kinds))
        self._stood = np.zeros(len(self.kinds))
        self._limits = np.array([(_AHEAD[k], _BESIDE[k], _PATIENT[k]) for k in self.kinds]).reshape(-1, 3).T

    def step(self, time: float, dt: float, robots: np.ndarray, down: np.ndarray | None = None) -> Crowd:
        """Everybody at `time` in s, `dt` s after the last call, with robots at (m, 2) in m.

        Who is `down` (n,) lies still, and is gone round; trucks wait before him.
        """
        down = np.zeros(len(self.kinds), bool) if down is None else down
        everybody = np.arange(len(self.kinds))
        rows = np.clip(np.round((time - self._late) / FINE), 0, len(self._position) - 1).astype(int)
        way, velocity = self._position[rows, everybody], self._velocity[rows, everybody]
        near = self._near(way + self._aside, velocity, robots)
        lies = near[:, len(robots) :][:, down].any(axis=1) & ~self._is_person
        held = down | lies | (near.any(axis=1) & (self._stood < self._limits[2]))
        self._late += np.where(held, dt, 0.0)
        walks = np.linalg.norm(velocity, axis=1) > 0.1
        self._stood = np.where(held, self._stood + dt, np.where(walks, self._stood - dt, 0.0).clip(0.0))
        self._stood[down] = 0.0
        self._step_aside(way, np.concatenate([robots, (way + self._aside)[down]]), dt, ~down)
        velocity = np.where(held[:, None], 0.0, velocity)
        at = way + self._aside
        return Crowd(at, self._yaw[rows, everybody], self._walked[rows, everybody], velocity)

    def state(self) -> dict[str, np.ndarray]:
        """What has made them differ from their plans, for a checkpoint."""
        return {"aside": self._aside, "late": self._late, "stood": self._stood}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state`."""
        self._aside, self._late, self._stood = state["aside"], state["late"], state["stood"]

    def _near(self, at: np.ndarray, velocity: np.ndarray, robots: np.ndarray) -> np.ndarray:
        """(n, m + n) who is in whose way: robots, then people; for people trucks, for trucks everybody."""
        speed = np.linalg.norm(velocity, axis=1)
        forward = velocity / np.maximum(speed, 1e-6)[:, None]
        others = np.concatenate([robots, at])
        off = others[None] - at[:, None]
        along = np.einsum("kij,kj->ki", off, forward)
        aside = np.abs(off[..., 0] * forward[:, 1:] - off[..., 1] * forward[:, :1])
        ahead, beside, _ = self._limits
        near = (along > 1e-3) & (along < ahead[:, None]) & (aside < beside[:, None])
        near[:, len(robots) :] &= ~(self._is_person[:, None] & self._is_person)
        return (speed > 0.1)[:, None] & near

    def _step_aside(self, way: np.ndarray, robots: np.ndarray, dt: float, can: np.ndarray) -> None:
        """People who `can` (n,) go round robots, and step back from those that come too near."""
        stay = self._aside[~can]
        if not len(robots):
            self._aside *= 1.0 - min(1.0, dt / _RELAX)
            self._aside[~can] = stay
            return
        at = way + self._aside
        away, _ = _directions(at, robots)
        push = np.maximum(_ROOM - np.linalg.norm(way[:, None] - robots, axis=2), 0.0)
        wanted = (away * push[..., None]).sum(axis=1)
        self._aside += (wanted - self._aside) * min(1.0, dt / _RELAX)
        for _ in range(_TRIES):  # between two robots, to the middle
            away, distance = _directions(way + self._aside, robots)
            back = np.maximum(_BODY - distance, 0.0)
            near = np.maximum((back > 0).sum(axis=1), 1)
            self._aside += (away * back[..., None]).sum(axis=1) / near[:, None]
        self._aside[~can] = stay
        self._aside[~self._is_person] = 0.0


def _directions(at: np.ndarray, robots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (n, m, 2) from robots to people, and distances (n, m) in m."""
    off = at[:, None] - robots
    distance = np.linalg.norm(off, axis=2)
    return off / np.maximum(distance, 1e-3)[..., None], distance


def _roads_on_foot(layout: Layout) -> Roads:
    """All but the aisles of the AMRs."""
    roads = Roads(layout)
    roads.graph.remove_edges_from(
        [edge for edge in roads.graph.edges if edge[0][0] == edge[1][0] and edge[0][0] % EVERY == FIRST]
    )
    return roads


def _roads_of_trucks(layout: Layout) -> Roads:
    """The main aisle and the aisles of the southern block that are theirs."""
    roads = Roads(layout)
    for a, b in list(roads.graph.edges):
        along = a[0] == b[0]
        if (along and (a[0] % EVERY != 0 or max(a[1], b[1]) > 1)) or (not along and a[1] > 0):
            roads.graph.remove_edge(a, b)
    for (_, level), node in roads.graph.nodes.items():
        if level == 1:  # they turn before the cross aisle
            node["at"] = node["at"] * [1.0, 0.0] + [0.0, layout.blocks[0][1] - _TURN_BEFORE]
    return roads
