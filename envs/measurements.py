"""What the robot's sensors say, with their noise: all that an actor or the edge runtime sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .config import SensorNoiseCfg

if TYPE_CHECKING:
    from .vector_env import GaitwayVectorEnv


class Measurements:
    """One reading of every sensor per env step, (num_envs, ...), float32.

    `gyro` is in rad/s and `quat` (`wxyz`) turns the IMU frame into the world, on robots with an `imu`;
    `joint_pos` (rad) and `joint_vel` (rad/s) follow the robot's joints. Noise is uniform, and drawn from the
    env's generator.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: SensorNoiseCfg) -> None:
        self._env, self.cfg = env, cfg
        self.gyro = self.quat = self.joint_pos = self.joint_vel = torch.empty(0)
        self._has_imu = env.state.has_sensor("imu_gyro") and env.state.has_sensor("imu_quat")
        joints = len(env.state.joint_names)
        # Columns: gyro (3), rotation vector of the orientation error (3), joint positions, joint velocities.
        scales = [cfg.gyro] * 3 + [cfg.orientation] * 3 + [cfg.joint_pos] * joints + [cfg.joint_vel] * joints
        self._scale = torch.tensor(scales, device=env.device)
        self._split = [3, 3, joints, joints]
        self.refresh()

    def refresh(self) -> None:
        """Take a new reading of the current state."""
        env, state = self._env, self._env.state
        self.joint_pos, self.joint_vel = state.joint_pos, state.joint_vel
        if self._has_imu:
            self.gyro, self.quat = state.sensor("imu_gyro"), state.sensor("imu_quat")
        if not env.noise:
            return
        noise = (2.0 * env.uniform((env.num_envs, len(self._scale))) - 1.0) * self._scale
        gyro, rotation, joint_pos, joint_vel = noise.split(self._split, dim=-1)
        if self._has_imu:
            self.gyro = self.gyro + gyro
            self.quat = _perturb(self.quat, rotation)
        self.joint_pos = self.joint_pos + joint_pos
        self.joint_vel = self.joint_vel + joint_vel


def _perturb(quat: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
    """`quat` followed by a small rotation vector (rad) in its own frame, to first order and normalized."""
    w, xyz = quat[:, :1], quat[:, 1:]
    half = 0.5 * rotation
    turned = torch.cat(
        (w - (xyz * half).sum(-1, keepdim=True), xyz + w * half + torch.linalg.cross(xyz, half)), dim=-1
    )
    return turned / turned.norm(dim=-1, keepdim=True)
