"""One vehicle as its master sees it."""

from __future__ import annotations

import math
import uuid
from typing import Any

from .journey import Journey
from .messages import Action, Factsheet, Fault, Header, InstantActions, MessageError, State
from .sender import Sender
from .transport import Publication, Transport


class Remote:
    """What a vehicle said last, and what it has not confirmed yet.

    Attributes:
        connection: `ONLINE`, `OFFLINE`, `HIBERNATING`, `CONNECTION_BROKEN`.
        state: the last, or None.
        heard: Unix time of the last state by the master's clock (s).
        factsheet: or None.
        journey: the order that it is given, or None.
    """

    def __init__(self, transport: Transport, version: str, manufacturer: str, serial: str) -> None:
        self.connection = "OFFLINE"
        self.state: State | None = None
        self.heard = -math.inf
        self.factsheet: Factsheet | None = None
        self.journey: Journey | None = None
        self._transport = transport
        self._sender = Sender(transport, version, manufacturer, serial)
        self._last = (-math.inf, -1)
        self._order: Publication | None = None
        self._order_at = -math.inf
        self._actions: dict[str, tuple[Publication, float]] = {}
        self._waiting: list[Action] = []
        self._cancels: set[str] = set()
        self._taken_back = ""
        self._had_order = False

    @property
    def level(self) -> str:
        """`v2` or `v3`: how it speaks."""
        return self._sender.level

    @property
    def is_idle(self) -> bool:
        """Whether it has done all that it was told, and may have a new order."""
        if self.state is None or not self.has_confirmed or self._is_cancelling:
            return False
        return not self.state.nodes and all(action.is_over for action in self.state.actions)

    @property
    def has_confirmed(self) -> bool:
        """Whether its state shows the last that it was told of its order."""
        journey = self.journey
        return journey is None or (journey.is_told and self._has_arrived(journey))

    @property
    def has_lost_order(self) -> bool:
        """Whether it had the order and says now that it has not: it was restarted."""
        return self._had_order and self.state is not None and not self._shows(self.journey)

    @property
    def refusal(self) -> Fault | None:
        """Why it does not take what it was told of its order last, if it says so."""
        if self.journey is None or self.state is None or self.has_confirmed:
            return None
        reference = ("orderId", self.journey.order_id)
        return next((error for error in self.state.errors if reference in error.references), None)

    @property
    def _is_cancelling(self) -> bool:
        return any(action.type == "cancelOrder" for action in self._waiting) or bool(
            self._cancels & self._actions.keys()
        )

    def _shows(self, journey: Journey | None) -> bool:
        return journey is not None and self.state is not None and self.state.order_id == journey.order_id

    @property
    def reached(self) -> int:
        """Number of its order's stops that it has passed."""
        if self.state is None or not self._shows(self.journey):
            return 0
        return self.state.last_sequence // 2 + 1

    def hear(self, header: Header, state: State, now: float) -> None:
        """Take a state, unless a later one came before it."""
        moment = (header.timestamp, header.header_id)
        if moment <= self._last:
            return
        self._last, self.state, self.heard = moment, state, now
        for action_id in [name for name in self._actions if state.action(name)]:
            del self._actions[action_id]
        self._had_order = self._had_order or self._shows(self.journey)
        if self._taken_back == state.order_id and state.nodes and not self._is_cancelling:
            # The order came late, after its cancellation.
            self._cancel(state.order_id)

    def begin(self, journey: Journey) -> None:
        """Give it a new order.

        Raises:
            MessageError: its last order is not over.
        """
        if self.journey is not None and not (self.is_idle or self.has_lost_order):
            raise MessageError(
                f"Order {self.journey.order_id!r:.60} is not over; cancel it before {journey.order_id!r:.60}."
            )
        if self.journey is not None and self.journey.order_id == journey.order_id:
            raise MessageError(f"Order {journey.order_id!r:.60} was given before.")
        self.journey, self._order, self._had_order = journey, None, False

    def journey_or_refuse(self) -> Journey:
        """The order that it has."""
        if self.journey is None:
            raise MessageError("The vehicle has no order.")
        return self.journey

    def cancel(self) -> None:
        """Take its order back, if need be one that another master gave it."""
        if self.journey is None and self.state is not None and self.state.nodes:
            self._taken_back = self.state.order_id
        else:
            self._taken_back = self.journey_or_refuse().order_id
        self.journey, self._order, self._had_order = None, None, False
        self._cancel(self._taken_back)

    def _cancel(self, order_id: str) -> None:
        # Version 2 does not define the parameter, and does not forbid it.
        self._cancels.add(self.request("cancelOrder", {"orderId": order_id}))

    def request(self, action_type: str, parameters: dict[str, Any] | None = None) -> str:
        """Ask for an instant action; its id."""
        action = Action(action_type, uuid.uuid4().hex, parameters or {}, "NONE")
        self._waiting.append(action)
        return action.id

    def tick(self, now: float, again: float) -> None:
        """Send what is new, and again what was not confirmed for so many seconds."""
        for action in self._waiting:
            self._actions[action.id] = self._sender.send(InstantActions((action,)), now), now
        self._waiting.clear()
        for name, (publication, sent) in self._actions.items():
            if now - sent >= again:
                self._transport.publish(publication)
                self._actions[name] = publication, now
        self._tell(now, again)

    def _tell(self, now: float, again: float) -> None:
        """One message of the order is under way at a time: the next builds on it."""
        journey = self.journey
        if journey is None or self.has_confirmed or self.has_lost_order or self._is_cancelling:
            return
        if self._order is None or self._has_arrived(journey):
            self._order, self._order_at = self._sender.send(journey.next_message(), now), now
        elif now - self._order_at >= again:
            self._transport.publish(self._order)
            self._order_at = now

    def _has_arrived(self, journey: Journey) -> bool:
        """Whether the last message did, though there is more to tell."""
        return self.state is not None and self._shows(journey) and self.state.update_id >= journey.update_id
