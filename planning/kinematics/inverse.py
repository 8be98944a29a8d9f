"""Inverse kinematics of many poses: several solutions each, within limits, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy.stats import qmc

from ..errors import PoseError
from ..robot.group import JointGroup
from ..threads import share
from . import inputs
from .descent import ANGLE_WEIGHT, Chain, chain_of, descend
from .forward_numba import tip_poses
from .lanes import FASTMATH

POSITION_TOLERANCE, ANGLE_TOLERANCE = 1e-3, np.deg2rad(0.5)
_TABLE = 1024  # configurations spread over the joints' ranges, the nearest of which are seeds
_SAME = 0.02  # rad or m: solutions closer than this in every joint are one
_FINER = 1e-3  # part of the tolerance at which a descent ends: near a solution it gains digits at each step
_LEAST = 16  # poses that are worth a thread of their own


@dataclass(frozen=True, eq=False)
class Solutions:
    """Answers to B poses, K places for each.

    Attributes:
        q: (B, K, n) configurations, the nearest to the reference first; NaN where there is none.
        found: (B,) how many there are.
        distance: (B,) what is left of the way, in m, at the first solution or, without one, the best try.
        angle: (B,) what is left of the angle, in rad, there.
    """

    q: np.ndarray
    found: np.ndarray
    distance: np.ndarray
    angle: np.ndarray

    def explain(self, pose: int) -> str:
        """Why a pose has no solution, in a sentence."""
        return (
            f"pose {pose} is out of reach within the joints' limits: the nearest that was found is "
            f"{1e3 * self.distance[pose]:.1f} mm and {np.rad2deg(self.angle[pose]):.1f} degrees away."
        )


class InverseKinematics:
    """Solves poses of a group's tip in its base. Deterministic: seeds are a fixed sequence."""

    def __init__(self, group: JointGroup, *, seeds: int = 48, iterations: int = 40) -> None:
        """Spread seeds over the joints' ranges.

        Args:
            group: the joints to move.
            seeds: descents that are tried before a pose is given up.
            iterations: steps of each.
        """
        self.group = group
        self._chain = chain_of(group)
        self._seeds, self._iterations = min(seeds, _TABLE), iterations
        # Joints that turn for ever have seeds within one turn.
        self._low = np.where(np.isfinite(group.limits.lower), group.limits.lower, -np.pi)
        self._high = np.where(np.isfinite(group.limits.upper), group.limits.upper, np.pi)
        points = qmc.Halton(group.dof, rng=0).random(_TABLE)
        self._table = np.ascontiguousarray(self._low + points * (self._high - self._low))
        self._table_tips = np.ascontiguousarray(tip_poses(group, self._table)[:, :3])

    def solve(
        self,
        positions: ArrayLike,
        quaternions: ArrayLike,
        *,
        solutions: int = 1,
        reference: ArrayLike | None = None,
        free_axis: Sequence[float] | None = None,
        tolerance: tuple[float, float] = (POSITION_TOLERANCE, ANGLE_TOLERANCE),
        is_free: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> Solutions:
        """Find configurations that bring the tip to poses in the base.

        Args:
            positions: (B, 3) in m.
            quaternions: (B, 4) wxyz, of length 1.
            solutions: K, how many to look for; a search ends when they are found.
            reference: (n,) or (B, n) to be near to; the middle of the joints' ranges by default.
            free_axis: (3,) in the tip: turning about it costs nothing.
            tolerance: greatest distance in m and angle in rad.
            is_free: tells for configurations (m, n) which (m,) may be used, as those without collisions.

        Raises:
            PoseError: bad poses, tolerances that are not positive, or an axis without a direction.
            ConfigurationError: a reference with another number of joints, or values that are no numbers.
        """
        p, quaternion = inputs.poses(positions, quaternions)
        axis, goal = _checked(free_axis, tolerance, solutions)
        near = (self._low + self._high) / 2 if reference is None else reference
        near = np.broadcast_to(inputs.configurations(self.group, near), (len(p), self.group.dof)).copy()
        targets = np.concatenate([_matrices(quaternion), p[:, :, None]], axis=2).copy()
        q = np.full((len(p), solutions, self.group.dof), np.nan)
        found, left = np.zeros(len(p), int), np.full((len(p), 2), np.inf)
        seeds = (self._table, self._table_tips, self._seeds, self._iterations)

        def work(a: int, b: int) -> None:
            _solve(targets[a:b], near[a:b], axis, goal, self._chain, seeds, q[a:b], found[a:b], left[a:b])

        share(work, len(p), _LEAST)
        if is_free is not None:
            _keep(q, found, is_free)
        _nearest_first(q, found, near, self.group)
        return Solutions(q, found, left[:, 0], left[:, 1])


def _checked(
    free_axis: Sequence[float] | None, tolerance: tuple[float, float], solutions: int
) -> tuple[np.ndarray, np.ndarray]:
    """(unit axis or zeros (3,), tolerance (2,))."""
    goal = np.array(tolerance, float)
    if goal.shape != (2,) or not np.isfinite(goal).all() or (goal <= 0).any():
        raise PoseError(
            f"the tolerance is {tolerance}; it must be a positive distance in m and angle in rad."
        )
    if solutions < 1:
        raise PoseError(f"{solutions} solutions are asked for; ask for one at least.")
    if free_axis is None:
        return np.zeros(3), goal
    axis = np.array(free_axis, float)
    length = np.linalg.norm(axis)
    if axis.shape != (3,) or not np.isfinite(length) or length < 1e-9:
        raise PoseError(f"the free axis is {free_axis}; it must be a direction of three numbers.")
    return axis / length, goal


def _matrices(quaternions: np.ndarray) -> np.ndarray:
    """Rotation matrices (B, 3, 3) of unit quaternions wxyz."""
    w, x, y, z = quaternions.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _keep(q: np.ndarray, found: np.ndarray, is_free: Callable[[np.ndarray], np.ndarray]) -> None:
    """Drop solutions that may not be used."""
    is_there = np.arange(q.shape[1]) < found[:, None]
    usable = np.zeros_like(is_there)
    usable[is_there] = np.asarray(is_free(q[is_there]), bool)
    q[~usable] = np.nan
    found[:] = usable.sum(axis=1)


def _nearest_first(q: np.ndarray, found: np.ndarray, near: np.ndarray, group: JointGroup) -> None:
    """Turn endless joints by whole turns towards the reference, then sort by distance; NaN goes last."""
    is_endless = np.isinf(group.limits.lower) & np.isinf(group.limits.upper)
    is_endless &= np.array([group.frame_turns[group.frame_dof == d].any() for d in range(group.dof)])
    away = q - near[:, None]
    q[..., is_endless] -= 2 * np.pi * np.round(away[..., is_endless] / (2 * np.pi))
    length = np.linalg.norm(q - near[:, None], axis=2)
    order = np.argsort(np.where(np.isnan(length), np.inf, length), axis=1)
    q[:] = np.take_along_axis(q, order[:, :, None], axis=1)


@njit(nogil=True, cache=True, fastmath=FASTMATH)
def _solve(
    targets,
    near,
    free_axis,
    tolerance,
    chain: Chain,
    seeds,
    q,
    found,
    left,
):
    """Solve poses one after another; the first seed is the reference, then those whose tips are nearest."""
    goal, (table, table_tips, tries, iterations) = _FINER * tolerance, seeds
    costs = np.empty(table.shape[0])
    for b in range(targets.shape[0]):
        _seed_costs(targets[b], table_tips, free_axis, costs)
        best = np.inf
        for s in range(tries):
            trial = near[b].copy() if s == 0 else table[_take_least(costs)].copy()
            for d in range(trial.shape[0]):
                trial[d] = min(max(trial[d], chain.lower[d]), chain.upper[d])
            distance, angle = descend(trial, targets[b], free_axis, chain, goal, iterations)
            cost = max(distance / tolerance[0], angle / tolerance[1])
            if cost < best:
                best = cost
                left[b, 0], left[b, 1] = distance, angle
            if cost <= 1 and _is_new(trial, q[b], found[b]):
                q[b, found[b]] = trial
                found[b] += 1
                if found[b] == q.shape[1]:
                    break


@njit(fastmath=FASTMATH)
def _seed_costs(target, tips, free_axis, costs):
    """How far the tip (3, 4) of each seed is from the target, squared; angles by their chords."""
    is_turning_free = free_axis[0] != 0 or free_axis[1] != 0 or free_axis[2] != 0
    for s in range(tips.shape[0]):
        cost = 0.0
        for i in range(3):
            cost += (tips[s, i, 3] - target[i, 3]) ** 2
            if is_turning_free:
                difference = 0.0
                for j in range(3):
                    difference += (tips[s, i, j] - target[i, j]) * free_axis[j]
                cost += 2 * (ANGLE_WEIGHT * difference) ** 2
            else:
                for j in range(3):
                    cost += (ANGLE_WEIGHT * (tips[s, i, j] - target[i, j])) ** 2 / 2
        costs[s] = cost


@njit(fastmath=FASTMATH)
def _take_least(costs):
    """Index of the least cost, which is then taken out; most poses need few of them, so nothing is sorted."""
    least = 0
    for s in range(costs.shape[0]):
        if costs[s] < costs[least]:
            least = s
    costs[least] = np.inf
    return least


@njit
def _is_new(trial, known, count):
    """Whether a solution differs from all that are known."""
    for k in range(count):
        differs = False
        for d in range(trial.shape[0]):
            apart = abs(trial[d] - known[k, d])
            differs |= min(apart, abs(apart - 2 * np.pi)) > _SAME
        if not differs:
            return False
    return True
