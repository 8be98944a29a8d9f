"""An AMR in physics with what it can feel and see, told wheel speeds tick by tick."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import numpy.typing as npt

from ...deploy_jetson.route import heading
from ...envs.sensors.imu import add_errors, ideal_imu
from ...envs.sensors.wheel_odometry import WheelCfg, wheel_odometry
from ...perception.camera import Camera
from ...perception.poses import pose_of
from ...perception.recording import ImuNoise, ImuSamples, WheelSamples
from ..record.drive import RADIUS, TRACK, Motion
from ..record.frames import RecordCfg, calibration, rig_cameras
from ..record.hall import Hall, Scenery

Array = npt.NDArray[np.floating]
LAG = 0.02
"""A picture is of this many s ago: the middle of its exposure, which must have ended."""
_IMU_EVERY, _WHEELS_EVERY = 2, 10  # physics steps


class SensingRobot:
    """Steps physics, and gives what the sensors measured meanwhile. Its body frame is the inertial unit's.

    Args:
        hall: where it stands.
        cfg: of its cameras and noise.
        longest: s that it may be driven.
    """

    def __init__(self, hall: Hall, cfg: RecordCfg, longest: float) -> None:
        self._model, self._data = hall.physics, mujoco.MjData(hall.physics)
        dt = hall.physics.opt.timestep
        states = np.tile(self._data.qpos, (round(longest / dt) + 2, 1))
        self.motion = Motion(np.arange(len(states)) * dt, states)
        self.noise, self._steps = ImuNoise(), 0
        mujoco.mj_kinematics(self._model, self._data)
        self._site = self._model.site("imu").id
        self._body = [self._body_pose()]
        self._wheels = [self._model.actuator(f"{side}_wheel_joint").id for side in ("left", "right")]
        joints = [self._model.joint(f"{side}_wheel_joint").qposadr[0] for side in ("left", "right")]
        self._joints = joints
        self._rng, self._bias = np.random.default_rng([cfg.seed, 20]), np.zeros((2, 3))
        self._wheel_seed, self._imu_told, self._wheels_told = [cfg.seed, 30], 1, 0
        self.rig = rig_cameras(hall.seen, cfg)
        self._scene = Scenery(hall, self.motion)

    @property
    def time(self) -> float:
        """Of physics, s."""
        return self._steps * self.motion.dt

    @property
    def true_pose(self) -> Array:
        """`world_from_body` (4, 4) of now; for judges."""
        return self._body_pose()

    @property
    def hull(self) -> tuple[float, float, float]:
        """True middle of the hull in the world, x and y in m, and its heading in rad."""
        x, y = self._data.qpos[:2]
        return float(x), float(y), heading(self._data.qpos[3:7])

    def calibration(self) -> dict[str, Camera]:
        """Its cameras by name."""
        return calibration(self.rig, self._scene(0.0), self._body[0])

    def drive(self, forward: float, turning: float, seconds: float) -> None:
        """Let the wheels turn for a forward speed in m/s and a turning rate in rad/s."""
        speeds = (np.array([-1.0, 1.0]) * turning * TRACK / 2 + forward) / RADIUS
        self._data.ctrl[self._wheels] = speeds
        for _ in range(round(seconds / self.motion.dt)):
            mujoco.mj_step(self._model, self._data)
            self._steps += 1
            self.motion.qpos[self._steps :] = self._data.qpos
            if self._steps % _IMU_EVERY == 0:
                mujoco.mj_kinematics(self._model, self._data)
                self._body.append(self._body_pose())

    def touches(self) -> bool:
        """Whether it touches anything but the floor."""
        own = self._model.body_rootid[self._model.site_bodyid[self._site]]
        roots = self._model.body_rootid[self._model.geom_bodyid[self._data.contact.geom]]
        kinds = self._model.geom_type[self._data.contact.geom]
        meets = (roots == own).any(axis=1) & ~(kinds == mujoco.mjtGeom.mjGEOM_PLANE).any(axis=1)
        return bool(meets.any())

    def imu(self) -> ImuSamples:
        """Samples since the last call, up to the newest but one."""
        first, end = self._imu_told, len(self._body) - 1
        self._imu_told = max(first, end)
        times = np.arange(first, end) * _IMU_EVERY * self.motion.dt
        if first >= end:
            return ImuSamples(times, np.empty((0, 3)), np.empty((0, 3)))
        poses = np.array(self._body[first - 1 : end + 1])
        dt = _IMU_EVERY * self.motion.dt
        ideal = ideal_imu(poses[:, :3, 3], poses[:, :3, :3], dt)
        noise = ((self.noise.gyro, self.noise.gyro_walk), (self.noise.accel, self.noise.accel_walk))
        readings = []
        for k, (values, (density, walk)) in enumerate(zip(ideal, noise, strict=True)):
            noisy, bias = add_errors(values, 1 / dt, density, walk, self._rng)
            readings.append(noisy + self._bias[k])
            self._bias[k] += bias[-1]
        return ImuSamples(times, *readings)

    def wheels(self) -> WheelSamples:
        """Samples since the last call."""
        dt = _WHEELS_EVERY * self.motion.dt
        angles = self.motion.qpos[: self._steps + 1 : _WHEELS_EVERY][:, self._joints]
        first, self._wheels_told = self._wheels_told, len(angles) - 1
        # From the start each time: the errors of the past come out as they were.
        rng = np.random.default_rng(self._wheel_seed)
        speed, yaw_rate = wheel_odometry(angles, dt, RADIUS, TRACK, WheelCfg(), rng)
        times = (np.arange(len(speed)) + 0.5) * dt
        return WheelSamples(times[first:], speed[first:], yaw_rate[first:])

    def look(self) -> tuple[float, dict[str, np.ndarray]]:
        """Time in s and pictures by name, `LAG` s ago."""
        time = self.time - LAG
        pictures = {name: camera.picture(self._scene, time) for name, camera in self.rig.items()}
        if "right" in self.rig:
            self.rig["right"].exposure = replace(self.rig["left"].exposure)
        return time, pictures

    def _body_pose(self) -> Array:
        data = self._data
        return pose_of(data.site_xpos[self._site], data.site_xmat[self._site].reshape(3, 3))
