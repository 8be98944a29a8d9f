"""Observations of landmarks as normal equations of the keyframes' poses: landmarks are eliminated (Schur).

After Triggs et al., Bundle Adjustment - A Modern Synthesis (2000), section 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..poses import Array
from .rig import StereoRig
from .rotations import skew

HUBER = 2.0  # standard deviations
_NEAREST = 0.05  # m before the camera


@dataclass(frozen=True, eq=False)
class Observations:
    """m sightings of l landmarks from k keyframes.

    Attributes:
        keyframe: (m,) index, rising.
        landmark: (m,) index.
        pixels: (m, 3) u, v, u_right; u_right NaN if unseen.
    """

    keyframe: np.ndarray
    landmark: np.ndarray
    pixels: Array

    def of(self, which: np.ndarray) -> Observations:
        """Some of them."""
        return Observations(self.keyframe[which], self.landmark[which], self.pixels[which])


@dataclass(frozen=True, eq=False)
class PointsPrior:
    """What is known of l landmarks beyond the observations: d.H.d / 2 + g.d for d = point - centre.

    Attributes:
        matrix: H (l, 3, 3).
        gradient: g (l, 3).
        centre: (l, 3), m.
    """

    matrix: Array
    gradient: Array
    centre: Array

    @classmethod
    def none(cls, points: Array) -> PointsPrior:
        """Nothing is known."""
        return cls(np.zeros((len(points), 3, 3)), np.zeros((len(points), 3)), points.copy())

    def of(self, which: np.ndarray) -> PointsPrior:
        """That of some landmarks."""
        return PointsPrior(self.matrix[which], self.gradient[which], self.centre[which])

    def joined(self, other: PointsPrior) -> PointsPrior:
        """This and that of other landmarks."""
        return PointsPrior(
            np.concatenate([self.matrix, other.matrix]),
            np.concatenate([self.gradient, other.gradient]),
            np.concatenate([self.centre, other.centre]),
        )

    def slope(self, points: Array) -> Array:
        """Gradient (l, 3) at points."""
        return self.gradient + np.einsum("lij,lj->li", self.matrix, points - self.centre)

    def cost(self, points: Array) -> float:
        """At points (l, 3)."""
        return float(((self.gradient + self.slope(points)) * (points - self.centre)).sum() / 2)

    def with_observations(
        self, rig: StereoRig, poses: Array, points: Array, seen: Observations, sigma: float
    ) -> PointsPrior:
        """Observations added to it, as from poses that are known for certain."""
        line = _linearize(rig, poses, points, seen, sigma)
        matrix, gradient = _by_landmark(line, seen, len(points))
        return PointsPrior(self.matrix + matrix, self.slope(points) + gradient, points.copy())


@dataclass(frozen=True, eq=False)
class Reduced:
    """Normal equations H dx = -g of the poses (k x 6: rotation, position), and how landmarks follow.

    Attributes:
        matrix: H (6k, 6k).
        gradient: g (6k,).
    """

    matrix: Array
    gradient: Array
    _coupling: Array
    _points_gradient: Array
    _points_roots: Array

    def points_step(self, poses_step: Array) -> Array:
        """(l, 3) step of the landmarks that goes with a step (6k,) of the poses."""
        pull = self._points_gradient + (self._coupling @ poses_step).reshape(-1, 3)
        return -np.einsum("lij,lj->li", self._points_roots, pull)


def observation_errors(
    rig: StereoRig, poses: Array, points: Array, seen: Observations, sigma: float
) -> tuple[Array, Array, Array]:
    """Residuals (m, 3) in standard deviations, points in the camera's and in the body's frame (m, 3)."""
    turns, positions = poses[:, :3, :3], poses[:, :3, 3]
    apart = points[seen.landmark] - positions[seen.keyframe]
    in_body = np.einsum("mji,mj->mi", turns[seen.keyframe], apart)
    to_camera = rig.camera_from_body
    in_camera = in_body @ to_camera[:3, :3].T + to_camera[:3, 3]
    behind = in_camera[:, 2] < _NEAREST
    in_camera[behind] = (0.0, 0.0, 1.0)
    residual = np.nan_to_num(rig.project(in_camera) - seen.pixels) / sigma
    residual[behind] = 0.0  # it says nothing; its weight is 0, too
    return residual, in_camera, in_body


def huber_cost(norms: Array) -> float:
    """Sum of Huber's function of residual norms."""
    return float(np.where(norms < HUBER, norms**2 / 2, HUBER * norms - HUBER**2 / 2).sum())


