"""Walking commands with an artist's extras: where the head looks, and how the legs step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from ..masks import write
from .velocity import VelocityCommand, VelocityCommandCfg

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


@dataclass
class PerformCommandCfg(VelocityCommandCfg):
    """Ranges of head pose and gait style, drawn together with the velocity.

    `head_joints` is a regular expression of joint names; each is commanded anywhere in the share `head_range`
    of its limits. `frequency` in Hz and `swing_height` in m replace those of `gait`.
    """

    head_joints: str = "(neck|head)_.*"
    head_range: float = 0.6
    frequency: tuple[float, float] = (1.2, 1.6)
    swing_height: tuple[float, float] = (0.03, 0.07)

    def build(self, env: GaitwayVectorEnv) -> PerformCommand:
        """Commands for `env`.

        Raises:
            ValueError: the policy drives no joint named by `head_joints`.
        """
        return PerformCommand(env, self)


class PerformCommand(VelocityCommand):
    """A velocity command with `head` (num_envs, head joints) in rad, and a gait style per world.

    `head_columns` are the head's joints among those the policy drives, `head_index` the same on the device.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: PerformCommandCfg) -> None:
        super().__init__(env, cfg)
        names = env.state.joint_names
        self.head_index = env.state.columns(f"^({cfg.head_joints})$")
        self.head_columns: list[int] = self.head_index.tolist()
        if not self.head_columns:
            raise ValueError(
                f"commands.head_joints '{cfg.head_joints}' matches no joint of the policy; there are "
                f"{', '.join(names)}."
            )
        low, high = env.state.joint_range[self.head_columns].unbind(-1)
        default = env.state.default_joint_pos[self.head_columns]
        lows = torch.cat((default + cfg.head_range * (low - default), _ends(cfg, 0).to(low)))
        highs = torch.cat((default + cfg.head_range * (high - default), _ends(cfg, 1).to(low)))
        self._style_low, self._style_span = lows, highs - lows
        self.head = default.repeat(env.num_envs, 1)

    def _resample(self, mask: torch.Tensor) -> None:
        super()._resample(mask)
        drawn = self._env.uniform((self._env.num_envs, len(self._style_low)))
        style = self._style_low + self._style_span * drawn
        write(self.head, mask, style[:, :-2])
        write(self.frequency, mask, style[:, -2])
        write(self.swing_height, mask, style[:, -1])


def _ends(cfg: PerformCommandCfg, end: int) -> torch.Tensor:
    return torch.tensor([cfg.frequency[end], cfg.swing_height[end]])
