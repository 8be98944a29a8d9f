"""Commanded velocity and the gait clock that times the steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from ..masks import write

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


@dataclass
class GaitCfg:
    """Clock that times the steps: cycles per second, and more of them at speed.

    frequency = `frequency` + `frequency_per_speed` * |v_xy command|, in Hz; the clock rests at phase 0
    while |command| <= `standing_threshold`. `swing` is the share of a cycle that a foot is in the air,
    `swing_height` its apex in m. `offsets` says where in its cycle each foot is at phase 0, in the order of
    the robot's feet: a foot swings first, then stands.
    """

    frequency: float = 1.4
    frequency_per_speed: float = 0.0
    standing_threshold: float = 0.1
    swing: float = 0.45
    swing_height: float = 0.06
    offsets: tuple[float, ...] = (0.0, 0.5)


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

    def build(self, env: GaitwayVectorEnv) -> VelocityCommand:
        """Commands for `env`."""
        return VelocityCommand(env, self)


class VelocityCommand:
    """Per-world command (vx, vy in m/s in the heading frame, yaw rate in rad/s) and gait phase.

    `value` is (num_envs, 3); all others are (num_envs,): `phase` in [0, 1), `moving`, false where the command
    asks to stand, `moving_time`, for how many s it has not, and `frequency` (Hz, at rest) and `swing_height`
    (m), the config's unless a kind of command varies them.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: VelocityCommandCfg) -> None:
        self._env = env
        self.cfg = cfg
        self.value = torch.zeros(env.num_envs, 3, device=env.device)
        self.phase = torch.zeros(env.num_envs, device=env.device)
        self.moving = torch.zeros(env.num_envs, dtype=torch.bool, device=env.device)
        self.moving_time = torch.zeros(env.num_envs, device=env.device)
        self.frequency = torch.full((env.num_envs,), cfg.gait.frequency, device=env.device)
        self.swing_height = torch.full((env.num_envs,), cfg.gait.swing_height, device=env.device)
        self._time_left = torch.zeros(env.num_envs, device=env.device)
        ranges = (self.cfg.lin_vel_x, self.cfg.lin_vel_y, self.cfg.ang_vel_z)
        self._low = torch.tensor([low for low, _ in ranges], device=env.device)
        self._span = torch.tensor([high - low for low, high in ranges], device=env.device)
        self._offsets = torch.tensor(cfg.gait.offsets, device=env.device)

    def reset(self, mask: torch.Tensor) -> None:
        """Draw new commands for the worlds in `mask` (num_envs,) and start their clock at a random phase."""
        self._resample(mask)
        write(self.moving_time, mask, 0.0)
        write(self.phase, mask, self._env.uniform((self._env.num_envs,)) * self.moving)

    def step(self) -> None:
        """Draw new commands where their time is over, then advance the clock by one env step."""
        self._time_left -= self._env.step_dt
        over = self._time_left <= 0
        if self._env.some(over):
            self._resample(over)
        frequency = self.frequency + self.cfg.gait.frequency_per_speed * self.value[:, :2].norm(dim=-1)
        self.moving_time.add_(self._env.step_dt).mul_(self.moving)
        self.phase.add_(self._env.step_dt * frequency).remainder_(1.0).mul_(self.moving)

    def set(self, command: torch.Tensor) -> None:
        """Command every world by `command` (3,) or (num_envs, 3) and keep it until the next reset."""
        self.value[:] = command
        self._time_left[:] = torch.inf
        self.moving[:] = self.value.norm(dim=-1) > self.cfg.gait.standing_threshold

    def _resample(self, mask: torch.Tensor) -> None:
        count = self._env.num_envs
        command = self._low + self._span * self._env.uniform((count, 3))
        low, high = self.cfg.resample_s
        write(self._time_left, mask, low + (high - low) * self._env.uniform((count,)))
        standing = self._env.uniform((count,)) < self.cfg.standing
        standing |= command.norm(dim=-1) <= self.cfg.gait.standing_threshold
        write(self.value, mask, torch.where(standing[:, None], 0.0, command))
        write(self.moving, mask, ~standing)

    def feet_phase(self) -> torch.Tensor:
        """Phase of each foot's own cycle, (num_envs, feet) in [0, 1): it swings first, then stands."""
        return (self.phase[:, None] + self._offsets).remainder(1.0)

    def feet_swing(self) -> torch.Tensor:
        """Progress of each foot's swing, (num_envs, feet): in [0, 1) in the air, 1 while it should stand."""
        progress = (self.feet_phase() / self.cfg.gait.swing).clamp(max=1.0)
        return torch.where(self.moving[:, None], progress, 1.0)
