"""`policy.json`: everything a robot must know to run `policy.onnx` the way it was trained.

SI units, radians, quaternions `wxyz`. Per-joint arrays follow `joints.names`, which is the order of the
network's outputs and of every observation term with layout `joints`. `json_schema.py` publishes what is here.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from . import schema
from .bundle_files import CONTRACT_FILE as CONTRACT_FILE
from .bundle_files import GOLDEN_FILE as GOLDEN_FILE
from .bundle_files import NETWORK_FILE as NETWORK_FILE
from .bundle_files import BundleError, read_limited
from .consistency import require_consistent
from .schema import About

FORMAT_VERSION = 3

_SHA256 = "^[0-9a-f]{64}$"
_OUTSIDE = r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)"
"""An absolute path, or one that leaves its folder."""


@dataclass(frozen=True)
class Robot:
    """The robot the policy was trained on."""

    name: Annotated[str, About("its name")]
    file: Annotated[
        str | None,
        About(
            "its USD file relative to Gaitway's `assets/`; null if an imported policy comes without one",
            never=_OUTSIDE,
        ),
    ]
    sha256: Annotated[str | None, About("SHA-256 of that file; null with `file`", pattern=_SHA256)]
    base_height: Annotated[
        float | None,
        About(
            "m, of the base above flat ground with the joints at `joints.default_pos`; null if it is fixed"
        ),
    ]
    base_quat: Annotated[
        tuple[float, ...] | None,
        About("orientation `wxyz` of the base in that pose; null if it is fixed", length=4),
    ]
    imu: Annotated[bool, About("it has an IMU: readings have `gyro` and `quat`")]
    falls: Annotated[bool, About("the policy was trained to be on the ground, so that leaning is no fault")]


@dataclass(frozen=True)
class Joints:
    """Per-joint arrays: target = limit(action_offset + action_scale * clip(action, +-action_clip)).

    `limit` keeps the target between `target_lower` and `target_upper`, and within `rate_limit` * `policy_dt`
    of the target before; the first one counts from `action_offset`. Units are rad, rad/s, N m, N m/rad and
    N m s/rad; m and N in place of rad and N m where a joint slides.
    """

    names: Annotated[
        tuple[str, ...],
        About("the robot's names of the joints, in the network's order", unique=True, never=",|^$"),
    ]
    drive: Annotated[
        tuple[str, ...],
        About(
            "`position`: torque = kp * (target - pos) - kd * vel; `velocity`: torque = kd * (target - vel), "
            "kp is 0; both within +-effort_limit",
            one_of=("position", "velocity"),
        ),
    ]
    relative: Annotated[
        bool,
        About("the measured position takes the place of `action_offset`: an action is a step from there"),
    ]
    default_pos: Annotated[tuple[float, ...], About("the pose that observed positions are relative to")]
    action_offset: Annotated[
        tuple[float, ...],
        About("the target of action 0; it holds `default_pos`, gravity's pull on the drive included"),
    ]
    action_scale: Annotated[tuple[float, ...], About("what an action of 1 adds to the target")]
    action_clip: Annotated[
        tuple[float | None, ...],
        About(
            "largest magnitude of an action; a larger one counts, and is observed, as this; null: no bound",
            above=0,
        ),
    ]
    target_lower: Annotated[tuple[float | None, ...], About("lowest target that is sent; null: no bound")]
    target_upper: Annotated[tuple[float | None, ...], About("highest target that is sent; null: no bound")]
    rate_limit: Annotated[
        tuple[float | None, ...],
        About("how fast a target moves at most, in its unit per s; null: at once", above=0),
    ]
    kp: Annotated[tuple[float, ...], About("stiffness of the drive", at_least=0)]
    kd: Annotated[tuple[float, ...], About("damping of the drive", at_least=0)]
    effort_limit: Annotated[
        tuple[float | None, ...],
        About("largest torque or force; null: the robot's file states none", above=0),
    ]
    velocity_limit: Annotated[
        tuple[float | None, ...], About("largest joint speed; null: the robot's file states none", above=0)
    ]
    lower: Annotated[tuple[float | None, ...], About("lowest position; null: a wheel turns without end")]
    upper: Annotated[tuple[float | None, ...], About("highest position; null: a wheel turns without end")]


@dataclass(frozen=True)
class ObservationTerm:
    """A slice of the network's input: `scale` * clip(value); slices lie side by side in the listed order."""

    name: Annotated[str, About("name of the quantity, or the task's name for what is external", never="^$")]
    source: Annotated[
        str,
        About(
            "`robot`: the runtime works it out of sensors, command and its own past, by `name`; `external`: "
            "perception, localisation or an operator gives it in `SensorReading.external[name]`, unscaled",
            one_of=("robot", "external"),
        ),
    ]
    size: Annotated[int, About("values of one tick; the slice has `size` * `history` columns", at_least=1)]
    scale: Annotated[float, About("factor of every value")]
    clip: Annotated[
        tuple[float, ...] | None, About("lowest and highest value before scaling; null: no bounds", length=2)
    ]
    history: Annotated[
        int,
        About(
            "ticks in the slice, the oldest first and this one last; an episode begins with all of them "
            "equal to its first reading",
            at_least=1,
        ),
    ]
    layout: Annotated[str, About("what its columns are, in words")]
    frame: Annotated[str, About("the frame they are in")]
    unit: Annotated[str, About("their unit before scaling")]


