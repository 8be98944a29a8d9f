"""The fleet reaches its vehicles over VDA 5050 alone; some are real, and what carries the messages is bad."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
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
    seed=5,
    seconds=240.0,
    hall=HallCfg(2500.0, 1),
    fleet=FleetCfg(3),
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
        self.robot, self.broker, self.now, self.is_on = SimulatedRobot(*at, top_speed=1.2), broker, 0.0, False
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
    rng, broker = np.random.default_rng(7), MemoryBroker()
    started: Counter[int] = Counter()
    begin = Body.start
    monkeypatch.setattr(
        Body, "start", lambda body, *what: (started.update([id(body)]), begin(body, *what))[1]
    )
    with Journal(tmp_path / "journal.sqlite", FACTS) as journal:
        air = Air(lambda: BadRadio(broker.connect(), rng, 0.05), now=lambda time: 1000.0 + time)
        run = Run(SCENARIO, hall, journal, air=air)
        run.run()
    assert check_orders(tmp_path / "journal.sqlite") >= 2 and run.contacts.count == 0
    steps = [*_events(tmp_path / "journal.sqlite", "order_picked")]
    steps += _events(tmp_path / "journal.sqlite", "order_delivered")
    waiting = sum(talk.todo is not None for talk in run.vehicles._talks)
    assert len(steps) - waiting <= started.total() <= len(steps), "each load is handled once"


def _real_run(hall: Hall, path: Path, real: RealOne | None, **options: object) -> tuple[Run, RealOne]:
    broker = MemoryBroker() if real is None else real.broker
    journal = Journal(path, FACTS if real is None else None)
    clock: list[RealOne] = [] if real is None else [real]
    now: Callable[[float], float] = lambda time: clock[0](time) if clock else 1000.0 + time  # noqa: E731
    run = Run(SCENARIO, hall, journal, air=Air(broker.connect, ("amr_02",), now))
    if real is None:
        clock.append(RealOne(broker, run.vehicles.awaited["gaitway/amr_02"]))
    return run, clock[0]


def test_a_real_vehicle_works_with_the_others_is_lost_and_comes_back(hall: Hall, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    run, real = _real_run(hall, path, None)

    def tell(now: float) -> None:
        if now == 3.0 or (not real.is_on and now > 70.0):
            real.switch_on()
        elif now == 60.0:
            real.switch_off()

    run.run(tell)
    run.journal.close()
    check_orders(path)
    failed, repaired = _events(path, "vehicle_failed"), _events(path, "vehicle_repaired")
    assert [event[1] for event in failed + repaired] == ["amr_02"] * 4
    times = [event[0] for pair in zip(failed, repaired, strict=True) for event in pair]
    assert times[0] == 0.0 and times == sorted(times) and 60.0 < times[2] < 62.0
    picked = [event for event in _events(path, "order_picked") if event[1] == "amr_02"]
    assert picked and "pick" in real.done and run.contacts.count == 0
    where = run.vehicles.position[2]
    assert np.hypot(*(where - real.robot.pose()[:2])) < 2.0, "the twin has it where it is"


def test_a_fleet_that_dies_goes_on_with_vehicles_that_did_not(hall: Hall, tmp_path: Path) -> None:
    """The real vehicle drives on to the end of what it was told; no load is handled twice."""
    path = tmp_path / "journal.sqlite"
    run, real = _real_run(hall, path, None)
    real.switch_on()
    for until in (40.0, 41.0, 77.0, 120.0, 160.0, np.inf):

        def tell(now: float, until: float = until) -> None:
            if now >= until:
                raise Over

        try:
            run.run(tell)
        except Over:
            for client in list(real.broker._clients):
                if client is not real.transport:
                    client.drop()
            run.journal._database.rollback()
            run.journal.close()
            run, _ = _real_run(hall, path, real)
    run.journal.close()
    check_orders(path)
    mine = [event for kind in ("picked", "delivered") for event in _events(path, f"order_{kind}")]
    mine = [event for event in mine if event[1] == "amr_02"]
    assert len(_events(path, "run_resumed")) == 5 and len(mine) >= 2
    waiting = run.vehicles._talks[2].todo is not None
    assert len(mine) - waiting <= len(real.done) <= len(mine)
