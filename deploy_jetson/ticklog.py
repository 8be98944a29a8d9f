"""What one tick leaves behind, and the plain-text log of it: a JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .observations import SensorReading


@dataclass(frozen=True)
class Tick:
    """One tick of the loop.

    start and due: s since the run's first tick; work: s from start to the command being sent. command (3,) if
    the policy follows one; targets (n,) as sent. truth: what a simulated robot knows beyond its sensors.
    """

    number: int
    state: str
    cause: str | None
    fault: str
    start: float
    due: float
    work: float
    reading: SensorReading
    command: np.ndarray | None
    targets: np.ndarray
    kp: np.ndarray
    kd: np.ndarray
    truth: dict[str, np.ndarray]


class TickLog(Protocol):
    """Where ticks are written to."""

    def add(self, tick: Tick) -> None:
        """Write one tick."""
        ...

    def close(self) -> None:
        """Complete the file."""
        ...


class JsonLog:
    """One JSON object a tick, each on a line."""

    def __init__(self, path: Path) -> None:
        # By lines: a killed process leaves all but its last tick.
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def add(self, tick: Tick) -> None:
        """Write one line."""
        self._file.write(json.dumps(plain(tick)) + "\n")

    def close(self) -> None:
        """Complete the file."""
        self._file.close()


def plain(tick: Tick) -> dict[str, Any]:
    """A tick as plain JSON values."""
    reading = tick.reading
    return {
        "tick": tick.number,
        "state": tick.state,
        "cause": tick.cause,
        "fault": tick.fault,
        "start_s": tick.start,
        "work_s": tick.work,
        "robot_time_s": reading.time,
        "command": None if tick.command is None else tick.command.tolist(),
        **{
            name: None if (values := getattr(reading, name)) is None else values[0].tolist()
            for name in ("gyro", "quat", "joint_pos", "joint_vel")
        },
        "external": {name: np.asarray(values)[0].tolist() for name, values in reading.external.items()},
        "targets": tick.targets.tolist(),
    }
