"""Sliding-window optimisation: the last keyframes, their landmarks, IMU and wheels together.

Levenberg-Marquardt over gravity and the keyframes' states, landmarks eliminated. A keyframe that leaves takes
with it the landmarks that are seen no more, as a Gaussian on the states it was tied to (Leutenegger et al.,
OKVIS, 2015). Its sightings of landmarks still seen go on to count, as from a pose known for certain: what is
seen for long stays tied to where it was first seen, as by the fixed keyframes of ORB-SLAM. The covariance of
the window is then relative to what it sees; how the whole drifts is added up beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..poses import Array, inverse, transform
from ..recording import ImuNoise
from .factors import GRAVITY_SIZE, Ties
from .keyframe import SIZE, Keyframe, State
from .normal_equations import (
    Observations,
    PointsPrior,
    Reduced,
    huber_cost,
    observation_errors,
    reduce_observations,
)
from .preintegration import Preintegrated
from .rig import StereoRig

_ITERATIONS = 5
_WORST = 4.0  # standard deviations: a landmark that errs by more on average is given up
_FIXED = 1e-4  # rad and m, to which the first pose of a window is held
_UNKNOWN = np.repeat([1.0, 0.02, 0.3], 3)  # m/s, rad/s, m/s2: velocity and biases before anything is measured
_GRAVITY_SIGMA = 0.3  # m/s2, of its direction as it was initialised
GRAVITY = 9.81  # m/s2


@dataclass(frozen=True, eq=False)
class Prior:
    """A Gaussian on gravity and the states of the first keyframes: matrix H, gradient g at those values."""

    matrix: Array
    gradient: Array
    gravity: Array
    states: State

    def away(self, states: State, gravity: Array) -> Array:
        """Errors of gravity and the first states from the prior's values."""
        errors = states[: len(self.states)].minus(self.states)
        return np.concatenate([gravity - self.gravity, errors.ravel()])


