"""Where robots should get to, for whoever shows it."""

from __future__ import annotations

import numpy as np

from ..envs.commands.goal import GoalCommand
from ..envs.commands.target import TargetCommand
from ..envs.vector_env import GaitwayVectorEnv

_GOAL_HEIGHT = 0.1  # m above the floor


def marks(env: GaitwayVectorEnv) -> np.ndarray | None:
    """Goal or target of each world, (num_envs, 3) in m; None if the task has no such thing."""
    command = env.command
    if isinstance(command, TargetCommand):
        return command.position.cpu().numpy()
    if isinstance(command, GoalCommand):
        goal = command.goal.cpu().numpy()
        return np.concatenate([goal, np.full((len(goal), 1), _GOAL_HEIGHT)], axis=1)
    return None
