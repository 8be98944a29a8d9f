"""The order state machine of a vehicle: what it takes, what is left, what it has passed.

VDA 5050 3.0, 6.1.2 (figure 8), 6.1.3, 6.1.4; version 2.1 agrees, with fewer words for errors.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace

from .messages import Action, ActionState, Edge, Fault, Node, Order

DEVIATION = 0.3
"""How near to a node counts as on it (m), if an order does not say."""
LEAST_DEVIATION = 0.05
"""Metres; an order that allows less would never be fulfilled."""

_REMEMBERED = 1000
"""Orders; one that comes again, late, is not driven again."""


class OrderExecution:
    """One order at a time: base, horizon, and the actions at its nodes.

    Args:
        can: types of actions that the vehicle can do at a node.
        map_id: of the one map that it knows.

    Attributes:
        order_id: of the order that it has or had last; empty at first.
        update_id: of its last update.
        last_node: node passed last, with its sequence number.
        nodes: what is left, released ones first; `edges` lead to them.
        action_states: of the order by id, in its sequence.
        is_cancelled: the order was, before its end.
        is_fresh: what was given to `take` last was new, and was taken.
    """

    def __init__(self, can: frozenset[str], map_id: str) -> None:
        self.order_id = ""
        self.update_id = 0
        self.last_node = ""
        self.last_sequence = 0
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.action_states: dict[str, ActionState] = {}
        self._can, self._map_id = can, map_id
        self.is_cancelled = self.is_fresh = False
        self._last_message: Order | None = None
        self._decision: Node | None = None
        self._past: OrderedDict[str, None] = OrderedDict()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left to drive or to do, so that a new order may come."""
        return not self.nodes and all(state.is_over for state in self.action_states.values())

    @property
    def base(self) -> list[Node]:
        """The released nodes that are left."""
        return [node for node in self.nodes if node.released]

    def take(self, order: Order, place: tuple[float, float]) -> Fault | None:
        """Take an order or an update, or say why not; one that came before is neither.

        Args:
            order: valid by its schema.
            place: x, y of the vehicle (m).
        """
        self.is_fresh = False
        if fault := _inconsistent(order) or self._impossible(order):
            return fault
        if order.order_id != self.order_id:
            return self._take_new(order, place)
        if order == self._last_message:
            return None
        return self._take_update(order)

    def _take_new(self, order: Order, place: tuple[float, float]) -> Fault | None:
        if order.order_id in self._past:
            return _fault("OUTDATED_ORDER_UPDATE", order, "this order was driven before")
        if not self.is_idle:
            return _fault("OTHER_ORDER_ACTIVE", order, f"order {self.order_id!r:.60} is not over")
        if order.update_id != 0:
            return _fault("INVALID_ORDER_UPDATE", order, "a new order begins with orderUpdateId 0")
        start = order.nodes[0]
        if order.nodes[0].sequence != 0:
            return _fault("VALIDATION_FAILURE", order, "a new order begins with sequenceId 0")
        if not self._is_on(start, place):
            return _fault("START_NODE_OUT_OF_RANGE", order, f"not at node {start.id!r:.60}")
        self._remember(self.order_id)
        self.action_states = {}
        self.order_id, self.is_cancelled = order.order_id, False
        self.nodes, self.edges = [start], []
        self._add_actions(start)
        self._extend(order)
        return None

    def _take_update(self, order: Order) -> Fault | None:
        if order.update_id < self.update_id:
            return _fault("OUTDATED_ORDER_UPDATE", order, f"update {self.update_id} is here")
        if self.is_cancelled:
            return _fault("ORDER_UPDATE_FOLLOWING_CANCEL", order, "this order was cancelled")
        if order.update_id == self.update_id:
            return _fault("SAME_ORDER_UPDATE_ID", order, "another update with this id is here")
        start, decision = order.nodes[0], self._decision
        if decision is None or (start.id, start.sequence) != (decision.id, decision.sequence):
            here = "" if decision is None else f"{decision.id!r:.60}, {decision.sequence}"
            return _fault("INVALID_ORDER_UPDATE", order, f"it must go on from the base's end ({here})")
        horizon = {action.id for node in self.nodes if not node.released for action in node.actions}
        for node in order.nodes[1:]:
            for action in node.actions:
                if action.id in self.action_states and action.id not in horizon:
                    return _fault("VALIDATION_FAILURE", order, f"actionId {action.id!r:.60} was there before")
        self._clear_horizon()
        self._extend(order)
        return None

    def _extend(self, order: Order) -> None:
        """Put an order's nodes behind the base's end, which is its first node."""
        self.nodes += order.nodes[1:]
        self.edges += order.edges
        for node in order.nodes[1:]:
            self._add_actions(node)
        self.update_id, self._last_message = order.update_id, order
        self.is_fresh = True
        self._decision = [node for node in order.nodes if node.released][-1]

    def _add_actions(self, node: Node) -> None:
        for action in node.actions:
            self.action_states[action.id] = ActionState(action.id, action.type, "WAITING")

    def _clear_horizon(self) -> None:
        for node in self.nodes:
            if not node.released:
                for action in node.actions:
                    self.action_states.pop(action.id, None)
        self.nodes = self.base
        self.edges = [edge for edge in self.edges if edge.released]

    def pass_node(self) -> tuple[Action, ...]:
        """The vehicle is on the next node of the base: its actions that wait for it."""
        node = self.nodes.pop(0)
        self.edges = [edge for edge in self.edges if edge.sequence > node.sequence]
        self.last_node, self.last_sequence = node.id, node.sequence
        return tuple(a for a in node.actions if self.action_states[a.id].status == "WAITING")

    def set_action(self, action_id: str, status: str, result: str = "") -> None:
        """Report how far an action is."""
        self.action_states[action_id] = replace(self.action_states[action_id], status=status, result=result)

    def cancel(self) -> None:
        """Forget what is left; actions that have not begun have failed."""
        self.nodes, self.edges, self.is_cancelled = [], [], True
        for state in list(self.action_states.values()):
            if state.status == "WAITING":
                self.set_action(state.id, "FAILED", "The order was cancelled.")

    def _impossible(self, order: Order) -> Fault | None:
        """What is well said, but not for this vehicle."""
        for edge in order.edges:
            if edge.special:
                return _fault("UNSUPPORTED_PARAMETER", order, f"edges take no {edge.special[0]}", "CRITICAL")
            if edge.actions:
                return _fault("INVALID_ORDER_ACTION", order, "actions are done at nodes, not on edges")
        for index, node in enumerate(order.nodes):
            if node.position is None and index > 0:
                return _fault("NO_ROUTE_TO_TARGET", order, f"node {node.id!r:.60} has no nodePosition")
            if node.position is not None and node.position.map_id != self._map_id:
                wrong = node.position.map_id
                return _fault("UNKNOWN_MAP_ID", order, f"map {wrong!r:.60} is not {self._map_id!r}")
            for action in node.actions:
                if action.type not in self._can:
                    return _fault("INVALID_ORDER_ACTION", order, f"{action.type!r:.60} cannot be done")
        return None

    def _is_on(self, node: Node, place: tuple[float, float]) -> bool:
        if node.position is None:
            return node.id == self.last_node
        return math.dist(place, (node.position.x, node.position.y)) <= allowed(node)

    def _remember(self, order_id: str) -> None:
        if order_id:
            self._past[order_id] = None
        if len(self._past) > _REMEMBERED:
            self._past.popitem(last=False)


