"""The sliding window against finite differences and a general least-squares solver on the same problem."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from gaitway.perception.odometry.factors import inertial_factor, wheel_factor
from gaitway.perception.odometry.inertial_start import solve
from gaitway.perception.odometry.keyframe import Keyframe, State
from gaitway.perception.odometry.normal_equations import Observations, PointsPrior, reduce_observations
from gaitway.perception.odometry.preintegration import Increments, Preintegrated
from gaitway.perception.odometry.rig import StereoRig
from gaitway.perception.odometry.rotations import righted
from gaitway.perception.odometry.window import Window
from gaitway.perception.poses import pose_of, rotation_exp, rotation_log
from gaitway.perception.recording import ImuNoise, ImuSamples
from scipy.optimize import least_squares

from .drive import GRAVITY, Motion, stereo_cameras

RIG = StereoRig(stereo_cameras()["left"], 0.12)
NOISE = ImuNoise()


def scene(seed: int = 0, keyframes: int = 4, landmarks: int = 30):
    """Poses along a curve, landmarks before them, noisy sightings of all, and poor first guesses of both."""
    rng = np.random.default_rng(seed)
    steps = 0.02 * rng.normal(size=(keyframes, 3))
    poses = np.array(
        [pose_of([0.25 * k, 0.03 * k**2, 0.0], rotation_exp(steps[k])) for k in range(keyframes)]
    )
    poses[0] = np.eye(4)
    points = rng.uniform([2.5, -1.0, -0.8], [6.0, 1.0, 0.8], (landmarks, 3))
    pixels = np.array([RIG.project(RIG.to_camera(pose, points)) for pose in poses])
    pixels += rng.normal(0, 0.4, pixels.shape)
    pixels[2, :5, 2] = np.nan  # not seen by the right camera
    return poses, points, pixels, rng


def between(motion: Motion, start: float, end: float) -> Increments:
    imu = motion.imu(end + 0.1)
    inside = (imu.times > start - 1e-6) & (imu.times < end + 1e-6)
    samples = ImuSamples(imu.times[inside], imu.gyro[inside], imu.accel[inside])
    return Preintegrated(samples, np.zeros(3), np.zeros(3), NOISE).increments


def true_state(motion: Motion, time: float) -> State:
    velocity = (motion.position(time + 1e-4) - motion.position(time - 1e-4)) / 2e-4
    return State(motion.pose(time), velocity)


def by_differences(function, size: int, step: float = 1e-6) -> np.ndarray:
    pairs = [(function(step * e), function(-step * e)) for e in np.eye(size)]
    return np.column_stack([(ahead - behind) / (2 * step) for ahead, behind in pairs])


def test_the_window_finds_what_a_general_solver_finds():
    poses, points, pixels, rng = scene()
    window = Window(RIG, 0.5, 8, NOISE)
    ids = np.arange(len(points))
    guesses = [State(p).plus(np.r_[rng.normal(0, 0.003, 6), np.zeros(9)]).pose for p in poses]
    guesses[0] = np.eye(4)
    start = points * (1 + 0.01 * rng.normal(size=(len(points), 1)))
    for k, pose in enumerate(guesses):
        frame = Keyframe(k, 0.3 * k, State(pose), ids, pixels[k], start, None, None, None, np.eye(6))  # pyright: ignore
        window._append(frame) if k else window.start(frame)
    for _ in range(4):
        window.optimize()

    def errors(x):
        steps = np.vstack([np.zeros(6), x[: 6 * 3].reshape(3, 6)])
        moved = [State(p).plus(np.r_[s, np.zeros(9)]).pose for p, s in zip(guesses, steps, strict=True)]
        where = start + x[18:].reshape(-1, 3)
        rows = [
            np.nan_to_num(RIG.project(RIG.to_camera(p, where)) - z)
            for p, z in zip(moved, pixels, strict=True)
        ]
        # The window's kernel acts on the length of (u, v, u_right); this is the same for any solver.
        length = np.linalg.norm(np.array(rows) / 0.5, axis=2, keepdims=True)
        huber = np.where(length < 2, length, np.sqrt(np.maximum(4 * length - 4, 0)))
        return (np.array(rows) / 0.5 * huber / np.maximum(length, 1e-12)).ravel()

    found = least_squares(errors, np.zeros(18 + 90), xtol=1e-12, ftol=1e-12)
    for k in range(1, 4):
        expected = State(guesses[k]).plus(np.r_[found.x[6 * k - 6 : 6 * k], np.zeros(9)]).pose
        np.testing.assert_allclose(window.states[k].pose, expected, atol=2e-5)
    np.testing.assert_allclose(window.points, start + found.x[18:].reshape(-1, 3), atol=2e-3)


def test_eliminating_landmarks_is_the_schur_complement_of_the_whole():
    poses, points, pixels, _ = scene(keyframes=3, landmarks=8)
    pixels = np.nan_to_num(pixels, nan=150.0)
    seen = Observations(np.repeat(np.arange(3), 8), np.tile(np.arange(8), 3), pixels.reshape(-1, 3))
    sigma = 100.0  # so large that no error is in the Huber kernel's linear part
    reduced = reduce_observations(RIG, poses, points, seen, sigma, PointsPrior.none(points))

    def errors(x):
        moved = [
            State(p).plus(np.r_[s, np.zeros(9)]).pose
            for p, s in zip(poses, x[:18].reshape(3, 6), strict=True)
        ]
        where = points + x[18:].reshape(-1, 3)
        return np.array([RIG.project(RIG.to_camera(pose, where)) for pose in moved]).ravel() / sigma

    jacobian = by_differences(errors, 18 + 24)
    whole = jacobian.T @ jacobian
    schur = whole[:18, :18] - whole[:18, 18:] @ np.linalg.solve(whole[18:, 18:], whole[18:, :18])
    np.testing.assert_allclose(reduced.matrix, schur, atol=1e-3 * np.abs(schur).max())


def test_true_states_satisfy_the_inertial_factor_and_its_derivatives_are_right():
    motion = Motion(sways=1.0)
    inertial = between(motion, 2.0, 2.5)
    first, second = true_state(motion, 2.0), true_state(motion, 2.5)
    assert np.abs(inertial_factor(inertial, first, second, GRAVITY).residual).max() < 0.01
    rng = np.random.default_rng(0)
    first, second = first.plus(0.02 * rng.normal(size=15)), second.plus(0.02 * rng.normal(size=15))
    factor = inertial_factor(inertial, first, second, GRAVITY)
    for derivative, residual, size in (
        (factor.by_gravity, lambda d: inertial_factor(inertial, first, second, GRAVITY + d).residual, 3),
        (factor.by_first, lambda d: inertial_factor(inertial, first.plus(d), second, GRAVITY).residual, 15),
        (factor.by_second, lambda d: inertial_factor(inertial, first, second.plus(d), GRAVITY).residual, 15),
    ):
        np.testing.assert_allclose(
            by_differences(residual, size), derivative, atol=1e-5 * np.abs(derivative).max()
        )


def test_derivatives_of_the_wheel_factor():
    wheels = np.array([0.4, 0.02, 0.0]), np.array([0.01, 0.02, 0.03])
    motion = Motion()
    first, second = true_state(motion, 2.0), true_state(motion, 2.5)
    factor = wheel_factor(*wheels, first, second)
    expected = by_differences(lambda d: wheel_factor(*wheels, first.plus(d), second).residual, 15)
    np.testing.assert_allclose(factor.by_first, expected, atol=1e-5)


def test_many_factors_at_once_are_those_one_by_one():
    motion, times = Motion(sways=1.0), (2.0, 2.5, 3.2)
    parts = [between(motion, a, b) for a, b in pairwise(times)]
    states = State.stacked([true_state(motion, t) for t in times])
    together = inertial_factor(Increments.stacked(parts), states[:-1], states[1:], GRAVITY)
    for k, part in enumerate(parts):
        alone = inertial_factor(part, states[k], states[k + 1], GRAVITY)
        np.testing.assert_allclose(together.residual[k], alone.residual, atol=1e-9)
        np.testing.assert_allclose(together.by_first[k], alone.by_first, rtol=1e-9, atol=1e-9)


def test_gravity_and_gyro_bias_are_found_from_two_seconds_of_motion():
    motion = Motion(still=0.0, sways=1.0)
    times = np.arange(1.0, 3.01, 0.2)
    bias = np.array([0.01, -0.02, 0.015])
    imu = motion.imu(3.2)
    imu = ImuSamples(imu.times, imu.gyro + bias, imu.accel)
    parts = []
    for start, end in pairwise(times):
        inside = (imu.times > start - 1e-6) & (imu.times < end + 1e-6)
        samples = ImuSamples(imu.times[inside], imu.gyro[inside], imu.accel[inside])
        parts.append(Preintegrated(samples, np.zeros(3), np.zeros(3), NOISE))
    tilted = pose_of([1.0, 2.0, 3.0], rotation_exp([0.3, -0.2, 0.5]))  # gravity may lie anywhere in the world
    started = solve([tilted @ motion.pose(t) for t in times], parts)
    np.testing.assert_allclose(started.gyro_bias, bias, atol=1e-4)
    np.testing.assert_allclose(started.gravity, tilted[:3, :3] @ GRAVITY, atol=0.02)
    assert started.measured == pytest.approx(9.81, abs=0.02)


def test_a_rotation_multiplied_for_hours_stays_one():
    pose, step = np.eye(4), pose_of([0.0, 0.0, 0.0], rotation_exp([1e-3, 2e-3, -1e-3]) * (1 + 1e-9))
    for _ in range(2000):
        pose = righted(step @ pose)
    np.testing.assert_allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-12)
    assert np.linalg.norm(rotation_log(pose[:3, :3])) < np.pi
