"""What the messages of VDA 5050 mean, without the wording of a version.

Metres, radians, metres a second in the map's frame. Words for states, modes and errors are version 3's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import FleetError


class MessageError(FleetError):
    """A message that is broken or that its receiver cannot take; says which field and why."""


class TransportError(FleetError):
    """No broker where one should be."""


@dataclass(frozen=True, slots=True)
class Header:
    """Who says it, when, and the count of the sender's messages on this topic.

    Attributes:
        header_id: counts up by 1 with each message on its topic.
        timestamp: Unix time, s.
        version: of the protocol, `2.1.0` or `3.0.0`.
        manufacturer: of the vehicle.
        serial: of the vehicle; both name it, whoever speaks.
    """

    header_id: int
    timestamp: float
    version: str
    manufacturer: str
    serial: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something other than driving.

    Attributes:
        type: `pick`, `drop`, `startCharging`, ...
        id: unique; its state is reported under it.
        parameters: of the action, JSON values.
        blocking: `NONE` and `SINGLE` let the vehicle drive, `SOFT` and `HARD` do not; `NONE` and `SOFT` let
            other actions run beside it.
    """

    type: str
    id: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    blocking: str = "HARD"


@dataclass(frozen=True, slots=True)
class Position:
    """A place on a map; deviation in m, or None where the vehicle's own is good enough."""

    x: float
    y: float
    map_id: str
    theta: float | None = None
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node of an order, or of what a state says is left of it; even sequence numbers."""

    id: str
    sequence: int
    released: bool
    position: Position | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge between the nodes before and after it; odd sequence numbers.

    Attributes:
        speed: limit in m/s, or None.
        special: optional fields that ask for more than a straight drive, as `trajectory`.
    """

    id: str
    sequence: int
    released: bool
    speed: float | None = None
    actions: tuple[Action, ...] = ()
    special: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Nodes and edges in turn, from the decision point of what the vehicle has: base, then horizon."""

    order_id: str
    update_id: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class InstantActions:
    """Actions to do at once."""

    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ActionState:
    """How far an action is: `WAITING`, `INITIALIZING`, `RUNNING`, `PAUSED`, `FINISHED`, `FAILED`."""

    id: str
    type: str
    status: str
    result: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it ended, well or not."""
        return self.status in ("FINISHED", "FAILED")


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of a state: its type, how bad it is, a sentence, and what it is about."""

    type: str
    level: str
    description: str
    references: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a vehicle is and how fast it goes (m, rad, m/s)."""

    x: float
    y: float
    theta: float
    map_id: str
    speed: float = 0.0
    is_localized: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """All that a vehicle says about itself.

    Attributes:
        order_id: of the order that it has or had; empty before the first.
        last_node: the node that it passed last, and its sequence number.
        nodes: what is left of the order.
        actions: of the order; in version 2 the instant ones are among them.
        charge: of the battery, percent.
    """

    order_id: str
    update_id: int
    last_node: str
    last_sequence: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    actions: tuple[ActionState, ...]
    instant_actions: tuple[ActionState, ...]
    errors: tuple[Fault, ...]
    pose: Pose | None
    charge: float
    is_charging: bool
    is_driving: bool
    is_paused: bool
    wants_base: bool
    mode: str = "AUTOMATIC"
    emergency_stop: str = "NONE"
    field_violation: bool = False

    def action(self, action_id: str) -> ActionState | None:
        """The state of an action of the order or of an instant one."""
        return next((a for a in (*self.actions, *self.instant_actions) if a.id == action_id), None)


@dataclass(frozen=True, slots=True)
class Visualization:
    """Where a vehicle is, more often than its state says; `state` is the header id of the last one."""

    pose: Pose | None
    state: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """`ONLINE`, `OFFLINE`, `HIBERNATING` or `CONNECTION_BROKEN`."""

    state: str


@dataclass(frozen=True, slots=True)
class Factsheet:
    """What a vehicle is and can do (m, m/s, m/s², kg).

    Attributes:
        actions: type -> where it can be done, of `INSTANT`, `NODE`.
    """

    series: str = "gaitway"
    kinematics: str = "DIFFERENTIAL"
    vehicle_class: str = "CARRIER"
    load_mass: float = 100.0
    speed: float = 2.0
    acceleration: float = 1.0
    deceleration: float = 2.0
    height: float = 0.5
    width: float = 0.7
    length: float = 0.9
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Message = Order | InstantActions | State | Visualization | Connection | Factsheet

TOPICS: dict[type, str] = {
    Order: "order",
    InstantActions: "instantActions",
    State: "state",
    Visualization: "visualization",
    Connection: "connection",
    Factsheet: "factsheet",
}
"""Message -> the last level of its topic."""
