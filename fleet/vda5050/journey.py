"""A master's order to one vehicle as it grows: stops, how many are released, and the updates that say so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .messages import Action, Edge, MessageError, Node, Order, Position


@dataclass(frozen=True, slots=True)
class Stop:
    """A node that an order leads through.

    Attributes:
        node: its id.
        x: m, map frame.
        y: m, map frame.
        theta: heading there (rad), or None.
        speed: limit on the way to it (m/s), or None.
        actions: to do there.
        deviation: how far from it still counts as there (m), or None for the vehicle's own.
    """

    node: str
    x: float
    y: float
    theta: float | None = None
    speed: float | None = None
    actions: tuple[Action, ...] = ()
    deviation: float | None = None


class Journey:
    """One order: its stops, the base among them, and what the vehicle has been told of it.

    Attributes:
        order_id: of the order.
        stops: all, from the first; those of the base never change.
        released: number of stops in the base that shall be.
    """

    def __init__(self, order_id: str, stops: Sequence[Stop], released: int, map_id: str) -> None:
        if not order_id or not stops:
            raise MessageError("An order needs an id and at least one stop.")
        if not 1 <= released <= len(stops):
            raise MessageError(f"Order {order_id!r:.60}: {released} of {len(stops)} stops released.")
        _refuse(order_id, stops)
        self.order_id, self.stops, self.released = order_id, list(stops), released
        self._map_id = map_id
        self._update_id = -1
        self._told: tuple[int, list[Stop]] | None = None

    def release(self, count: int) -> None:
        """Make the base longer."""
        if count > len(self.stops):
            raise MessageError(f"Order {self.order_id!r:.60} has {len(self.stops)} stops, not {count}.")
        self.released = max(self.released, count)

    def reroute(self, stops: Sequence[Stop], released: int) -> None:
        """Put other stops behind the base."""
        if not 0 <= released <= len(stops):
            raise MessageError(f"Order {self.order_id!r:.60}: {released} of {len(stops)} stops released.")
        _refuse(self.order_id, stops)
        self.stops = self.stops[: self.released] + list(stops)
        self.released += released

    @property
    def is_told(self) -> bool:
        """Whether the last message says all."""
        return self._told == (self.released, self.stops)

    @property
    def update_id(self) -> int:
        """Of the last message, -1 before the first."""
        return self._update_id

    def next_message(self) -> Order:
        """What the vehicle does not know yet: from its base's end on, where the new part is stitched."""
        first = 0 if self._told is None else self._told[0] - 1
        self._update_id += 1
        self._told = self.released, list(self.stops)
        indices = range(first, len(self.stops))
        nodes = tuple(self._node(index) for index in indices)
        edges = tuple(self._edge(index) for index in indices[1:])
        return Order(self.order_id, self._update_id, nodes, edges)

    def _node(self, index: int) -> Node:
        stop = self.stops[index]
        position = Position(stop.x, stop.y, self._map_id, stop.theta, stop.deviation)
        return Node(stop.node, 2 * index, index < self.released, position, stop.actions)

    def _edge(self, index: int) -> Edge:
        """The edge that leads to stop `index`."""
        before, stop = self.stops[index - 1], self.stops[index]
        name = f"{before.node}-{stop.node}"
        return Edge(name, 2 * index - 1, index < self.released, stop.speed)


def _refuse(order_id: str, stops: Sequence[Stop]) -> None:
    """Refuse numbers that no vehicle could drive by."""
    for stop in stops:
        theta, limits = stop.theta or 0.0, (stop.speed or 0.0, stop.deviation or 0.0)
        if not (math.isfinite(stop.x) and math.isfinite(stop.y) and abs(theta) <= math.pi):
            place = f"({stop.x:g}, {stop.y:g}, {theta:g})"
            raise MessageError(f"Order {order_id!r:.60}: stop {stop.node!r:.60} is at {place}.")
        if not all(0.0 <= limit < math.inf for limit in limits):
            raise MessageError(f"Order {order_id!r:.60}: stop {stop.node!r:.60} has a limit below 0.")
