"""Orders over a bad radio, and a master that hears late, doubled, wrong and hostile messages."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.vda5050.journey import Stop
from gaitway.fleet.vda5050.messages import Action, MessageError
from gaitway.fleet.vda5050.transport import Publication

from .vda_pair import BadRadio, Hall, line


@pytest.mark.parametrize("share", [0.05, 0.3])
@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_a_bad_radio_costs_time_and_nothing_else(version, share):
    """Messages are lost, doubled and late: each order is driven once, node by node, each action done once."""
    rng = np.random.default_rng(7)
    hall = Hall(version, disturb=lambda transport: BadRadio(transport, rng, share), state_interval=1.0)
    assert hall.until(lambda: "acme/0017" in hall.master.vehicles)
    done, passed = [], []
    start, take = hall.robot.start, hall.vehicle.execution.pass_node
    hall.robot.start = lambda kind, parameters: (done.append(parameters["n"]), start(kind, parameters))[0]

    def pass_node():
        actions = take()
        passed.append((hall.vehicle.execution.order_id, hall.vehicle.execution.last_node))
        return actions

    hall.vehicle.execution.pass_node = pass_node
    expected = []
    for number in range(8):
        forward = range(4) if number % 2 == 0 else range(3, -1, -1)
        stops = [Stop(f"n{i}", float(i), 0.0) for i in forward]
        stops[2] = Stop(
            stops[2].node, stops[2].x, 0.0, actions=(Action("pick", f"p{number}", {"n": number}),)
        )
        hall.master.send("acme/0017", f"o{number}", stops, 1)
        for count in (2, 3, 4):
            hall.pass_time(float(rng.uniform(0.0, 2.0)))
            base = hall.remote.journey.released
            for node in hall.vehicle.execution.base:
                assert node.sequence // 2 < base
            hall.master.release("acme/0017", count)
        assert hall.until(lambda: hall.remote.is_idle, 300.0)
        assert hall.remote.reached == 4
        expected += [(f"o{number}", stop.node) for stop in stops]
    assert passed == expected
    assert done == list(range(8))
    assert not hall.master.refused


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_cancelling_over_a_bad_radio(version):
    """However messages cross: in the end nothing of a cancelled order is driven, and the next one is."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        hall = Hall(
            version, disturb=lambda transport, rng=rng: BadRadio(transport, rng, 0.3), state_interval=1.0
        )
        assert hall.until(lambda hall=hall: "acme/0017" in hall.master.vehicles)
        hall.master.send("acme/0017", "o1", line(30), 30)
        hall.pass_time(float(rng.uniform(0.0, 3.0)))
        hall.master.cancel("acme/0017")
        hall.pass_time(20.0)
        assert hall.remote.is_idle and hall.vehicle.execution.is_idle
        assert hall.robot.speed() == 0.0
        x = hall.robot.pose()[0]
        hall.master.send("acme/0017", "o2", [Stop("x", x, 0.0), Stop("y", x + 1.0, 0.0)], 2)
        assert hall.until(lambda hall=hall: hall.remote.is_idle and hall.remote.reached == 2)
        assert hall.robot.pose()[0] == pytest.approx(x + 1.0, abs=0.05)


def test_the_master_says_what_it_cannot_send():
    hall = Hall()
    with pytest.raises(MessageError, match="No vehicle 'acme/1' has spoken"):
        hall.master.send("acme/1", "o", line(2), 1)
    with pytest.raises(MessageError, match="has no order"):
        hall.master.release("acme/0017", 2)
    with pytest.raises(MessageError, match="at least one stop"):
        hall.master.send("acme/0017", "o", [], 0)
    with pytest.raises(MessageError, match="3 of 2 stops"):
        hall.master.send("acme/0017", "o", line(2), 3)
    for stop in (Stop("a", float("nan"), 0.0), Stop("a", 0.0, 0.0, 4.0), Stop("a", 0.0, 0.0, speed=-1.0)):
        with pytest.raises(MessageError, match="'a'"):
            hall.master.send("acme/0017", "o", [stop], 1)
    hall.master.send("acme/0017", "o", line(2), 1)
    with pytest.raises(MessageError, match="Order 'o' is not over; cancel it before 'o2'"):
        hall.master.send("acme/0017", "o2", line(2), 1)
    with pytest.raises(MessageError, match="has 2 stops, not 3"):
        hall.master.release("acme/0017", 3)


