"""Terms of tasks in which a robot drives to a goal and sees what is in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..sensors.cameras import CameraCfg, depth_of
from ..sensors.footprint import Footprint
from ..sensors.lidar import LidarCfg, lidar_of
from ..sensors.once import once_per_env

if TYPE_CHECKING:
    from ..vector_env import GaitwayVectorEnv

# --- Observations ---


def lidar(env: GaitwayVectorEnv, cfg: LidarCfg) -> torch.Tensor:
    """Ranges as shares of the longest, row by row, each from right to left, (num_envs, rows * sectors)."""
    reading = lidar_of(env, cfg).read(env.generator if env.noise else None)
    return reading.flatten(1) / cfg.max_range


def depth(env: GaitwayVectorEnv, cfg: CameraCfg, rows: int, columns: int) -> torch.Tensor:
    """Nearest depth of each part of the picture, from the top left, as shares of the farthest.

    (num_envs, rows * columns); `rows` and `columns` divide the picture's height and width.
    """
    picture = depth_of(env, cfg)
    parts = picture.unflatten(2, (columns, -1)).unflatten(1, (rows, -1))
    return parts.amin((2, 4)).flatten(1) / cfg.max_depth


def goal(env: GaitwayVectorEnv, farthest: float) -> torch.Tensor:
    """Direction (x, y) to the goal in the heading frame, distance as a share of `farthest` m."""
    value = env.command.value[:, :3]
    return torch.cat((value[:, :2], (value[:, 2:] / farthest).clamp(max=1.0)), dim=-1)


def waypoint(env: GaitwayVectorEnv) -> torch.Tensor:
    """Direction (x, y) in the heading frame of the way on the map, and distance in m; (num_envs, 3)."""
    return env.command.value[:, 3:]


def clearance(env: GaitwayVectorEnv, farthest: float) -> torch.Tensor:
    """Gap between the hull and the nearest thing, at most `farthest` m, (num_envs, 1). No sensor tells it."""
    return _clearance(env)[:, None].clamp(max=farthest)


# --- Rewards ---


def progress(env: GaitwayVectorEnv) -> torch.Tensor:
    """Speed at which the way to the goal gets shorter, around everything in it, m/s, at most 3 either way.

    Where a robot is thrown into a wall, the way from there may be any length.
    """
    return (env.command.progress / env.step_dt).clamp(-3.0, 3.0)


def arrival(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 at the step the goal is met, as a rate (so that its weight is paid once)."""
    return env.command.reached.float() / env.step_dt


def crash(env: GaitwayVectorEnv) -> torch.Tensor:
    """1 at the step at which the termination `collision` ends the episode, as a rate."""
    return env.terminations.fired["collision"].float() / env.step_dt


def nearness(env: GaitwayVectorEnv, margin: float) -> torch.Tensor:
    """How far the hull is within `margin` m of the nearest thing, as a share of it."""
    return (1.0 - _clearance(env) / margin).clamp(0.0, 1.0)


def reversing(env: GaitwayVectorEnv) -> torch.Tensor:
    """Speed backwards, where the robot cannot see, m/s."""
    return (-env.state.root_lin_vel_h[:, 0]).clamp(min=0.0)


# --- Terminations ---


def reached(env: GaitwayVectorEnv) -> torch.Tensor:
    """The goal is met."""
    return env.command.reached


def collision(env: GaitwayVectorEnv, gap: float) -> torch.Tensor:
    """The hull is within `gap` m of something."""
    return _clearance(env) < gap


# --- Events ---


def redraw_layouts(env: GaitwayVectorEnv, mask: torch.Tensor) -> None:
    """With a new seed, other layouts."""
    env.command.redraw_layouts()


def place_robot_and_furniture(env: GaitwayVectorEnv, mask: torch.Tensor) -> None:
    """Put the robot at rest at its start, and the furniture where the episode's layout has it."""
    command = env.command
    qpos = env.state.default_qpos.repeat(env.num_envs, 1)
    qpos[:, :2], qpos[:, 3:7] = command.start, command.start_quat
    rest = torch.zeros(env.num_envs, env.model.nv, device=env.device)
    env.world.reset(mask, qpos, rest, command.furniture())


def _clearance(env: GaitwayVectorEnv) -> torch.Tensor:
    return once_per_env(env, "footprint", lambda: Footprint(env.model, env.world)).clearance()
