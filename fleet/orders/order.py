"""An order, and the steps that it may take.

An order is `new` until a vehicle is to do it, `assigned` until that has the load, `picked` until the load is
where it should be, and then `delivered`. It may be `cancelled` before it is picked, or `failed` for good. If
its vehicle fails it is `new` again, and its next assignment has the next `attempt`'s number.

What vehicles report is how far they are, not a change: reports may be lost, come twice or in another order,
and the order stands where the furthest one says. A delivery is a fact, whoever has been told to do it since;
that the load was picked counts until somebody else is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Literal, get_args

from ..errors import OrderError

Kind = Literal["pick", "replenish", "dock"]
State = Literal["new", "assigned", "picked", "delivered", "cancelled", "failed"]
Stage = Literal["picked", "delivered"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("new", "assigned", "picked")
"""States in which something is still to be done."""
_LONGEST = 200


@dataclass(frozen=True)
class Order:
    """A load that is to be brought from one site to another.

    Attributes:
        id: unique.
        kind: `pick` to a station, `replenish` to a shelf, `dock` to or from a dock.
        source: site where the load is.
        target: site where it is to be.
        load: in the unit of the vehicles' capacities.
        created: s.
        opens: s; it is not to be delivered earlier.
        due: s; it should be delivered by then.
        priority: the higher, the sooner.
        state: see above.
        vehicle: who does it, did it, or was last to try; empty at first.
        attempt: assignments until now.
        why: it was cancelled, failed, or went back.
    """

    id: str
    kind: Kind
    source: str
    target: str
    load: float = 1.0
    created: float = 0.0
    opens: float = 0.0
    due: float = inf
    priority: int = 0
    state: State = "new"
    vehicle: str = ""
    attempt: int = 0
    why: str = ""

    def __post_init__(self) -> None:
        """Refuse what no order can be.

        Raises:
            OrderError: naming the order and the field.
        """
        for field, text in (("id", self.id), ("source", self.source), ("target", self.target)):
            if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
                raise OrderError(
                    f"Order {str(self.id)[:40]!r}: {field} must be a text of 1 to {_LONGEST} signs."
                )
        if self.kind not in KINDS:
            raise OrderError(
                f"Order {self.id!r}: kind is {self.kind!r}; it must be one of {', '.join(KINDS)}."
            )
        if self.source == self.target:
            raise OrderError(f"Order {self.id!r}: source and target are both {self.source!r}.")
        if not (isfinite(self.load) and self.load >= 0):
            raise OrderError(f"Order {self.id!r}: load is {self.load}; it must be 0 or more.")
        if not (isfinite(self.created) and isfinite(self.opens) and self.due >= self.opens):
            raise OrderError(
                f"Order {self.id!r}: created, opens and due must be times, and due not before opens."
            )

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in OPEN


def assigned(order: Order, vehicle: str) -> Order:
    """A vehicle is to do it; the same order if it is so already.

    Raises:
        OrderError: another one does it, or nothing is to be done.
    """
    if not vehicle:
        raise OrderError(f"Order {order.id!r}: a vehicle must have a name.")
    if order.state == "assigned" and order.vehicle == vehicle:
        return order
    if order.state != "new":
        raise OrderError(f"Order {order.id!r} is {order.state}; only a new one can be assigned.")
    return replace(order, state="assigned", vehicle=vehicle, attempt=order.attempt + 1, why="")


def reported(order: Order, attempt: int, stage: Stage) -> Order:
    """The vehicle of an attempt says how far it is; the same order if that says nothing new.

    Raises:
        OrderError: nobody was told to do that.
    """
    if stage not in ("picked", "delivered"):
        raise OrderError(f"Order {order.id!r}: {stage!r} is no stage; picked and delivered are.")
    if not 1 <= attempt <= order.attempt:
        raise OrderError(f"Order {order.id!r}: there was no attempt {attempt}; the last is {order.attempt}.")
    if stage == "delivered" and order.is_open:
        return replace(order, state="delivered", why="")
    if stage == "picked" and attempt == order.attempt and order.state in ("new", "assigned"):
        return replace(order, state="picked", why="")
    return order


def released(order: Order, attempt: int, why: str, source: str | None = None) -> Order:
    """Its vehicle failed: it is new again; the same order if that attempt is over.

    Args:
        order: that the vehicle was to do.
        attempt: that failed.
        why: for people.
        source: site where the load is now, if it had been picked.

    Raises:
        OrderError: there was no such attempt, or it was picked and nobody says where the load is.
    """
    if not 1 <= attempt <= order.attempt:
        raise OrderError(f"Order {order.id!r}: there was no attempt {attempt}; the last is {order.attempt}.")
    if attempt < order.attempt or order.state not in ("assigned", "picked"):
        return order
    if order.state == "picked":
        if source is None:
            raise OrderError(f"Order {order.id!r} is picked; source must say where its load is now.")
        if source == order.target:
            return replace(order, state="delivered", why=why)
        return replace(order, state="new", source=source, why=why)
    return replace(order, state="new", why=why)


def cancelled(order: Order, why: str) -> Order:
    """Nobody wants it any more; the same order if it is cancelled already.

    Raises:
        OrderError: its load is on board, or it is over.
    """
    if order.state == "cancelled":
        return order
    if order.state not in ("new", "assigned"):
        raise OrderError(f"Order {order.id!r} is {order.state}; only a new or assigned one can be cancelled.")
    return replace(order, state="cancelled", why=why)


def failed(order: Order, why: str) -> Order:
    """It cannot be done at all; the same order if it has failed already.

    Raises:
        OrderError: it is over.
    """
    if order.state == "failed":
        return order
    if not order.is_open:
        raise OrderError(f"Order {order.id!r} is {order.state}; it cannot fail any more.")
    return replace(order, state="failed", why=why)
