"""Headers, topics and bytes for what one side says to or as one vehicle."""

from __future__ import annotations

from .codec import encode, major
from .messages import TOPICS, Connection, Factsheet, Header, Message
from .transport import Publication, Transport, topic_of


class Sender:
    """Sends messages under a vehicle's name and counts them, topic by topic."""

    def __init__(self, transport: Transport, version: str, manufacturer: str, serial: str) -> None:
        self.level = major(version)
        self.counts: dict[str, int] = {}
        self._transport, self._version = transport, version
        self._manufacturer, self._serial = manufacturer, serial

    def topic(self, name: str) -> str:
        """All levels of the vehicle's topic."""
        return topic_of(self.level, self._manufacturer, self._serial, name)

    def publication(self, message: Message, now: float) -> Publication:
        """The message as it goes out; connections and factsheets are retained, as the standard says."""
        name = TOPICS[type(message)]
        count = self.counts.get(name, 0)
        self.counts[name] = (count + 1) % 2**32
        payload = encode(message, Header(count, now, self._version, self._manufacturer, self._serial))
        retain = isinstance(message, Connection | Factsheet)
        return Publication(self.topic(name), payload, int(isinstance(message, Connection)), retain)

    def send(self, message: Message, now: float) -> Publication:
        """Send it; the same publication may be sent again if it was lost."""
        publication = self.publication(message, now)
        self._transport.publish(publication)
        return publication
