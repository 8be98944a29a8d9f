"""AMRs that the fleet reaches over VDA 5050 alone, some of which may be real.

The fleet and each AMR of the twin speak through a broker, as real ones do. An AMR that is said to be real has
no body in the twin: whoever speaks under its name drives elsewhere, and the twin has it where it says it is.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...assets.warehouse.layout import Layout
from ...fleet.vda5050.master import Master
from ...fleet.vda5050.messages import Action, Factsheet, TransportError
from ...fleet.vda5050.transport import Transport
from ...fleet.vda5050.vehicle import Vehicle
from .body import Body
from .network import Network
from .talk import Talk
from .vehicles import READY, Vehicles
from .work import name_of

MAKER = "gaitway"
"""Manufacturer in the vehicles' names: `gaitway/amr_03`."""
_STATE_EVERY, _SHOWN_EVERY = 0.5, 1.0  # s between states of the twin's AMRs, and between positions
_ASTRAY = 3.2  # m from its cell from which on a vehicle is not where the fleet has it
_GRACE = 5.0  # s without a connection after which a vehicle has failed: it may only be the broker's
_JOINS = 1.0  # m from a cell within which a vehicle can join there
_PATIENCE = 10.0  # s that all of the twin's own may take to come online


@dataclass(frozen=True)
class Air:
    """What carries messages.

    Attributes:
        connect: a new client of the broker, not open yet.
        real: names of AMRs that are not simulated.
        now: Unix time in s, of the twin's time; without, the clock's, and the twin goes no faster than it.
    """

    connect: Callable[[], Transport]
    real: tuple[str, ...] = ()
    now: Callable[[float], float] | None = None


