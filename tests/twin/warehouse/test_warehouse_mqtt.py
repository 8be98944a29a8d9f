"""A run in real time over MQTT: a vehicle in another process joins, the broker dies, the vehicle dies."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.fleet.vda5050.broker import Broker
from gaitway.fleet.vda5050.messages import TransportError
from gaitway.fleet.vda5050.mqtt import MqttTransport
from gaitway.twin.ceiling.hall import open_hall
from gaitway.twin.journal.journal import Journal
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
from gaitway.twin.warehouse.shift import run_shift

from .bare_hall import keep_bare_hall

GAITWAY = [sys.executable, "-c", "from gaitway.cli.main import main; main()", "fleet"]
SCENARIO = Scenario(
    seed=28,
    seconds=900.0,
    hall=HallCfg(2500.0, 1),
    fleet=FleetCfg(2),
    people=PeopleCfg(0, 0),
    orders=OrdersCfg(per_hour=900.0),
    watch=WatchCfg(0.0),
)


class Over(Exception):
    """Enough was seen."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ordeal:
    """What happens to a run, one after the other, as soon as what was before has had its effect."""

    def __init__(self, port: int) -> None:
        self.port, self.brokers = port, contextlib.ExitStack()
        self.brokers.enter_context(Broker(port))
        self.steps = self._happen()

    def _happen(self) -> Iterator[bool]:
        run = self.run
        yield from self._until_moved(1.0)
        assert not run.vehicles.failed.any()
        self.brokers.close()
        yield False
        with Broker(self.port):
            yield from self._until_moved(2.0)
            self.vehicle.kill()
            while not run.vehicles.failed[1]:
                yield False
            raise Over

    def _until_moved(self, metres: float) -> Iterator[bool]:
        start = self.run.vehicles.position.copy()
        while (np.linalg.norm(self.run.vehicles.position - start, axis=1) < metres).any():
            yield False

    def __call__(self, _now: float) -> None:
        next(self.steps)


@pytest.mark.timeout(900)
def test_broker_and_vehicle_die(tmp_path: Path) -> None:
    keep_bare_hall(tmp_path, SCENARIO.hall)
    hall = open_hall(tmp_path, SCENARIO.hall.warehouse)
    ordeal = Ordeal(_free_port())
    air = Air(lambda: MqttTransport("127.0.0.1", ordeal.port), ("amr_01",))
    with contextlib.ExitStack() as stack:
        stack.callback(ordeal.brokers.close)
        journal = stack.enter_context(
            contextlib.closing(Journal(tmp_path / "j.sqlite", {"start": "2026-01-05"}))
        )
        ordeal.run = Run(SCENARIO, hall, journal, air=air)
        stack.callback(ordeal.run.vehicles.close)
        at = [f"{x:.3f}" for x in ordeal.run.vehicles.awaited["gaitway/amr_01"]]
        where = ["--broker", f"127.0.0.1:{ordeal.port}", "--at", *at, "--state-every", "0.5"]
        ordeal.vehicle = subprocess.Popen([*GAITWAY, "vehicle", "--serial", "amr_01", *where])
        stack.callback(ordeal.vehicle.wait)
        stack.callback(ordeal.vehicle.kill)
        with pytest.raises(Over):
            ordeal.run.run(ordeal)
    assert ordeal.run.contacts.count == 0


def test_what_cannot_begin_leaves_nothing(tmp_path: Path) -> None:
    keep_bare_hall(tmp_path / "halls", SCENARIO.hall)
    nowhere = Air(lambda: MqttTransport("127.0.0.1", _free_port()))
    with pytest.raises(TransportError, match=r"No MQTT broker at 127\.0\.0\.1"):
        run_shift(SCENARIO, tmp_path / "out", tmp_path / "halls", air=nowhere)
    stranger = replace(nowhere, real=("amr_02",))
    with pytest.raises(ValueError, match="no AMR 'amr_02' in this scenario; the last is amr_01"):
        run_shift(SCENARIO, tmp_path / "out", tmp_path / "halls", air=stranger)
    assert not list((tmp_path / "out").iterdir())
