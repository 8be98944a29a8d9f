"""Terms of arms: reaching with the tool, and moving an object. The arm's base stands at the world's origin.

Objects are bodies of the scene with a free joint of their own, known by the body's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .. import rotations
from ..free_body import free_joint

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

# --- Observations, (num_envs, size) ---


def target(env: GaitwayVectorEnv) -> torch.Tensor:
    """Target position in the base frame, m, and the direction of the tool if the command has one."""
    return env.command.value


def tool_position(env: GaitwayVectorEnv) -> torch.Tensor:
    """Position of the tool in the base frame, m, (num_envs, 3)."""
    return env.state.sensor("tool_pos")


def tool_velocity(env: GaitwayVectorEnv) -> torch.Tensor:
    """Velocity of the tool, m/s, (num_envs, 3)."""
    return env.state.sensor("tool_linvel")


def tool_to_target(env: GaitwayVectorEnv) -> torch.Tensor:
    """From the tool to the target, m, (num_envs, 3)."""
    return env.command.position - env.state.sensor("tool_pos")


def object_position(env: GaitwayVectorEnv, body: str) -> torch.Tensor:
    """Position of the object in the base frame, m, (num_envs, 3); on a robot, perception gives it."""
    start, _ = free_joint(env, body)
    return env.state.qpos[:, start : start + 3]


def object_quaternion(env: GaitwayVectorEnv, body: str) -> torch.Tensor:
    """Orientation of the object, wxyz with w >= 0, (num_envs, 4); on a robot, perception gives it."""
    start, _ = free_joint(env, body)
    value = env.state.qpos[:, start + 3 : start + 7]
    return torch.where(value[:, :1] < 0, -value, value)


def object_velocity(env: GaitwayVectorEnv, body: str) -> torch.Tensor:
    """Velocity of the object, m/s, (num_envs, 3)."""
    _, start = free_joint(env, body)
    return env.state.qvel[:, start : start + 3]


def tool_to_object(env: GaitwayVectorEnv, body: str) -> torch.Tensor:
    """From the tool to the object, m, (num_envs, 3)."""
    return object_position(env, body) - env.state.sensor("tool_pos")


def object_to_target(env: GaitwayVectorEnv, body: str) -> torch.Tensor:
    """From the object to the target, m, (num_envs, 3)."""
    return env.command.position - object_position(env, body)


# --- Rewards, (num_envs,) ---


def tool_at_target(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 with the tool on the target; 1 - tanh(distance / `sigma`), `sigma` in m."""
    return _closeness(tool_to_target(env), sigma)


def tool_direction(env: GaitwayVectorEnv, sigma: float) -> torch.Tensor:
    """1 with the tool's Z axis along the target's direction; `sigma` in rad."""
    w, x, y, z = env.state.sensor("tool_quat").unbind(-1)
    axis = torch.stack((2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)), dim=-1)
    return _closeness(axis - env.command.direction, sigma)


def tool_at_object(env: GaitwayVectorEnv, body: str, sigma: float) -> torch.Tensor:
    """1 with the tool in the middle of the object; `sigma` in m."""
    return _closeness(tool_to_object(env, body), sigma)


def object_lifted(env: GaitwayVectorEnv, body: str, height: float) -> torch.Tensor:
    """Height of the object's middle above `height` m, up to 0.1 m above it, as a share of that."""
    return ((object_position(env, body)[:, 2] - height) / 0.1).clamp(0.0, 1.0)


def object_at_target(
    env: GaitwayVectorEnv, body: str, sigma: float, above: float | None = None
) -> torch.Tensor:
    """1 with the object on the target; `sigma` in m. Counts only `above` a height in m, if given."""
    value = _closeness(object_to_target(env, body), sigma)
    return value if above is None else value * (object_position(env, body)[:, 2] > above)


def object_in_box(
    env: GaitwayVectorEnv, body: str, low: tuple[float, float, float], high: tuple[float, float, float]
) -> torch.Tensor:
    """1 while the object's middle is between two corners, m."""
    axes = zip(object_position(env, body).unbind(-1), low, high, strict=True)
    inside = [(value > least) & (value < most) for value, least, most in axes]
    return (inside[0] & inside[1] & inside[2]).float()


def joint_speed(env: GaitwayVectorEnv) -> torch.Tensor:
    """Squared joint velocities, rad^2/s^2."""
    return env.state.joint_vel.square().sum(-1)


def _closeness(offset: torch.Tensor, sigma: float) -> torch.Tensor:
    return 1.0 - torch.tanh(offset.norm(dim=-1) / sigma)


# --- Terminations ---


def object_fell(env: GaitwayVectorEnv, body: str, height: float) -> torch.Tensor:
    """The object's middle is below `height` m: it left the table."""
    return object_position(env, body)[:, 2] < height


def object_far(env: GaitwayVectorEnv, body: str, reach: float) -> torch.Tensor:
    """The object's middle is farther than `reach` m from the base's vertical axis: no arm gets it back."""
    return object_position(env, body)[:, :2].norm(dim=-1) > reach


# --- Events ---


def reset_arm(env: GaitwayVectorEnv, mask: torch.Tensor, joint_noise: float = 0.3) -> None:
    """Put arms at rest near their default pose: +-`joint_noise` rad on each driven joint, in its range."""
    env.world.reset(mask, _poses_near_default(env, joint_noise), _rest(env))


def reset_arm_and_object(
    env: GaitwayVectorEnv,
    mask: torch.Tensor,
    body: str,
    x: tuple[float, float],
    y: tuple[float, float],
    joint_noise: float = 0.1,
) -> None:
    """Reset arms; lay the object at rest at a random place (m) and yaw, at the height the scene gave it."""
    qpos = _poses_near_default(env, joint_noise)
    start, _ = free_joint(env, body)
    draw = env.uniform((env.num_envs, 3))
    for axis, (low, high) in enumerate((x, y)):
        qpos[:, start + axis] = low + (high - low) * draw[:, axis]
    qpos[:, start + 3 : start + 7] = rotations.from_yaw(torch.pi * (2.0 * draw[:, 2] - 1.0))
    env.world.reset(mask, qpos, _rest(env))


def _poses_near_default(env: GaitwayVectorEnv, joint_noise: float) -> torch.Tensor:
    state, count = env.state, env.num_envs
    low, high = state.joint_range.unbind(-1)
    noise = joint_noise * (2.0 * env.uniform((count, len(low))) - 1.0)
    qpos = state.default_qpos.repeat(count, 1)
    qpos[:, state.qpos_index] = (state.default_joint_pos + noise).clamp(low, high)
    return qpos


def _rest(env: GaitwayVectorEnv) -> torch.Tensor:
    return torch.zeros(env.num_envs, env.model.nv, device=env.device)
