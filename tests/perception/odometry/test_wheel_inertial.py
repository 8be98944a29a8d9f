"""Wheels and IMU without cameras, against a drive whose truth is exact."""

from __future__ import annotations

import numpy as np
from gaitway.perception.odometry.summary import nees
from gaitway.perception.odometry.wheel_inertial import WheelInertialOdometry, wheel_inertial_estimates
from gaitway.perception.poses import inverse, rotation_log
from gaitway.perception.recording import ImuNoise
from gaitway.perception.trajectory import Trajectory

from .drive import GYRO_BIAS, Motion


def test_an_arc_in_closed_form():
    odometry = WheelInertialOdometry()
    odometry.covariance[4, 4] = 1e-18  # no bias to look for
    for time in np.arange(0.0, 2.001, 0.01):
        odometry.add_imu(time, 0.5)
        odometry.add_wheels(time, 1.0, 0.5)
    pose = odometry.estimate(2.0).pose
    np.testing.assert_allclose(pose[:2, 3], [np.sin(1.0) / 0.5, (1 - np.cos(1.0)) / 0.5], atol=0.01)
    np.testing.assert_allclose(rotation_log(pose[:3, :3]), [0, 0, 1.0], atol=1e-6)


def test_a_lap_with_noise_and_wheels_of_wrong_size():
    motion, noise = Motion(still=2.0), ImuNoise()
    times = np.arange(0.0, 26.0, 0.1)
    truth = Trajectory(times, np.array([motion.pose(t) for t in times]))
    imu, wheels = motion.imu(26.1, rate=100.0, noise=noise), motion.wheels(26.1)
    estimates = wheel_inertial_estimates(times, wheels, imu, noise)
    true = inverse(truth.poses[0]) @ truth.poses
    errors = np.array([e.pose[:3, 3] - t[:3, 3] for e, t in zip(estimates, true, strict=True)])
    assert np.linalg.norm(errors, axis=1).max() < 0.02 * truth.length
    assert 0.5 < np.mean(nees(estimates, truth)) < 12  # 6 values, of which 3 are the flat floor's
    odometry = WheelInertialOdometry(noise)
    for k in range(150):  # at rest
        odometry.add_imu(imu.times[k], imu.gyro[k, 2])
        if k % 2:
            odometry.add_wheels(imu.times[k] + 1e-4, 0.0, 0.0)
    assert abs(odometry.state[4] - GYRO_BIAS[2]) < 3e-4
