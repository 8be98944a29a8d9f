"""Observation terms, each (num_envs, size). Those under "Measured" exist on a real robot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .. import rotations

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

# --- Measured: an actor may see these. The edge runtime builds the same from raw sensors. ---


def base_ang_vel(env: GaitwayVectorEnv) -> torch.Tensor:
    """Gyroscope reading in the IMU frame, rad/s, (num_envs, 3)."""
    return env.measurements.gyro


def projected_gravity(env: GaitwayVectorEnv) -> torch.Tensor:
    """World -Z as a unit vector in the IMU frame, from its orientation estimate, (num_envs, 3)."""
    return rotations.projected_gravity(env.measurements.quat)


def joint_pos(env: GaitwayVectorEnv) -> torch.Tensor:
    """Measured joint positions relative to the default pose, rad."""
    return env.measurements.joint_pos - env.state.default_joint_pos


def joint_vel(env: GaitwayVectorEnv) -> torch.Tensor:
    """Measured joint velocities, rad/s."""
    return env.measurements.joint_vel


def last_action(env: GaitwayVectorEnv) -> torch.Tensor:
    """The action of the last step after clipping, before scaling."""
    return env.actions.last


def velocity_command(env: GaitwayVectorEnv) -> torch.Tensor:
    """Commanded vx, vy (m/s, heading frame) and yaw rate (rad/s), (num_envs, 3)."""
    return env.command.value


def gait_phase(env: GaitwayVectorEnv) -> torch.Tensor:
    """Sine and cosine of the gait clock, (num_envs, 2); both zero when standing."""
    angle = 2 * torch.pi * env.command.phase
    return torch.stack((torch.sin(angle), torch.cos(angle)), dim=-1) * env.command.moving[:, None]


def head_command(env: GaitwayVectorEnv) -> torch.Tensor:
    """Commanded positions of the joints of neck and head, rad, in their order."""
    return env.command.head


def gait_style(env: GaitwayVectorEnv) -> torch.Tensor:
    """Commanded step frequency, Hz, and swing height, dm, (num_envs, 2)."""
    return torch.stack((env.command.frequency, 10.0 * env.command.swing_height), dim=-1)


# --- Privileged: for critics only. ---


def true_base_ang_vel(env: GaitwayVectorEnv) -> torch.Tensor:
    """Angular velocity of the base in its own frame, rad/s, (num_envs, 3)."""
    return env.state.root_ang_vel_b


def true_projected_gravity(env: GaitwayVectorEnv) -> torch.Tensor:
    """World -Z as a unit vector in the base frame, (num_envs, 3)."""
    return env.state.projected_gravity


def true_joint_pos(env: GaitwayVectorEnv) -> torch.Tensor:
    """Joint positions relative to the default pose, rad."""
    return env.state.joint_pos - env.state.default_joint_pos


def true_joint_vel(env: GaitwayVectorEnv) -> torch.Tensor:
    """Joint velocities, rad/s."""
    return env.state.joint_vel


def base_lin_vel(env: GaitwayVectorEnv) -> torch.Tensor:
    """Velocity of the base in the heading frame, m/s, (num_envs, 3)."""
    return env.state.root_lin_vel_h


def base_height(env: GaitwayVectorEnv) -> torch.Tensor:
    """Height of the base above the ground, relative to its default, m, (num_envs, 1)."""
    return env.state.root_height[:, None] - env.state.default_height


def feet_height(env: GaitwayVectorEnv) -> torch.Tensor:
    """Height of each sole above the ground, m, (num_envs, feet)."""
    return env.state.feet_height


def feet_contact(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 where a foot touches something, (num_envs, feet)."""
    return env.state.feet_contact.float()


def feet_velocity(env: GaitwayVectorEnv) -> torch.Tensor:
    """Velocity of each sole in the heading frame, m/s, (num_envs, 3 * feet)."""
    state = env.state
    quat = rotations.from_yaw(state.heading)[:, None].expand(-1, state.feet_vel.shape[1], -1)
    return rotations.rotate_inverse(quat, state.feet_vel).flatten(1)


def height_scan(env: GaitwayVectorEnv, length: float, width: float, spacing: float) -> torch.Tensor:
    """Ground below the base on a grid in the heading frame: its height minus the base's, plus the default, m.

    The grid is `length` x `width` m around the base, points every `spacing` m, row by row from the rear
    right; (num_envs, points), clipped to +-1 m. Zero everywhere on flat ground while the base is at its
    default height.
    """
    state = env.state
    counts = (grid_points(length, spacing), grid_points(width, spacing))
    x, y = (spacing * (torch.arange(count, device=env.device) - count // 2) for count in counts)
    grid = torch.cartesian_prod(x, y)
    cos, sin = torch.cos(state.heading)[:, None], torch.sin(state.heading)[:, None]
    points = torch.stack((cos * grid[:, 0] - sin * grid[:, 1], sin * grid[:, 0] + cos * grid[:, 1]), dim=-1)
    points += state.root_pos[:, None, :2]
    ground = env.terrain.height(points) if env.terrain is not None else torch.zeros_like(points[..., 0])
    return (ground - state.root_pos[:, 2:3] + state.default_height).clamp(-1.0, 1.0)


def grid_points(edge: float, spacing: float) -> int:
    """How many points lie along an edge; odd, so that one is in the middle."""
    return 2 * round(edge / 2 / spacing) + 1
