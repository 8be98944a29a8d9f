"""A robot's cameras and inertial unit while physics goes on, for robots that act on what they sense."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from ...envs.sensors.imu import add_errors, ideal_imu
from ...perception.camera import Camera
from ...perception.poses import pose_of
from ...perception.recording import ImuNoise, ImuSamples
from .hall import Hall
from .motion import Motion
from .rig import RecordCfg, Rig

Array = npt.NDArray[np.floating]
LAG = 0.02
"""A picture is of this many s ago: the middle of its exposure, which must have ended."""


class Senses:
    """Measures along a motion that is not over yet. The body frame is the inertial unit's.

    Args:
        hall: where the robot is.
        cfg: of its cameras and noise.
        start: its state (nq,) at time 0.
        longest: s that it may move.
        imu_every: steps of physics from sample to sample of the inertial unit.

    Attributes:
        motion: up to now.
        noise: of the inertial unit.
    """

    def __init__(self, hall: Hall, cfg: RecordCfg, start: Array, longest: float, imu_every: int) -> None:
        dt = hall.physics.opt.timestep
        states = np.tile(start, (round(longest / dt) + 2, 1))
        self.motion = Motion(np.arange(len(states)) * dt, states)
        self.noise, self._rig = ImuNoise(), Rig(hall, self.motion, cfg)
        self._model, self._kinematics = hall.physics, mujoco.MjData(hall.physics)
        self._site = hall.physics.site(hall.robot.body).id
        self._imu_every, self._steps = imu_every, 0
        self._rng, self._bias = np.random.default_rng([cfg.seed, 20]), np.zeros((2, 3))
        self._body, self._imu_told = [self._body_pose(start)], 1

    @property
    def time(self) -> float:
        """Of physics, s."""
        return self._steps * self.motion.dt

    @property
    def true_pose(self) -> Array:
        """`world_from_body` (4, 4) at the newest sample of the inertial unit; for judges."""
        return self._body[-1]

    def true_pose_at(self, time: float) -> Array:
        """`world_from_body` (4, 4) at a time up to now, s; for judges."""
        return self._body_pose(self.motion.at(time))

    def calibration(self) -> dict[str, Camera]:
        """Its cameras by name."""
        return self._rig.calibration(self._body[0])

    def move_to(self, qpos: Array) -> None:
        """Take over the state (nq,) after the next step of physics."""
        self._steps += 1
        self.motion.qpos[self._steps : self._steps + 2] = qpos
        if self._steps % self._imu_every == 0:
            self._body.append(self._body_pose(qpos))

    def imu(self) -> ImuSamples:
        """Samples since the last call, up to the newest but one."""
        first, end = self._imu_told, len(self._body) - 1
        self._imu_told = max(first, end)
        dt = self._imu_every * self.motion.dt
        times = np.arange(first, end) * dt
        if first >= end:
            return ImuSamples(times, np.empty((0, 3)), np.empty((0, 3)))
        poses = np.array(self._body[first - 1 : end + 1])
        ideal = ideal_imu(poses[:, :3, 3], poses[:, :3, :3], dt)
        noise = ((self.noise.gyro, self.noise.gyro_walk), (self.noise.accel, self.noise.accel_walk))
        readings = []
        for k, (values, (density, walk)) in enumerate(zip(ideal, noise, strict=True)):
            noisy, bias = add_errors(values, 1 / dt, density, walk, self._rng)
            readings.append(noisy + self._bias[k])
            self._bias[k] += bias[-1]
        return ImuSamples(times, *readings)

    def look(self) -> tuple[float, dict[str, np.ndarray]]:
        """Time in s and pictures by name, `LAG` s ago."""
        time = self.time - LAG
        return time, self._rig.take(time)

    def _body_pose(self, qpos: Array) -> Array:
        data = self._kinematics
        data.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, data)
        return pose_of(data.site_xpos[self._site], data.site_xmat[self._site].reshape(3, 3))