@dataclass(frozen=True)
class Timing:
    """One tick lasts `policy_dt` = `decimation` * `physics_dt`. Latencies are what training simulated."""

    policy_dt: Annotated[float, About("s between two actions", above=0)]
    physics_dt: Annotated[float, About("s of a physics step in training", above=0)]
    decimation: Annotated[int, About("physics steps per action", at_least=1)]
    observation_latency: Annotated[
        tuple[float, ...],
        About("s between a measurement and its use, lowest and highest", length=2, at_least=0),
    ]
    action_latency: Annotated[
        tuple[float, ...],
        About("s between an action and its effect, lowest and highest", length=2, at_least=0),
    ]


@dataclass(frozen=True)
class Physics:
    """Solver options of the simulation the policy was trained in, by MuJoCo's names."""

    engine: Annotated[str, About("name and version")]
    integrator: Annotated[str, About("of MuJoCo's `mjtIntegrator`")]
    solver: Annotated[str, About("of MuJoCo's `mjtSolver`")]
    iterations: Annotated[int, About("of the solver, at most", at_least=1)]
    ls_iterations: Annotated[int, About("of its line search, at most", at_least=1)]


@dataclass(frozen=True)
class GaitClock:
    """Clock that times the steps: `frequency` + `frequency_per_speed` * |v_xy command| cycles per second.

    It rests at phase 0 while the command is to stand.
    """

    frequency: Annotated[float, About("Hz, at rest", at_least=0)]
    frequency_per_speed: Annotated[float, About("Hz per m/s of command", at_least=0)]
    frequency_from: Annotated[
        str | None,
        About("name of an external observation whose first value takes the place of `frequency`; null: none"),
    ]


@dataclass(frozen=True)
class Commands:
    """What velocity the policy can be asked for, with the ranges it was trained in."""

    names: Annotated[
        tuple[str, ...], About("`lin_vel_x`, `lin_vel_y` and `ang_vel_z`", length=3, unique=True)
    ]
    low: Annotated[tuple[float, ...], About("lowest of each", length=3)]
    high: Annotated[tuple[float, ...], About("highest of each", length=3)]
    units: Annotated[tuple[str, ...], About("unit of each", length=3)]
    standing_threshold: Annotated[
        float, About("a command of a norm up to this is to stand, and counts as 0; negative: no command is")
    ]


@dataclass(frozen=True)
class Provenance:
    """How the policy came to be; null is what an imported one does not tell."""

    origin: Annotated[
        str,
        About(
            "`training`: Gaitway trained it, and golden.npz was recorded in training; `import`: it comes "
            "from another project, and golden.npz was computed at the import from random readings",
            one_of=("training", "import"),
        ),
    ]
    command: Annotated[str, About("command line that made it")]
    seed: Annotated[int | None, About("seed of the training")]
    iteration: Annotated[int | None, About("learning iterations", at_least=0)]
    samples: Annotated[int | None, About("env steps it learned from", at_least=0)]
    seconds: Annotated[float | None, About("wall time of the training", at_least=0)]
    git_commit: Annotated[str | None, About("commit of Gaitway that exported it")]
    versions: Annotated[dict[str, str], About("versions of the libraries that made it, by name")]


