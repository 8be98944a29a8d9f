"""The link's packets: written out by hand here, and broken in every way."""

from __future__ import annotations

import socket
import struct
import zlib
from collections.abc import Iterator

import pytest
from gaitway.deploy_jetson.link import HEADER_SIZE, Kind, Link, LinkClosed, PacketError, decode, encode
from hypothesis import given
from hypothesis import strategies as st

SESSION = 0x0123456789ABCDEF


@pytest.fixture
def ends() -> Iterator[tuple[Link, Link]]:
    """The policy's end and the robot's, which has said hello."""
    policy = Link()
    robot = Link(policy.session, policy.port)
    robot.send(Kind.HELLO, b"{}")
    assert policy.accept(timeout=1.0).payload == b"{}"
    yield policy, robot
    policy.close(), robot.close()


def test_a_packet_as_the_docs_describe_it() -> None:
    rest = struct.pack("<Q", SESSION) + struct.pack("<Q", 7) + struct.pack("<I", 2) + b"payload"
    expected = b"GWL1" + struct.pack("<I", zlib.crc32(rest)) + rest
    assert encode(SESSION, 7, Kind.COMMAND, b"payload") == expected
    packet = decode(SESSION, expected)
    assert (packet.kind, packet.sequence, packet.payload) == (Kind.COMMAND, 7, b"payload")
    assert len(expected) - len(b"payload") == HEADER_SIZE


@given(st.integers(0, 8 * 59 - 1))
def test_any_flipped_bit_is_noticed(bit: int) -> None:
    content = bytearray(encode(SESSION, 3, Kind.SENSORS, bytes(range(31))))
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PacketError):
        decode(SESSION, bytes(content))


@given(st.binary(max_size=100))
def test_noise_is_no_packet(content: bytes) -> None:
    with pytest.raises(PacketError):
        decode(SESSION, content)


def test_both_ways_and_in_order(ends: tuple[Link, Link]) -> None:
    policy, robot = ends
    policy.send(Kind.COMMAND, b"go")
    assert robot.receive(1.0).payload == b"go"
    robot.send(Kind.SENSORS, b"1")
    robot.send(Kind.SENSORS, b"2")
    assert [policy.receive(1.0).payload, policy.receive(1.0).payload] == [b"1", b"2"]
    assert policy.receive(0.0) is None


def test_an_old_packet_is_dropped(ends: tuple[Link, Link]) -> None:
    policy, robot = ends
    for sequence in (5, 4, 5, 6):
        robot._socket.send(encode(policy.session, sequence, Kind.SENSORS, bytes([sequence])))
    assert policy.receive(1.0).sequence == 5
    assert policy.receive(1.0).sequence == 6


def test_another_session_is_refused(ends: tuple[Link, Link]) -> None:
    policy, robot = ends
    robot._socket.send(encode(policy.session ^ 1, 9, Kind.SENSORS, b""))
    with pytest.raises(PacketError, match="another session"):
        policy.receive(1.0)


def test_strangers_are_not_heard(ends: tuple[Link, Link]) -> None:
    """Neither before the hello nor, by the kernel's own filter, after it."""
    policy, _ = ends
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.sendto(encode(policy.session, 99, Kind.SENSORS, b"evil"), ("127.0.0.1", policy.port))
    assert policy.receive(0.05) is None
    fresh = Link()
    stranger.sendto(b"noise", ("127.0.0.1", fresh.port))
    assert fresh.accept(0.05) is None
    stranger.close(), fresh.close()


def test_an_end_that_is_gone(ends: tuple[Link, Link]) -> None:
    policy, robot = ends
    robot.close()
    with pytest.raises(LinkClosed):
        policy.send(Kind.COMMAND)
        policy.receive(1.0)
