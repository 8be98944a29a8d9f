"""Records a scenario: moves its robot in physics, then takes what its sensors see and feel."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import numpy.typing as npt

from ...envs.sensors.imu import add_errors, ideal_imu
from ...envs.sensors.wheel_odometry import IDEAL_WHEELS, WheelCfg, wheel_odometry
from ...perception.poses import pose_of
from ...perception.recording import ImuNoise, ImuSamples, LidarScans, Recording, WheelSamples
from ...perception.trajectory import Trajectory
from .drive import RADIUS, TRACK, drive
from .frames import LiveFrames
from .hall import Hall, build_hall
from .motion import Motion
from .rig import RecordCfg
from .robots import ROBOTS
from .scans import LIDARS, scans_of
from .scenario import Scenario
from .walk import walk

Array = npt.NDArray[np.floating]
_MARGIN = 0.1  # s without pictures at both ends: exposures need a before and an after
_WHEEL_RATE = 50.0
_GYRO_BIAS, _ACCEL_BIAS = 2e-3, 2e-2  # rad/s and m/s2; standard deviations of biases at the start
NO_NOISE = ImuNoise(0.0, 0.0, 0.0, 0.0)


def record(scenario: Scenario, cfg: RecordCfg) -> Recording:
    """A recording of the scenario, whose frames are drawn when they are asked for.

    The body frame is that of the robot's inertial unit. Equal arguments give equal recordings.

    Raises:
        ValueError: the hall has no room for a route, the robot falls or lacks a sensor, or `cfg.seconds`
            leaves no frame.
    """
    robot = ROBOTS[scenario.robot]
    if missing := sorted(set(cfg.sensors) - robot.sensors):
        raise ValueError(
            f"The {scenario.robot} has no {missing[0]}; its sensors are {', '.join(sorted(robot.sensors))}."
        )
    hall = build_hall(scenario, cfg.seed)
    motion = _until(_move(hall, scenario.speed), cfg.seconds)
    every = round(1 / (scenario.imu_rate * motion.dt))
    times, poses = motion.times[::every], _body_poses(hall, motion)[::every]
    noise = NO_NOISE if cfg.ideal else ImuNoise()
    frames = LiveFrames(hall, motion, _frame_times(motion, scenario.frame_rate), cfg)
    return Recording(
        frames=frames,
        cameras=frames.rig.calibration(poses[0]),
        imu=_imu(times, poses, noise, cfg) if "imu" in cfg.sensors else None,
        imu_noise=noise,
        wheels=_wheels(hall.physics, motion, cfg) if "wheels" in cfg.sensors else None,
        truth=Trajectory(times, poses),
        lidars=_lidars(hall, motion, cfg),
        segments=_segments(hall.seen) if "segmentation" in cfg.sensors else (),
    )


def _move(hall: Hall, speed: float) -> Motion:
    """Along the hall's route."""
    if hall.legs is None:
        return drive(hall.physics, hall.route, speed)
    return walk(hall.legs, hall.route, speed)


def _until(motion: Motion, seconds: float | None) -> Motion:
    if seconds is None:
        return motion
    kept = motion.times <= seconds
    return Motion(motion.times[kept], motion.qpos[kept])


def _frame_times(motion: Motion, rate: float) -> Array:
    first, last = math.ceil(_MARGIN * rate), math.floor((float(motion.times[-1]) - _MARGIN) * rate)
    if last < first:
        raise ValueError(f"{motion.times[-1]:.2f} s are too short for a frame; record for longer.")
    return np.arange(first, last + 1) / rate


def _body_poses(hall: Hall, motion: Motion) -> Array:
    """Poses (n, 4, 4) in the world of the inertial unit at the times of a motion."""
    model = hall.physics
    data, site = mujoco.MjData(model), model.site(hall.robot.body).id
    positions, rotations = np.empty((len(motion.times), 3)), np.empty((len(motion.times), 9))
    for k, qpos in enumerate(motion.qpos):
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        positions[k], rotations[k] = data.site_xpos[site], data.site_xmat[site]
    return pose_of(positions, rotations.reshape(-1, 3, 3))


def _lidars(hall: Hall, motion: Motion, cfg: RecordCfg) -> dict[str, LidarScans]:
    scans = {}
    for number, (name, lidar) in enumerate(LIDARS.items()):
        if name in cfg.sensors:
            times, seed = _frame_times(motion, lidar.rate), None if cfg.ideal else [cfg.seed, 40 + number]
            scans[name] = scans_of(hall, motion, times, lidar, seed)
    return scans


def _segments(model: mujoco.MjModel) -> tuple[str, ...]:
    """What the numbers in segmented pictures are called: nothing, then the model's geoms.

    A geom without a name is called by its material.
    """
    names = ["nothing"]
    for geom in range(model.ngeom):
        material = int(model.geom_matid[geom])
        made_of = model.mat(material).name.rpartition("/")[2] if material >= 0 else ""
        names.append(model.geom(geom).name or made_of)
    return tuple(names)


def _imu(times: Array, poses: Array, noise: ImuNoise, cfg: RecordCfg) -> ImuSamples:
    dt = float(times[1] - times[0])
    gyro, accel = ideal_imu(poses[:, :3, 3], poses[:, :3, :3], dt)
    rng = np.random.default_rng([cfg.seed, 20])
    start = (0.0, 0.0) if cfg.ideal else (_GYRO_BIAS, _ACCEL_BIAS)
    gyro, _ = add_errors(gyro, 1 / dt, noise.gyro, noise.gyro_walk, rng, start[0])
    accel, _ = add_errors(accel, 1 / dt, noise.accel, noise.accel_walk, rng, start[1])
    return ImuSamples(times[1:-1], gyro, accel)


def _wheels(model: mujoco.MjModel, motion: Motion, cfg: RecordCfg) -> WheelSamples:
    """Wheel odometry; a reading stands at the middle of the time that it is the mean of."""
    every = round(1 / (_WHEEL_RATE * motion.dt))
    joints = [model.joint(f"{side}_wheel_joint").qposadr[0] for side in ("left", "right")]
    errors = IDEAL_WHEELS if cfg.ideal else WheelCfg()
    dt, times = every * motion.dt, motion.times[::every]
    speed, yaw_rate = wheel_odometry(
        motion.qpos[::every][:, joints], dt, RADIUS, TRACK, errors, np.random.default_rng([cfg.seed, 30])
    )
    return WheelSamples(times[:-1] + dt / 2, speed, yaw_rate)
