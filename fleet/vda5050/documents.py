"""Messages as version 3's JSON objects, without header, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .messages import (
    Connection,
    Factsheet,
    InstantActions,
    Message,
    Order,
    State,
    Visualization,
)
from .orders import Document, read_instant_actions, read_order, write_instant_actions, write_order
from .reports import read_factsheet, read_pose, read_state, write_factsheet, write_pose, write_state

_WRITERS: dict[type, Callable[[Any], Document]] = {
    Order: write_order,
    InstantActions: write_instant_actions,
    State: write_state,
    Visualization: lambda message: write_pose(message.pose) | {"referenceStateHeaderId": message.state},
    Connection: lambda message: {"connectionState": message.state},
    Factsheet: write_factsheet,
}

_READERS: dict[str, Callable[[Document], Message]] = {
    "order": read_order,
    "instantActions": read_instant_actions,
    "state": read_state,
    "visualization": lambda document: Visualization(read_pose(document), document["referenceStateHeaderId"]),
    "connection": lambda document: Connection(document["connectionState"]),
    "factsheet": read_factsheet,
}


def write(message: Message) -> Document:
    """The message's JSON object in version 3's words."""
    return _WRITERS[type(message)](message)


def read(topic: str, document: Document) -> Message:
    """The meaning of a JSON object in version 3's words, valid by its schema."""
    return _READERS[topic](document)
