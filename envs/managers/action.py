"""Joint position targets from policy actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


class ActionManager:
    """Clips actions, remembers the last two, and turns them into joint position targets in rad."""

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self._env = env
        self.cfg = env.cfg.actions
        self.size = len(env.state.joint_names)
        shape = (env.num_envs, self.size)
        self.last = torch.zeros(shape, device=env.device)
        self.previous = torch.zeros(shape, device=env.device)
        self.before_previous = torch.zeros(shape, device=env.device)

    def apply(self, actions: torch.Tensor) -> None:
        """Clip `actions` (num_envs, joints) to +-`clip` (NaN counts as 0) and command the joints."""
        clip = self.cfg.clip
        self.before_previous.copy_(self.previous)
        self.previous.copy_(self.last)
        self.last.copy_(torch.nan_to_num(actions, nan=0.0).clamp(-clip, clip))
        self._env.world.set_ctrl(self._env.state.default_joint_pos + self.cfg.scale * self.last)

    def reset(self, ids: torch.Tensor) -> None:
        """Forget the past of worlds `ids`."""
        for buffer in (self.last, self.previous, self.before_previous):
            buffer[ids] = 0.0
