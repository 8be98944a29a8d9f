"""The fleet's side of VDA 5050: gives orders, follows states, and says again what was lost."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

from .codec import decode
from .journey import Journey, Stop
from .messages import Action, Connection, Factsheet, Header, MessageError, State
from .remote import Remote
from .transport import INTERFACE, Transport, refuse_name

__all__ = ["Action", "Master", "Remote", "Stop"]

AGAIN = 1.0
"""Seconds after which an unconfirmed message is sent again."""

_VERSIONS = {"v2": "2.1.0", "v3": "3.0.0"}


class Master:
    """All vehicles that speak on a broker.

    Attributes:
        vehicles: by `manufacturer/serial`, from when they first spoke.
        refused: sentences about the last hundred messages that could not be read.
    """

    def __init__(self, transport: Transport, *, map_id: str = "map") -> None:
        """Nothing is sent before the first tick.

        Args:
            transport: not open yet.
            map_id: of the map in whose frame all positions are.
        """
        self.vehicles: dict[str, Remote] = {}
        self.refused: deque[str] = deque(maxlen=100)
        self._transport, self._map_id = transport, map_id
        self._sessions = 0
        self._now = -math.inf

    def tick(self, now: float) -> None:
        """Read what came, send what is due.

        Args:
            now: Unix time, s.

        Raises:
            TransportError: there is no broker, at the first tick.
        """
        self._now = now
        if self._sessions == 0:
            self._transport.open()
            for level in _VERSIONS:
                for topic in ("connection", "state", "factsheet"):
                    self._transport.subscribe(f"{INTERFACE}/{level}/+/+/{topic}")
        self._sessions = self._transport.sessions
        for topic, payload in self._transport.receive():
            self._handle(topic, payload)
        for remote in self.vehicles.values():
            remote.tick(now, AGAIN)

    def close(self) -> None:
        """Leave the broker; vehicles drive on to the ends of their bases."""
        if self._sessions:
            self._transport.close()

    def send(self, name: str, order_id: str, stops: Sequence[Stop], released: int) -> None:
        """Give an idle vehicle a new order; sent again until it takes it.

        Args:
            name: `manufacturer/serial`.
            order_id: not used before.
            stops: from where the vehicle stands.
            released: how many of them are the base, 1 or more.

        Raises:
            MessageError: the name is unknown, its last order is not over, or the numbers do not fit.
        """
        self._remote(name).begin(Journey(order_id, stops, released, self._map_id))

    def release(self, name: str, count: int) -> None:
        """Let a vehicle go on to stop `count` of its order; fewer than before changes nothing."""
        self._remote(name).journey_or_refuse().release(count)

    def reroute(self, name: str, stops: Sequence[Stop], released: int) -> None:
        """Replace all stops behind the base's end.

        Args:
            name: `manufacturer/serial`.
            stops: that follow the base's last stop.
            released: how many of these join the base.
        """
        self._remote(name).journey_or_refuse().reroute(stops, released)

    def cancel(self, name: str) -> None:
        """End a vehicle's order where it is, given by us or not; a new one may follow at once."""
        self._remote(name).cancel()

    def pause(self, name: str) -> None:
        """Let a vehicle stand."""
        self._remote(name).request("startPause")

    def resume(self, name: str) -> None:
        """Let it drive on."""
        self._remote(name).request("stopPause")

    def request(self, name: str, action_type: str, parameters: dict[str, Any] | None = None) -> str:
        """Ask for an instant action, again until the vehicle reports it; its id."""
        return self._remote(name).request(action_type, parameters)

    def _remote(self, name: str) -> Remote:
        try:
            return self.vehicles[name]
        except KeyError:
            raise MessageError(f"No vehicle {name!r:.60} has spoken on this broker.") from None

    def _handle(self, topic: str, payload: bytes) -> None:
        levels = topic.split("/")
        if len(levels) != 5 or levels[1] not in _VERSIONS:
            return
        _, level, manufacturer, serial, kind = levels
        try:
            refuse_name(manufacturer)
            refuse_name(serial)
            header, message = decode(kind, level, payload)
            if (header.manufacturer, header.serial) != (manufacturer, serial):
                raise MessageError(f"{kind}: from {header.manufacturer!r:.60}, {header.serial!r:.60}.")
        except MessageError as error:
            self.refused.append(f"{topic!r:.80}: {error}"[:400])
            return
        remote = self._meet(header, level)
        if isinstance(message, State):
            remote.hear(header, message, self._now)
        elif isinstance(message, Connection):
            is_new = message.state == "ONLINE" and remote.connection != "ONLINE"
            if is_new and remote.state is None:
                # It was there before us, and may be silent for half a minute.
                remote.request("stateRequest")
            remote.connection = message.state
        elif isinstance(message, Factsheet):
            remote.factsheet = message

    def _meet(self, header: Header, level: str) -> Remote:
        name = f"{header.manufacturer}/{header.serial}"
        remote = self.vehicles.get(name)
        if remote is None or remote.level != level:
            remote = Remote(self._transport, _VERSIONS[level], header.manufacturer, header.serial)
            self.vehicles[name] = remote
        return remote
