"""What IMU and wheels say about two consecutive keyframes, as residuals that are white with variance 1.

The inertial factor is that of Forster et al. (2017), for positions that are perturbed in the world's
axes, with gravity as a variable: its direction is not known exactly when the IMU is started.
All take one pair of states or as many as their leading axes say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array
from .dead_reckoning import WheelMotion
from .keyframe import SIZE, Keyframe, State
from .preintegration import Increments
from .rotations import right_jacobian, skew, turn_by, turn_of

GRAVITY_SIZE = 3


@dataclass(frozen=True, eq=False)
class Linear:
    """A whitened residual (..., m), derivatives by gravity (..., m, 3) and by both states (..., m, 15)."""

    residual: Array
    by_gravity: Array
    by_first: Array
    by_second: Array

    def whitened(self, root: Array) -> Linear:
        """Multiplied by the inverse root (..., m, m) of a covariance."""
        return Linear(
            _times(root, self.residual), root @ self.by_gravity, root @ self.by_first, root @ self.by_second
        )


def inertial_residual(inertial: Increments, first: State, second: State, gravity: Array) -> Array:
    """Whitened errors of rotation, velocity and position (..., 9), and of both biases' walk (..., 6)."""
    return _times(inertial.whitening, _inertial_parts(inertial, first, second, gravity)[0])


def _inertial_parts(
    inertial: Increments, first: State, second: State, gravity: Array
) -> tuple[Array, Array, Array, Array]:
    """Residual (..., 15), and rotation, change of velocity and way, in the body's first frame."""
    dt, back = inertial.duration[..., None], np.swapaxes(first.pose[..., :3, :3], -1, -2)
    turn, velocity, position = inertial.corrected(first.gyro_bias, first.accel_bias)
    between = back @ second.pose[..., :3, :3]
    speed_up = _times(back, second.velocity - first.velocity - gravity * dt)
    moved = second.pose[..., :3, 3] - first.pose[..., :3, 3]
    way = _times(back, moved - first.velocity * dt - gravity * dt**2 / 2)
    walks = (second.gyro_bias - first.gyro_bias, second.accel_bias - first.accel_bias)
    rotation = turn_of(np.swapaxes(turn, -1, -2) @ between)
    residual = np.concatenate([rotation, speed_up - velocity, way - position, *walks], axis=-1)
    return residual, between, speed_up, way


def inertial_factor(inertial: Increments, first: State, second: State, gravity: Array) -> Linear:
    """`inertial_residual` and its derivatives."""
    dt, back = inertial.duration[..., None, None], np.swapaxes(first.pose[..., :3, :3], -1, -2)
    residual, between, speed_up, way = _inertial_parts(inertial, first, second, gravity)
    shape = residual.shape
    by_gravity = np.zeros((*shape, GRAVITY_SIZE))
    by_gravity[..., 3:6, :], by_gravity[..., 6:9, :] = -back * dt, -back * dt**2 / 2
    by_first, by_second = np.zeros((*shape, SIZE)), np.zeros((*shape, SIZE))
    log_jacobian = np.linalg.inv(right_jacobian(residual[..., :3]))
    turn_by_bias = inertial.by_bias[..., :3, :3]
    turned = _times(turn_by_bias, first.gyro_bias - inertial.gyro_bias)
    corrected = right_jacobian(turned) @ turn_by_bias
    by_first[..., :3, :3] = -log_jacobian @ np.swapaxes(between, -1, -2)
    by_first[..., :3, 9:12] = -log_jacobian @ turn_by(-residual[..., :3]) @ corrected
    by_first[..., 3:6, :3], by_first[..., 6:9, :3] = skew(speed_up), skew(way)
    by_first[..., 3:6, 6:9], by_first[..., 6:9, 6:9] = -back, -back * dt
    by_first[..., 6:9, 3:6] = -back
    by_first[..., 3:9, 9:] = -inertial.by_bias[..., 3:, :]
    by_second[..., :3, :3] = log_jacobian
    by_second[..., 3:6, 6:9] = by_second[..., 6:9, 3:6] = back
    by_first[..., 9:, 9:], by_second[..., 9:, 9:] = -np.eye(6), np.eye(6)
    return Linear(residual, by_gravity, by_first, by_second).whitened(inertial.whitening)


