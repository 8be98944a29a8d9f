"""A place to bring something to: the tool of an arm, or an object."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from ..masks import write

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


@dataclass
class TargetCommandCfg:
    """Where targets are drawn, around the base of an arm that stands at the world's origin.

    `radius` is the distance from the base's vertical axis and `height` that above its foot, in m; `azimuth`
    in rad, 0 along X. Each is uniform, and every target stays for `hold_s` s. With `tilt`, a target has a
    direction for the tool's Z axis too: down, leaning up to `tilt` rad to any side.
    """

    radius: tuple[float, float] = (0.3, 0.65)
    azimuth: tuple[float, float] = (-1.6, 1.6)
    height: tuple[float, float] = (0.1, 0.7)
    hold_s: float = 4.0
    tilt: float | None = None

    def build(self, env: GaitwayVectorEnv) -> TargetCommand:
        """Targets for `env`."""
        return TargetCommand(env, self)


class TargetCommand:
    """Per-world target: `value` is its position (num_envs, 3) in m in the base frame.

    With `tilt` it is (num_envs, 6), the unit vector for the tool's Z axis after the position.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: TargetCommandCfg) -> None:
        self._env = env
        self.cfg = cfg
        self.value = torch.zeros(env.num_envs, 3 if cfg.tilt is None else 6, device=env.device)
        self._time_left = torch.zeros(env.num_envs, device=env.device)
        self.reset(torch.ones(env.num_envs, dtype=torch.bool, device=env.device))

    @property
    def position(self) -> torch.Tensor:
        """Position of the target, (num_envs, 3)."""
        return self.value[:, :3]

    @property
    def direction(self) -> torch.Tensor:
        """Where the tool's Z axis should point, (num_envs, 3), unit; empty without `tilt`."""
        return self.value[:, 3:]

    def reset(self, mask: torch.Tensor) -> None:
        """Draw new targets for the worlds in `mask` (num_envs,)."""
        write(self._time_left, mask, self.cfg.hold_s)
        write(self.position, mask, self._draw_position())
        if self.cfg.tilt is not None:
            write(self.direction, mask, self._draw_direction(self.cfg.tilt))

    def step(self) -> None:
        """Draw new targets where the time of the old ones is over."""
        self._time_left -= self._env.step_dt
        over = self._time_left <= 0.5 * self._env.step_dt
        if self._env.some(over):
            self.reset(over)

    def set(self, value: torch.Tensor) -> None:
        """Give every world the target `value`, (size,) or (num_envs, size), until the next reset."""
        self.value[:] = value
        self._time_left[:] = torch.inf

    def _draw_position(self) -> torch.Tensor:
        ranges = (self.cfg.radius, self.cfg.azimuth, self.cfg.height)
        draw = self._env.uniform((self._env.num_envs, 3)).unbind(-1)
        radius, azimuth, height = (
            low + (high - low) * u for (low, high), u in zip(ranges, draw, strict=True)
        )
        return torch.stack((radius * torch.cos(azimuth), radius * torch.sin(azimuth), height), dim=-1)

    def _draw_direction(self, tilt: float) -> torch.Tensor:
        draw = self._env.uniform((self._env.num_envs, 2))
        lean, around = tilt * draw[:, 0], 2 * math.pi * draw[:, 1]
        sin = torch.sin(lean)
        return torch.stack((sin * torch.cos(around), sin * torch.sin(around), -torch.cos(lean)), dim=-1)
