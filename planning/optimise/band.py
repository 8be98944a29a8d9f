"""Pulls paths straight and pushes them out of obstacles: elastic bands of knots, by L-BFGS, compiled.

A band's cost is the sum over its segments of the squared length, in units of time at full speed, so that
knots are spread evenly and the sum is least for the shortest path; of the squared second differences, which
keep it smooth; and of the squared depth by which robot and obstacles, or two parts of the robot, are nearer
than a clearance, at the knots and half way between. After Quinlan and Khatib, "Elastic Bands: Connecting
Path Planning and Control" (ICRA 1993), and Zucker et al., "CHOMP" (IJRR 2013). L-BFGS is that of Liu and
Nocedal (1989) with Armijo's rule; it begins with the Hessian of what is quadratic in the cost, so that a push
out of an obstacle moves the whole band.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..collision.body import BodyArrays, CollisionBody
from ..collision.distance_numba import fill_distances
from ..collision.world import World, WorldArrays
from ..kinematics.lanes import Frames, frame_arrays
from ..limits import Limits
from ..threads import share

KNOTS = 18
"""Of a band, ends included."""
CLEARANCE = 0.015
"""m from everything that a band is pushed to."""
ITERATIONS = 25
_SMOOTH = 0.5
_DEPTH = 4e3
"""1/m²: weight of squared depths, beside squared times."""
_MEMORY = 6
_LEAST_GAIN = 1e-4
"""Part of the cost that a step must save for another one to be made."""
_ARMIJO, _SHRINK, _HALVINGS = 1e-4, 0.4, 6
_LONGEST_STEP = 0.25
"""s at full speed that any knot moves in one step."""


class Terms(NamedTuple):
    """What bands are pulled and pushed by, as compiled code takes it.

    Attributes:
        frames: of the group.
        body: of the robot.
        world: obstacles, in double precision.
        weight: (n,) s/rad, one by each joint's greatest speed.
        inverse: (m - 2, m - 2) inverse Hessian of a joint's quadratic cost, where its weight is 1.
        low: (n,) least positions.
        high: (n,) greatest positions.
    """

    frames: Frames
    body: BodyArrays
    world: WorldArrays
    weight: np.ndarray
    inverse: np.ndarray
    low: np.ndarray
    high: np.ndarray


def pull(body: CollisionBody, world: World, paths: list[np.ndarray], limits: Limits) -> np.ndarray:
    """Bands (B, KNOTS, n) between the ends of paths (m, n), straighter and smoother; they need not be free.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        paths: where bands begin to be pulled; several threads share them.
        limits: whose velocities weigh the joints.
    """
    group = body.group
    bands = np.stack([respaced(path, KNOTS) for path in paths])
    terms = Terms(
        frame_arrays(group),
        body.arrays,
        world.arrays,
        1.0 / limits.velocity,
        inverse_hessian(KNOTS),
        np.array(group.limits.lower),
        np.array(group.limits.upper),
    )

    def work(begin: int, end: int) -> None:
        for band in bands[begin:end]:
            pull_band(band, terms, ITERATIONS)

    share(work, len(bands), 1)
    return bands


def inverse_hessian(count: int) -> np.ndarray:
    """(count - 2, count - 2) of the quadratic cost of the inner knots of a band."""
    first, second = np.diff(np.eye(count), axis=0), np.diff(np.eye(count), 2, axis=0)
    hessian = 2.0 * (count - 1) * (first.T @ first + _SMOOTH * second.T @ second)
    return np.ascontiguousarray(np.linalg.inv(hessian[1:-1, 1:-1]))


def respaced(path: np.ndarray, count: int) -> np.ndarray:
    """(count, n) points at equal distances along a polyline (m, n)."""
    along = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
    at = np.linspace(0.0, along[-1], count)
    return np.column_stack([np.interp(at, along, column) for column in path.T])


@njit(cache=True, nogil=True)
def pull_band(knots: np.ndarray, terms: Terms, iterations: int) -> float:
    """Move the inner knots (m, n) of a band to where its cost is low; returns the cost."""
    m, n = knots.shape
    size = (m - 2) * n
    steps, changes = np.zeros((_MEMORY, size)), np.zeros((_MEMORY, size))
    slope, trial_slope, trial = np.zeros((m, n)), np.zeros((m, n)), knots.copy()
    samples = np.empty((2 * m - 1, n))
    value, kept = band_cost(knots, terms, samples, slope), 0
    for _ in range(iterations):
        gradient = slope[1:-1].copy().ravel()
        direction = _direction(gradient, steps, changes, kept, terms)
        descent = np.dot(direction, gradient)
        longest = np.abs(direction.reshape(m - 2, n) * terms.weight).max()
        if descent <= 0 or longest == 0:
            break
        scale = min(1.0, _LONGEST_STEP / longest)
        found, trial_value = False, value
        for _ in range(_HALVINGS):
            _move(knots, direction, scale, terms, trial)
            trial_value = band_cost(trial, terms, samples, trial_slope)
            if trial_value <= value - _ARMIJO * scale * descent:
                found = True
                break
            scale *= _SHRINK
        if not found:
            break
        step = (trial - knots)[1:-1].copy().ravel()
        change = (trial_slope - slope)[1:-1].copy().ravel()
        gain = value - trial_value
        knots[:], slope[:], value = trial, trial_slope, trial_value
        if np.dot(step, change) > 1e-10:
            steps[kept % _MEMORY], changes[kept % _MEMORY] = step, change
            kept += 1
        if gain < _LEAST_GAIN * value:
            break
    return value


@njit(cache=True)
def _direction(
    gradient: np.ndarray, steps: np.ndarray, changes: np.ndarray, kept: int, terms: Terms
) -> np.ndarray:
    """The inverse Hessian of L-BFGS times the gradient, by two loops over what is remembered."""
    out = gradient.copy()
    count = min(kept, _MEMORY)
    parts = np.empty(_MEMORY)
    for back in range(count):
        i = (kept - 1 - back) % _MEMORY
        parts[i] = np.dot(steps[i], out) / np.dot(steps[i], changes[i])
        out -= parts[i] * changes[i]
    scale = 1.0
    if count:
        i = (kept - 1) % _MEMORY
        scale = np.dot(steps[i], changes[i]) / np.dot(changes[i], _preconditioned(changes[i], terms))
    out = scale * _preconditioned(out, terms)
    for back in range(count - 1, -1, -1):
        i = (kept - 1 - back) % _MEMORY
        out += (parts[i] - np.dot(changes[i], out) / np.dot(steps[i], changes[i])) * steps[i]
    return out


@njit(cache=True)
def _preconditioned(row: np.ndarray, terms: Terms) -> np.ndarray:
    """The inverse Hessian of the quadratic cost times a gradient, both in a row."""
    size, n = terms.inverse.shape[0], terms.weight.shape[0]
    out = np.dot(terms.inverse, row.reshape(size, n))
    return (out / terms.weight**2).ravel()


@njit(cache=True)
def _move(knots: np.ndarray, direction: np.ndarray, scale: float, terms: Terms, out: np.ndarray) -> None:
    """Fill out (m, n) with knots moved against a direction (m - 2) n, within limits."""
    m, n = knots.shape
    for i in range(1, m - 1):
        for j in range(n):
            moved = knots[i, j] - scale * direction[(i - 1) * n + j]
            out[i, j] = min(max(moved, terms.low[j]), terms.high[j])


@njit(cache=True)
def band_cost(knots: np.ndarray, terms: Terms, samples: np.ndarray, slope: np.ndarray) -> float:
    """The cost of a band of knots (m, n), its gradient into slope (m, n); samples (2 m - 1, n) is room."""
    m, n = knots.shape
    value = 0.0
    slope[:] = 0.0
    for i in range(m - 1):
        for j in range(n):
            square = terms.weight[j] ** 2 * (m - 1)
            step = knots[i + 1, j] - knots[i, j]
            value += square * step * step
            slope[i + 1, j] += 2 * square * step
            slope[i, j] -= 2 * square * step
            if i > 0:
                bend = step - knots[i, j] + knots[i - 1, j]
                value += _SMOOTH * square * bend * bend
                pull = 2 * _SMOOTH * square * bend
                slope[i + 1, j] += pull
                slope[i, j] -= 2 * pull
                slope[i - 1, j] += pull
    return value + _add_depths(knots, terms, samples, slope)


@njit(cache=True)
def _add_depths(knots: np.ndarray, terms: Terms, samples: np.ndarray, slope: np.ndarray) -> float:
    """Cost of being too near to something, whose gradient is added."""
    m, n = knots.shape
    samples[::2] = knots
    samples[1::2] = 0.5 * (knots[:-1] + knots[1:])
    distance, nearest = np.full((2 * m - 1, 2), CLEARANCE), np.full((2 * m - 1, 2, 2), -1)
    gradient = np.zeros((2 * m - 1, 2, n))
    fill_distances(samples, terms.frames, terms.body, terms.world, distance, nearest, gradient)
    value = 0.0
    for row in range(2 * m - 1):
        for k in range(2):
            depth = CLEARANCE - distance[row, k]
            if depth <= 0:
                continue
            value += _DEPTH * depth * depth
            for j in range(n):
                push = -2 * _DEPTH * depth * gradient[row, k, j]
                if row % 2 == 0:
                    slope[row // 2, j] += push
                else:
                    slope[row // 2, j] += 0.5 * push
                    slope[row // 2 + 1, j] += 0.5 * push
    return value