def wheel_residual(way: Array, sigma: Array, first: State, second: State) -> Array:
    """Whitened error (..., 3) of the wheels' `way` (..., 3) in the body's frame at the first, m."""
    back = np.swapaxes(first.pose[..., :3, :3], -1, -2)
    return (_times(back, second.pose[..., :3, 3] - first.pose[..., :3, 3]) - way) / sigma


def wheel_factor(way: Array, sigma: Array, first: State, second: State) -> Linear:
    """`wheel_residual` and its derivatives."""
    back = np.swapaxes(first.pose[..., :3, :3], -1, -2)
    true_way = _times(back, second.pose[..., :3, 3] - first.pose[..., :3, 3])
    by_first, by_second = np.zeros((*way.shape, SIZE)), np.zeros((*way.shape, SIZE))
    by_first[..., :3], by_first[..., 3:6], by_second[..., 3:6] = skew(true_way), -back, back
    none = np.zeros((*way.shape, GRAVITY_SIZE))
    return Linear(true_way - way, none, by_first, by_second).whitened(np.eye(3) / sigma[..., None, :])


class Ties:
    """All that IMU and wheels say about consecutive keyframes of a window.

    Args:
        keyframes: k of them.
        with_imu: whether gravity is known.
    """

    def __init__(self, keyframes: list[Keyframe], with_imu: bool) -> None:
        later = list(enumerate(keyframes))[1:]
        measured = [(k, frame.inertial) for k, frame in later if frame.inertial is not None and with_imu]
        rolled = [(k, frame.wheels) for k, frame in later if frame.wheels is not None]
        self._inertial_at, self._wheels_at = [k for k, _ in measured], [k for k, _ in rolled]
        if measured:
            self._inertial = Increments.stacked([inertial.increments for _, inertial in measured])
        if rolled:
            self._way, self._sigma = _way_and_sigma([wheels for _, wheels in rolled])

    def cost(self, states: State, gravity: Array) -> float:
        """Half of the squared residuals."""
        cost = 0.0
        if self._inertial_at:
            error = inertial_residual(self._inertial, *_pairs(states, self._inertial_at), gravity)
            cost += float((error**2).sum()) / 2
        if self._wheels_at:
            error = wheel_residual(self._way, self._sigma, *_pairs(states, self._wheels_at))
            cost += float((error**2).sum()) / 2
        return cost

    def add_to(self, matrix: Array, gradient: Array, states: State, gravity: Array) -> None:
        """Add the normal equations: of gravity (3), then of k states (15 each)."""
        if self._inertial_at:
            factor = inertial_factor(self._inertial, *_pairs(states, self._inertial_at), gravity)
            _add(matrix, gradient, factor, self._inertial_at)
        if self._wheels_at:
            factor = wheel_factor(self._way, self._sigma, *_pairs(states, self._wheels_at))
            _add(matrix, gradient, factor, self._wheels_at)


def _pairs(states: State, at: list[int]) -> tuple[State, State]:
    """The states before those of indices, and those."""
    return states[np.array(at) - 1], states[np.array(at)]


def _way_and_sigma(wheels: list[WheelMotion]) -> tuple[Array, Array]:
    """(n, 3) and (n, 3), m."""
    variances = [np.diag(motion.covariance) for motion in wheels]
    return np.array([motion.position for motion in wheels]), np.sqrt(variances)


def _add(matrix: Array, gradient: Array, factor: Linear, at: list[int]) -> None:
    """Add the normal equations of factors whose second states have indices `at`."""
    jacobians = np.concatenate([factor.by_gravity, factor.by_first, factor.by_second], axis=2)
    blocks = np.swapaxes(jacobians, 1, 2) @ jacobians
    slopes = np.einsum("nij,ni->nj", jacobians, factor.residual)
    for k, block, slope in zip(at, blocks, slopes, strict=True):
        start = GRAVITY_SIZE + SIZE * (k - 1)
        both = slice(start, start + 2 * SIZE)
        matrix[:3, :3] += block[:3, :3]
        matrix[:3, both] += block[:3, 3:]
        matrix[both, :3] += block[3:, :3]
        matrix[both, both] += block[3:, 3:]
        gradient[:3] += slope[:3]
        gradient[both] += slope[3:]


def _times(matrices: Array, vectors: Array) -> Array:
    """Products (..., m) of matrices (..., m, n) and vectors (..., n)."""
    return (matrices @ vectors[..., None])[..., 0]
