"""Packets between a policy and a robot over UDP: numbered, checked, and only between two known ends.

A packet is a header and a payload. Header, little-endian: 4 bytes `GWL1`; CRC-32 (uint32) of all that
follows; session (uint64), drawn by the policy's side; sequence number (uint64), which each side counts for
itself; kind (uint32). Payloads: JSON (hello), float64 little-endian (sensors, command), nothing (goodbye).
A firmware that speaks this needs no more than that.
"""

from __future__ import annotations

import enum
import secrets
import socket
import struct
import time
import zlib
from dataclasses import dataclass

MAGIC = b"GWL1"
_CHECKSUM = struct.Struct("<4sI")
_REST = struct.Struct("<QQI")
HEADER_SIZE = _CHECKSUM.size + _REST.size
_LARGEST = 65_507
_LOOPBACK = "127.0.0.1"


class Kind(enum.IntEnum):
    """What a packet carries."""

    HELLO = 0
    SENSORS = 1
    COMMAND = 2
    GOODBYE = 3


class PacketError(ValueError):
    """A packet is not one of this link; the message says why."""


class LinkClosed(ConnectionError):
    """The other end is gone."""


@dataclass(frozen=True)
class Packet:
    """What arrived."""

    kind: Kind
    sequence: int
    payload: bytes


def encode(session: int, sequence: int, kind: Kind, payload: bytes) -> bytes:
    """One packet as bytes."""
    rest = _REST.pack(session, sequence, kind) + payload
    return _CHECKSUM.pack(MAGIC, zlib.crc32(rest)) + rest


def decode(session: int, content: bytes) -> Packet:
    """One packet from bytes.

    Raises:
        PacketError: its length, mark, checksum, session or kind is wrong.
    """
    if len(content) < HEADER_SIZE:
        raise PacketError(f"a packet has {len(content)} bytes, a header alone has {HEADER_SIZE}")
    magic, checksum = _CHECKSUM.unpack_from(content)
    rest = content[_CHECKSUM.size :]
    if magic != MAGIC or zlib.crc32(rest) != checksum:
        raise PacketError("a packet's checksum is wrong")
    theirs, sequence, kind = _REST.unpack_from(rest)
    if theirs != session:
        raise PacketError("a packet is of another session")
    if kind not in list(Kind):
        raise PacketError(f"a packet is of the unknown kind {kind}")
    return Packet(Kind(kind), sequence, rest[_REST.size :])


class Link:
    """One end of the link, on this machine's loopback address.

    The policy's side makes one without `peer` and waits for the robot's hello, whose sender it then holds to;
    the robot's side knows session and port. Packets older than the newest are dropped.

    Args:
        session: number that both sides know; drawn if None.
        peer: port of the other end.
    """

    def __init__(self, session: int | None = None, peer: int | None = None) -> None:
        self.session = secrets.randbits(64) if session is None else session
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_LOOPBACK, 0))
        self._sent, self._newest = 0, -1
        if peer is not None:
            self._socket.connect((_LOOPBACK, peer))

    @property
    def port(self) -> int:
        """Of this end."""
        return self._socket.getsockname()[1]

    def send(self, kind: Kind, payload: bytes = b"") -> None:
        """Send one packet.

        Raises:
            LinkClosed: the other end is gone.
        """
        try:
            self._socket.send(encode(self.session, self._sent, kind, payload))
        except OSError as error:
            raise LinkClosed(str(error)) from error
        self._sent += 1

    def receive(self, timeout: float) -> Packet | None:
        """The next packet that is newer than all before, or None after `timeout` s.

        Raises:
            PacketError: what came is no packet of this link.
            LinkClosed: the other end is gone.
        """
        deadline = time.monotonic() + timeout
        while (content := self._next(max(deadline - time.monotonic(), 0.0))) is not None:
            packet = decode(self.session, content)
            if packet.sequence > self._newest:
                self._newest = packet.sequence
                return packet
        return None

    def accept(self, timeout: float) -> Packet | None:
        """The first packet of this session, whose sender becomes the other end; or None after `timeout` s."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                content, sender = self._socket.recvfrom(_LARGEST)
                packet = decode(self.session, content)
            except (TimeoutError, PacketError):  # whoever sent that is not the robot
                continue
            self._socket.connect(sender)
            self._newest = packet.sequence
            return packet
        return None

    def close(self) -> None:
        """Free the port."""
        self._socket.close()

    def _next(self, timeout: float) -> bytes | None:
        self._socket.settimeout(timeout)
        try:
            return self._socket.recv(_LARGEST)
        except (TimeoutError, BlockingIOError):
            return None
        except OSError as error:
            raise LinkClosed(str(error)) from error
