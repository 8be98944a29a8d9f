"""What a policy file of another project says, before anything is added to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXTERNAL = "external"


@dataclass
class Term:
    """One observation as the file has it.

    `name` is the file's, `quantity` what the runtime knows it as, or `EXTERNAL`. `width`: values of one tick.
    `scale`, `clip` and `history` are as in the contract. None: the file does not say.
    """

    name: str
    quantity: str
    width: int | None = None
    scale: float | None = None
    clip: tuple[float, float] | None = None
    history: int | None = None


@dataclass
class Source:
    """A policy of another project.

    `said` has values as `policy.json` has them by dotted name, `assumed` those that its project takes for
    granted and does not write down: whoever knows better may say so. `network` is the ONNX model, which lies
    in `network_path`. `motors`: which motor each of the network's joints is, where the file names motors
    by number and joints not at all.
    """

    path: Path
    network: bytes
    network_path: Path
    terms: list[Term]
    said: dict[str, Any] = field(default_factory=dict)
    assumed: dict[str, Any] = field(default_factory=dict)
    motors: list[int] | None = None
