"""What an ONNX file is, said by a JSON file of the same name beside it: a perception model's bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from .whole_file import whole_file

PIXELS = "RGB, 0 to 1"
"""How a picture enters the network."""


@dataclass(frozen=True)
class NetworkCard:
    """Everything that one who runs a network has to agree on with those who trained it.

    Attributes:
        sha256: of the ONNX file.
        width, height: of the pictures that the network takes, px; others are scaled to it.
        pixels: what a picture's numbers are, `PIXELS`.
        classes: what the network's outputs mark, in their order.
        command: that made the network.
        training: its data, time and seed, and how it scored on pictures held out.
    """

    sha256: str
    width: int
    height: int
    pixels: str
    classes: tuple[str, ...]
    command: str
    training: Mapping[str, Any]

    def write(self, network: Path) -> None:
        """Write the card beside `network`, whole or not at all."""
        card = card_of(network)
        with whole_file(card) as partial:
            partial.write_text(json.dumps(asdict(self), indent=2) + "\n")


def card_of(network: Path) -> Path:
    """Where the card of an ONNX file is."""
    return network.with_suffix(".json")


def digest(content: bytes) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_card(network: Path, content: bytes) -> NetworkCard | None:
    """The card of a network, None if it has none.

    Args:
        network: ONNX file.
        content: of that file.

    Raises:
        ValueError: the card is none, or of another file.
    """
    file = card_of(network)
    if not file.is_file():
        return None
    try:
        entries = json.loads(file.read_text())
        card = NetworkCard(**{**entries, "classes": tuple(entries["classes"])})
    except (ValueError, TypeError, KeyError) as error:
        names = ", ".join(field.name for field in fields(NetworkCard))
        raise ValueError(f"{file} is no card of a network, which has {names} ({error}).") from error
    if card.sha256 != digest(content):
        raise ValueError(
            f"{network} is not the network that {file.name} describes (SHA-256 {digest(content)[:12]}, not "
            f"{card.sha256[:12]}); take both files from one place."
        )
    if card.pixels != PIXELS:
        raise ValueError(f"{file}: pixels are '{card.pixels}'; '{PIXELS}' is all that can be fed.")
    return card
