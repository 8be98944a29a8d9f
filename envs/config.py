"""Configuration of an environment: plain dataclasses whose fields are dicts of terms.

A term is a function `(env, **params) -> Tensor` and how to use its value. Nothing inherits: a task
is a function that fills one `EnvCfg`, a robot is a function that calls it and changes a few entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .agent import PPOCfg
from .terrain.config import TerrainCfg

if TYPE_CHECKING:
    import torch

    from .vector_env import GaitwayVectorEnv

Mirror = Literal[
    "vector",
    "pseudovector",
    "command",
    "joints",
    "feet",
    "feet_vector",
    "phase",
    "scalar",
    "grid",
    "head",
    "scan",
]
"""How a quantity changes when left and right swap; see `envs/symmetry.py`."""


@dataclass
class SimCfg:
    """Physics options, written over the stage's own.

    `timestep` in s; one env step is `decimation` physics steps. `iterations` bounds the Newton solver: with
    fewer than 5, a foot that lands is not solved to the end.
    """

    timestep: float = 0.005
    decimation: int = 4
    iterations: int = 6
    ls_iterations: int = 8


@dataclass
class SensorNoiseCfg:
    """Half widths of the uniform noise of the robot's sensors, and how late their readings are.

    `gyro` and `joint_vel` in rad/s, `joint_pos` in rad, `orientation` in rad about each axis of the IMU.
    Readings are `latency_s` old, in s, rounded to control steps and drawn per world at each reset; this
    holds without noise, too.
    """

    gyro: float = 0.1
    orientation: float = 0.03
    joint_pos: float = 0.01
    joint_vel: float = 0.5
    latency_s: tuple[float, float] = (0.0, 0.0)


@dataclass
class ActionCfg:
    """Actuator targets: `keyframe's control + scale * clip(action, -clip, clip)`.

    That is a joint position (rad or m) or a velocity (rad/s), as the joint's drive says. `joints` is a
    regular expression of whole joint names: those the policy drives; all others hold their keyframe. `scale`
    is one number, a number per regular expression, or `"effort"`: 0.25 * effort limit / stiffness of each
    joint, so that an action of 1 asks for a quarter of what the actuator can do. If `relative`, measured
    joint positions take the place of the keyframe's control: an action is a step from where the joint is.
    Targets move no faster than `rate` says per regular expression, in the joint's unit per s: most drives
    have no limit of speed of their own. They reach the drives `latency_s` late, in s, rounded to physics
    steps and drawn per world at reset.
    """

    joints: str = ".*"
    scale: float | dict[str, float] | Literal["effort"] = 0.5
    clip: float = 3.0
    relative: bool = False
    rate: dict[str, float] = field(default_factory=dict)
    latency_s: tuple[float, float] = (0.0, 0.0)


class Command(Protocol):
    """What the robot is asked to do in each world, drawn anew as the task's config says."""

    @property
    def value(self) -> torch.Tensor:
        """What an observation shows of it, (num_envs, size)."""
        ...

    def reset(self, mask: torch.Tensor) -> None:
        """Draw new commands for the worlds in `mask` (num_envs,), which start an episode."""
        ...

    def step(self) -> None:
        """Advance by one env step."""
        ...


class CommandCfg(Protocol):
    """Settings of one kind of command; `envs/commands/` has one file per kind."""

    def build(self, env: GaitwayVectorEnv) -> Command:
        """The command of `env`, before its first reset."""
        ...


@dataclass
class ObservationTerm:
    """One slice of an observation: `scale * func(env)`.

    `mirror` is needed only by tasks that train with left-right symmetry.
    """

    func: Callable[..., Any]
    mirror: Mirror | None = None
    scale: float = 1.0
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class RewardTerm:
    """One summand of the reward rate: `weight * func(env)` per second."""

    func: Callable[..., Any]
    weight: float
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class TerminationTerm:
    """Ends an episode where `func(env)` is true; as a time-out if `time_out`, else as a failure."""

    func: Callable[..., Any]
    time_out: bool = False
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class EventTerm:
    """Changes the worlds in `mask` (num_envs,) by `func(env, mask)`.

    Once at `startup`, at each `reset`, or every `interval_s`.
    """

    func: Callable[..., Any]
    mode: Literal["startup", "reset", "interval"]
    interval_s: tuple[float, float] = (0.0, 0.0)
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class CurriculumTerm:
    """Makes the worlds in `mask` easier or harder by `func(env, mask)` before their next episode begins.

    What `func` returns, one number in a tensor, is logged.
    """

    func: Callable[..., Any]
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class EnvCfg:
    """Everything that defines an environment.

    `robot` and `scene` are USD files; `terrain`, if any, lies on the scene's floor. `keyframe` names the
    robot's default pose. With `derive`, `robot_defaults.py` adds what the robot's file does not say: feet,
    IMU, stance, position drives. `agent` is how it is trained. `scorer` names the module of
    `policies/scoring/` that evaluates it.
    """

    task: str
    robot: Path
    scene: Path
    actor: dict[str, ObservationTerm]
    critic: dict[str, ObservationTerm]
    rewards: dict[str, RewardTerm]
    terminations: dict[str, TerminationTerm]
    events: dict[str, EventTerm]
    commands: CommandCfg
    curricula: dict[str, CurriculumTerm] = field(default_factory=dict)
    terrain: TerrainCfg | None = None
    actions: ActionCfg = field(default_factory=ActionCfg)
    noise: SensorNoiseCfg = field(default_factory=SensorNoiseCfg)
    sim: SimCfg = field(default_factory=SimCfg)
    keyframe: str = "stand"
    derive: bool = False
    episode_s: float = 20.0
    agent: PPOCfg = field(default_factory=PPOCfg)
    scorer: str = "velocity"