@dataclass(frozen=True, eq=False)
class _Linear:
    """Residuals (m, 3), weighed, derivatives by pose (m, 3, 6) and point (m, 3, 3)."""

    residual: Array
    by_pose: Array
    by_point: Array


def _linearize(rig: StereoRig, poses: Array, points: Array, seen: Observations, sigma: float) -> _Linear:
    residual, in_camera, in_body = observation_errors(rig, poses, points, seen, sigma)
    norms = np.linalg.norm(residual, axis=1)
    roots = np.sqrt(np.minimum(1.0, HUBER / np.maximum(norms, 1e-9)))[:, None]
    by_camera = rig.jacobian(in_camera) / sigma * (np.isfinite(seen.pixels) * roots)[..., None]
    by_body = by_camera @ rig.camera_from_body[:3, :3]
    by_point = by_body @ np.swapaxes(poses[seen.keyframe, :3, :3], 1, 2)
    by_pose = np.concatenate([by_body @ skew(in_body), -by_point], axis=2)
    return _Linear(residual * roots, by_pose, by_point)


def _by_landmark(line: _Linear, seen: Observations, count: int) -> tuple[Array, Array]:
    """Normal equations of each landmark alone: (l, 3, 3) and (l, 3)."""
    squares = np.swapaxes(line.by_point, 1, 2) @ line.by_point
    gradients = np.einsum("mji,mj->mi", line.by_point, line.residual)
    columns = np.concatenate([squares.reshape(-1, 9), gradients], axis=1).T.copy()
    sums = np.array([np.bincount(seen.landmark, column, count) for column in columns], float)
    return sums[:9].T.reshape(-1, 3, 3), sums[9:].T


def reduce_observations(
    rig: StereoRig,
    poses: Array,
    points: Array,
    seen: Observations,
    sigma: float,
    prior: PointsPrior,
    damping: float = 0.0,
) -> Reduced:
    """Linearize at `poses` (k, 4, 4) and `points` (l, 3), and eliminate the points.

    Args:
        rig: the cameras.
        poses: `world_from_body` of the keyframes.
        points: landmarks in the world, m.
        seen: what was seen of them.
        sigma: standard deviation of a pixel coordinate, px.
        prior: what else is known of the landmarks.
        damping: Levenberg's, relative to the diagonal, of the points.
    """
    line = _linearize(rig, poses, points, seen, sigma)
    k, count = len(poses), len(points)
    matrix, gradient = np.zeros((k, 6, k, 6)), np.zeros((k, 6))
    starts = np.searchsorted(seen.keyframe, np.arange(k + 1))
    for i, (a, b) in enumerate(pairwise(starts)):
        block = line.by_pose[a:b].reshape(-1, 6)
        matrix[i, :, i] = block.T @ block
        gradient[i] = block.T @ line.residual[a:b].ravel()
    points_matrix, points_gradient = _by_landmark(line, seen, count)
    points_matrix, points_gradient = points_matrix + prior.matrix, points_gradient + prior.slope(points)
    diagonal = np.einsum("lii->li", points_matrix)
    diagonal += damping * diagonal + 1e-9
    # With V^-1 = L L', the term W V^-1 W' of the Schur complement is a matrix times its own transpose.
    roots = np.linalg.cholesky(np.linalg.inv(points_matrix))
    coupling = np.zeros((count, 3, k, 6))
    rooted = line.by_point @ roots[seen.landmark]
    coupling[seen.landmark, :, seen.keyframe] = np.swapaxes(rooted, 1, 2) @ line.by_pose
    coupling = coupling.reshape(3 * count, 6 * k)
    points_gradient = np.einsum("lji,lj->li", roots, points_gradient)
    return Reduced(
        matrix.reshape(6 * k, 6 * k) - coupling.T @ coupling,
        gradient.ravel() - coupling.T @ points_gradient.ravel(),
        coupling, points_gradient, roots,
    )  # fmt: skip
