"""IMU preintegration against closed forms, another integrator, finite differences and drawn noise."""

from __future__ import annotations

import numpy as np
from gaitway.perception.odometry.preintegration import Preintegrated
from gaitway.perception.odometry.rotations import right_jacobian, turn_by, turn_of
from gaitway.perception.poses import rotation_exp, rotation_log
from gaitway.perception.recording import ImuNoise, ImuSamples
from scipy.integrate import solve_ivp
from scipy.spatial.transform import Rotation

NOISE = ImuNoise()
ZERO = np.zeros(3)


def samples(times, gyro, accel) -> ImuSamples:
    return ImuSamples(times, np.broadcast_to(gyro, (len(times), 3)), np.broadcast_to(accel, (len(times), 3)))


def wild(rate: float, duration: float = 1.0) -> ImuSamples:
    t = np.arange(0, duration + 0.5 / rate, 1 / rate)
    gyro = np.column_stack([0.8 * np.sin(3 * t), 0.5 * np.cos(2 * t), 0.9 * np.sin(t + 1)])
    accel = np.column_stack([2 * np.cos(4 * t), np.sin(3 * t), 9.81 + np.sin(5 * t)])
    return ImuSamples(t, gyro, accel)


def test_straight_acceleration_in_closed_form():
    inertial = Preintegrated(samples(np.linspace(0, 2, 41), ZERO, [0.5, 0, -0.2]), ZERO, ZERO, NOISE)
    np.testing.assert_allclose(inertial.velocity, [1.0, 0, -0.4], atol=1e-12)
    np.testing.assert_allclose(inertial.position, [1.0, 0, -0.4], atol=1e-12)


def test_circle_in_closed_form():
    # Speed v, turn rate w: the centripetal force is w * v along y; the chord of the arc is the way.
    v, w, duration = 1.5, 0.8, 2.0
    inertial = Preintegrated(
        samples(np.linspace(0, duration, 401), [0, 0, w], [0, w * v, 0]), ZERO, ZERO, NOISE
    )
    angle = w * duration
    chord = v / w * np.array([np.sin(angle), 1 - np.cos(angle), 0])
    np.testing.assert_allclose(inertial.position + np.array([v * duration, 0, 0]), chord, atol=1e-5)
    np.testing.assert_allclose(rotation_log(inertial.rotation), [0, 0, angle], atol=1e-12)


def test_as_a_fine_integrator_has_it():
    def derivative(t, y):
        gyro = [0.8 * np.sin(3 * t), 0.5 * np.cos(2 * t), 0.9 * np.sin(t + 1)]
        accel = [2 * np.cos(4 * t), np.sin(3 * t), 9.81 + np.sin(5 * t)]
        turn = Rotation.from_quat(y[:4])
        spin = turn * Rotation.from_quat([*gyro, 0.0 if any(gyro) else 1.0])
        return np.concatenate([0.5 * np.linalg.norm(gyro) * spin.as_quat(), turn.apply(accel), y[4:7]])

    start = np.concatenate([[0, 0, 0, 1], np.zeros(6)])
    end = solve_ivp(derivative, (0, 1), start, rtol=1e-10, atol=1e-12).y[:, -1]
    inertial = Preintegrated(wild(1000.0), ZERO, ZERO, NOISE)
    expected = Rotation.from_quat(end[:4]).as_matrix()
    assert np.linalg.norm(rotation_log(expected.T @ inertial.rotation)) < 2e-6
    np.testing.assert_allclose(inertial.velocity, end[4:7], atol=1e-5)
    np.testing.assert_allclose(inertial.position, end[7:], atol=1e-5)


def test_bias_correction_is_the_derivative_of_integrating_anew():
    imu, step = wild(200.0), 1e-5
    base = Preintegrated(imu, ZERO, ZERO, NOISE)
    for axis in range(6):
        biases = step * np.eye(6)[axis]
        anew = base.with_biases(biases[:3], biases[3:])
        change = [rotation_log(base.rotation.T @ anew.rotation), anew.velocity - base.velocity,
                  anew.position - base.position]  # fmt: skip
        np.testing.assert_allclose(np.concatenate(change) / step, base.by_bias[:, axis], atol=1e-4)
    rotation, velocity, position = base.increments.corrected(np.full(3, 0.005), np.full(3, 0.05))
    anew = base.with_biases(np.full(3, 0.005), np.full(3, 0.05))
    assert np.linalg.norm(rotation_log(rotation.T @ anew.rotation)) < 2e-5
    np.testing.assert_allclose(velocity, anew.velocity, atol=3e-4)
    np.testing.assert_allclose(position, anew.position, atol=3e-4)


def test_covariance_is_that_of_drawn_noise():
    imu, rng = wild(100.0, 0.3), np.random.default_rng(0)
    base = Preintegrated(imu, ZERO, ZERO, NOISE)
    # A sample stands for half of the interval on each side: its noise is white at the sample rate.
    errors = []
    for _ in range(150):
        gyro = imu.gyro + NOISE.gyro * 10 * rng.normal(size=imu.gyro.shape)
        accel = imu.accel + NOISE.accel * 10 * rng.normal(size=imu.accel.shape)
        noisy = Preintegrated(ImuSamples(imu.times, gyro, accel), ZERO, ZERO, NOISE)
        turn = rotation_log(base.rotation.T @ noisy.rotation)
        errors.append(np.concatenate([turn, noisy.velocity - base.velocity, noisy.position - base.position]))
    drawn = np.std(errors, axis=0)
    np.testing.assert_allclose(np.sqrt(np.diag(base.covariance)), drawn, rtol=0.2)


def test_single_rotations_as_scipy_has_them():
    rng = np.random.default_rng(0)
    for size in (1e-9, 1e-4, 0.3, 2.0, 3.1):
        vector = rng.normal(size=3)
        vector *= size / np.linalg.norm(vector)
        np.testing.assert_allclose(turn_by(vector), rotation_exp(vector), atol=1e-14)
        np.testing.assert_allclose(turn_of(turn_by(vector)), vector, rtol=1e-9, atol=1e-14)


def test_right_jacobian_by_differences():
    vector, step = np.array([0.4, -0.7, 0.2]), 1e-6
    columns = [
        rotation_log(rotation_exp(vector).T @ rotation_exp(vector + step * e)) / step for e in np.eye(3)
    ]
    np.testing.assert_allclose(right_jacobian(vector), np.column_stack(columns), atol=1e-5)