@dataclass(frozen=True)
class Files:
    """SHA-256 of the bundle's other files."""

    policy_onnx: Annotated[str, About("of `policy.onnx`", pattern=_SHA256)]
    golden_npz: Annotated[str, About("of `golden.npz`", pattern=_SHA256)]


@dataclass(frozen=True)
class Contract:
    """The whole of `policy.json`."""

    format_version: Annotated[int, About("of this format", one_of=(FORMAT_VERSION,))]
    task: Annotated[str, About("name of the task")]
    robot: Annotated[Robot, About("the robot")]
    quaternion_order: Annotated[str, About("scalar first, everywhere", one_of=("wxyz",))]
    joints: Annotated[Joints, About("what the network drives")]
    observations: Annotated[tuple[ObservationTerm, ...], About("what the network sees")]
    observation_size: Annotated[int, About("columns of the network's input", at_least=1)]
    action_size: Annotated[int, About("columns of the network's output, and joints", at_least=1)]
    normalizer_folded: Annotated[
        bool,
        About("the observation normalizer is part of the network: it takes raw observations", one_of=(True,)),
    ]
    recurrent_state: Annotated[None, About("a network that remembers is not supported")]
    timing: Annotated[Timing, About("time steps and latencies")]
    physics: Annotated[
        Physics | None, About("how training simulated; null if an imported policy does not tell")
    ]
    gait_clock: Annotated[GaitClock | None, About("null if the policy sees no clock")]
    commands: Annotated[Commands | None, About("null if the policy follows no velocity")]
    provenance: Annotated[Provenance, About("where it comes from")]
    files: Annotated[Files, About("digests")]

    @property
    def external(self) -> tuple[ObservationTerm, ...]:
        """The observations that do not come from the robot."""
        return tuple(term for term in self.observations if term.source == "external")

    def facts(self) -> dict[str, Any]:
        """Everything but the file digests, as plain JSON values: what `golden.npz` keeps a copy of."""
        values = json.loads(json.dumps(dataclasses.asdict(self)))
        del values["files"]
        return values

    def to_json(self) -> str:
        """The text of `policy.json`, with every digit of every number."""
        text = json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False)
        # Lists of plain values on one line: a joint table that a person can read.
        return re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s+\]", _on_one_line, text) + "\n"

    def save(self, path: Path) -> None:
        """Write `policy.json`, under a temporary name first."""
        temporary = path.with_name(f".{path.name}.partial")
        temporary.write_text(self.to_json(), encoding="utf-8")
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
            data = json.loads(read_limited(path), object_pairs_hook=_no_key_twice)
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{path}: is not JSON ({error}); export the bundle again.") from error
        version = data.get("format_version") if isinstance(data, dict) else None
        if version != FORMAT_VERSION:
            raise BundleError(
                f"{path}: format_version is {str(version)[:20]!r}, this runtime reads {FORMAT_VERSION}; "
                "export again with the same version of Gaitway."
            )
        try:
            return parse(data)
        except schema.SchemaError as error:
            raise BundleError(f"{path}: {error}.") from error


def parse(data: Any) -> Contract:
    """The contract in parsed JSON.

    Raises:
        SchemaError: a field is missing, unknown, of another type, against its rules or inconsistent.
    """
    try:
        contract = schema.read(Contract, data)
    except schema.SchemaError as error:
        raise schema.SchemaError(_with_name(str(error), data)) from error
    require_consistent(contract)
    return contract


def _with_name(message: str, data: Any) -> str:
    """`joints.kp[1] is ...` as `joints.kp of 'right_knee' is ...`, `observations[3].` by name likewise."""
    match = re.match(r"joints\.(\w+)\[(\d+)\]|observations\[(\d+)\]\.", message)
    if match is None or match[1] == "names":
        return message
    try:
        if match[1]:
            start = f"joints.{match[1]} of {data['joints']['names'][int(match[2])]!a}"
        else:
            start = f"observations {data['observations'][int(match[3])]['name']!a}: "
    except (KeyError, IndexError, TypeError):
        return message
    return start + message[match.end() :]


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError(f"{[key for key, _ in pairs if key in values][-1]!r} or another key is there twice")
    return values


def _on_one_line(match: re.Match[str]) -> str:
    return "[" + re.sub(r"\n\s+", " ", match.group(1)) + "]"


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()
