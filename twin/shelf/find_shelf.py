"""Where a shelf of known shape stands, from points that a depth camera sees: fit of its boxes to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from ...assets.objects.shelf import SHELF
from ...perception.poses import Array, inverse, pose_of, rotation_exp, transform

_REACH = 0.30  # m around where the shelf is thought to be, of points that count
_FLOOR = 0.1  # m, under which points are more often the floor's than the posts'
_MOST = 2000  # points
_SCALE = 0.010  # m of distance at which a point begins to count as something else
_ALONG, _ASIDE, _TURNS = (
    np.linspace(-0.12, 0.12, 5),
    np.linspace(-0.24, 0.24, 9),
    np.radians([-4, -2, 0, 2, 4]),
)
_FEW, _COARSE = 300, 0.03  # points, and m off the shelf at which they are off, to choose a start
_INSIDE = 3.0  # times
_NEAR = 0.012  # m of points that belong to the shelf
_LEAST = 0.25  # of the points around it that must


@dataclass(frozen=True, eq=False)
class Found:
    """A shelf that was found.

    Attributes:
        pose: (4, 4) `base_from_shelf`.
        share: of the points about it that lie on it.
    """

    pose: Array
    share: float


def find_shelf(points: Array, guess: Array) -> Found | None:
    """The shelf's pose from points (n, 3) in the base, m, and a guess (4, 4); None if it is not there.

    It stands upright on the floor, so what is looked for is its place on the floor and its turn.

    Args:
        points: of a picture, NaN where there is none.
        guess: `base_from_shelf`.
    """
    points = points.reshape(-1, 3)
    points = points[np.isfinite(points[:, 0])]
    local = transform(inverse(guess), points)
    low = np.array([-_REACH, -SHELF.width / 2 - _REACH, _FLOOR])
    high = np.array([SHELF.depth, SHELF.width / 2, SHELF.height]) + _REACH
    local = local[((local > low) & (local < high)).all(axis=1)]
    if len(local) < 200:
        return None
    local = local[np.random.default_rng(0).permutation(len(local))[:_MOST]]
    starts = [_best_start(local[:_FEW], turn) for turn in _TURNS]
    fits = [
        least_squares(lambda shift: _off(local, shift), start, loss="cauchy", f_scale=_SCALE, max_nfev=30)
        for start in starts
    ]
    fit = min(fits, key=lambda fit: fit.cost)
    share = float((_off(local, fit.x) < _NEAR).mean())
    if share < _LEAST:
        return None
    return Found(guess @ _shifted(fit.x), share)


def _best_start(points: Array, turn: float) -> Array:
    """Shift (3,) on a coarse grid, of a given turn, that leaves the fewest points off the shelf."""
    shifts = [np.array([x, y, turn]) for x in _ALONG for y in _ASIDE]
    return min(shifts, key=lambda shift: float(np.minimum(_off(points, shift) / _COARSE, 1.0).sum()))


def _shifted(shift: Array) -> Array:
    """Pose of a shelf moved by x, y in m and a turn in rad."""
    return pose_of([shift[0], shift[1], 0.0], rotation_exp([0.0, 0.0, shift[2]]))


def _off(points: Array, shift: Array) -> Array:
    """Distance (n,) in m of points to the surface of the shelf, moved by `shift` (3,).

    From within it counts more: nothing is seen there, but thin boards have a surface nearby everywhere.
    """
    local = transform(inverse(_shifted(shift)), points)
    gap = np.abs(local[:, None] - _CENTRES) - _HALVES
    outside = np.linalg.norm(np.maximum(gap, 0.0), axis=2)
    inside = np.minimum(gap.max(axis=2), 0.0)
    nearest = (outside + inside).min(axis=1)  # negative within any part
    return np.where(nearest < 0, -_INSIDE * nearest, nearest)


_PARTS = SHELF.parts().values()
_CENTRES = np.array([centre for centre, _ in _PARTS])
_HALVES = np.array([size for _, size in _PARTS]) / 2
