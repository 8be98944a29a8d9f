"""The order state machine: what is driven, what is refused, what becomes of a pause or a cancellation."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.fleet.vda5050.codec import decode
from gaitway.fleet.vda5050.execution import OrderExecution
from gaitway.fleet.vda5050.journey import Journey, Stop
from gaitway.fleet.vda5050.messages import Action, Edge, Node, Order, Position

from .vda_pair import Hall, line

CAN = frozenset({"pick"})


def machine() -> OrderExecution:
    return OrderExecution(CAN, "map")


def refused(execution: OrderExecution, order: Order, place=(0.0, 0.0)) -> str:
    before = (execution.order_id, execution.update_id, list(execution.nodes), dict(execution.action_states))
    fault = execution.take(order, place)
    assert fault is not None
    assert before == (execution.order_id, execution.update_id, execution.nodes, execution.action_states)
    assert ("orderId", order.order_id) in fault.references
    return fault.type


def test_stitching_keeps_the_base_and_replaces_the_horizon():
    execution = machine()
    pick = {3: (Action("pick", "p3"),)}
    journey = Journey("o", line(4, actions=pick), 2, "map")
    assert execution.take(journey.next_message(), (0.1, 0.1)) is None
    execution.pass_node()
    assert [n.id for n in execution.nodes] == ["n1", "n2", "n3"]
    assert [n.id for n in execution.base] == ["n1"]
    assert [s.status for s in execution.action_states.values()] == ["WAITING"]
    journey.reroute([Stop("side", 1.0, 1.0), Stop("end", 1.0, 2.0)], 1)
    update = journey.next_message()
    assert [n.id for n in update.nodes] == ["n1", "side", "end"]
    assert [n.sequence for n in update.nodes] == [2, 4, 6] and [e.sequence for e in update.edges] == [3, 5]
    assert execution.take(update, (0.5, 0.0)) is None
    assert [n.id for n in execution.base] == ["n1", "side"] and [n.id for n in execution.nodes][2:] == ["end"]
    assert not execution.action_states
    assert [e.id for e in execution.edges] == ["n0-n1", "n1-side", "side-end"]


def test_refusals():
    execution = machine()
    journey = Journey("o", line(3), 2, "map")
    first = journey.next_message()
    assert refused(execution, first, (1.0, 0.0)) == "START_NODE_OUT_OF_RANGE"
    assert execution.take(first, (0.0, 0.0)) is None
    assert execution.take(first, (0.0, 0.0)) is None and not execution.is_fresh
    second = Journey("o2", line(1), 1, "map").next_message()
    assert refused(execution, second) == "OTHER_ORDER_ACTIVE"
    changed = Journey("o", line(2), 1, "map").next_message()
    assert refused(execution, changed) == "SAME_ORDER_UPDATE_ID"
    journey.release(3)
    update = journey.next_message()
    assert execution.take(update, (0.0, 0.0)) is None
    assert refused(execution, first) == "OUTDATED_ORDER_UPDATE"
    # The right place, but another number.
    again = Node(update.nodes[-1].id, 6, True, update.nodes[-1].position)
    assert refused(execution, Order("o", 9, (again,), ())) == "INVALID_ORDER_UPDATE"
    late = Order("o", 9, update.nodes[:1], ())
    assert refused(execution, late) == "INVALID_ORDER_UPDATE"
    execution.cancel()
    end = Order("o", 9, update.nodes[-1:], ())
    assert refused(execution, end) == "ORDER_UPDATE_FOLLOWING_CANCEL"
    assert execution.is_idle
    assert execution.take(second, (0.0, 0.0)) is None
    execution.pass_node()
    assert execution.is_idle
    # The first order once more, late: it is not driven again.
    assert refused(execution, first) == "OUTDATED_ORDER_UPDATE"


P = Position(0.0, 0.0, "map")


@pytest.mark.parametrize(
    ("nodes", "edges", "kind"),
    [
        ([], [], "VALIDATION_FAILURE"),
        ([Node("a", 0, False, P)], [], "VALIDATION_FAILURE"),
        ([Node("a", 1, True, P)], [], "VALIDATION_FAILURE"),
        ([Node("a", 2, True, P)], [], "VALIDATION_FAILURE"),
        ([Node("a", 0, True, P), Node("b", 2, True, P)], [], "VALIDATION_FAILURE"),
        ([Node("a", 0, True, P), Node("b", 4, True, P)], [Edge("e", 1, True)], "VALIDATION_FAILURE"),
        ([Node("a", 0, True, P), Node("b", 2, True, P)], [Edge("e", 1, False)], "VALIDATION_FAILURE"),
        ([Node("a", 0, True, P), Node("b", 2, False, P)], [Edge("e", 1, True)], "VALIDATION_FAILURE"),
        (
            [Node("a", 0, True, P), Node("b", 2, False, P), Node("c", 4, True, P)],
            [Edge("e", 1, False), Edge("f", 3, True)],
            "VALIDATION_FAILURE",
        ),
        ([Node("a", 0, True, P, (Action("pick", "x"), Action("pick", "x")))], [], "VALIDATION_FAILURE"),
        ([Node("a", 0, True, P), Node("b", 2, True)], [Edge("e", 1, True)], "NO_ROUTE_TO_TARGET"),
        ([Node("a", 0, True, Position(0.0, 0.0, "cellar"))], [], "UNKNOWN_MAP_ID"),
        ([Node("a", 0, True, P, (Action("fly", "x"),))], [], "INVALID_ORDER_ACTION"),
        (
            [Node("a", 0, True, P), Node("b", 2, True, P)],
            [Edge("e", 1, True, None, (), ("trajectory",))],
            "UNSUPPORTED_PARAMETER",
        ),
        (
            [Node("a", 0, True, P), Node("b", 2, True, P)],
            [Edge("e", 1, True, None, (Action("pick", "x"),))],
            "INVALID_ORDER_ACTION",
        ),
        ([Node("a", 0, True)], [], "START_NODE_OUT_OF_RANGE"),
    ],
    ids=range(16),
)
def test_what_a_schema_cannot_say(nodes, edges, kind):
    assert refused(machine(), Order("o", 0, tuple(nodes), tuple(edges))) == kind


def test_an_action_id_comes_once():
    execution = machine()
    journey = Journey("o", line(2, actions={0: (Action("pick", "p"),)}), 2, "map")
    execution.take(journey.next_message(), (0.0, 0.0))
    journey.reroute([Stop("z", 2.0, 0.0, actions=(Action("pick", "p"),))], 1)
    assert refused(execution, journey.next_message()) == "VALIDATION_FAILURE"


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_an_order_from_its_base_to_its_end(version):
    hall = Hall(version)
    pick = Action("pick", "p2", {"loadId": "L"})
    hall.master.send("acme/0017", "o1", line(4, actions={2: (pick,)}), 2)
    assert hall.until(lambda: hall.remote.reached == 2)
    hall.pass_time(3.0)
    # At the base's end: it waits, and asks for more.
    assert hall.robot.pose()[0] == pytest.approx(1.0, abs=0.05)
    assert hall.remote.state.wants_base and not hall.remote.is_idle
    hall.master.release("acme/0017", 4)
    assert hall.until(lambda: hall.remote.state.action("p2").status == "RUNNING")
    hall.pass_time(1.0)
    # It picks for three seconds, and stands.
    assert hall.robot.pose()[0] == pytest.approx(2.0, abs=0.05)
    assert hall.until(lambda: hall.remote.is_idle)
    assert hall.remote.reached == 4 and hall.remote.state.action("p2").status == "FINISHED"
    assert not hall.remote.state.errors and not hall.master.refused


def test_no_corner_is_cut():
    hall = Hall()
    corner = [Stop("a", 0.0, 0.0), Stop("b", 1.0, 0.0), Stop("c", 1.0, 1.0)]
    track = []
    hall.master.send("acme/0017", "o", corner, 2)
    # The base grows when the vehicle is near the corner already.
    assert hall.until(lambda: hall.robot.pose()[0] > 0.7)
    hall.master.release("acme/0017", 3)
    assert hall.until(lambda: track.append(hall.robot.pose()[:2]) or hall.remote.is_idle)
    assert all(y < 1e-9 or x > 1.0 - 1e-9 for x, y in track) and track[-1][1] > 0.9


def test_speed_limits_of_edges_are_kept():
    hall = Hall()
    hall.master.send("acme/0017", "o", [Stop("a", 0.0, 0.0), Stop("b", 1.0, 0.0, speed=0.25)], 2)
    begin = hall.now
    assert hall.until(lambda: hall.remote.is_idle)
    assert hall.now - begin > 3.5


@pytest.mark.parametrize("version", ["2.1.0", "3.0.0"])
def test_pause_and_cancel(version):
    hall = Hall(version)
    hall.master.send("acme/0017", "o", line(6), 6)
    assert hall.until(lambda: hall.robot.pose()[0] > 1.2)
    hall.master.pause("acme/0017")
    assert hall.until(lambda: hall.remote.state.is_paused and not hall.remote.state.is_driving, 1.0)
    x = hall.robot.pose()[0]
    hall.pass_time(2.0)
    assert hall.robot.pose()[0] == x
    hall.master.resume("acme/0017")
    assert hall.until(lambda: hall.robot.pose()[0] > 2.5)
    hall.master.cancel("acme/0017")
    assert hall.until(lambda: hall.remote.is_idle, 2.0)
    x = hall.robot.pose()[0]
    hall.master.send("acme/0017", "o2", [Stop("here", x, 0.0), Stop("n0", 0.0, 0.0)], 2)
    assert hall.until(lambda: hall.remote.is_idle and hall.remote.reached == 2)
    assert hall.robot.pose()[0] == pytest.approx(0.0, abs=0.05)


def test_states_come_on_events_and_every_thirty_seconds():
    hall = Hall()
    count = hall.vehicle.sent["state"]
    hall.pass_time(89.0)
    assert hall.vehicle.sent["state"] - count == 2
    hall.master.request("acme/0017", "stateRequest")
    hall.pass_time(0.5)
    assert hall.vehicle.sent["state"] - count == 3


def test_positions_come_more_often_on_their_own_topic():
    hall = Hall("3.0.0", visualization_interval=0.5)
    viewer = hall.broker.connect()
    viewer.open()
    viewer.subscribe("uagv/v3/acme/0017/visualization")
    hall.master.send("acme/0017", "o", line(2), 2)
    hall.pass_time(3.0)
    shown = [decode("visualization", "v3", payload)[1] for _, payload in viewer.receive()]
    assert len(shown) in (5, 6, 7)
    xs = [view.pose.x for view in shown]
    assert xs == sorted(xs) and xs[-1] == pytest.approx(1.0, abs=0.05)


def test_a_robot_that_does_not_know_where_it_is_takes_no_order():
    hall = Hall()
    hall.robot.pose = lambda: (float("nan"), 0.0, 7.0)
    hall.master.send("acme/0017", "o", line(2), 2)
    hall.pass_time(1.0)
    assert hall.remote.state.errors[0].type == "START_NODE_OUT_OF_RANGE"
    hall.master.request("acme/0017", "stateRequest")
    hall.pass_time(0.5)
    assert hall.remote.state.pose is None
    hall.robot.pose = lambda: (5.0, 0.0, 7.0)
    hall.master.request("acme/0017", "stateRequest")
    hall.pass_time(0.5)
    assert hall.remote.state.pose.theta == pytest.approx(7.0 - 2 * np.pi)


def test_the_last_will_and_goodbye():
    hall = Hall()
    assert hall.remote.connection == "ONLINE" and hall.remote.factsheet.speed == 2.0
    hall.transport.drop()
    hall.pass_time(0.1)
    assert hall.remote.connection == "CONNECTION_BROKEN"
    other = Hall()
    other.vehicle.close()
    other.master.tick(other.now)
    assert other.remote.connection == "OFFLINE"


def test_a_restarted_vehicle_has_lost_its_order():
    hall = Hall()
    hall.master.send("acme/0017", "o", line(6), 3)
    assert hall.until(lambda: hall.remote.reached == 2)
    hall.transport.drop()
    fresh = Hall.__new__(Hall)
    fresh.__dict__ |= hall.__dict__
    fresh.vehicle = type(hall.vehicle)(hall.robot, hall.broker.connect(), "acme", "0017")
    fresh.pass_time(1.0)
    assert hall.remote.has_lost_order
    x = hall.robot.pose()[0]
    hall.master.send("acme/0017", "o2", [Stop("x", x, 0.0), Stop("y", x + 1, 0.0)], 2)
    assert fresh.until(lambda: hall.remote.is_idle and hall.remote.reached == 2)
