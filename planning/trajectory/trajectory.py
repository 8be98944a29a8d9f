"""Joint positions over time as piecewise polynomials."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import LimitsError, TrajectoryError
from ..limits import Array, Limits
from .extrema import JUMP, worst_excess, worst_jump
from .polynomials import MAX_DEGREE

QUANTITIES = ("position", "velocity", "acceleration", "jerk")
ROUNDING = 1e-8
"""Part of a limit by which rounding may pass it."""
_END = 1e-9
"""s beyond an end that still count as the end."""


@dataclass(frozen=True)
class Violation:
    """The worst of what a trajectory does against its limits.

    Attributes:
        quantity: 'velocity', 'acceleration' or 'jerk', or 'step of ...' where a knot is not joined.
        joint: its index.
        time: s.
        value, limit: in rad or m, per s, s² or s³.
    """

    quantity: str
    joint: int
    time: float
    value: float
    limit: float

    def __str__(self) -> str:
        return (
            f"Joint {self.joint} has a {self.quantity} of {self.value:.6g} at {self.time:.6g} s, "
            f"beyond {self.limit:.6g}."
        )


@dataclass(frozen=True)
class Samples:
    """times (N,) in s; position, velocity, acceleration, jerk (N, dof) in rad or m, and per s, s², s³."""

    times: Array
    position: Array
    velocity: Array
    acceleration: Array
    jerk: Array


@dataclass(frozen=True)
class Trajectory:
    """S polynomials of each of dof joints, one after the other.

    Attributes:
        times: (S + 1,) s, rising from 0.
        coefficients: (S, K, dof) of rising powers of the time since the piece's beginning.
    """

    times: Array
    coefficients: Array

    def __init__(self, times: ArrayLike, coefficients: ArrayLike) -> None:
        """Take copies.

        Raises:
            TrajectoryError: shapes do not fit, values are not finite, or times do not rise from 0.
        """
        times, coefficients = np.array(times, np.float64), np.array(coefficients, np.float64)
        shape = coefficients.shape
        fits = times.ndim == 1 and len(shape) == 3 and shape[0] == len(times) - 1 >= 1 and shape[2] >= 1
        if not fits or not 1 <= shape[1] <= MAX_DEGREE + 1:
            raise TrajectoryError(
                f"Times of shape {times.shape} and coefficients of shape {shape} make no trajectory: give "
                f"(S + 1,) and (S, K, dof), of at most {MAX_DEGREE + 1} coefficients each."
            )
        if not (np.isfinite(times).all() and np.isfinite(coefficients).all()):
            raise TrajectoryError("A trajectory's times and coefficients must be finite.")
        if times[0] != 0 or (np.diff(times) <= 0).any():
            raise TrajectoryError("A trajectory's times must begin with 0 and rise.")
        for name, array in (("times", times), ("coefficients", coefficients)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def duration(self) -> float:
        """From first to last, s."""
        return float(self.times[-1])

    @property
    def dof(self) -> int:
        """Number of joints."""
        return self.coefficients.shape[2]

    def position(self, time: ArrayLike) -> Array:
        """(..., dof) rad or m at times (...) in s; TrajectoryError outside of the trajectory."""
        return self.derivative(time, 0)

    def velocity(self, time: ArrayLike) -> Array:
        """(..., dof) per s, see `position`."""
        return self.derivative(time, 1)

    def acceleration(self, time: ArrayLike) -> Array:
        """(..., dof) per s², see `position`."""
        return self.derivative(time, 2)

    def jerk(self, time: ArrayLike) -> Array:
        """(..., dof) per s³, see `position`; at a knot that of the piece which begins there."""
        return self.derivative(time, 3)

    def state(self, time: ArrayLike) -> Array:
        """(..., 3, dof) position, velocity and acceleration at times (...)."""
        return np.stack([self.derivative(time, order) for order in range(3)], axis=-2)

    def derivative(self, time: ArrayLike, order: int) -> Array:
        """(..., dof) derivative of any order at times (...), see `position`."""
        t = np.asarray(time, np.float64)
        outside = ~((t >= -_END) & (t <= self.duration + _END))
        if outside.any():
            raise TrajectoryError(
                f"There is no time {t[outside].ravel()[0]:.6g} s in a trajectory of {self.duration:.6g} s."
            )
        piece = np.clip(np.searchsorted(self.times, t, side="right") - 1, 0, len(self.times) - 2)
        since = (np.clip(t, 0.0, self.duration) - self.times[piece])[..., None]
        result = np.zeros((*t.shape, self.dof))
        for k in range(self.coefficients.shape[1] - 1, order - 1, -1):
            result = result * since + np.prod(np.arange(k - order + 1.0, k + 1)) * self.coefficients[piece, k]
        return result

    def sample(self, step: float) -> Samples:
        """Everything at every multiple of `step` s, and at the end.

        Raises:
            TrajectoryError: `step` is not above zero.
        """
        if not (np.isfinite(step) and step > 0):
            raise TrajectoryError(f"A step of {step} s samples nothing; it must be above zero.")
        times = np.append(np.arange(0.0, self.duration - 1e-3 * step, step), self.duration)
        return Samples(times, *(self.derivative(times, order) for order in range(4)))

    def after(self, time: float) -> Trajectory:
        """What is left from `time` s on, which is its time 0.

        Raises:
            TrajectoryError: nothing is left, or `time` is before the start.
        """
        if not 0.0 <= time < self.duration - _END:
            raise TrajectoryError(f"Nothing is left after {time:.6g} s of {self.duration:.6g} s.")
        first = int(np.searchsorted(self.times, time + _END, side="right")) - 1
        coefficients, shift = self.coefficients[first:].copy(), time - self.times[first]
        size = coefficients.shape[1]
        for k in range(size):  # Taylor's expansion about `time`
            factors = [math.comb(m, k) * shift ** (m - k) for m in range(k, size)]
            coefficients[0, k] = np.tensordot(factors, self.coefficients[first, k:], 1)
        return Trajectory(np.append(0.0, self.times[first + 1 :] - time), coefficients)

    def splice(self, time: float, tail: Trajectory) -> Trajectory:
        """This one until `time` s, and `tail` from there on.

        Raises:
            TrajectoryError: `tail` does not begin with the position, velocity and acceleration of `time`.
        """
        if tail.dof != self.dof:
            raise TrajectoryError(f"A trajectory of {tail.dof} joints does not continue one of {self.dof}.")
        here, there = self.state(time), tail.state(0.0)
        gap = np.abs(there - here)
        if (gap > JUMP * (1.0 + np.abs(here))).any():
            order, joint = np.unravel_index(int(np.argmax(gap / (1.0 + np.abs(here)))), gap.shape)
            raise TrajectoryError(
                f"The new trajectory does not join at {time:.6g} s: the {QUANTITIES[order]} of joint {joint} "
                f"is {there[order, joint]:.6g} and should be {here[order, joint]:.6g}."
            )
        n = int(np.searchsorted(self.times, time - _END))
        size = max(self.coefficients.shape[1], tail.coefficients.shape[1])
        pieces = [
            np.pad(c, ((0, 0), (0, size - c.shape[1]), (0, 0)))
            for c in (self.coefficients[:n], tail.coefficients)
        ]
        return Trajectory(
            np.concatenate([self.times[:n], max(time, 0.0) + tail.times]), np.concatenate(pieces)
        )

    def check(self, limits: Limits) -> Violation | None:
        """The worst violation of the limits of velocity, acceleration and jerk, or of continuity up to
        acceleration; None if there is none. Exact: extrema of the polynomials, not samples.

        Raises:
            LimitsError: they are of another number of joints.
        """
        if limits.dof != self.dof:
            raise LimitsError(f"The limits are of {limits.dof} joints and the trajectory has {self.dof}.")
        bounds = np.stack([limits.velocity, limits.acceleration, limits.jerk])
        steps = JUMP * np.stack([limits.velocity, limits.velocity, limits.acceleration])
        part, order, joint, time, value = worst_jump(self.times, self.coefficients, steps)
        if part > 1.0:
            return Violation(f"step of {QUANTITIES[order]}", joint, time, value, float(steps[order, joint]))
        part, order, joint, time, value = worst_excess(self.times, self.coefficients, bounds)
        if part > 1.0 + ROUNDING:
            return Violation(QUANTITIES[order], joint, time, value, float(bounds[order - 1, joint]))
        return None
