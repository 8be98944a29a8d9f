"""What the robot's sensors say, with their noise: all that an actor or the edge runtime sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .config import SensorNoiseCfg
from .delay import DelayLine, steps_of
from .masks import write

if TYPE_CHECKING:
    from .vector_env import GaitwayVectorEnv


class Measurements:
    """One reading of every sensor per env step, (num_envs, ...), float32.

    `gyro` is in rad/s and `quat` (`wxyz`) turns the IMU frame into the world, on robots with an `imu`;
    `joint_pos` (rad) and `joint_vel` (rad/s) follow the robot's joints. Noise is uniform, and drawn from the
    env's generator. `joint_pos_bias` (num_envs, joints) in rad is what encoders read too much.
    """

    def __init__(self, env: GaitwayVectorEnv, cfg: SensorNoiseCfg) -> None:
        self._env, self.cfg = env, cfg
        self._has_imu = env.state.has_sensor("imu_gyro") and env.state.has_sensor("imu_quat")
        joints = len(env.state.joint_names)
        self.joint_pos_bias = torch.zeros(env.num_envs, joints, device=env.device)
        # Columns: gyro (3), rotation vector of the orientation error (3), joint positions, joint velocities.
        scales = [cfg.gyro] * 3 + [cfg.orientation] * 3 + [cfg.joint_pos] * joints + [cfg.joint_vel] * joints
        self._scale = torch.tensor(scales, device=env.device)
        self._noise_split = [3, 3, joints, joints]
        self._sizes = [3, 4, joints, joints] if self._has_imu else [joints, joints]
        self._age = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)
        self._ages = steps_of(cfg.latency_s, env.step_dt, "noise")
        self._newest = self._take()
        self._late = DelayLine(self._ages[1], self._newest) if self._ages[1] else None
        self._shown = self._newest if self._late is None else self._newest.clone()
        *imu, self.joint_pos, self.joint_vel = self._shown.split(self._sizes, dim=-1)
        self.gyro, self.quat = imu or (torch.empty(0), torch.empty(0))

    def refresh(self, started: torch.Tensor | None = None) -> None:
        """Take a new reading of the current state; worlds in the mask `started` begin an episode with it."""
        self._newest.copy_(self._take())
        if self._late is not None:
            self._late.push(self._newest)
        self._show(started)

    def restart(self, started: torch.Tensor) -> None:
        """Worlds in the mask `started` begin an episode with a new reading; others keep theirs."""
        write(self._newest, started, self._take())
        self._show(started)

    def _show(self, started: torch.Tensor | None) -> None:
        """Let everybody see the newest reading, or a late one; worlds that start forget what was before."""
        if self._late is None:
            return
        if started is not None:
            low, high = self._ages
            drawn = low + (high - low + 1) * self._env.uniform((self._env.num_envs,))
            write(self._age, started, drawn.long().clamp(max=high))
            self._late.restart(started, self._newest)
        self._shown.copy_(self._late.read(self._age))

    def _take(self) -> torch.Tensor:
        """What the sensors say now, side by side, (num_envs, size)."""
        env, state = self._env, self._env.state
        joint_pos, joint_vel = state.joint_pos + self.joint_pos_bias, state.joint_vel
        imu = [state.sensor("imu_gyro"), state.sensor("imu_quat")] if self._has_imu else []
        if env.noise:
            noise = (2.0 * env.uniform((env.num_envs, len(self._scale))) - 1.0) * self._scale
            gyro, rotation, pos, vel = noise.split(self._noise_split, dim=-1)
            joint_pos, joint_vel = joint_pos + pos, joint_vel + vel
            if self._has_imu:
                imu = [imu[0] + gyro, _perturb(imu[1], rotation)]
        return torch.cat([*imu, joint_pos, joint_vel], dim=-1)


def _perturb(quat: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
    """`quat` followed by a small rotation vector (rad) in its own frame, to first order and normalized."""
    w, xyz = quat[:, :1], quat[:, 1:]
    half = 0.5 * rotation
    turned = torch.cat(
        (w - (xyz * half).sum(-1, keepdim=True), xyz + w * half + torch.linalg.cross(xyz, half)), dim=-1
    )
    return turned / turned.norm(dim=-1, keepdim=True)