class RadioVehicles(Vehicles):
    """All AMRs, as `Vehicles`.

    Raises:
        TransportError: there is no broker.
        ValueError: a real vehicle is named that the scenario does not have.
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
        air: Air,
    ) -> None:
        super().__init__(network, layout, count, physical, speed, period, rng)
        names = [name_of(k) for k in range(count)]
        if unknown := [name for name in air.real if name not in names]:
            raise ValueError(f"There is no AMR {unknown[0]!r:.60} in this scenario; the last is {names[-1]}.")
        self._air, self._due = air, clock.monotonic()
        self._bodies = {k: Body() for k, name in enumerate(names) if name not in air.real}
        self._real = [k for k in range(count) if k not in self._bodies]
        sheet = Factsheet(speed=speed)
        self._speakers = [
            Vehicle(
                body, air.connect(), MAKER, names[k], factsheet=sheet,
                state_interval=_STATE_EVERY, visualization_interval=_SHOWN_EVERY,
            )
            for k, body in self._bodies.items()
        ]  # fmt: skip
        self._master = Master(air.connect())
        self._talks = [Talk(self._master, f"{MAKER}/{name}", network.at) for name in names]
        self._heard, self._turned = self.position.copy(), self.yaw.copy()
        self._gone = np.full(count, np.inf)  # s that each has been offline
        self._come_online()

    def _come_online(self) -> None:
        for time in np.arange(-_PATIENCE, 0.0, self._period).tolist():
            self._speak(time)
            if all(self._talks[k].said for k in self._bodies):
                return
            clock.sleep(self._period if self._air.now is None else 0.0)
        raise TransportError("The broker takes messages, and does not deliver them: start another.")

    @property
    def silent(self) -> np.ndarray:
        """(n,) bool, those that have not been online for a while, or are not where the fleet has them."""
        return (self._gone > _GRACE) | (self._left > _ASTRAY)

    @property
    def _left(self) -> np.ndarray:
        """(n,) m to the middles of their cells, by what they say."""
        return np.linalg.norm(self._network.at[self.traffic.cell] - self._heard, axis=1)

    def _is_ready(self) -> np.ndarray:
        cells = self.traffic.cell.tolist()
        ready = np.array([talk.knows(cell) for talk, cell in zip(self._talks, cells, strict=True)])
        ready &= self._left < READY
        # A real one may not look ahead: it is sent on when it is there.
        for k in self._real:
            ready[k] &= self._talks[k].has_reached(cells[k])
        return ready

    def _is_there(self) -> np.ndarray:
        cells = self.traffic.cell.tolist()
        return np.array([talk.has_reached(cell) for talk, cell in zip(self._talks, cells, strict=True)])

    def _goals(self) -> tuple[np.ndarray, np.ndarray]:
        goals = self._senses.pose[:, :2].copy()
        for k, body in self._bodies.items():
            goals[k] = body.goal
        return goals, self._senses.pose[:, 2]

    def handle(self, k: int, what: str, order: str, seconds: float) -> None:
        """Have vehicle k load or unload; it says when it is done."""
        self._talks[k].todo = Action(what, f"{order}-{what}", {"duration": round(seconds, 1)})
        self.busy[k] = 2 * self._period

    def drive(self) -> np.ndarray:
        """As `Vehicles.drive`; real ones are where they say."""
        stopped = super().drive()
        self._move_real()
        stopped[self._real] = False
        return stopped

    def _move_real(self) -> None:
        for k in self._real:
            self.position[k], self.yaw[k], self.speed[k] = self._heard[k], self._turned[k], 0.0
            self.true_position[k], self.true_yaw[k] = self._heard[k], self._turned[k]
            said = self._talks[k].said
            if said is not None and said.pose is not None:
                self.speed[k], self.battery[k] = said.pose.speed, min(max(said.charge / 100.0, 0.0), 1.0)

    def _take_back(self, k: int) -> None:
        before = int(self.traffic.cell[k])
        super()._take_back(k)
        if self.traffic.cell[k] != before:
            self._talks[k].take_back()

    def exchange(self, time: float) -> None:
        """Say and hear what is new at `time` in s; in real time, if nothing else is the clock."""
        if self._air.now is None:
            self._due = max(self._due + self._period, clock.monotonic() - 1.0)
            clock.sleep(max(0.0, self._due - clock.monotonic()))
        self._speak(time)
        for k, talk in enumerate(self._talks):
            self._let_join(k)
            if not self.failed[k] and self._left[k] <= _ASTRAY:
                talk.tell(int(self.traffic.cell[k]))
            if talk.todo is not None:
                self.busy[k] = 2 * self._period
        self._master.tick(self._now(time))

    def _now(self, time: float) -> float:
        return clock.time() if self._air.now is None else self._air.now(time)

    def _speak(self, time: float) -> None:
        now = self._now(time)
        for k, body in self._bodies.items():
            body.sense(self.position[k], self.yaw[k], self.speed[k], self.battery[k], self._period)
        for speaker in self._speakers:
            speaker.tick(now)
        self._master.tick(now)
        self._gone += self._period
        for k, talk in enumerate(self._talks):
            if (said := talk.said) is not None and said.pose is not None:
                self._heard[k], self._turned[k] = (said.pose.x, said.pose.y), said.pose.theta
                self._gone[k] = 0.0

    def _let_join(self, k: int) -> None:
        """Have a vehicle that has no order, and is not where it should be, where it is, if that is free."""
        if self._left[k] <= _ASTRAY or self._talks[k].said is None or self._talks[k].has_order:
            return
        distance = np.linalg.norm(self._network.at - self._heard[k], axis=1)
        cell = int(np.argmin(distance))
        if distance[cell] < _JOINS and self.traffic.put_back(k, cell):
            self._came_from[k], self._arriving[k] = cell, False
            self.traffic.change(self.traffic.blocked)

    def state(self) -> dict[str, Any]:
        """As `Vehicles.state`, with what they have been told to do."""
        todo = [talk.todo and [talk.todo.type, talk.todo.id, talk.todo.parameters] for talk in self._talks]
        return super().state() | {"todo": todo, "position": self.position}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a `state`; vehicles are given new orders from where they stand."""
        super().restore(state)
        for talk, todo in zip(self._talks, state.get("todo", ()), strict=False):
            talk.todo = todo and Action(*todo)
        self._gone[:] = 0.0
        self.position[self._real] = state.get("position", self.position)[self._real]
        self._heard, self._turned = self.position.copy(), self.yaw.copy()
        self._move_real()

    @property
    def awaited(self) -> dict[str, np.ndarray]:
        """Names under which real vehicles may join, and where each would be best, (2,) m."""
        return {self._talks[k].name: self._network.at[self.traffic.cell[k]] for k in self._real}

    def close(self) -> None:
        """Say goodbye."""
        for speaker in self._speakers:
            speaker.close()
        self._master.close()
