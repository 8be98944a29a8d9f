"""Speaks to a vehicle as a test does: sends what it likes, right or wrong, and listens to the answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .codec import decode, encode
from .messages import (
    TOPICS,
    Action,
    Connection,
    Factsheet,
    Header,
    InstantActions,
    Message,
    MessageError,
    Order,
    State,
)
from .transport import Publication, Transport, topic_of
from .wording import error_in_version_2


@dataclass
class Examiner:
    """One vehicle under test.

    Attributes:
        transport: not open yet.
        level: `v2` or `v3`.
        manufacturer: of the vehicle.
        serial: of the vehicle.
        wait: lets so many seconds pass, for the vehicle too.
        states: all that it sent, oldest first.
        connection: its last.
        factsheets: that it sent.
        complaints: about messages of the vehicle that are against the standard.
    """

    transport: Transport
    level: str
    manufacturer: str
    serial: str
    wait: Callable[[float], None] = time.sleep
    states: list[State] = field(default_factory=list)
    connection: str = ""
    factsheets: int = 0
    complaints: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    _heard: dict[str, int] = field(default_factory=dict)

    def open(self) -> None:
        """Connect and listen."""
        self.transport.open()
        for topic in ("connection", "state", "factsheet", "visualization"):
            self.transport.subscribe(topic_of(self.level, self.manufacturer, self.serial, topic))

    def say(self, message: Message) -> None:
        """Send a message that fits the standard."""
        topic = TOPICS[type(message)]
        count = self._counts[topic] = self._counts.get(topic, -1) + 1
        version = "2.1.0" if self.level == "v2" else "3.0.0"
        header = Header(count, time.time(), version, self.manufacturer, self.serial)
        self.throw(topic, encode(message, header))

    def ask(self, action: Action) -> None:
        """Send an instant action."""
        self.say(InstantActions((action,)))

    def throw(self, topic: str, payload: bytes) -> None:
        """Send any bytes."""
        self.transport.publish(
            Publication(topic_of(self.level, self.manufacturer, self.serial, topic), payload)
        )

    def until(self, is_so: Callable[[State], bool], seconds: float) -> bool:
        """Wait until a state of the vehicle says so, at most so many seconds."""
        for _ in range(max(1, round(seconds / 0.1))):
            self.listen()
            if self.states and is_so(self.states[-1]):
                return True
            self.wait(0.1)
        self.listen()
        return bool(self.states) and is_so(self.states[-1])

    def reports(self, error_type: str) -> Callable[[State], bool]:
        """Whether a state has an error, in the words that the version has for it."""
        if self.level == "v3":
            return lambda state: any(error.type == error_type for error in state.errors)
        word = error_in_version_2(error_type)
        return lambda state: any(error_in_version_2(error.type) == word for error in state.errors)

    def newly(self, error_type: str) -> Callable[[State], bool]:
        """Whether a state has such an error that the last state had not."""
        known = set(self.states[-1].errors)
        is_reported = self.reports(error_type)
        return lambda state: is_reported(replace(state, errors=tuple(set(state.errors) - known)))

    def listen(self) -> None:
        """Take in what came."""
        for topic, payload in self.transport.receive():
            name = topic.rsplit("/", 1)[-1]
            try:
                header, message = decode(name, self.level, payload)
            except MessageError as error:
                self.complaints.append(str(error))
                continue
            self._count(name, header)
            if isinstance(message, State):
                self.states.append(message)
            elif isinstance(message, Connection):
                self.connection = message.state
            elif isinstance(message, Factsheet):
                self.factsheets += 1

    def _count(self, topic: str, header: Header) -> None:
        if topic in ("state", "visualization"):
            before = self._heard.get(topic)
            if before is not None and header.header_id <= before:
                self.complaints.append(f"{topic}: headerId {header.header_id} after {before}.")
            self._heard[topic] = header.header_id


def holds(order: Order) -> Callable[[State], bool]:
    """Whether a state shows that the vehicle has taken an order or update."""
    return lambda state: (state.order_id, state.update_id) == (order.order_id, order.update_id)
