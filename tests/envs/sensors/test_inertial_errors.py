"""Errors of the inertial unit against the closed forms of white noise and of a random walk."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.envs.sensors.imu import GRAVITY, add_errors, ideal_imu
from scipy.spatial.transform import Rotation

RATE = 200.0


def test_white_noise_averages_as_its_density_says():
    """The Allan deviation of white noise is density / sqrt(tau) (IEEE Std 952)."""
    density = 2e-3
    readings, _ = add_errors(np.zeros((200_000, 3)), RATE, density, 0.0, np.random.default_rng(0))
    for tau in (0.05, 0.5, 5.0):
        means = readings[: len(readings) // int(tau * RATE) * int(tau * RATE)]
        means = means.reshape(-1, int(tau * RATE), 3).mean(axis=1)
        allan = np.sqrt(0.5 * np.mean(np.diff(means, axis=0) ** 2))
        assert allan == pytest.approx(density / np.sqrt(tau), rel=0.1)


def test_the_variance_of_the_bias_grows_linearly_from_that_of_its_start():
    walk, start, count = 3e-3, 0.01, 2_000
    rng = np.random.default_rng(0)
    bias = np.stack([add_errors(np.zeros((1000, 3)), RATE, 0.0, walk, rng, start)[1] for _ in range(count)])
    for k in (99, 499, 999):
        expected = start**2 + walk**2 * (k + 1) / RATE
        assert bias[:, k].var() == pytest.approx(expected, rel=5 * np.sqrt(2 / (3 * count)))


def test_ideal_readings_of_a_circle():
    """A body that drives a circle of radius r at rate w feels w about Z, w^2 r inwards, and its weight."""
    radius, rate, dt = 2.0, 0.7, 1 / RATE
    angle = rate * dt * np.arange(400)
    positions = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(400)])
    heading = Rotation.from_rotvec(np.outer(angle + np.pi / 2, [0, 0, 1])).as_matrix()
    gyro, accel = ideal_imu(positions, heading, dt)
    np.testing.assert_allclose(gyro, np.tile([0, 0, rate], (398, 1)), atol=1e-9)
    np.testing.assert_allclose(accel, np.tile([0, rate**2 * radius, GRAVITY], (398, 1)), atol=1e-5)
