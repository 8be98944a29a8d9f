"""A broker in this process, for simulations and tests."""

from __future__ import annotations

from .transport import Publication, matches


class MemoryBroker:
    """Tells publications to who subscribed, at once and in order; keeps retained ones."""

    def __init__(self) -> None:
        self._clients: list[MemoryTransport] = []
        self._retained: dict[str, Publication] = {}
        self._receivers: dict[str, list[MemoryTransport]] = {}

    def connect(self) -> MemoryTransport:
        """A new client, not open yet."""
        return MemoryTransport(self)

    def deliver(self, publication: Publication) -> None:
        """Give to all who subscribed."""
        topic = publication.topic
        if publication.retain:
            self._retained[topic] = publication
        receivers = self._receivers.get(topic)
        if receivers is None:
            receivers = [client for client in self._clients if client.wants(topic)]
            self._receivers[topic] = receivers
        for client in receivers:
            client.put(topic, publication.payload)

    def enter(self, client: MemoryTransport) -> None:
        """Take a client in."""
        self._clients.append(client)
        self._receivers.clear()

    def leave(self, client: MemoryTransport) -> None:
        """Forget a client."""
        self._clients.remove(client)
        self._receivers.clear()

    def tell_retained(self, client: MemoryTransport, pattern: str) -> None:
        """Tell a new subscriber what is retained."""
        self._receivers.clear()
        for publication in list(self._retained.values()):
            if matches(pattern, publication.topic):
                client.put(publication.topic, publication.payload)


class MemoryTransport:
    """A client of a broker in this process; a `Transport`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.sessions = 0
        self._broker = broker
        self._will: Publication | None = None
        self._patterns: list[str] = []
        self._inbox: list[tuple[str, bytes]] = []
        self._is_open = False

    def open(self, will: Publication | None = None) -> None:
        """Connect."""
        self._will, self._is_open = will, True
        self.sessions += 1
        self._broker.enter(self)

    def subscribe(self, pattern: str) -> None:
        """Ask for a topic."""
        self._patterns.append(pattern)
        self._broker.tell_retained(self, pattern)

    def publish(self, publication: Publication) -> None:
        """Send, if connected."""
        if self._is_open:
            self._broker.deliver(publication)

    def receive(self) -> list[tuple[str, bytes]]:
        """All that came since the last call."""
        inbox, self._inbox = self._inbox, []
        return inbox

    def close(self) -> None:
        """Leave; no will."""
        if self._is_open:
            self._is_open = False
            self._broker.leave(self)

    def drop(self) -> None:
        """Lose the connection: the broker publishes the will."""
        if self._is_open:
            self.close()
            if self._will is not None:
                self._broker.deliver(self._will)

    def wants(self, topic: str) -> bool:
        """Whether it subscribed to the topic."""
        return any(matches(pattern, topic) for pattern in self._patterns)

    def put(self, topic: str, payload: bytes) -> None:
        """Called by the broker."""
        self._inbox.append((topic, payload))