def test_an_order_that_is_refused_says_why_and_may_be_taken_back():
    hall = Hall()
    hall.master.send("acme/0017", "o1", line(2, start=50), 2)
    hall.pass_time(1.0)
    refusal = hall.remote.refusal
    assert refusal is not None and refusal.type == "START_NODE_OUT_OF_RANGE" and not hall.remote.is_idle
    hall.master.cancel("acme/0017")
    hall.master.send("acme/0017", "o2", line(2), 2)
    assert hall.until(lambda: hall.remote.is_idle and hall.remote.reached == 2)
    assert hall.remote.refusal is None
    with pytest.raises(MessageError, match="'o2' was given before"):
        hall.master.send("acme/0017", "o2", line(2), 1)


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_a_restarted_master_takes_back_what_its_vehicles_have(version):
    hall = Hall(version)
    hall.master.send("acme/0017", "o1", line(6), 3)
    assert hall.until(lambda: hall.remote.reached == 2)
    hall.master = type(hall.master)(hall.broker.connect())
    hall.master.tick(hall.now)
    assert hall.until(lambda: hall.remote.state is not None, 1.0)
    hall.master.cancel("acme/0017")
    assert hall.until(lambda: hall.remote.is_idle)
    x = hall.robot.pose()[0]
    hall.master.send("acme/0017", "o2", [Stop("x", x, 0.0), Stop("y", x + 1.0, 0.0)], 2)
    assert hall.until(lambda: hall.remote.is_idle and hall.remote.reached == 2)


class Echo:
    """A transport that keeps what is sent, so that it can be sent again, late."""

    def __init__(self, inner) -> None:
        self.inner, self.kept, self.is_silent = inner, [], False

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def publish(self, publication: Publication) -> None:
        self.kept.append(publication)
        if not self.is_silent:
            self.inner.publish(publication)

    def again(self, topic: str) -> None:
        self.inner.publish([p for p in self.kept if p.topic.endswith(topic)][-1])


def echoing(version: str) -> tuple[Hall, Echo, Echo]:
    """A hall, the master's transport and the vehicle's."""
    echoes: list[Echo] = []
    hall = Hall(version, disturb=lambda inner: echoes.append(Echo(inner)) or echoes[-1])
    said, told = echoes
    return hall, said, told


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_an_order_that_comes_after_its_cancellation_is_cancelled_again(version):
    hall, said, _ = echoing(version)
    said.is_silent = True
    hall.master.send("acme/0017", "o1", line(30), 30)
    hall.pass_time(0.2)
    said.is_silent = False
    hall.master.cancel("acme/0017")
    hall.pass_time(0.5)
    assert hall.remote.is_idle
    said.again("/order")
    hall.pass_time(1.0)
    # It was taken, and given up at once.
    assert hall.vehicle.execution.order_id == "o1" and hall.vehicle.execution.is_cancelled
    assert hall.robot.speed() == 0.0 and hall.robot.pose()[0] < 1.0


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_an_instant_action_that_comes_again_is_not_done_again(version):
    hall, said, _ = echoing(version)
    hall.master.pause("acme/0017")
    hall.pass_time(0.3)
    late = said.kept[-1]
    hall.master.resume("acme/0017")
    hall.pass_time(0.3)
    said.inner.publish(late)
    hall.pass_time(0.3)
    assert not hall.remote.state.is_paused


def test_a_state_that_comes_late_is_not_believed():
    hall, _, told = echoing("2.1.0")
    hall.master.send("acme/0017", "o1", line(2), 2)
    hall.pass_time(0.2)
    early = [p for p in told.kept if p.topic.endswith("/state")][-1]
    assert hall.until(lambda: hall.remote.is_idle)
    told.inner.publish(early)
    hall.master.tick(hall.now)
    assert hall.remote.is_idle and hall.remote.reached == 2


def test_hostile_states_do_not_harm_the_master():
    hall = Hall()
    foreign = hall.broker.connect()
    foreign.open()
    for payload in (b"", b"[" * 10_000, b'{"headerId": 1e999}', b"\xff", b"{}"):
        for topic in (
            "uagv/v2/evil/1/state",
            "uagv/v3/evil/1/connection",
            "uagv/v9/evil/1/state",
            "uagv/v2/state",
            "uagv/v2/<b>/1\n/state",
        ):
            foreign.publish(Publication(topic, payload))
    # One vehicle in the name of another.
    state = hall.remote.state
    assert state is not None
    mine = hall.vehicle._sender.publication(state, hall.now)
    foreign.publish(Publication("uagv/v2/evil/1/state", mine.payload))
    hall.pass_time(0.2)
    assert list(hall.master.vehicles) == ["acme/0017"]
    assert len(hall.master.refused) == 16
    assert all(line.startswith("'uagv/v") and "\n" not in line for line in hall.master.refused)
    assert "state: from 'acme', '0017'" in hall.master.refused[-1]
