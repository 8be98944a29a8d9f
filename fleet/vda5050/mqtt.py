"""A client of an MQTT broker, by paho-mqtt."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from .codec import LARGEST
from .messages import TransportError
from .transport import Publication

KEEPALIVE = 15
"""Seconds between signs of life, as the standard asks for."""

_ANSWER = 5.0
_INBOX = 10_000


class MqttTransport:
    """A `Transport` over a network; connects again by itself, every second, when the broker is gone."""

    def __init__(self, host: str = "127.0.0.1", port: int = 1883) -> None:
        """Nothing is sent before `open`.

        Args:
            host: name or address of the broker.
            port: of the broker.
        """
        self.sessions = 0
        self._host, self._port = host, port
        self._patterns: list[str] = []
        # Who does not read for long loses the oldest, as quality of service 0 allows.
        self._inbox: deque[tuple[str, bytes]] = deque(maxlen=_INBOX)
        self._answered = threading.Event()
        self._refusal = ""
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def open(self, will: Publication | None = None) -> None:
        """Connect; the broker publishes the will when it loses us.

        Raises:
            TransportError: nobody answers there, or not as a broker does.
        """
        if will is not None:
            self._client.will_set(will.topic, will.payload, will.qos, will.retain)
        place = f"{self._host}:{self._port}"
        try:
            self._client.connect(self._host, self._port, KEEPALIVE)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise TransportError(f"No MQTT broker at {place} ({why}); start one, or name another.") from None
        self._client.loop_start()
        if not self._answered.wait(_ANSWER) or self._refusal:
            self._client.loop_stop()
            why = self._refusal or f"no answer in {_ANSWER:g} s"
            raise TransportError(f"What listens at {place} takes no MQTT client: {why}.")

    def subscribe(self, pattern: str) -> None:
        """Ask for a topic, now and after each new connection."""
        self._patterns.append(pattern)
        self._client.subscribe(pattern, 1)

    def publish(self, publication: Publication) -> None:
        """Send; without a connection, lost."""
        if self._client.is_connected():
            self._client.publish(publication.topic, publication.payload, publication.qos, publication.retain)

    def receive(self) -> list[tuple[str, bytes]]:
        """Topic and payload of all that came since the last call."""
        return [self._inbox.popleft() for _ in range(len(self._inbox))]

    def close(self) -> None:
        """Say goodbye; no will."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            for pattern in self._patterns:
                client.subscribe(pattern, 1)
            self.sessions += 1
        self._answered.set()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        # Of what is too long, just enough to say so.
        self._inbox.append((message.topic, bytes(message.payload[: LARGEST + 1])))
