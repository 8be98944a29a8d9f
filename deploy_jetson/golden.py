"""`golden.npz`: one robot's raw sensor values with the observations and actions that training made of them.

A runtime that turns the same raw values into the same observations and actions has the same joint order,
units, frames, scales, normalizer and clock as training. All arrays are float32 with T ticks leading.
The golden file of an imported policy is no recording: `importing/recording.py` computes it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .contract import BundleError, Contract
from .observations import ObservationBuilder, ReadingError, SensorReading
from .schema import quoted

TOLERANCE = 1e-5
"""Largest difference allowed in any observation or action (float32 rounding is about 1e-6)."""

LARGEST = 1 << 30
"""Bytes that all arrays may have together, whatever they are packed into."""


@dataclass
class Golden:
    """A recording of T ticks.

    joint_pos (T, n), joint_vel (T, n), gyro (T, 3), quat (T, 4), command (T, 3), external {name: (T, size)}:
    what went in; gyro and quat are None without IMU, command for a policy that follows none. start (T,): an
    episode begins, with the gait clock, if any, at phase (T,). observations (T, size), actions (T, n): what
    training made of it, actions clipped. facts: the contract at that time, without file digests.
    """

    joint_pos: np.ndarray
    joint_vel: np.ndarray
    start: np.ndarray
    observations: np.ndarray
    actions: np.ndarray
    facts: dict[str, Any]
    gyro: np.ndarray | None = None
    quat: np.ndarray | None = None
    command: np.ndarray | None = None
    phase: np.ndarray | None = None
    external: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.start)

    def to_bytes(self) -> bytes:
        """The file's content."""
        arrays = self._arrays()
        text = json.dumps(self.facts, sort_keys=True, allow_nan=False).encode()
        buffer = io.BytesIO()
        np.savez_compressed(buffer, facts=np.frombuffer(text, np.uint8), **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes, path: Path) -> Golden:
        """Parse the file's content; `path` is named in errors.

        Raises:
            BundleError: it is not an .npz, or arrays are missing or of unequal length.
        """
        try:
            arrays = _load(content)
            facts = json.loads(arrays.pop("facts").tobytes())
            external = {
                name.removeprefix(_EXTERNAL): arrays.pop(name)
                for name in list(arrays)
                if name.startswith(_EXTERNAL)
            }
            golden = Golden(facts=facts, external=external, **arrays)
        except Exception as error:  # of NumPy, zipfile, json and Python's tokenizer: they share no base
            raise BundleError(
                f"{path}: is not a golden recording ({' '.join(str(error).split())[:200]}); "
                "export the bundle again."
            ) from error
        if len(golden) == 0 or any(len(array) != len(golden) for array in golden._arrays().values()):
            raise BundleError(f"{path}: its arrays are empty or of unequal length; export the bundle again.")
        if not golden.start[0]:
            raise BundleError(
                f"{path}: does not begin with the start of an episode; export the bundle again."
            )
        return golden

    def reading(self, row: slice) -> SensorReading:
        """The raw values of ticks `row`, as if each were a robot of its own."""
        external = {name: array[row] for name, array in self.external.items()}
        gyro, quat = (None if array is None else array[row] for array in (self.gyro, self.quat))
        return SensorReading(gyro, quat, self.joint_pos[row], self.joint_vel[row], external=external)

    def _arrays(self) -> dict[str, np.ndarray]:
        """Every array there is, under its name in the file."""
        own = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return own | {_EXTERNAL + name: array for name, array in self.external.items()}


_EXTERNAL = "external."
"""Before the names of external arrays in the file."""


def _load(content: bytes) -> dict[str, np.ndarray]:
    """The arrays of an .npz, refused before they are unpacked if they are too large or of another type."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        if sum(info.file_size for info in file.infolist()) > LARGEST:
            raise ValueError(f"its arrays have more than {LARGEST:,} bytes")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    for name, array in arrays.items():
        flat = name in ("start", "phase", "facts")
        kind = {"start": "b", "facts": "u"}.get(name, "f")
        if array.ndim != (1 if flat else 2) or array.dtype.kind != kind:
            raise ValueError(f"'{name}' is of type {array.dtype} and shape {array.shape}")
    return arrays


@dataclass
class GoldenReport:
    """Largest absolute differences over `ticks` ticks, and the term that holds the observation's."""

    ticks: int
    observation_error: float
    worst_term: str
    action_error: float

    @property
    def ok(self) -> bool:
        """Both differences are within `TOLERANCE`."""
        return self.observation_error <= TOLERANCE and self.action_error <= TOLERANCE


def replay(contract: Contract, golden: Golden, infer: Callable[[np.ndarray], np.ndarray]) -> GoldenReport:
    """Build observations from the recorded raw values, run `infer` on them, compare with the recording.

    Each tick remembers the recorded action, not the one just found: a policy may answer its own last action
    with more than it was, and would blow rounding up from tick to tick.

    Raises:
        BundleError: the recording lacks a value that the contract asks for, or has it in another shape.
    """
    _require_sizes(contract, golden)
    builder = ObservationBuilder(contract)
    builder.reset(1)
    observations, actions = np.empty_like(golden.observations), np.empty_like(golden.actions)
    for t in range(len(golden)):
        row = slice(t, t + 1)
        if golden.start[t]:
            builder.reset(1, None if golden.phase is None else golden.phase[row])
        command = None if golden.command is None else golden.command[row]
        try:
            observations[row] = builder.build(golden.reading(row), command)
        except ReadingError as error:
            raise BundleError(f"golden.npz: tick {t} of the recording does not fit: {error}.") from error
        actions[row] = _finite(builder, infer(observations[row]))
        builder.remember(golden.actions[row])
    error = np.abs(observations - golden.observations).max(axis=0)
    return GoldenReport(
        ticks=len(golden),
        observation_error=float(error.max()),
        worst_term=_term_of_column(contract, int(np.argmax(error))),
        action_error=float(np.abs(actions - golden.actions).max()),
    )


def _finite(builder: ObservationBuilder, raw: np.ndarray) -> np.ndarray:
    """The clipped actions; NaN stays NaN and so differs from any recording."""
    return np.where(np.isnan(raw), np.nan, builder.remember(raw))


def _require_sizes(contract: Contract, golden: Golden) -> None:
    n = contract.action_size
    sizes = {"joint_pos": n, "joint_vel": n, "gyro": 3, "quat": 4, "command": 3}
    sizes |= {"observations": contract.observation_size, "actions": n}
    for name, size in sizes.items():
        array = getattr(golden, name)
        if array is not None and array.shape[1:] != (size,):
            raise BundleError(f"golden.npz: {name} has {array.shape[1:]} values a tick, not {size}.")


def _term_of_column(contract: Contract, column: int) -> str:
    for term in contract.observations:
        if column < term.size * term.history:
            return term.name
        column -= term.size * term.history
    return "?"


def first_difference(recorded: Any, found: Any, where: str = "") -> str | None:
    """Name of the first field in which two trees of JSON values differ, or None."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        for key in {**recorded, **found}:
            name = f"{where}{quoted(key)}"
            if key not in recorded or key not in found:
                return name
            if (inner := first_difference(recorded[key], found[key], f"{name}.")) is not None:
                return inner
        return None
    if _are_objects(recorded) and _are_objects(found) and len(recorded) == len(found):
        for i, pair in enumerate(zip(recorded, found, strict=True)):
            if (inner := first_difference(*pair, f"{where.rstrip('.')}[{i}].")) is not None:
                return inner
        return None
    return None if recorded == found else where.rstrip(".")


def _are_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)
