"""Terms of a forklift that picks up a pallet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .. import rotations

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

# --- Observations ---


def pallet_pose(env: GaitwayVectorEnv) -> torch.Tensor:
    """The pallet's face from the tips of the tines, in the heading frame; on a truck, a camera finds it.

    x, y in m, cosine and sine of the angle to the pallet's axis, (num_envs, 4).
    """
    return env.command.value


def joint_positions(env: GaitwayVectorEnv, joints: str) -> torch.Tensor:
    """Measured positions of the joints whose whole name `joints` matches, rad or m."""
    return env.measurements.joint_pos.index_select(1, env.state.columns(f"^({joints})$"))


def joint_velocities(env: GaitwayVectorEnv, joints: str) -> torch.Tensor:
    """Measured velocities of the joints whose whole name `joints` matches, rad/s or m/s."""
    return env.measurements.joint_vel.index_select(1, env.state.columns(f"^({joints})$"))


def docking(env: GaitwayVectorEnv) -> torch.Tensor:
    """Depth of the tines in the pallet, its height, how far it was pushed, m, and its tilt. Privileged."""
    command = env.command
    return torch.stack((command.depth, command.height, command.moved, command.tilt), dim=-1)


# --- Rewards ---


def approach(env: GaitwayVectorEnv) -> torch.Tensor:
    """Speed at which the tips near the place where they belong, m/s."""
    return env.command.gains[0] / env.step_dt


def insertion(env: GaitwayVectorEnv) -> torch.Tensor:
    """Speed at which the tines get deeper into the pallet, m/s."""
    return env.command.gains[1] / env.step_dt


def lifting(env: GaitwayVectorEnv) -> torch.Tensor:
    """Speed at which the pallet rises on tines that are in, m/s."""
    return env.command.gains[2] / env.step_dt


def off_axis(env: GaitwayVectorEnv) -> torch.Tensor:
    """How far the tips are beside the pallet's axis, m, at most 1."""
    return env.command.lateral.abs().clamp(max=1.0)


def heading_error(env: GaitwayVectorEnv) -> torch.Tensor:
    """Angle between forks and pallet, rad."""
    return env.command.turned


def success(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 at the step the pallet is picked up, as a rate (so that its weight is paid once)."""
    return env.command.reached.float() / env.step_dt


def failed(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 at the step an episode ends without the pallet, as a rate."""
    return (env.terminated & ~env.command.reached).float() / env.step_dt


# --- Terminations ---


def picked_up(env: GaitwayVectorEnv) -> torch.Tensor:
    """The tines are in, and the pallet is off the floor."""
    return env.command.reached


def pallet_pushed(env: GaitwayVectorEnv, distance: float, tilt: float) -> torch.Tensor:
    """The pallet is more than `distance` m from where it stood, or leans by more than the sine `tilt`."""
    return (env.command.moved > distance) | (env.command.tilt > tilt)


def too_far(env: GaitwayVectorEnv, distance: float) -> torch.Tensor:
    """The tips are more than `distance` m from where they belong."""
    return env.command.distance > distance


# --- Events ---


def reset_before_pallet(
    env: GaitwayVectorEnv,
    mask: torch.Tensor,
    distance: tuple[float, float],
    lateral: float,
    turn: float,
) -> None:
    """Put trucks at rest with their tips `distance` m before the pallet, which stands as the scene says.

    Tips are up to +-`lateral` m beside the pallet's axis, and forks up to +-`turn` rad off it.
    """
    state, command = env.state, env.command
    draw = env.uniform((env.num_envs, 3))
    qpos = state.default_qpos.repeat(env.num_envs, 1)
    pallet, base = command.pallet_qpos, state.base_qpos
    ahead = command.cfg.half_length + distance[0] + (distance[1] - distance[0]) * draw[:, 0]
    beside, heading = lateral * (2 * draw[:, 1] - 1), turn * (2 * draw[:, 2] - 1)
    axis = rotations.yaw(qpos[:, pallet + 3 : pallet + 7])
    cos, sin, heading = torch.cos(axis), torch.sin(axis), axis + heading
    x = qpos[:, pallet] - cos * ahead - sin * beside - command.cfg.reach * torch.cos(heading)
    y = qpos[:, pallet + 1] - sin * ahead + cos * beside - command.cfg.reach * torch.sin(heading)
    qpos[:, base], qpos[:, base + 1] = x, y
    qpos[:, base + 3 : base + 7] = rotations.from_yaw(heading)
    env.world.reset(mask, qpos, torch.zeros(env.num_envs, env.model.nv, device=env.device))
    state.refresh()
    command.start(mask)
