"""A vehicle that speaks VDA 5050: takes orders, drives a robot along them, and says how far it is."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .codec import decode
from .execution import LEAST_DEVIATION, OrderExecution, allowed
from .instant import InstantActionStates
from .messages import (
    Action,
    Connection,
    Factsheet,
    Fault,
    InstantActions,
    MessageError,
    Node,
    Order,
    Pose,
    State,
    Visualization,
)
from .robot import Robot
from .sender import Sender
from .transport import Transport

STANDING = 0.02
"""Slower than this (m/s) is standing."""

_CHARGING = frozenset({"startCharging", "stopCharging"})
_INSTANT = frozenset({"startPause", "stopPause", "cancelOrder", "stateRequest", "factsheetRequest"})
_MOST_ERRORS = 16


class Vehicle:
    """Between a robot and its master.

    Attributes:
        execution: the order and what is left of it.
        errors: that its state reports.
    """

    def __init__(
        self,
        robot: Robot,
        transport: Transport,
        manufacturer: str,
        serial: str,
        *,
        version: str = "2.1.0",
        map_id: str = "map",
        factsheet: Factsheet | None = None,
        state_interval: float = 30.0,
        visualization_interval: float = math.inf,
    ) -> None:
        """Nothing is sent before the first tick.

        Args:
            robot: what drives.
            transport: not open yet.
            manufacturer: of the vehicle; with `serial` its name.
            serial: of the vehicle.
            version: of the protocol.
            map_id: of the one map that it knows.
            factsheet: what it is; its actions are filled in.
            state_interval: states are sent on events, and after at most so many seconds.
            visualization_interval: seconds between positions on their own topic; none by default.
        """
        self.execution = OrderExecution(robot.actions | _CHARGING, map_id)
        self.errors: list[Fault] = []
        self._robot, self._transport = robot, transport
        self._sender = Sender(transport, version, manufacturer, serial)
        self._name, self._map_id = (manufacturer, serial), map_id
        scopes = dict.fromkeys(sorted(robot.actions), ("NODE",))
        scopes |= dict.fromkeys(sorted(_INSTANT), ("INSTANT",))
        scopes |= dict.fromkeys(sorted(_CHARGING), ("INSTANT", "NODE"))
        self._sheet = replace(factsheet or Factsheet(), actions=scopes)
        self._state_interval, self._visualization_interval = state_interval, visualization_interval
        self._instant = InstantActionStates()
        self._queue: deque[Action] = deque()
        self._running: Action | None = None
        self._is_paused = self._is_charging = False
        self._given: tuple[tuple[str, int], ...] = ()
        self._distance = math.inf
        self._sessions = 0
        self._said: State | None = None
        self._said_at = self._shown_at = -math.inf
        self._now = 0.0

    @property
    def sent(self) -> Mapping[str, int]:
        """How many messages it has sent on each topic."""
        return self._sender.counts

    def tick(self, now: float) -> None:
        """Read, act, report.

        Args:
            now: Unix time, s.

        Raises:
            TransportError: there is no broker, at the first tick.
        """
        self._now = now
        self._connect()
        for topic, payload in self._transport.receive():
            self._handle(topic.rsplit("/", 1)[-1], payload)
        self._advance()
        self._act()
        self._steer()
        self._end_instant_actions()
        self._report()

    def close(self) -> None:
        """Say goodbye."""
        if self._sessions:
            self._sender.send(Connection("OFFLINE"), self._now)
            self._transport.close()

    def _connect(self) -> None:
        """Come online, at first and after the broker was away."""
        if self._sessions == 0:
            self._transport.open(self._sender.publication(Connection("CONNECTION_BROKEN"), self._now))
            for topic in ("order", "instantActions"):
                self._transport.subscribe(self._sender.topic(topic))
        if self._transport.sessions != self._sessions:
            self._sessions = self._transport.sessions
            self._sender.send(Connection("ONLINE"), self._now)
            self._sender.send(self._sheet, self._now)
            self._said = None

    # What comes in

    def _handle(self, topic: str, payload: bytes) -> None:
        try:
            header, message = decode(topic, self._sender.level, payload)
            if (header.manufacturer, header.serial) != self._name:
                raise MessageError(f"{topic}: for {header.manufacturer!r:.60}, {header.serial!r:.60}.")
        except MessageError as error:
            self._complain(Fault("VALIDATION_FAILURE", "WARNING", str(error), (("topic", topic),)))
            return
        if isinstance(message, Order):
            self._take(message)
        elif isinstance(message, InstantActions):
            for action in message.actions:
                self._do_at_once(action)

    def _take(self, order: Order) -> None:
        fault = self.execution.take(order, self._robot.pose()[:2])
        if fault is not None:
            self._complain(fault)
        elif self.execution.is_fresh:
            self.errors = []
            if order.update_id == 0:
                # The first node is where the vehicle is.
                self._pass()

    def _complain(self, fault: Fault) -> None:
        if fault not in self.errors:
            self.errors = [*self.errors, fault][-_MOST_ERRORS:]

    def _do_at_once(self, action: Action) -> None:
        """Begin an instant action; one that came before is not done again."""
        if action.id in self._instant:
            return
        status, result = "FINISHED", ""
        if action.type in ("startPause", "stopPause"):
            self._is_paused = action.type == "startPause"
            status = "RUNNING"
        elif action.type == "cancelOrder":
            status, result = self._cancel(action)
        elif action.type in _CHARGING:
            self._charge(action)
        elif action.type == "stateRequest":
            self._said = None
        elif action.type == "factsheetRequest":
            self._sender.send(self._sheet, self._now)
        else:
            status, result = "FAILED", "No instant action of this vehicle."
            references = (("topic", "instantActions"), ("actionId", action.id[:200]))
            self._complain(
                Fault("INVALID_INSTANT_ACTION", "WARNING", f"{action.type!r:.60}: {result}", references)
            )
        self._instant.add(action, status, result)

    def _cancel(self, action: Action) -> tuple[str, str]:
        order_id = action.parameters.get("orderId", self.execution.order_id)
        if self.execution.is_idle or order_id != self.execution.order_id:
            result = "There is no such order to cancel."
            self._complain(Fault("NO_ORDER_TO_CANCEL", "WARNING", result, (("actionId", action.id[:200]),)))
            return "FAILED", result
        self.execution.cancel()
        self._queue.clear()
        return "RUNNING", ""

    def _charge(self, action: Action) -> None:
        self._is_charging = action.type == "startCharging"
        self._robot.charge(self._is_charging)

    # Driving and doing

    def _advance(self) -> None:
        """Pass the nodes that the robot is on: as near as it gets, within what the order allows."""
        while base := self.execution.base:
            distance = math.dist(self._robot.pose()[:2], _place(base[0]))
            is_nearest = distance <= LEAST_DEVIATION or distance >= self._distance
            self._distance = distance
            if distance > allowed(base[0]) or not is_nearest:
                break
            self._pass()

    def _pass(self) -> None:
        self._queue.extend(self.execution.pass_node())
        self._distance = math.inf

    def _act(self) -> None:
        """Do the actions of passed nodes, one after the other; blocking ones when the robot stands."""
        if self._running is not None:
            status = self._robot.progress()
            if status == "RUNNING":
                return
            self.execution.set_action(self._running.id, status)
            self._running = None
        while self._queue and self._running is None:
            if _blocks(self._queue[0]) and self._robot.speed() > STANDING:
                break
            self._begin(self._queue.popleft())

    def _begin(self, action: Action) -> None:
        if action.type in _CHARGING:
            self._charge(action)
            self.execution.set_action(action.id, "FINISHED")
            return
        try:
            self._robot.start(action.type, action.parameters)
        except ValueError as error:
            self.execution.set_action(action.id, "FAILED", str(error)[:300])
            return
        self._running = action
        self.execution.set_action(action.id, "RUNNING")

    def _steer(self) -> None:
        """Tell the robot its way, if it is another than what is left of the one that it has."""
        pending = [*self._queue] if self._running is None else [self._running, *self._queue]
        must_stand = self._is_paused or self.execution.is_cancelled or any(map(_blocks, pending))
        base = [] if must_stand else self.execution.base
        way = tuple((self.execution.order_id, node.sequence) for node in base)
        if must_stand and self._given:
            self._robot.follow(np.zeros((0, 3)))
            self._given = ()
        elif way and way != self._given[-len(way) :]:
            limits = {edge.sequence + 1: edge.speed for edge in self.execution.edges}
            speeds = [math.inf if (v := limits[node.sequence]) is None else v for node in base]
            places = [_place(node) for node in base]
            self._robot.follow(np.column_stack([np.array(places, np.float64), speeds]))
            self._given = way

    def _end_instant_actions(self) -> None:
        """Pauses and cancellations are over when the robot stands and no action runs on."""
        stands = self._robot.speed() <= STANDING
        self._instant.finish("stopPause")
        if stands:
            self._instant.finish("startPause")
        if stands and self._running is None:
            self._instant.finish("cancelOrder")

    # What goes out

    def _report(self) -> None:
        state = self._state()
        if self._said is None or _without_measures(state) != _without_measures(self._said):
            is_due = True
        else:
            is_due = self._now - self._said_at >= self._state_interval
        if is_due:
            self._sender.send(state, self._now)
            self._said, self._said_at = state, self._now
        if self._now - self._shown_at >= self._visualization_interval:
            last = self._sender.counts["state"] - 1
            self._sender.send(Visualization(state.pose, last), self._now)
            self._shown_at = self._now

    def _pose(self, speed: float) -> Pose | None:
        """Where the robot is, or None if it does not know."""
        x, y, theta = self._robot.pose()
        if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(theta)):
            return None
        return Pose(x, y, math.remainder(theta, math.tau), self._map_id, speed)

    def _state(self) -> State:
        execution, speed = self.execution, self._robot.speed()
        base, left = execution.base, execution.nodes
        return State(
            order_id=execution.order_id,
            update_id=execution.update_id,
            last_node=execution.last_node,
            last_sequence=execution.last_sequence,
            nodes=tuple(left),
            edges=tuple(execution.edges),
            actions=tuple(execution.action_states.values()),
            instant_actions=self._instant.states(),
            errors=tuple(self.errors),
            pose=self._pose(speed),
            charge=min(max(self._robot.battery(), 0.0), 100.0),
            is_charging=self._is_charging,
            is_driving=speed > STANDING,
            is_paused=self._is_paused,
            wants_base=len(base) < 2 and len(left) > len(base),
        )


def _place(node: Node) -> tuple[float, float]:
    """x, y; the execution has taken no node without."""
    assert node.position is not None
    return node.position.x, node.position.y


def _blocks(action: Action) -> bool:
    """Whether the vehicle must stand for it."""
    return action.blocking in ("SOFT", "HARD")


def _without_measures(state: State) -> State:
    """What of a state is an event when it changes."""
    return replace(state, pose=None, charge=0.0)
