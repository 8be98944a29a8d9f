from __future__ import annotations

import numpy as np
import pytest
from gaitway.envs.sensors.wheel_odometry import IDEAL_WHEELS, WheelCfg, wheel_odometry

RADIUS, TRACK, DT = 0.1, 0.44, 0.02


def angles(speed: float, yaw_rate: float, count: int = 2001) -> np.ndarray:
    rates = (speed + np.array([-0.5, 0.5]) * TRACK * yaw_rate) / RADIUS
    return np.arange(count)[:, None] * DT * rates


def test_ideal_wheels_read_the_motion():
    speed, yaw_rate = wheel_odometry(
        angles(0.8, 0.5), DT, RADIUS, TRACK, IDEAL_WHEELS, np.random.default_rng(0)
    )
    np.testing.assert_allclose(speed, 0.8, rtol=1e-9)
    np.testing.assert_allclose(yaw_rate, 0.5, rtol=1e-9)


def test_slip_and_scales_have_the_spread_that_is_asked_for():
    cfg = WheelCfg(ticks=0, scale=0.01, track=0.0, slip=0.05)
    speeds = np.stack(
        [
            wheel_odometry(angles(1.0, 0.0), DT, RADIUS, TRACK, cfg, np.random.default_rng(k))[0]
            for k in range(300)
        ]
    )
    # A forward speed is the mean of two wheels.
    assert speeds.std(axis=1).mean() == pytest.approx(0.05 / np.sqrt(2), rel=0.03)
    assert speeds.mean(axis=1).std() == pytest.approx(0.01 / np.sqrt(2), rel=0.15)


def test_encoder_steps_do_not_add_up():
    cfg = WheelCfg(ticks=256, scale=0.0, track=0.0, slip=0.0)
    speed, _ = wheel_odometry(angles(0.3, 0.0), DT, RADIUS, TRACK, cfg, np.random.default_rng(0))
    step = 2 * np.pi / 256 * RADIUS
    assert abs(speed.sum() * DT - 0.3 * DT * len(speed)) < step
    assert speed.std() > 0
