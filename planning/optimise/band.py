"""Pulls a path straight and pushes it out of obstacles: an elastic band of knots, by L-BFGS.

The band's cost is the sum over its segments of the squared length, in units of time at full speed, so that
knots are spread evenly and the sum is least for the shortest path; of the squared second differences, which
keep it smooth; and of the squared depth by which robot and obstacles, or two parts of the robot, are nearer
than a clearance, at the knots and between them. After Quinlan and Khatib, "Elastic Bands: Connecting Path
Planning and Control" (ICRA 1993), and Zucker et al., "CHOMP" (IJRR 2013).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from ..collision.body import CollisionBody
from ..collision.distance_numba import distances
from ..collision.world import World
from ..limits import Limits

KNOTS = 20
"""Between the ends."""
CLEARANCE = 0.02
"""m that a path is pushed away from obstacles."""
ITERATIONS = 30
_SMOOTH = 0.5
_DEPTH = 2e3
"""1/m²: weight of squared depths, beside times squared."""


def pull(
    body: CollisionBody, world: World, path: np.ndarray, limits: Limits, *, iterations: int = ITERATIONS
) -> np.ndarray:
    """A path between the same ends, straighter and smoother; it need not be free.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        path: (m, n) waypoints.
        limits: whose velocities weigh the joints.
        iterations: steps of L-BFGS.

    Returns:
        (KNOTS + 2, n) waypoints.
    """
    band = _Band(body, world, respaced(path, KNOTS + 2), limits)
    group = body.group
    bounds = np.column_stack([group.limits.lower, group.limits.upper])
    found = minimize(
        band.cost,
        band.knots[1:-1].ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=np.tile(bounds, (KNOTS, 1)),
        options={"maxiter": iterations, "maxcor": 10},
    )
    return band.with_inner(found.x)


def respaced(path: np.ndarray, count: int) -> np.ndarray:
    """(count, n) points at equal distances along a polyline (m, n)."""
    along = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
    at = np.linspace(0.0, along[-1], count)
    return np.column_stack([np.interp(at, along, column) for column in path.T])


class _Band:
    """The cost of a band and its gradient."""

    def __init__(self, body: CollisionBody, world: World, knots: np.ndarray, limits: Limits) -> None:
        self.body, self.world, self.knots = body, world, knots
        self.weight = 1.0 / limits.velocity

    def with_inner(self, inner: np.ndarray) -> np.ndarray:
        """All knots (m, n), of which the inner ones are given in a row."""
        knots = self.knots.copy()
        knots[1:-1] = inner.reshape(knots[1:-1].shape)
        return knots

    def cost(self, inner: np.ndarray) -> tuple[float, np.ndarray]:
        """Cost and its gradient with respect to the inner knots, in a row."""
        knots = self.with_inner(inner)
        scaled = knots * self.weight
        first, second = np.diff(scaled, axis=0), np.diff(scaled, 2, axis=0)
        segments = len(first)
        value = segments * (first**2).sum() + _SMOOTH * segments * (second**2).sum()
        slope = np.zeros_like(knots)
        slope[1:] += 2 * segments * first
        slope[:-1] -= 2 * segments * first
        bend = 2 * _SMOOTH * segments * second
        slope[2:] += bend
        slope[1:-1] -= 2 * bend
        slope[:-2] += bend
        slope *= self.weight
        depth, push = self._depths(knots)
        return value + depth, (slope + push)[1:-1].ravel()

    def _depths(self, knots: np.ndarray) -> tuple[float, np.ndarray]:
        """Cost of being near to something at knots and half way between, and its gradient (m, n)."""
        between = 0.5 * (knots[:-1] + knots[1:])
        found = distances(self.body, self.world, np.concatenate([knots, between]), within=CLEARANCE)
        depth = np.maximum(CLEARANCE - found.distance, 0.0)
        push = -2 * _DEPTH * np.einsum("bk,bkn->bn", depth, found.gradient)
        slope = push[: len(knots)]
        half = 0.5 * push[len(knots) :]
        slope[:-1] += half
        slope[1:] += half
        return _DEPTH * float((depth**2).sum()), slope
