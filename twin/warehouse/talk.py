"""The fleet's side of VDA 5050 towards one vehicle: one cell after the other, and what to do there.

Each cell that the fleet moves a vehicle to becomes a stop at the end of its order, released at once. What is
to be done at a cell is a new order, which begins there. A vehicle that has forgotten its order, or has one
that nobody remembers, gets a new one from where it stands.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

import numpy as np

from ...fleet.vda5050.journey import Stop
from ...fleet.vda5050.master import Master
from ...fleet.vda5050.messages import Action, State
from ...fleet.vda5050.remote import Remote

_THERE = 0.2  # m from the middle of a cell within which an order can begin there
_FARTHEST, _FASTEST = 10_000.0, 10.0  # m and m/s that are believed of a vehicle
_LOOSE = 0.5  # m that a vehicle may be from where it said that it stood


class Talk:
    """With one vehicle.

    Args:
        master: of all vehicles.
        name: `manufacturer/serial`.
        at: (V, 2) m, the cells.

    Attributes:
        todo: what it is to do where the fleet has it, until it says that it is done.
    """

    def __init__(self, master: Master, name: str, at: np.ndarray) -> None:
        self.name = name
        self.todo: Action | None = None
        self._master, self._at = master, at
        self._told = -1
        self._taken_back = ""  # id of an order

    @property
    def _remote(self) -> Remote | None:
        """The vehicle, from when it first spoke."""
        return self._master.vehicles.get(self.name)

    @property
    def said(self) -> State | None:
        """What it said last; None if it is not online, does not know where it is, or cannot be there."""
        remote = self._remote
        if remote is None or remote.connection != "ONLINE" or remote.state is None:
            return None
        pose = remote.state.pose
        if pose is None or max(abs(pose.x), abs(pose.y)) > _FARTHEST or abs(pose.speed) > _FASTEST:
            return None
        return remote.state

    @property
    def has_order(self) -> bool:
        """Whether it has an order of ours, and has not forgotten it."""
        remote = self._remote
        return remote is not None and remote.journey is not None and not remote.has_lost_order

    def knows(self, cell: int) -> bool:
        """Whether it has been told to go to `cell`, and says so."""
        remote = self._remote
        return remote is not None and self.has_order and self._told == cell and remote.has_confirmed

    def has_reached(self, cell: int) -> bool:
        """Whether it is there."""
        remote = self._remote
        if remote is None or remote.journey is None or not self.knows(cell):
            return False
        return remote.reached == len(remote.journey.stops)

    def take_back(self) -> None:
        """End its order where it is."""
        remote = self._remote
        if remote is not None and remote.journey is not None:
            self._taken_back = remote.journey.order_id
            self._master.cancel(self.name)

    def tell(self, cell: int) -> None:
        """Tell it what is new; call it often."""
        remote, said = self._remote, self.said
        if remote is None or said is None or self._is_doing(said):
            return
        if not self.has_order:
            self._start_anew(remote, said, cell)
        elif remote.refusal is not None and said.order_id != remote.journey_or_refuse().order_id:
            self.take_back()
        elif self.todo is not None:
            if self.has_reached(cell) and remote.is_idle:
                self._begin([self._stop(cell, self.todo)], cell)
        elif cell != self._told:
            self._master.reroute(self.name, [self._stop(cell)], 1)
            self._told = cell

    def _is_doing(self, said: State) -> bool:
        """Whether it is at what it was to do; if that is over, nothing is left, or it is done again."""
        if self.todo is None or (state := said.action(self.todo.id)) is None:
            return False
        if state.is_over:
            self.todo = replace(self.todo, id=f"{self.todo.id}+") if state.status == "FAILED" else None
        return not state.is_over

    def _start_anew(self, remote: Remote, said: State, cell: int) -> None:
        if remote.journey is None and said.nodes and said.order_id != self._taken_back:
            self._taken_back = said.order_id
            self._master.cancel(self.name)
        elif said.pose is not None and (remote.is_idle or remote.has_lost_order):
            x, y = said.pose.x, said.pose.y
            stops = [self._stop(cell)]
            if np.hypot(x - stops[0].x, y - stops[0].y) > _THERE:
                stops.insert(0, Stop("here", x, y, deviation=_LOOSE))
            self._begin(stops, cell)

    def _begin(self, stops: list[Stop], cell: int) -> None:
        self._master.send(self.name, uuid.uuid4().hex, stops, len(stops))
        self._told = cell

    def _stop(self, cell: int, action: Action | None = None) -> Stop:
        x, y = self._at[cell].tolist()
        return Stop(f"cell_{cell}", x, y, actions=() if action is None else (action,))
