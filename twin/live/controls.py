"""What those who watch a run ask of it: to pause, to go faster, to let something go wrong.

They are lines of JSON in a file beside the journal: a page of the same or of another process appends, the run
polls. A line holds one of `{"paused": true}`, `{"speed": 4}` and
`{"incident": {"kind": "spill", "place": "aisle_03B"}}`.
"""

from __future__ import annotations

import json
import math
import os
import warnings
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..journal.schema import WANTED

CONTROLS = "controls.jsonl"
SLOWEST, FASTEST = 0.1, 100.0
"""Limits of the speed, in seconds of the twin per second."""
_LARGEST_LINE = 1000  # letters


@dataclass(frozen=True)
class Wanted:
    """Something that is to go wrong: one of `WANTED`, at a place by its name."""

    kind: str
    place: str


class Controls:
    """The run's side: call `poll` now and then, look at the attributes, take from `incidents`.

    Args:
        folder: of the run. Orders that are there already count, too.

    Attributes:
        paused: whether time is to stand still.
        speed: s of the twin per s, at most.
        incidents: that are wanted and were not taken yet, the oldest first.
    """

    def __init__(self, folder: Path) -> None:
        self.paused, self.speed = False, 1.0
        self.incidents: deque[Wanted] = deque()
        self._path, self._read, self._line = folder / CONTROLS, 0, 0

    def poll(self) -> None:
        """Read what was added; a line that says nothing sensible is passed over with a warning."""
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._line += 1
            try:
                self._obey(check(json.loads(line)))
            except (ValueError, RecursionError) as error:
                warnings.warn(f"{self._path}, line {self._line}: {error}", stacklevel=2)

    def _obey(self, order: dict[str, Any]) -> None:
        if "incident" in order:
            self.incidents.append(Wanted(**order["incident"]))
        else:
            self.paused = order.get("paused", self.paused)
            self.speed = float(order.get("speed", self.speed))


def send(folder: Path, order: Any) -> None:
    """Ask the run in `folder` for something, in the form of a line of the file.

    Raises:
        ValueError: it is no such order.
    """
    line = json.dumps(check(order)) + "\n"
    # One write of a few bytes to the end of a file is not torn, whoever else appends.
    file = os.open(folder / CONTROLS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


def check(order: Any) -> dict[str, Any]:
    """The order itself, if it is one.

    Raises:
        ValueError: says what is wrong with it.
    """
    if not isinstance(order, dict) or len(order) != 1:
        raise ValueError("An order is an object with one of the keys paused, speed and incident.")
    key, value = next(iter(order.items()))
    if key == "paused" and isinstance(value, bool):
        return order
    if key == "speed" and isinstance(value, (int, float)) and not isinstance(value, bool):
        if math.isfinite(value) and SLOWEST <= value <= FASTEST:
            return order
        raise ValueError(f"The speed is out of range: give {SLOWEST:g} to {FASTEST:g}.")
    if key == "incident" and isinstance(value, dict) and set(value) == {"kind", "place"}:
        if value["kind"] not in WANTED:
            raise ValueError(f"There is no such kind of incident: give one of {', '.join(WANTED)}.")
        if isinstance(value["place"], str) and 0 < len(value["place"]) <= _LARGEST_LINE:
            return order
        raise ValueError("The place of an incident is the name of a place.")
    raise ValueError("An order is one of paused (true or false), speed (a number), incident (kind, place).")
