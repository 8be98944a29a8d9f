"""Our vehicle passes the examination, and one that breaks the rules does not."""

from __future__ import annotations

import pytest
from gaitway.fleet.vda5050.conformance import examine
from gaitway.fleet.vda5050.memory import MemoryBroker
from gaitway.fleet.vda5050.simulated import SimulatedRobot
from gaitway.fleet.vda5050.vehicle import Vehicle


def run(vehicle_class, version, level):
    broker, robot, now = MemoryBroker(), SimulatedRobot(), [0.0]
    vehicle = vehicle_class(robot, broker.connect(), "acme", "0017", version=version)

    def wait(seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            now[0] += 0.1
            robot.advance(0.1)
            vehicle.tick(now[0])

    wait(0.2)
    return examine(broker.connect(), "acme/0017", level=level, patience=5.0, wait=wait)


@pytest.mark.parametrize(("version", "level"), [("2.1.0", "v2"), ("3.0.0", "v3")])
def test_our_vehicle_passes(version, level):
    checks = run(Vehicle, version, level)
    assert len(checks) >= 25
    assert not [check.sentence for check in checks if not check.passed]


class Impatient(Vehicle):
    """Drives into the horizon."""

    def _advance(self):
        self.execution.nodes = [
            node.__class__(node.id, node.sequence, True, node.position) for node in self.execution.nodes
        ]
        super()._advance()


class Deaf(Vehicle):
    """Takes no instant action."""

    def _do_at_once(self, action):
        pass


class Gullible(Vehicle):
    """Forgets what is wrong with messages."""

    def _complain(self, fault):
        pass


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Impatient, "It does not drive into the horizon."),
        (Deaf, "It sends a state when asked."),
        (Gullible, "It refuses an older update."),
    ],
)
def test_the_examination_finds_what_is_wrong(kind, sentence):
    checks = run(kind, "3.0.0", "v3")
    assert sentence in [check.sentence for check in checks if not check.passed]


def test_nobody_there():
    checks = examine(MemoryBroker().connect(), "acme/none", patience=1.0, wait=lambda seconds: None)
    assert [check.passed for check in checks] == [False]
