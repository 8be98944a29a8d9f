"""Whether a vehicle keeps to VDA 5050: any vehicle, by what it says on its topics.

It drives a metre to and fro in x where it stands; that much room it needs.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .examiner import Examiner, holds
from .journey import Journey, Stop
from .messages import Action, Edge, Node, Order, Position, State
from .transport import Transport

ROOM = 1.0
"""Metres that the vehicle drives."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the standard asks of a vehicle, and whether it did."""

    sentence: str
    passed: bool


def examine(
    transport: Transport,
    name: str,
    *,
    level: str = "v2",
    patience: float = 20.0,
    wait: Callable[[float], None] = time.sleep,
) -> list[Check]:
    """Run all checks; later ones need the vehicle to do what earlier ones ask, so read from the top.

    Args:
        transport: not open yet; closed at the end.
        name: `manufacturer/serial` of the vehicle; it must be idle.
        level: `v2` or `v3`.
        patience: seconds for each thing that the vehicle is to do.
        wait: lets seconds pass; a simulated vehicle is moved on by it.
    """
    manufacturer, _, serial = name.partition("/")
    examiner = Examiner(transport, level, manufacturer, serial, wait)
    examiner.open()
    try:
        return list(_run(examiner, patience))
    finally:
        transport.close()


def _run(vehicle: Examiner, patience: float) -> Iterator[Check]:
    vehicle.ask(_action("stateRequest"))
    speaks = vehicle.until(lambda state: True, patience)
    yield Check("It sends a state when asked.", speaks)
    if not speaks:
        return
    yield Check("It says on its connection topic that it is online.", vehicle.connection == "ONLINE")
    before = vehicle.factsheets
    vehicle.ask(_action("factsheetRequest"))
    vehicle.until(lambda state: vehicle.factsheets > before, patience)
    yield Check("It sends its factsheet when asked.", vehicle.factsheets > before)
    pose = vehicle.states[-1].pose
    yield Check("It knows where it is.", pose is not None and pose.is_localized)
    if pose is None:
        return
    stops = [Stop(f"n{i}", pose.x + i * ROOM / 2, pose.y, deviation=0.3) for i in range(4)]
    yield from _orders(vehicle, patience, stops, pose.map_id)
    yield from _refusals(vehicle, patience, pose.map_id)
    yield from _cancellation(vehicle, patience, pose.map_id)
    yield from _bad_input(vehicle, patience)
    yield Check(
        f"All that it sent fits the schemas, and counts up ({'; '.join(vehicle.complaints[:3]) or 'yes'}).",
        not vehicle.complaints,
    )


def _orders(vehicle: Examiner, patience: float, stops: list[Stop], map_id: str) -> Iterator[Check]:
    """Base, horizon, update, pause."""
    journey = Journey(_new_id(), stops[:3], 2, map_id)
    first = journey.next_message()
    vehicle.say(first)
    yield Check("It takes an order.", vehicle.until(holds(first), patience))
    arrived = vehicle.until(_is_at("n1", 2), patience)
    yield Check("It drives to the end of the base.", arrived)
    vehicle.until(lambda state: False, 2.0)
    state = vehicle.states[-1]
    yield Check(
        "It does not drive into the horizon.",
        _is_at("n1", 2)(state) and [node.id for node in state.nodes] == ["n2"] and not state.is_driving,
    )
    vehicle.say(first)
    vehicle.ask(_action("stateRequest"))
    vehicle.until(lambda state: False, 1.0)
    same = holds(first)(vehicle.states[-1]) and not vehicle.states[-1].errors
    yield Check("The same order again changes nothing and is no error.", same)
    journey.reroute([Stop("other", stops[0].x, stops[0].y, deviation=0.3), stops[3]], 1)
    update = journey.next_message()
    vehicle.say(update)
    yield Check(
        "It takes an update that goes on from the base's end.", vehicle.until(holds(update), patience)
    )
    vehicle.ask(_action("startPause"))
    paused = vehicle.until(lambda state: state.is_paused and not state.is_driving, patience)
    yield Check("It stands when paused.", paused)
    vehicle.ask(_action("stopPause"))
    goes_on = vehicle.until(lambda s: not s.is_paused and _is_at("other", 4)(s), patience)
    yield Check("It drives on after the pause, along the new horizon as far as it was released.", goes_on)
    vehicle.say(first)
    yield Check(
        "It refuses an older update.", vehicle.until(vehicle.newly("OUTDATED_ORDER_UPDATE"), patience)
    )
    wrong = Journey(journey.order_id, [*stops, *stops], 5, map_id).next_message()
    gap = Order(wrong.order_id, update.update_id + 1, wrong.nodes[4:], wrong.edges[4:])
    vehicle.say(gap)
    vehicle.until(lambda state: False, 1.0)
    yield Check(
        "It refuses an update that does not go on from the base's end.", holds(update)(vehicle.states[-1])
    )


