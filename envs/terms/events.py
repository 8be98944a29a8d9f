"""Event terms `(env, mask, **params)`: resets and pushes; what differs between worlds: `randomization.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .. import rotations

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv


def reset_robot(
    env: GaitwayVectorEnv,
    mask: torch.Tensor,
    joint_noise: float = 0.1,
    lin_vel: float = 0.2,
    ang_vel: float = 0.2,
) -> None:
    """Put robots near their default pose, at a random heading.

    Uniform noise of +-`joint_noise` rad on joints, +-`lin_vel` m/s and +-`ang_vel` rad/s on the base.
    """
    state, count = env.state, env.num_envs

    def noise(size: int, scale: float) -> torch.Tensor:
        return scale * (2.0 * env.uniform((count, size)) - 1.0)

    qpos = state.default_qpos.repeat(count, 1)
    base = qpos[:, state.base_qpos :]
    base[:, 3:7] = rotations.from_yaw(noise(1, torch.pi).squeeze(-1))
    qpos[:, state.own_qpos_index] += noise(len(state.own_qpos_index), joint_noise)
    if env.terrain is not None:
        base[:, :3] += env.terrain.origin()
        base[:, :2] += noise(2, env.terrain.cfg.platform / 4)
    qvel = torch.zeros(count, env.model.nv, device=env.device)
    base_velocity = qvel[:, state.base_qvel :]
    base_velocity[:, :3], base_velocity[:, 3:6] = noise(3, lin_vel), noise(3, ang_vel)
    env.world.reset(mask, qpos, qvel)


def reset_fallen(
    env: GaitwayVectorEnv, mask: torch.Tensor, height: float, standing: float = 0.1, joint_noise: float = 0.8
) -> None:
    """Drop robots from `height` m in any attitude, joints +-`joint_noise` rad from the default and in range.

    A share `standing` starts on its feet, so that standing is not forgotten.
    """
    state, count = env.state, env.num_envs
    qpos = state.default_qpos.repeat(count, 1)
    # Uniform attitudes: normal quaternions, made from pairs of uniform draws (Box and Muller, 1958).
    u, v = env.uniform((count, 4)).clamp(min=1e-7), env.uniform((count, 4))
    quat = (-2.0 * u.log()).sqrt() * torch.cos(2.0 * torch.pi * v)
    fallen = env.uniform((count,)) >= standing
    upright = rotations.from_yaw(torch.pi * (2.0 * env.uniform((count,)) - 1.0))
    base = qpos[:, state.base_qpos :]
    base[:, 3:7] = torch.where(fallen[:, None], quat / quat.norm(dim=-1, keepdim=True), upright)
    base[:, 2] = torch.where(fallen, height, base[:, 2])
    noise = joint_noise * (2.0 * env.uniform((count, len(state.own_qpos_index))) - 1.0) * fallen[:, None]
    low, high = state.own_joint_range.unbind(-1)
    joints = qpos[:, state.own_qpos_index] + noise
    qpos[:, state.own_qpos_index] = joints.clamp(low, high)
    env.world.reset(mask, qpos, torch.zeros(count, env.model.nv, device=env.device))


def push_robot(env: GaitwayVectorEnv, mask: torch.Tensor, lin_vel: float, ang_vel: float) -> None:
    """Kick the base: add +-`lin_vel` m/s in the plane and +-`ang_vel` rad/s about every axis."""
    qvel = env.world.view("qvel").clone()
    kick = 2.0 * env.uniform((env.num_envs, 5)) - 1.0
    base = qvel[:, env.state.base_qvel :]
    base[:, :2] += lin_vel * kick[:, :2]
    base[:, 3:6] += ang_vel * kick[:, 2:]
    env.world.set_velocity(mask, qvel)