class Window:
    """Keyframes that are optimised together.

    Args:
        rig: the cameras.
        sigma: standard deviation of a pixel coordinate, px.
        size: keyframes kept.
        noise: of the IMU.

    Attributes:
        keyframes, states: those kept, oldest first.
        ids, points: landmarks: (l,) rising and (l, 3) in m.
        gravity: (3,) in the world, m/s2; None until known, and IMU measurements are then not used.
        outliers: ids of landmarks that the last optimisation gave up.
        covariance: (15, 15) of the newest state, relative to what the window sees.
    """

    def __init__(self, rig: StereoRig, sigma: float, size: int, noise: ImuNoise) -> None:
        self._rig, self._sigma, self._size, self._noise = rig, sigma, size, noise
        self.keyframes: list[Keyframe] = []
        self.states = State.stacked([])
        self.ids, self.points = np.empty(0, int), np.empty((0, 3))
        self.gravity: Array | None = None
        self._known = PointsPrior.none(self.points)
        self._prior: Prior | None = None
        self.outliers = np.empty(0, int)
        self.covariance = np.eye(SIZE) * _FIXED**2

    def start(self, keyframe: Keyframe) -> None:
        """Begin anew with one keyframe, whose pose stays where it is."""
        matrix = np.zeros((GRAVITY_SIZE + SIZE,) * 2)
        matrix[:GRAVITY_SIZE, :GRAVITY_SIZE] = np.eye(GRAVITY_SIZE) / _GRAVITY_SIGMA**2
        matrix[3:9, 3:9] = np.eye(6) / _FIXED**2
        matrix[9:, 9:] = np.diag(1 / _UNKNOWN**2)
        self.keyframes, self.states = [], State.stacked([])
        self.ids, self.points = np.empty(0, int), np.empty((0, 3))
        self._known = PointsPrior.none(self.points)
        gravity = np.zeros(3) if self.gravity is None else self.gravity
        self._prior = Prior(matrix, np.zeros(len(matrix)), gravity, State.stacked([keyframe.state]))
        self.outliers = np.empty(0, int)
        self.covariance = np.eye(SIZE) * _FIXED**2
        self._append(keyframe)

    def know_gravity(self, gravity: Array, gyro_bias: Array) -> None:
        """Use IMU measurements from now on, with a first guess of gravity (3,) and the gyroscope's bias."""
        assert self._prior is not None
        self.gravity = gravity
        prior = self._prior
        self._prior = Prior(prior.matrix, prior.gradient, gravity, prior.states)
        times = np.array([keyframe.time for keyframe in self.keyframes])
        positions = self.states.pose[:, :3, 3]
        speeds = np.asarray(np.gradient(positions, times, axis=0)) if len(times) > 1 else 0 * positions
        biases = np.tile(gyro_bias, (len(times), 1))
        self.states = replace(self.states, velocity=speeds, gyro_bias=biases)
        for keyframe in self.keyframes:
            if keyframe.inertial is not None:
                keyframe.inertial = keyframe.inertial.with_biases(gyro_bias, keyframe.inertial.accel_bias)

    def add(self, keyframe: Keyframe, in_time: bool = True) -> None:
        """Append a keyframe, optimise if there is time, and let the oldest go if there are too many."""
        self._append(keyframe)
        if in_time:
            self.optimize()
        if len(self.keyframes) > self._size:
            self._marginalize()

    def _append(self, keyframe: Keyframe) -> None:
        if keyframe.imu is not None and self.keyframes:
            last = self.states[-1]
            keyframe.inertial = Preintegrated(keyframe.imu, last.gyro_bias, last.accel_bias, self._noise)
        self.keyframes.append(keyframe)
        self.states = State.stacked([*self.states, keyframe.state])
        new = ~np.isin(keyframe.ids, self.ids)
        ids = np.concatenate([self.ids, keyframe.ids[new]])
        order = np.argsort(ids)
        self.ids = ids[order]
        self.points = np.concatenate([self.points, keyframe.points[new]])[order]
        self._known = self._known.joined(PointsPrior.none(keyframe.points[new])).of(order)

    def _observations(self) -> Observations:
        """Sightings of landmarks seen twice or more, in keyframes that left, too."""
        counts = [len(keyframe.ids) for keyframe in self.keyframes]
        ids = np.concatenate([keyframe.ids for keyframe in self.keyframes])
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        known = self.ids[at] == ids
        counts_of = np.bincount(at[known], minlength=len(self.ids)) + (self._known.matrix[:, 0, 0] > 0)
        known &= counts_of[at] > 1
        pixels = np.concatenate([keyframe.pixels for keyframe in self.keyframes])
        keyframe = np.repeat(np.arange(len(counts)), counts)
        return Observations(keyframe[known], at[known], pixels[known])

    def optimize(self) -> None:
        """Levenberg-Marquardt from the present values; landmarks that do not fit are given up."""
        seen, before = self._observations(), self.states[-1].pose
        ties = Ties(self.keyframes, self.gravity is not None)
        damping, cost = 0.0, self._cost(self.states, self.points, self._gravity(), seen, ties)
        for _ in range(_ITERATIONS):
            reduced, matrix, gradient = self._linearize(seen, self._known, ties, damping)
            self._hold_gravity(matrix, gradient)
            step, covariance = _solved(matrix, gradient)
            if damping == 0.0:
                self.covariance = covariance
            states = self.states.plus(step[GRAVITY_SIZE:].reshape(-1, SIZE))
            gravity = self._gravity() + step[:GRAVITY_SIZE]
            points = self.points + reduced.points_step(_poses_part(step))
            lower = self._cost(states, points, gravity, seen, ties)
            if not lower <= cost:
                damping = max(damping * 100, 1e-4)
                continue
            self.states, self.points = states, points
            if self.gravity is not None:
                self.gravity = gravity
            done = cost - lower < 1e-2 * cost
            cost, damping = lower, 0.0
            if done:
                break
        # Landmarks seen only once were not among the variables: they go where the newest keyframe went.
        once = np.bincount(seen.landmark, minlength=len(self.ids)) == 0
        once &= self._known.matrix[:, 0, 0] == 0
        self.points[once] = transform(self.states[-1].pose @ inverse(before), self.points[once])
        self._give_up_outliers(seen)

    def _gravity(self) -> Array:
        return np.zeros(3) if self.gravity is None else self.gravity

    def _cost(self, states: State, points: Array, gravity: Array, seen: Observations, ties: Ties) -> float:
        errors, *_ = observation_errors(self._rig, states.pose, points, seen, self._sigma)
        cost = huber_cost(np.linalg.norm(errors, axis=1)) + self._known.cost(points)
        cost += ties.cost(states, gravity)
        if self.gravity is not None:
            cost += ((float(np.linalg.norm(gravity)) - GRAVITY) / 1e-3) ** 2 / 2
        assert self._prior is not None
        away = self._prior.away(states, gravity)
        return cost + float(away @ (self._prior.matrix @ away) / 2 + self._prior.gradient @ away)

    def _linearize(
        self, seen: Observations, known: PointsPrior, ties: Ties, damping: float = 0.0
    ) -> tuple[Reduced, Array, Array]:
        """Reduced observations, and with them and all else H (n, n) and g (n,)."""
        states, gravity = self.states, self._gravity()
        size = GRAVITY_SIZE + SIZE * len(states)
        reduced = reduce_observations(self._rig, states.pose, self.points, seen, self._sigma, known, damping)
        matrix, gradient = np.zeros((size, size)), np.zeros(size)
        poses = _pose_indices(len(states))
        matrix[np.ix_(poses, poses)] = reduced.matrix
        gradient[poses] = reduced.gradient
        # Only what is seen is damped: biases, tied to each other stiffly, could not move together otherwise.
        matrix[poses, poses] *= 1 + damping
        ties.add_to(matrix, gradient, states, gravity)
        assert self._prior is not None
        away = self._prior.away(states, gravity)
        n = len(away)
        matrix[:n, :n] += self._prior.matrix
        gradient[:n] += self._prior.gradient + self._prior.matrix @ away
        # States that nothing ties to the rest (no IMU) stay where they are.
        matrix[np.diag_indices(size)] += 1e-6
        return reduced, matrix, gradient

    def _hold_gravity(self, matrix: Array, gradient: Array) -> None:
        """Add that gravity's length is known, to 1 mm/s2."""
        if self.gravity is None:
            return
        length = float(np.linalg.norm(self.gravity))
        direction = self.gravity / length
        matrix[:3, :3] += np.outer(direction, direction) * 1e6
        gradient[:3] += direction * (length - GRAVITY) * 1e6

    def _give_up_outliers(self, seen: Observations) -> None:
        errors, *_ = observation_errors(self._rig, self.states.pose, self.points, seen, self._sigma)
        norms = np.linalg.norm(errors, axis=1)
        count = np.maximum(np.bincount(seen.landmark, minlength=len(self.ids)), 1)
        mean = np.bincount(seen.landmark, norms, len(self.ids)) / count
        self.outliers = self.ids[mean > _WORST]
        self._forget(mean > _WORST)

    def _forget(self, which: np.ndarray) -> None:
        """Drop landmarks, by a mask (l,), from the window."""
        gone = self.ids[which]
        self.ids, self.points, self._known = self.ids[~which], self.points[~which], self._known.of(~which)
        for keyframe in self.keyframes:
            stays = ~np.isin(keyframe.ids, gone)
            keyframe.ids, keyframe.pixels, keyframe.points = (
                keyframe.ids[stays], keyframe.pixels[stays], keyframe.points[stays],
            )  # fmt: skip

    def _marginalize(self) -> None:
        """Turn the oldest keyframe and the landmarks seen no more into a prior on the others."""
        seen = self._observations()
        count = len(self.ids)
        from_oldest, alive = np.zeros(count, bool), np.zeros(count, bool)
        from_oldest[seen.landmark[seen.keyframe == 0]] = True
        alive[seen.landmark[seen.keyframe == len(self.keyframes) - 1]] = True
        going = from_oldest & ~alive
        leaving = self._known.of(np.arange(count))
        leaving.matrix[~going], leaving.gradient[~going] = 0.0, 0.0
        between = Ties(self.keyframes[:2], self.gravity is not None)
        _, matrix, gradient = self._linearize(seen.of(going[seen.landmark]), leaving, between)
        staying = seen.of((seen.keyframe == 0) & ~going[seen.landmark])
        self._known = self._known.with_observations(
            self._rig, self.states.pose, self.points, staying, self._sigma
        )
        kept = np.r_[0:GRAVITY_SIZE, GRAVITY_SIZE + SIZE : len(matrix)]
        out = np.arange(GRAVITY_SIZE, GRAVITY_SIZE + SIZE)
        across = np.linalg.solve(matrix[np.ix_(out, out)], matrix[np.ix_(out, kept)])
        reduced = matrix[np.ix_(kept, kept)] - matrix[np.ix_(kept, out)] @ across
        slope = gradient[kept] - across.T @ gradient[out]
        self._forget(going)
        self.keyframes, self.states = self.keyframes[1:], self.states[1:]
        self._prior = Prior((reduced + reduced.T) / 2, slope, self._gravity(), self.states)
        self._drop_unseen()

    def _drop_unseen(self) -> None:
        """Forget landmarks that no keyframe of the window sees."""
        seen = np.isin(self.ids, np.concatenate([keyframe.ids for keyframe in self.keyframes]))
        self.ids, self.points, self._known = self.ids[seen], self.points[seen], self._known.of(seen)


def _solved(matrix: Array, gradient: Array) -> tuple[Array, Array]:
    """The step (n,) that normal equations ask for, and the covariance (15, 15) of the newest state."""
    right = np.zeros((len(gradient), 1 + SIZE))
    right[:, 0] = -gradient
    right[-SIZE:, 1:] = np.eye(SIZE)
    solution = np.linalg.solve(matrix, right)
    return solution[:, 0], solution[-SIZE:, 1:]


def _pose_indices(count: int) -> np.ndarray:
    """Where the poses of all keyframes are among all variables."""
    return (GRAVITY_SIZE + SIZE * np.arange(count)[:, None] + np.arange(6)).ravel()


def _poses_part(step: Array) -> Array:
    return step[_pose_indices((len(step) - GRAVITY_SIZE) // SIZE)]
