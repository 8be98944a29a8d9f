"""How far an estimated trajectory is from the truth: ATE, RPE over lengths of the path, completion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array, inverse, pose_of, rotation_log, transform
from ..trajectory import Trajectory, nearest

ROOM_LENGTHS = (1.0, 2.0, 5.0, 10.0)
KITTI_LENGTHS = tuple(100.0 * k for k in range(1, 9))


@dataclass(frozen=True, eq=False)
class AbsoluteError:
    """Absolute trajectory error, after the estimate was moved onto the truth as one rigid body.

    Attributes:
        rmse, mean, median, worst: of the distances between positions, m.
        percent: rmse of the path's length, %.
        path: length of the truth, along the poses compared, m.
        distances: (n,) of each pose compared, m.
        times: (n,) of them, s, on the estimate's clock.
        truth_from_estimate: (4, 4) the motion that aligns.
    """

    rmse: float
    mean: float
    median: float
    worst: float
    percent: float
    path: float
    distances: Array
    times: Array
    truth_from_estimate: Array


@dataclass(frozen=True)
class RelativeError:
    """Error of the motion along stretches of the path, as KITTI defines it.

    Attributes:
        length: of the stretches, m.
        count: of stretches; without any, both errors are NaN.
        translation_percent: mean error of the position at the end per length, %.
        rotation_deg_per_m: mean error of the rotation per length, deg/m.
    """

    length: float
    count: int
    translation_percent: float
    rotation_deg_per_m: float


@dataclass(frozen=True, eq=False)
class TrajectoryScore:
    """All that is said about an estimate.

    Attributes:
        absolute: over all of it.
        relative: for each length of stretches.
        translation_percent, rotation_deg_per_m: mean over the stretches of all lengths.
        completion_percent: share of the times asked for at which there is an estimate, %.
    """

    absolute: AbsoluteError
    relative: list[RelativeError]
    translation_percent: float
    rotation_deg_per_m: float
    completion_percent: float


def associate(times: Array, others: Array, tolerance: float = 0.01) -> np.ndarray:
    """Index pairs (n, 2) of times (m,) and the nearest of others (k,), both rising, within `tolerance` s."""
    beside = nearest(times, others)
    close = np.flatnonzero(np.abs(others[beside] - times) <= tolerance)
    return np.stack([close, beside[close]], axis=1)


def align(points: Array, targets: Array) -> Array:
    """The rigid motion (4, 4) that takes points (n, 3) closest to targets (n, 3), by least squares.

    Umeyama, Least-squares estimation of transformation parameters between two point patterns, PAMI 1991,
    eqs. 40 and 41, with scale 1.
    """
    centre, goal = points.mean(axis=0), targets.mean(axis=0)
    u, _, vt = np.linalg.svd((targets - goal).T @ (points - centre))
    # A mirror image may fit better; it is no motion.
    sign = np.diag([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ sign @ vt
    return pose_of(goal - rotation @ centre, rotation)


def absolute_error(estimate: Trajectory, truth: Trajectory, tolerance: float = 0.01) -> AbsoluteError:
    """ATE of the poses that are no further than `tolerance` s from one of the truth.

    Raises:
        ValueError: fewer than three of them are.
    """
    estimate, truth = _matched(estimate, truth, tolerance)
    motion = align(estimate.positions, truth.positions)
    distances = np.linalg.norm(transform(motion, estimate.positions) - truth.positions, axis=1)
    rmse = float(np.sqrt(np.mean(distances**2)))
    path = truth.length
    return AbsoluteError(
        rmse=rmse,
        mean=float(distances.mean()),
        median=float(np.median(distances)),
        worst=float(distances.max()),
        percent=100.0 * rmse / path if path else np.nan,
        path=path,
        distances=distances,
        times=estimate.times,
        truth_from_estimate=motion,
    )


def _matched(estimate: Trajectory, truth: Trajectory, tolerance: float) -> tuple[Trajectory, Trajectory]:
    pairs = associate(estimate.times, truth.times, tolerance)
    # Two estimates beside one pose of a slow truth: the first stands for both.
    pairs = pairs[np.unique(pairs[:, 1], return_index=True)[1]]
    if len(pairs) < 3:
        raise ValueError(
            f"{len(pairs)} of {len(estimate)} estimated poses lie within {1e3 * tolerance:g} ms of a true "
            f"one; the estimate runs from {estimate.times[0]:.3f} to {estimate.times[-1]:.3f} s, the truth "
            f"from {truth.times[0]:.3f} to {truth.times[-1]:.3f} s. Do they share a clock?"
        )
    kept, beside = pairs.T
    return (
        Trajectory(estimate.times[kept], estimate.poses[kept]),
        Trajectory(truth.times[beside], truth.poses[beside]),
    )


def relative_errors(estimate: Array, truth: Array, pairs: np.ndarray) -> tuple[Array, Array]:
    """Errors of motion between poses of a pair: (n,) m and (n,) rad.

    Geiger et al., CVPR 2012, eqs. 2 and 3.

    Args:
        estimate, truth: poses (m, 4, 4) at the same times, each in a world of its own.
        pairs: (n, 2) first and last pose.
    """
    first, last = pairs.T
    true = inverse(truth[first]) @ truth[last]
    seen = inverse(estimate[first]) @ estimate[last]
    error = inverse(seen) @ true
    return np.linalg.norm(error[:, :3, 3], axis=1), np.linalg.norm(rotation_log(error[:, :3, :3]), axis=1)


def stretches(truth: Trajectory, length: float, step: int = 10) -> np.ndarray:
    """Index pairs (n, 2): every `step`-th pose, and the first one more than `length` m further on."""
    steps = np.linalg.norm(np.diff(truth.positions, axis=0), axis=1)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    first = np.arange(0, len(truth), step)
    last = np.searchsorted(travelled, travelled[first] + length, side="right")
    reached = last < len(truth)
    return np.stack([first[reached], last[reached]], axis=1)


def relative_error(
    estimate: Trajectory, truth: Trajectory, length: float, step: int = 10, tolerance: float = 0.01
) -> RelativeError:
    """Mean errors over stretches of `length` m that begin at every `step`-th pose, as KITTI's program does.

    Raises:
        ValueError: fewer than three poses of the estimate lie within `tolerance` s of one of the truth.
    """
    estimate, truth = _matched(estimate, truth, tolerance)
    pairs = stretches(truth, length, step)
    if not len(pairs):
        return RelativeError(length, 0, np.nan, np.nan)
    shift, turn = relative_errors(estimate.poses, truth.poses, pairs)
    return RelativeError(
        length=length,
        count=len(pairs),
        translation_percent=100.0 * float(shift.mean()) / length,
        rotation_deg_per_m=float(np.degrees(turn.mean())) / length,
    )


def completion_percent(estimate: Trajectory, times: Array, tolerance: float = 0.01) -> float:
    """Share of times (n,), such as those of the frames, at which there is an estimate, %."""
    return 100.0 * len(associate(times, estimate.times, tolerance)) / len(times)


def score(
    estimate: Trajectory,
    truth: Trajectory,
    times: Array | None = None,
    lengths: tuple[float, ...] = ROOM_LENGTHS,
    tolerance: float = 0.01,
) -> TrajectoryScore:
    """Everything about an estimate.

    Args:
        estimate, truth: each in a world of its own, on one clock.
        times: at which an estimate was asked for, s; all of the estimate's by default.
        lengths: of stretches for the relative error, m.
        tolerance: between the times of poses compared, s.

    Raises:
        ValueError: fewer than three poses of the estimate lie within `tolerance` s of one of the truth.
    """
    relative = [relative_error(estimate, truth, length, tolerance=tolerance) for length in lengths]
    counts = np.array([error.count for error in relative], float)
    shares = counts / counts.sum() if counts.any() else np.full(len(counts), np.nan)
    means = np.array([[error.translation_percent, error.rotation_deg_per_m] for error in relative])
    shift, turn = shares[counts > 0] @ means[counts > 0] if counts.any() else (np.nan, np.nan)
    return TrajectoryScore(
        absolute=absolute_error(estimate, truth, tolerance),
        relative=relative,
        translation_percent=float(shift),
        rotation_deg_per_m=float(turn),
        completion_percent=completion_percent(
            estimate, estimate.times if times is None else times, tolerance
        ),
    )
