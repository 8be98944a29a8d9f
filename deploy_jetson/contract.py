"""`policy.json`: everything a robot must know to run `policy.onnx` the way it was trained.

SI units, radians, quaternions `wxyz`. Per-joint arrays follow `joints.names`, which is the order of the
network's outputs and of every observation term with layout `joints`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import schema

FORMAT_VERSION = 2
CONTRACT_FILE = "policy.json"
NETWORK_FILE = "policy.onnx"
GOLDEN_FILE = "golden.npz"


class BundleError(ValueError):
    """A bundle is incomplete, edited or does not fit; the message names file and field."""


@dataclass(frozen=True)
class Robot:
    """The robot the policy was trained on.

    `file` is its USD file relative to Gaitway's `assets/`, `sha256` that file's digest, `base_height` (m) and
    `base_quat` the base's pose while the joints are at `joints.default_pos` on flat ground, null if the base
    is fixed. `imu` says whether it has one, and `falls` whether the policy was trained to be on the ground,
    so that leaning is no fault.
    """

    name: str
    file: str
    sha256: str
    base_height: float | None
    base_quat: tuple[float, ...] | None
    imu: bool
    falls: bool


@dataclass(frozen=True)
class Joints:
    """Per-joint arrays: target = action_offset + action_scale * clip(action, -action_clip, action_clip).

    A `drive` is "position": torque = kp * (target - pos) - kd * vel, or "velocity": torque =
    kd * (target - vel) with kp 0; both within +-effort_limit. rad, rad/s, N m, N m/rad, N m s/rad; m and N in
    place of rad and N m where a joint slides. `default_pos` is the pose that observed positions are relative
    to; `action_offset` the target that holds it, gravity's pull on the drive included. With `relative`, the
    measured position takes the place of `action_offset`: an action is a step from where the joint is. A limit
    of null means that the robot's USD file states none: a wheel turns without end.
    """

    names: tuple[str, ...]
    drive: tuple[str, ...]
    relative: bool
    default_pos: tuple[float, ...]
    action_offset: tuple[float, ...]
    action_scale: tuple[float, ...]
    action_clip: tuple[float, ...]
    kp: tuple[float, ...]
    kd: tuple[float, ...]
    effort_limit: tuple[float | None, ...]
    velocity_limit: tuple[float | None, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]


@dataclass(frozen=True)
class ObservationTerm:
    """A slice of the network's input: `scale` * value; slices lie side by side in the listed order.

    `source` is "robot" where the runtime works the value out of sensors, command and its own past, by `name`
    (`observations.py` knows them); or "external" where perception, localisation or an operator gives it in
    `SensorReading.external[name]`, before scaling. `history` is the number of ticks it holds (1: only this
    one), `layout` what its columns are.
    """

    name: str
    source: str
    size: int
    scale: float
    history: int
    layout: str
    frame: str
    unit: str


@dataclass(frozen=True)
class Timing:
    """One tick lasts `policy_dt` = `decimation` * `physics_dt` s.

    The latencies (s), lowest and highest, are what training simulated between a measurement and its use, and
    between an action and its effect.
    """

    policy_dt: float
    physics_dt: float
    decimation: int
    observation_latency: tuple[float, ...]
    action_latency: tuple[float, ...]


@dataclass(frozen=True)
class Physics:
    """Solver options of the simulation the policy was trained in, by MuJoCo's names."""

    engine: str
    integrator: str
    solver: str
    iterations: int
    ls_iterations: int


@dataclass(frozen=True)
class GaitClock:
    """Clock that times the steps: `frequency` + `frequency_per_speed` * |v_xy command| cycles per second.

    It rests at phase 0 while the command is to stand. Where `frequency_from` names an external observation,
    the first value of that takes the place of `frequency`.
    """

    frequency: float
    frequency_per_speed: float
    frequency_from: str | None


@dataclass(frozen=True)
class Commands:
    """What velocity the policy can be asked for, with the ranges it was trained in.

    A command is to stand, and counts as 0, while its norm is at most `standing_threshold`.
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    units: tuple[str, ...]
    standing_threshold: float


@dataclass(frozen=True)
class Provenance:
    """How the policy came to be. `samples` counts env steps, `seconds` wall time of training."""

    command: str
    seed: int
    iteration: int
    samples: int
    seconds: float
    git_commit: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Files:
    """SHA-256 of the bundle's other files."""

    policy_onnx: str
    golden_npz: str