def _refusals(vehicle: Examiner, patience: float, map_id: str) -> Iterator[Check]:
    """Orders that it must not take while it has one."""
    here = vehicle.states[-1].pose
    assert here is not None
    held = vehicle.states[-1].order_id
    other = Journey(_new_id(), [Stop("x0", here.x, here.y)], 1, map_id).next_message()
    vehicle.say(other)
    refused = vehicle.until(vehicle.newly("OTHER_ORDER_ACTIVE"), patience)
    yield Check(
        "It refuses a second order while it has one.", refused and vehicle.states[-1].order_id == held
    )


def _cancellation(vehicle: Examiner, patience: float, map_id: str) -> Iterator[Check]:
    cancel = _action("cancelOrder")
    vehicle.ask(cancel)
    ended = vehicle.until(
        lambda s: _status(s, cancel) == "FINISHED" and not s.nodes and not s.edges, patience
    )
    yield Check("It ends its order when that is cancelled.", ended)
    again, is_noted = _action("cancelOrder"), vehicle.newly("NO_ORDER_TO_CANCEL")
    vehicle.ask(again)
    refused = vehicle.until(lambda state: _status(state, again) == "FAILED", patience)
    noted = vehicle.until(is_noted, patience)
    yield Check("It says so when there is nothing to cancel.", refused and noted)
    here = vehicle.states[-1].pose
    assert here is not None
    far = Order(_new_id(), 0, (Node("far", 0, True, Position(here.x + 500.0, here.y, map_id)),), ())
    vehicle.say(far)
    noted = vehicle.until(vehicle.newly("START_NODE_OUT_OF_RANGE"), patience)
    yield Check("It refuses an order that begins elsewhere.", noted)
    unknown = (Action("gaitwayNoSuchAction", _new_id()),)
    start = Node("x0", 0, True, Position(here.x, here.y, map_id), unknown)
    vehicle.say(Order(_new_id(), 0, (start,), ()))
    noted = vehicle.until(vehicle.newly("INVALID_ORDER_ACTION"), patience)
    yield Check("It refuses an order with an action that it does not know.", noted)
    place = Position(here.x, here.y, map_id)
    torn = Order(
        _new_id(), 0, (Node("x0", 0, True, place), Node("x1", 4, True, place)), (Edge("e", 1, True),)
    )
    vehicle.say(torn)
    noted = vehicle.until(vehicle.newly("VALIDATION_FAILURE"), patience)
    yield Check("It refuses an order whose sequence has a gap.", noted)
    fresh = Journey(_new_id(), [Stop("x0", here.x, here.y, deviation=0.3)], 1, map_id).next_message()
    vehicle.say(fresh)
    taken = vehicle.until(lambda state: holds(fresh)(state) and not state.errors, patience)
    yield Check("It takes a new order afterwards, and its errors are gone.", taken)


def _bad_input(vehicle: Examiner, patience: float) -> Iterator[Check]:
    """Hostile payloads: the vehicle says so, and lives."""
    payloads = {
        "is no JSON": b'{"orderId": ',
        "has wrong types": b'{"headerId": "one", "nodes": 3}',
        "has NaN for a number": b'{"headerId": NaN}',
        "is nested 100,000 levels deep": b"[" * 100_000,
        "is longer than a megabyte": b'"' + b"x" * 1_100_000 + b'"',
        "is not UTF-8": b"\xff\xfe\x00",
    }
    for what, payload in payloads.items():
        vehicle.throw("order", payload)
        vehicle.throw("instantActions", payload)
        ask = _action("stateRequest")
        vehicle.ask(ask)
        alive = vehicle.until(lambda state, ask=ask: _status(state, ask) == "FINISHED", patience)
        noted = vehicle.until(vehicle.reports("VALIDATION_FAILURE"), patience)
        yield Check(f"It reports a message that {what}, and goes on.", alive and noted)


def _action(action_type: str) -> Action:
    return Action(action_type, _new_id(), {}, "NONE")


def _new_id() -> str:
    return uuid.uuid4().hex


def _status(state: State, action: Action) -> str:
    found = state.action(action.id)
    return "" if found is None else found.status


def _is_at(node: str, sequence: int) -> Callable[[State], bool]:
    return lambda state: (state.last_node, state.last_sequence) == (node, sequence)
