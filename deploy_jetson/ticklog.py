"""What one tick leaves behind, where it is written to, and the plain-text log: a JSON object a line."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .contract import Contract
from .machine import describe_machine
from .observations import SensorReading

LOG_FOLDER = Path("runs/edge")
"""Where runs leave their logs unless told otherwise."""


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
    """Where ticks are written to: the file at `path`."""

    path: Path

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
        self.path = path

    def add(self, tick: Tick) -> None:
        """Write one line."""
        self._file.write(json.dumps(plain(tick)) + "\n")

    def close(self) -> None:
        """Complete the file."""
        self._file.close()


def open_log(path: Path | None, contract: Contract) -> TickLog:
    """A log at `path`: JSON lines if its name ends in `.jsonl`, else MCAP.

    Without a path it goes to `LOG_FOLDER`, as MCAP if that is installed.

    Raises:
        LogError: the file is to be MCAP, and the packages for it are missing.
    """
    if path is None:
        LOG_FOLDER.mkdir(parents=True, exist_ok=True)
        name = f"{time.strftime('%Y-%m-%d_%H-%M-%S')}_{contract.task.rpartition('/')[2]}"
        try:
            return _open_mcap(LOG_FOLDER / f"{name}.mcap", contract)
        except LogError:
            return JsonLog(LOG_FOLDER / f"{name}.jsonl")
    return JsonLog(path) if path.suffix == ".jsonl" else _open_mcap(path, contract)


class LogError(ValueError):
    """A log cannot be written or read; the message names the file and says why."""


def _open_mcap(path: Path, contract: Contract) -> TickLog:
    try:
        from .log.writer import McapLog
    except ImportError as error:
        raise LogError(
            f"{path}: an MCAP log needs more packages ({error}): pip install 'gaitway[log]', or name a file "
            "that ends in .jsonl."
        ) from error
    return McapLog(path, contract, describe_machine())


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
