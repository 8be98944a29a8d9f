"""Random motions for `gaitway bench retime`, and what Ruckig and TOPPRA need for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...planning.limits import Array, Limits
from ...planning.trajectory.blends import BlendedPath

PANDA_VELOCITY = np.array([2.175] * 4 + [2.61] * 3)
PANDA_ACCELERATION = np.array([15, 7.5, 10, 12.5, 15, 20, 20])
PANDA = Limits(PANDA_VELOCITY, PANDA_ACCELERATION, 500 * PANDA_ACCELERATION)
GENTLE = Limits(PANDA_VELOCITY, PANDA_ACCELERATION, 10 * PANDA_ACCELERATION)
"""Its velocities and accelerations, with jerk that builds these up in 0.1 s and not in 2 ms."""
PANDA_RANGE = np.array(
    [
        [-2.8973, -1.7628, -2.8973, -3.0718, -2.8973, -0.0175, -2.8973],
        [2.8973, 1.7628, 2.8973, -0.0698, 2.8973, 3.7525, 2.8973],
    ]
)
GRID = 100
"""Points that TOPPRA gets for a spline, as its users do; and of each piece of our path."""


@dataclass(frozen=True)
class Problem:
    """start, goal: (3, dof) position, velocity, acceleration. limits: (3, dof), up to jerk."""

    start: Array
    goal: Array
    limits: Array


def random_problem(rng: np.random.Generator, dof: int) -> Problem:
    """Any states from and to which the velocity's limit can be kept; limits over two orders of magnitude."""
    limits = np.exp(rng.uniform(np.log(0.3), np.log(30.0), (3, dof)))
    states = np.empty((2, 3, dof))
    states[:, 0] = rng.uniform(-3, 3, (2, dof))
    for state, direction in zip(states, (1, -1), strict=True):
        waiting = np.full(dof, True)
        while waiting.any():
            state[1:, waiting] = rng.uniform(-1, 1, (2, waiting.sum())) * limits[:2, waiting]
            reached = state[1] + direction * state[2] * np.abs(state[2]) / (2 * limits[2])
            waiting = np.abs(reached) > limits[0]
    return Problem(states[0], states[1], limits)


def random_paths(rng: np.random.Generator, kind: str, count: int, waypoints: int) -> list[Array]:
    """`count` paths (waypoints, 7): 'configurations' anywhere in the Panda's range, or 'short' steps."""
    low, high = PANDA_RANGE
    if kind == "configurations":
        return [rng.uniform(low, high, (waypoints, 7)) for _ in range(count)]
    return [np.cumsum(rng.normal(scale=0.3, size=(waypoints, 7)), axis=0) for _ in range(count)]


class RuckigPeer:
    """Ruckig's state-to-state motions."""

    def __init__(self) -> None:
        import ruckig

        self._ruckig: Any = ruckig

    def prepare(self, problem: Problem) -> Callable[[], float]:
        """What solves the problem, and returns the duration in s."""
        dof = problem.start.shape[1]
        given = self._ruckig.InputParameter(dof)
        given.current_position, given.current_velocity, given.current_acceleration = map(list, problem.start)
        given.target_position, given.target_velocity, given.target_acceleration = map(list, problem.goal)
        given.max_velocity, given.max_acceleration, given.max_jerk = map(list, problem.limits)
        solver, trajectory = self._ruckig.Ruckig(dof), self._ruckig.Trajectory(dof)

        def solve() -> float:
            solver.calculate(given, trajectory)
            return trajectory.duration

        return solve


class ToppraPeer:
    """TOPPRA with limits of velocity and acceleration: it knows none of jerk."""

    def __init__(self, limits: Limits) -> None:
        import toppra

        toppra.setup_logging("ERROR")
        self._toppra: Any = toppra
        constraint = toppra.constraint
        self._constraints = [
            constraint.JointVelocityConstraint(np.stack([-limits.velocity, limits.velocity], 1)),
            constraint.JointAccelerationConstraint(np.stack([-limits.acceleration, limits.acceleration], 1)),
        ]

    def along_spline(self, waypoints: Array) -> float:
        """Duration, s, of a cubic spline through the waypoints."""
        steps = np.linalg.norm(np.diff(waypoints, axis=0), axis=1)
        at = np.concatenate([[0.0], np.cumsum(steps)])
        path = self._toppra.SplineInterpolator(at, waypoints)
        return self._duration(path, np.linspace(0.0, at[-1], GRID + 1))

    def along_blends(self, path: BlendedPath) -> float:
        """Duration, s, of the path that we follow, on a grid of GRID points for each of its pieces."""
        from scipy.interpolate import PPoly

        knots = np.concatenate([[0.0], np.cumsum(path.lengths)])
        poly = PPoly(np.stack([path.bend / 2, path.slope, path.origin]), knots)

        class Path(self._toppra.interpolator.AbstractGeometricPath):
            dof = path.origin.shape[1]
            path_interval = knots[[0, -1]]
            waypoints = None

            def __call__(self, positions: Array, order: int = 0) -> Array:
                return poly(positions, order)

        parts = np.linspace(knots[:-1], knots[1:], GRID, endpoint=False)
        return self._duration(Path(), np.append(parts.T.ravel(), knots[-1]))

    def _duration(self, path: Any, grid: Array) -> float:
        solver = self._toppra.algorithm.TOPPRA(
            self._constraints, path, gridpoints=grid, parametrizer="ParametrizeConstAccel"
        )
        trajectory = solver.compute_trajectory(0, 0)
        return float("nan") if trajectory is None else float(trajectory.duration)
