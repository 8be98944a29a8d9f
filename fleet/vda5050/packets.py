"""Packets of MQTT 3.1.1 (OASIS 2014), as far as the broker of this folder takes part."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass

from .messages import MessageError
from .transport import Publication

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 10, 11, 12, 13, 14

LONGEST = 4_000_000
"""Bytes of a packet; who sends more is put out."""

PONG = bytes([PINGRESP << 4, 0])


@dataclass(frozen=True, slots=True)
class Packet:
    """Type, the four flags beside it, and the rest."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """A client that wants to come in.

    Attributes:
        keepalive: seconds within which it will be heard of; 0 for no promise.
    """

    client_id: str
    keepalive: int
    will: Publication | None


async def read_packet(stream: asyncio.StreamReader, only: int | None = None) -> Packet:
    """The next packet of a connection.

    Args:
        stream: of the connection.
        only: type that it must have; others are not read on.

    Raises:
        MessageError: it is of another type, too long, or its length is not well formed.
    """
    first = (await stream.readexactly(1))[0]
    if only is not None and first >> 4 != only:
        raise MessageError(f"A packet of type {first >> 4} where {only} was due.")
    length = 0
    for shift in (0, 7, 14, 21):
        byte = (await stream.readexactly(1))[0]
        length |= (byte & 127) << shift
        if byte < 128:
            break
    else:
        raise MessageError("A packet's length has more than four bytes.")
    if length > LONGEST:
        raise MessageError(f"A packet of {length} bytes; at most {LONGEST} are read.")
    return Packet(first >> 4, first & 15, await stream.readexactly(length))


class Body:
    """Reads a packet's fields, one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    @property
    def is_read(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._body)

    def take(self, count: int) -> bytes:
        """So many bytes."""
        part = self._body[self._at : self._at + count]
        if len(part) < count:
            raise MessageError("A packet ends too early.")
        self._at += count
        return part

    def number(self) -> int:
        """Two bytes, the high one first."""
        return int.from_bytes(self.take(2), "big")

    def binary(self) -> bytes:
        """Bytes behind their number."""
        return self.take(self.number())

    def text(self) -> str:
        """UTF-8 behind its number of bytes."""
        try:
            return self.binary().decode()
        except UnicodeDecodeError:
            raise MessageError("A packet has text that is not UTF-8.") from None

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._body) - self._at)


def read_hello(body: Body) -> Hello:
    """A CONNECT packet; name and password are not looked at."""
    protocol, level = body.text(), body.take(1)[0]
    if (protocol, level) != ("MQTT", 4):
        raise MessageError(f"Protocol {protocol!r:.20} {level}; this broker speaks MQTT 3.1.1.")
    flags, keepalive, client_id = body.take(1)[0], body.number(), body.text()
    will = None
    if flags & 4:
        topic, payload = body.text(), body.binary()
        will = Publication(topic, payload, flags >> 3 & 3, bool(flags & 32))
    return Hello(client_id, keepalive, will)


def read_publication(packet: Packet) -> tuple[Publication, int]:
    """What a PUBLISH packet says, and its number (0 at quality of service 0)."""
    qos = packet.flags >> 1 & 3
    if qos > 1:
        raise MessageError("Quality of service 2; this broker has 0 and 1.")
    body = Body(packet.body)
    topic = body.text()
    if not topic or "+" in topic or "#" in topic:
        raise MessageError(f"Topic {topic!r:.60} has a wildcard, or is empty.")
    number = body.number() if qos else 0
    return Publication(topic, body.rest(), qos, bool(packet.flags & 1)), number


def write_publication(publication: Publication, is_retained: bool) -> bytes:
    """A PUBLISH packet at quality of service 0."""
    topic = publication.topic.encode()
    body = struct.pack(">H", len(topic)) + topic + publication.payload
    return write_packet(PUBLISH, body, int(is_retained))


def write_packet(kind: int, body: bytes, flags: int = 0) -> bytes:
    """A packet with its length."""
    head, length = bytearray([kind << 4 | flags]), len(body)
    while True:
        length, digit = length >> 7, length & 127
        head.append(digit | 128 if length else digit)
        if not length:
            return bytes(head) + body
