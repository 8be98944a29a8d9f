"""What carries messages: topics, and the one way to speak to a broker, over a network or in this process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from .messages import MessageError

INTERFACE = "uagv"
"""First level of topics, as the standard suggests."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A payload on a topic; a retained one is told to who subscribes later, too."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class Transport(Protocol):
    """A client of a broker. Nothing happens behind the caller's back: who wants messages asks for them."""

    @property
    def sessions(self) -> int:
        """How often it has connected; more than before means that the broker may have forgotten us."""
        ...

    def open(self, will: Publication | None = None) -> None:
        """Connect; the broker publishes the will when it loses us.

        Raises:
            TransportError: there is no broker.
        """
        ...

    def subscribe(self, pattern: str) -> None:
        """Ask for a topic; `+` stands for any one level."""
        ...

    def publish(self, publication: Publication) -> None:
        """Send; without a connection, lost, as quality of service 0 may be."""
        ...

    def receive(self) -> list[tuple[str, bytes]]:
        """Topic and payload of all that came since the last call."""
        ...

    def close(self) -> None:
        """Say goodbye; no will."""
        ...


def topic_of(level: str, manufacturer: str, serial: str, topic: str) -> str:
    """`uagv/v2/MANUFACTURER/SERIAL/TOPIC`."""
    return f"{INTERFACE}/{level}/{manufacturer}/{serial}/{topic}"


def matches(pattern: str, topic: str) -> bool:
    """Whether a subscription's pattern covers a topic (MQTT 3.1.1, 4.7)."""
    wanted, levels = pattern.split("/"), topic.split("/")
    for index, word in enumerate(wanted):
        if word == "#":
            return True
        if index >= len(levels) or word not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)


def refuse_name(name: str) -> None:
    """Hold a manufacturer's name or a serial number to the letters that a topic may have.

    Raises:
        MessageError: it has others, or none.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,200}", name):
        raise MessageError(f"Name {name!r:.80}: must be letters, digits, '_', '.', ':' or '-'.")


def read_address(address: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, or of `HOST` with MQTT's 1883.

    Raises:
        MessageError: no host, or no such port.
    """
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, "1883"
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise MessageError(f"Broker {address!r:.80}: must be HOST:PORT.")
    return host, int(port)
