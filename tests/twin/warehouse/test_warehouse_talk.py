"""How the fleet leads one vehicle from cell to cell over VDA 5050, whatever becomes of it and of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from gaitway.fleet.vda5050.journey import Stop
from gaitway.fleet.vda5050.master import Master
from gaitway.fleet.vda5050.memory import MemoryBroker, MemoryTransport
from gaitway.fleet.vda5050.messages import Action
from gaitway.fleet.vda5050.simulated import SimulatedRobot
from gaitway.fleet.vda5050.transport import Transport
from gaitway.fleet.vda5050.vehicle import Vehicle
from gaitway.twin.warehouse.talk import Talk

from ...fleet.vda5050.vda_pair import BadRadio

AT = np.array([[1.5 * k, 0.0] for k in range(6)] + [[7.5, 1.5 * k] for k in range(1, 4)])
NAME = "gaitway/amr_00"


class Robot(SimulatedRobot):
    """Fails at the first of its actions if it is told to."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__(x, y)
        self.done: list[str] = []
        self.fails = False

    def start(self, action_type: str, parameters: Mapping[str, Any]) -> None:
        if self.fails:
            self.fails = False
            raise ValueError("Nothing lies there.")
        self.done.append(action_type)
        super().start(action_type, parameters)


class Pair:
    """Fleet and vehicle, and time."""

    def __init__(self, wrap: Callable[[Transport], Transport] = lambda transport: transport) -> None:
        self.broker, self.now, self._wrap = MemoryBroker(), 1000.0, wrap
        self.robot = Robot(0.0, 0.0)
        self.master = Master(wrap(self.broker.connect()))
        self.talk = Talk(self.master, NAME, AT)
        self.switch_on()

    def switch_on(self) -> None:
        self.client: MemoryTransport = self.broker.connect()
        self.vehicle = Vehicle(self.robot, self._wrap(self.client), *NAME.split("/"), state_interval=0.5)

    def until(self, is_so: Callable[[], object], cell: int, seconds: float = 200.0) -> bool:
        """Tell it to go to `cell` until something is so."""
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            self.robot.advance(0.1)
            self.vehicle.tick(self.now)
            self.talk.tell(cell)
            self.master.tick(self.now)
            if is_so():
                return True
        return False

    def reaches(self, cell: int) -> bool:
        there = self.until(lambda: self.talk.has_reached(cell), cell)
        return there and np.allclose(self.robot.pose()[:2], AT[cell], atol=0.35)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_from_cell_to_cell(share: float) -> None:
    rng = np.random.default_rng(4)
    pair = Pair(lambda inner: BadRadio(inner, rng, share))
    for number, cell in enumerate((0, 1, 2, 3, 2, 3, 4, 5, 6, 7, 8)):
        assert pair.reaches(cell)
        if cell in (3, 8):
            pair.talk.todo = Action("pick", f"order_{number}-pick", {"duration": 2.0})
            assert pair.until(lambda: pair.talk.todo is None, cell)
    assert pair.robot.done == ["pick"] * 3


def test_the_next_cell_may_come_before_it_is_there() -> None:
    pair = Pair()
    assert pair.reaches(0)
    for cell in range(1, 6):
        assert pair.until(lambda at=cell: pair.talk.knows(at), cell)
        assert not pair.talk.has_reached(cell)
    assert pair.reaches(5)


def test_a_move_is_taken_back() -> None:
    pair = Pair()
    assert pair.reaches(1)
    assert pair.until(lambda: pair.robot.pose()[0] > 2.2, 2)
    pair.talk.take_back()
    assert pair.reaches(1) and pair.reaches(2)


def test_a_vehicle_forgets_all_and_goes_on_from_where_it_stands() -> None:
    pair = Pair()
    assert pair.until(lambda: pair.robot.pose()[0] > 1.0, 1)
    pair.client.drop()
    pair.robot.follow(np.zeros((0, 3)))
    pair.master.tick(pair.now)
    assert pair.talk.said is None
    pair.switch_on()
    assert pair.reaches(1) and pair.reaches(2)


def test_an_order_of_a_fleet_that_died_is_ended() -> None:
    pair = Pair()
    assert pair.reaches(0)
    pair.master.reroute(NAME, [Stop("far", 30.0, 0.0)], 1)
    assert pair.until(lambda: pair.robot.pose()[0] > 2.0, 0) and not pair.talk.has_reached(0)
    pair.master = Master(pair.broker.connect())
    pair.talk = Talk(pair.master, NAME, AT)
    assert pair.reaches(2)
    assert max(pair.robot.pose()[0], 0.0) < 4.0


def test_what_failed_is_done_again_and_what_was_done_is_not() -> None:
    pair = Pair()
    assert pair.reaches(0)
    pair.robot.fails = True
    pair.talk.todo = todo = Action("drop", "order_1-drop")
    assert pair.until(lambda: pair.talk.todo is None, 0) and pair.robot.done == ["drop"]
    last = pair.talk.said
    assert last is not None and last.action("order_1-drop+") and last.action("order_1-drop") is None
    pair.talk = Talk(
        pair.master, NAME, AT
    )  # the fleet died, and remembers what it was to do, not that it is done
    pair.talk.todo = Action(todo.type, "order_1-drop+")
    assert pair.until(lambda: pair.talk.todo is None, 0) and pair.robot.done == ["drop"]


@pytest.mark.parametrize("place", [(1e300, 0.0), (0.0, -20_000.0)])
def test_nobody_is_believed_to_be_at_the_end_of_the_world(place: tuple[float, float]) -> None:
    pair = Pair()
    pair.robot._x, pair.robot._y = place
    assert not pair.until(lambda: pair.talk.said, 0, 3.0) and NAME in pair.master.vehicles
    pair.robot._x, pair.robot._y = 0.0, 0.0
    assert pair.reaches(0)