@dataclass(frozen=True)
class Contract:
    """The whole of `policy.json`.

    `commands` is null for a policy that follows no velocity, `gait_clock` for one that sees no clock.
    """

    format_version: int
    task: str
    robot: Robot
    quaternion_order: str
    joints: Joints
    observations: tuple[ObservationTerm, ...]
    observation_size: int
    action_size: int
    normalizer_folded: bool
    recurrent_state: None
    timing: Timing
    physics: Physics
    gait_clock: GaitClock | None
    commands: Commands | None
    provenance: Provenance
    files: Files

    @property
    def external(self) -> tuple[ObservationTerm, ...]:
        """The observations that do not come from the robot."""
        return tuple(term for term in self.observations if term.source == "external")

    def facts(self) -> dict[str, Any]:
        """Everything but the file digests, as plain JSON values: what `golden.npz` keeps a copy of."""
        values = json.loads(json.dumps(dataclasses.asdict(self)))
        del values["files"]
        return values

    def save(self, path: Path) -> None:
        """Write `policy.json` with every digit of every number, under a temporary name first."""
        text = json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False)
        # Lists of plain values on one line: a joint table that a person can read.
        text = re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s+\]", _on_one_line, text)
        temporary = path.with_name(f".{path.name}.partial")
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)

    @staticmethod
    def load(path: Path) -> Contract:
        """Read and validate `policy.json`.

        Raises:
            BundleError: it is missing, not JSON, or a field is missing, unknown or inconsistent.
        """
        if not path.is_file():
            raise BundleError(
                f"{path}: there is no such file; a bundle is a folder made by 'gaitway export'."
            )
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise BundleError(f"{path}: is not JSON ({error}); export the bundle again.") from error
        version = data.get("format_version") if isinstance(data, dict) else None
        if version != FORMAT_VERSION:
            raise BundleError(
                f"{path}: format_version is {version!r}, this runtime reads {FORMAT_VERSION}; "
                "export again with the same version of Gaitway."
            )
        try:
            contract = schema.read(Contract, data)
            _validate(contract)
        except schema.SchemaError as error:
            raise BundleError(f"{path}: {error}.") from error
        return contract


def _on_one_line(match: re.Match[str]) -> str:
    return "[" + re.sub(r"\n\s+", " ", match.group(1)) + "]"


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise schema.SchemaError(message)


def _validate(contract: Contract) -> None:
    """Check what types cannot: lengths, signs and sums that must agree."""
    _require(contract.quaternion_order == "wxyz", "quaternion_order is not 'wxyz'")
    _require(contract.normalizer_folded, "normalizer_folded is false: the network would see raw values")
    _validate_joints(contract.joints, contract.action_size)
    total = sum(term.size for term in contract.observations)
    _require(
        total == contract.observation_size,
        f"observation_size is {contract.observation_size}, but the sizes of observations add up to {total}",
    )
    _validate_observations(contract)
    timing = contract.timing
    _require(
        timing.policy_dt > 0 and timing.physics_dt > 0, "timing.policy_dt and physics_dt must be positive"
    )
    _require(
        abs(timing.policy_dt - timing.decimation * timing.physics_dt) < 1e-9,
        "timing.policy_dt is not decimation * physics_dt",
    )
    for name in ("observation_latency", "action_latency"):
        _require(len(getattr(timing, name)) == 2, f"timing.{name} is not lowest and highest")
    if contract.commands is not None:
        _validate_commands(contract.commands)
    _validate_clock(contract)
    quat = contract.robot.base_quat
    _require(quat is None or len(quat) == 4, "robot.base_quat does not have 4 entries")
    for name, digest in (*dataclasses.asdict(contract.files).items(), ("robot", contract.robot.sha256)):
        _require(re.fullmatch(r"[0-9a-f]{64}", digest) is not None, f"the SHA-256 of {name} is malformed")


def _validate_observations(contract: Contract) -> None:
    for term in contract.observations:
        _require(
            term.source in ("robot", "external"),
            f"observations '{term.name}' has source '{term.source}', not robot or external",
        )
        _require(
            term.history == 1, f"observations '{term.name}' has history {term.history}; only 1 is supported"
        )
    names = [term.name for term in contract.external]
    _require(len(set(names)) == len(names), "observations has an external name twice")


def _validate_commands(commands: Commands) -> None:
    _require(len(commands.names) == 3, "commands.names must be lin_vel_x, lin_vel_y and ang_vel_z")
    for name in ("low", "high", "units"):
        _require(len(getattr(commands, name)) == 3, f"commands.{name} does not have 3 entries")
    for name, low, high in zip(commands.names, commands.low, commands.high, strict=True):
        _require(low <= high, f"commands '{name}' has a lower bound above its upper bound")


def _validate_clock(contract: Contract) -> None:
    if (clock := contract.gait_clock) is None:
        return
    _require(contract.commands is not None, "gait_clock needs commands, which is null")
    _require(
        clock.frequency_from in (None, *(term.name for term in contract.external)),
        f"gait_clock.frequency_from is '{clock.frequency_from}', which is no external observation",
    )


def _validate_joints(joints: Joints, count: int) -> None:
    for field in dataclasses.fields(joints):
        if field.name == "relative":
            continue
        length = len(getattr(joints, field.name))
        _require(length == count, f"joints.{field.name} has {length} entries, action_size is {count}")
    _require(count > 0, "action_size is 0")
    _require(len(set(joints.names)) == count, "joints.names has a name twice")
    for i, name in enumerate(joints.names):
        _validate_joint(joints, i, name)


def _validate_joint(joints: Joints, i: int, name: str) -> None:
    for field in ("action_clip", "effort_limit"):
        value = getattr(joints, field)[i]
        _require(value is None or value > 0, f"joints.{field} of '{name}' is not positive")
    for field in ("kp", "kd"):
        _require(getattr(joints, field)[i] >= 0, f"joints.{field} of '{name}' is negative")
    drive, lower, upper = joints.drive[i], joints.lower[i], joints.upper[i]
    _require(
        drive in ("position", "velocity"),
        f"joints.drive of '{name}' is '{drive}', not position or velocity",
    )
    _require(
        drive == "position" or (joints.kp[i] == 0 and not joints.relative),
        f"joints.drive of '{name}' is velocity, which goes with a kp of 0 and relative false",
    )
    _require(
        lower is None or upper is None or lower < upper,
        f"joints.lower of '{name}' is not below joints.upper",
    )
