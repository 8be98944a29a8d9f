"""Configuration of an environment: plain dataclasses whose fields are dicts of terms.

A term is a function `(env, **params) -> Tensor` and how to use its value. Nothing inherits: a task
is a function that fills one `EnvCfg`, a robot is a function that calls it and changes a few entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Mirror = Literal["vector", "pseudovector", "command", "joints", "feet", "feet_vector", "phase", "scalar"]
"""How a quantity changes when left and right swap; see `envs/symmetry.py`."""


@dataclass
class SimCfg:
    """Physics options, written over the stage's own.

    `timestep` in s; one env step is `decimation` physics steps. `iterations` bounds the Newton solver.
    """

    timestep: float = 0.005
    decimation: int = 4
    iterations: int = 4
    ls_iterations: int = 8


@dataclass
class SensorNoiseCfg:
    """Half widths of the uniform noise of the robot's sensors.

    `gyro` and `joint_vel` in rad/s, `joint_pos` in rad, `orientation` in rad about each axis of the IMU.
    """

    gyro: float = 0.1
    orientation: float = 0.03
    joint_pos: float = 0.01
    joint_vel: float = 0.5


@dataclass
class ActionCfg:
    """Joint position targets: `default + scale * clip(action, -clip, clip)`, in rad."""

    scale: float = 0.5
    clip: float = 3.0


@dataclass
class GaitCfg:
    """Clock that times the steps: cycles per second, and more of them at speed.

    frequency = `frequency` + `frequency_per_speed` * |v_xy command|, in Hz; the clock rests at phase 0
    while |command| <= `standing_threshold`. `swing` is the share of a cycle that a foot is in the air,
    `swing_height` its apex in m.
    """

    frequency: float = 1.4
    frequency_per_speed: float = 0.0
    standing_threshold: float = 0.1
    swing: float = 0.45
    swing_height: float = 0.06


@dataclass
class VelocityCommandCfg:
    """Ranges of the commanded velocity in the heading frame, resampled at random intervals.

    `lin_vel_x`, `lin_vel_y` in m/s, `ang_vel_z` in rad/s, `resample_s` in s; `standing` is the share of
    commands that are zero.
    """

    lin_vel_x: tuple[float, float] = (-0.3, 0.6)
    lin_vel_y: tuple[float, float] = (-0.2, 0.2)
    ang_vel_z: tuple[float, float] = (-0.7, 0.7)
    resample_s: tuple[float, float] = (4.0, 10.0)
    standing: float = 0.1
    gait: GaitCfg = field(default_factory=GaitCfg)


@dataclass
class ObservationTerm:
    """One slice of an observation: `scale * func(env)`."""

    func: Callable[..., Any]
    mirror: Mirror
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
    """Changes worlds `ids` by `func(env, ids)`: once at `startup`, at each `reset`, or every `interval_s`."""

    func: Callable[..., Any]
    mode: Literal["startup", "reset", "interval"]
    interval_s: tuple[float, float] = (0.0, 0.0)
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class EnvCfg:
    """Everything that defines an environment. `robot` and `scene` are USD files."""

    task: str
    robot: Path
    scene: Path
    actor: dict[str, ObservationTerm]
    critic: dict[str, ObservationTerm]
    rewards: dict[str, RewardTerm]
    terminations: dict[str, TerminationTerm]
    events: dict[str, EventTerm]
    commands: VelocityCommandCfg = field(default_factory=VelocityCommandCfg)
    actions: ActionCfg = field(default_factory=ActionCfg)
    noise: SensorNoiseCfg = field(default_factory=SensorNoiseCfg)
    sim: SimCfg = field(default_factory=SimCfg)
    keyframe: str = "stand"
    episode_s: float = 20.0
