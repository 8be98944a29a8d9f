"""A small MQTT broker for one machine: `gaitway` needs no other program to bring vehicles together.

MQTT 3.1.1 with retained messages and last wills; it delivers at quality of service 0, forgets all when it
ends, asks for no password and encrypts nothing. So it listens on this machine alone unless told otherwise; a
fleet on a real network wants a real broker, as Mosquitto.
"""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

from .messages import MessageError, TransportError
from .packets import (
    CONNACK,
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PONG,
    PUBACK,
    PUBLISH,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    Body,
    Hello,
    Packet,
    read_hello,
    read_packet,
    read_publication,
    write_packet,
    write_publication,
)
from .transport import Publication, matches

_BACKLOG = 8_000_000
"""Bytes that may wait for a client that does not read; more are lost to it."""
_FIRST = 10.0
"""Seconds that a connection may take to say who it is."""


class Broker:
    """A broker in a thread of this process, as a context.

    Attributes:
        port: where it listens; chosen by the system if 0 was asked for.
    """

    def __init__(self, port: int = 1883, host: str = "127.0.0.1") -> None:
        self.port = port
        self._host = host
        self._clients: dict[str, _Client] = {}
        self._retained: dict[str, Publication] = {}
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="mqtt-broker", daemon=True)
        self._is_up = threading.Event()
        self._failure: OSError | None = None

    def __enter__(self) -> Broker:
        """Listen.

        Raises:
            TransportError: the port is taken, or the host is not of this machine.
        """
        self._thread.start()
        self._is_up.wait()
        if self._failure is not None:
            why = self._failure.strerror or self._failure
            raise TransportError(f"No broker can listen at {self._host}:{self.port}: {why}.")
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Put all clients out and stop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            listening = asyncio.start_server(self._meet, self._host, self.port)
            server = self._loop.run_until_complete(listening)
        except OSError as error:
            self._failure = error
            self._is_up.set()
            self._loop.close()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        self._loop.run_forever()
        server.close()
        while self._tasks:
            # Again and again: Python 3.11 loses a cancellation that comes together with a packet.
            for task in self._tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.wait(set(self._tasks), timeout=0.1))
        self._loop.close()

    def publish(self, publication: Publication) -> None:
        """Deliver to all who subscribed; an empty retained message takes the last one back."""
        if publication.retain and publication.payload:
            self._retained[publication.topic] = publication
        elif publication.retain:
            self._retained.pop(publication.topic, None)
        packet = write_publication(publication, is_retained=False)
        for client in self._clients.values():
            if client.wants(publication.topic):
                client.write(packet)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """All of one connection."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        client = None
        try:
            client = await self._admit(reader, writer)
            await self._serve(client, reader)
        except (MessageError, OSError, asyncio.IncompleteReadError, asyncio.TimeoutError):
            pass  # A client that breaks the rules or leaves is put out; the others go on.
        except asyncio.CancelledError:
            pass  # The broker stops.
        finally:
            if task is not None:
                self._tasks.discard(task)
            writer.close()
            if client is not None:
                self._forget(client)

    async def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> _Client:
        packet = await asyncio.wait_for(read_packet(reader, only=CONNECT), _FIRST)
        try:
            hello = read_hello(Body(packet.body))
        except MessageError:
            writer.write(write_packet(CONNACK, b"\x00\x01"))
            raise
        client = _Client(hello, writer)
        before = self._clients.pop(client.name, None)
        if before is not None:
            before.put_out()
            self._say_will(before)
        self._clients[client.name] = client
        client.write(write_packet(CONNACK, b"\x00\x00"))
        return client

    async def _serve(self, client: _Client, reader: asyncio.StreamReader) -> None:
        patience = client.keepalive * 1.5 or None
        while True:
            packet = await asyncio.wait_for(read_packet(reader), patience)
            if packet.kind == DISCONNECT:
                client.will = None
                return
            self._answer(client, packet)

    def _answer(self, client: _Client, packet: Packet) -> None:
        if packet.kind == PUBLISH:
            publication, number = read_publication(packet)
            if publication.qos:
                client.write(write_packet(PUBACK, number.to_bytes(2, "big")))
            self.publish(publication)
        elif packet.kind == SUBSCRIBE:
            self._subscribe(client, Body(packet.body))
        elif packet.kind == UNSUBSCRIBE:
            body = Body(packet.body)
            number = body.take(2)
            while not body.is_read:
                client.patterns.discard(body.text())
            client.write(write_packet(UNSUBACK, number))
        elif packet.kind == PINGREQ:
            client.write(PONG)
        elif packet.kind != PUBACK:
            raise MessageError(f"Packet of type {packet.kind}.")

    def _subscribe(self, client: _Client, body: Body) -> None:
        number, wanted = body.take(2), []
        while not body.is_read:
            wanted.append(body.text())
            body.take(1)
        # Granted at quality of service 0, whatever was asked for.
        client.write(write_packet(SUBACK, number + bytes(len(wanted))))
        client.patterns.update(wanted)
        for publication in self._retained.values():
            if any(matches(pattern, publication.topic) for pattern in wanted):
                client.write(write_publication(publication, is_retained=True))

    def _forget(self, client: _Client) -> None:
        if self._clients.get(client.name) is client:
            del self._clients[client.name]
            self._say_will(client)

    def _say_will(self, client: _Client) -> None:
        if client.will is not None:
            self.publish(client.will)


class _Client:
    """Who is connected, and what it asked for."""

    def __init__(self, hello: Hello, writer: asyncio.StreamWriter) -> None:
        self.name = hello.client_id or f"unnamed {id(self)}"
        self.will, self.keepalive = hello.will, hello.keepalive
        self.patterns: set[str] = set()
        self._writer = writer

    def wants(self, topic: str) -> bool:
        return any(matches(pattern, topic) for pattern in self.patterns)

    def write(self, packet: bytes) -> None:
        if self._writer.transport.get_write_buffer_size() < _BACKLOG:
            self._writer.write(packet)

    def put_out(self) -> None:
        self._writer.close()