def allowed(node: Node) -> float:
    """How far from a node a vehicle may be to be on it (m)."""
    if node.position is None or node.position.deviation is None:
        return DEVIATION
    return max(node.position.deviation, LEAST_DEVIATION)


def _inconsistent(order: Order) -> Fault | None:
    """What a schema cannot say."""
    nodes, edges = order.nodes, order.edges
    if not nodes or len(edges) != len(nodes) - 1:
        return _fault(
            "VALIDATION_FAILURE", order, f"{len(nodes)} nodes and {len(edges)} edges; must be one less"
        )
    parts: list[Node | Edge] = [*nodes, *edges]
    parts[::2], parts[1::2] = nodes, edges
    first = nodes[0].sequence
    if first % 2 or [part.sequence for part in parts] != list(range(first, first + len(parts))):
        return _fault("VALIDATION_FAILURE", order, "sequenceId must count up over nodes and edges")
    released = [part.released for part in parts]
    if not released[0]:
        return _fault("VALIDATION_FAILURE", order, "the first node must be released")
    if released != sorted(released, reverse=True) or sum(released) % 2 == 0:
        return _fault("VALIDATION_FAILURE", order, "the base must end at a node, before the horizon")
    ids = [action.id for part in parts for action in part.actions]
    if len(set(ids)) != len(ids):
        return _fault("VALIDATION_FAILURE", order, "two actions have the same actionId")
    return None


def _fault(kind: str, order: Order, why: str, level: str = "WARNING") -> Fault:
    references = (("orderId", order.order_id[:200]), ("orderUpdateId", str(order.update_id)))
    return Fault(kind, level, f"Order {order.order_id!r:.60}: {why}.", references)
