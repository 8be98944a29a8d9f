"""The fleet reaches its vehicles over VDA 5050 alone; some are real, and what carries the messages is bad."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from gaitway.fleet.vda5050.memory import MemoryBroker, MemoryTransport
from gaitway.fleet.vda5050.simulated import SimulatedRobot
from gaitway.fleet.vda5050.vehicle import Vehicle
from gaitway.twin.ceiling.hall import Hall, open_hall
from gaitway.twin.journal.journal import Journal
from gaitway.twin.warehouse.body import Body
from gaitway.twin.warehouse.radio import Air
from gaitway.twin.warehouse.run import Run
from gaitway.twin.warehouse.scenario import (
    FleetCfg,
    HallCfg,
    OrdersCfg,
    PeopleCfg,
    Scenario,
    WatchCfg,
)

from ...fleet.vda5050.vda_pair import BadRadio
from .bare_hall import keep_bare_hall
from .order_steps import check_orders

SCENARIO = Scenario(
    seed=45,
    seconds=90.0,
    hall=HallCfg(2500.0, 1),
    fleet=FleetCfg(3, speed=2.0),
    people=PeopleCfg(0, 0),
    orders=OrdersCfg(per_hour=900.0),
    watch=WatchCfg(0.0),
)
FACTS = {"start": "2026-01-05T08:00:00"}


class Over(Exception):
    """Enough was seen."""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    folder = tmp_path_factory.mktemp("halls")
    keep_bare_hall(folder, SCENARIO.hall)
    return open_hall(folder, SCENARIO.hall.warehouse)


def _events(path: Path, kind: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(
            "SELECT time, actor, order_id, note FROM events WHERE kind = ? ORDER BY id", (kind,)
        ).fetchall()


class RealOne:
    """A vehicle that is not of the twin, on the same broker; it lives in the time that the twin asks for."""

    def __init__(self, broker: MemoryBroker, at: np.ndarray) -> None:
        self.robot, self.broker, self.now, self.is_on = SimulatedRobot(*at, top_speed=2.0), broker, 0.0, False
        self.done: list[str] = []
        begin = self.robot.start
        self.robot.start = lambda kind, parameters: (begin(kind, parameters), self.done.append(kind))[0]

    def switch_on(self) -> None:
        self.transport: MemoryTransport = self.broker.connect()
        self.vehicle = Vehicle(self.robot, self.transport, "gaitway", "amr_02", state_interval=0.5)
        self.is_on = True

    def switch_off(self) -> None:
        """It loses its connection and all that it had in mind."""
        self.is_on = False
        self.robot.follow(np.zeros((0, 3)))
        self.transport.drop()

    def __call__(self, time: float) -> float:
        if self.is_on and time > self.now:
            self.robot.advance(time - self.now)
            self.vehicle.tick(1000.0 + time)
        self.now = max(self.now, time)
        return 1000.0 + time


def test_a_bad_radio_costs_time_and_no_order(
    hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all messages of all vehicles and of the fleet 5 % are lost, 5 % come twice, 5 % come late."""
    rng, broker, path = np.random.default_rng(7), MemoryBroker(), tmp_path / "journal.sqlite"
    started: Counter[int] = Counter()
    begin = Body.start
    monkeypatch.setattr(
        Body, "start", lambda body, *what: (started.update([id(body)]), begin(body, *what))[1]
    )
    with Journal(path, FACTS) as journal:
        air = Air(lambda: BadRadio(broker.connect(), rng, 0.05), now=lambda time: 1000.0 + time)
        run = Run(SCENARIO, hall, journal, air=air)
        run.run()
    handled = check_orders(path)
    waiting = sum(talk.todo is not None for talk in run.vehicles._talks)
    assert handled >= 2 and run.contacts.count == 0
    assert handled - waiting <= started.total() <= handled, "each load is handled once"


def _begin(hall: Hall, path: Path, real: RealOne | None) -> tuple[Run, RealOne]:
    """A run, or one that goes on, and the vehicle that may join it."""
    broker = MemoryBroker() if real is None else real.broker
    journal = Journal(path, FACTS if real is None else None)
    alive = [] if real is None else [real]
    air = Air(broker.connect, ("amr_02",), lambda time: alive[0](time) if alive else 1000.0 + time)
    run = Run(SCENARIO, hall, journal, air=air)
    if real is None:
        alive.append(RealOne(broker, run.vehicles.awaited["gaitway/amr_02"]))
    return run, alive[0]


def _die(run: Run, real: RealOne) -> None:
    """Fleet and simulated vehicles are gone at once; what was not committed is lost."""
    for client in list(real.broker._clients):
        if client is not real.transport:
            client.drop()
    run.journal._database.rollback()
    run.journal.close()


def test_a_real_vehicle_and_the_fleet_outlive_each_other(hall: Hall, tmp_path: Path) -> None:
    """The vehicle dies twice and the fleet three times: no order is lost, no load is handled twice."""
    path = tmp_path / "journal.sqlite"
    run, real = _begin(hall, path, None)
    real.switch_on()

    def tell(now: float) -> None:
        if now in (49.0, 75.0):
            real.switch_on()
        elif now in (40.0, 66.0):
            real.switch_off()
        elif now in ends:
            ends.remove(now)
            raise Over

    ends = [25.0, 26.0, 60.0]
    for _ in range(3):
        with pytest.raises(Over):
            run.run(tell)
        _die(run, real)
        run, _ = _begin(hall, path, real)
    run.run(tell)
    run.journal.close()
    check_orders(path)
    assert len(_events(path, "run_resumed")) == 3
    failed, repaired = _events(path, "vehicle_failed"), _events(path, "vehicle_repaired")
    assert {event[1] for event in failed + repaired} == {"amr_02"} and len(failed) == len(repaired) == 3
    times = [event[0] for pair in zip(failed, repaired, strict=True) for event in pair]
    assert times[0] == 0.0 and times == sorted(times) and 45.0 < times[2] < 48.0 < times[3]
    handled = [*_events(path, "order_picked"), *_events(path, "order_delivered")]
    mine = [event for event in handled if event[1] == "amr_02"]
    waiting = run.vehicles._talks[2].todo is not None
    assert mine and len(mine) - waiting <= len(real.done) <= len(mine)
    gap = np.linalg.norm(run.vehicles.position[2] - real.robot.pose()[:2])
    assert gap < 1.5 and run.contacts.count == 0, "the twin has it where it is"
