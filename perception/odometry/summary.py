"""Figures of a run: how often each status, the time of each stage, and errors where the truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..metrics.trajectory import KITTI_LENGTHS, ROOM_LENGTHS, score
from ..poses import inverse, rotation_log
from ..trajectory import Trajectory
from .estimate import Estimate, Status
from .replay import trajectory_of

WARM_UP = 20  # frames not counted in times


def summary_of(estimates: Sequence[Estimate]) -> dict[str, Any]:
    """Frames by status, share of frames not lost, and ms by stage: mean and p95 after the warm-up.

    `window_ms` is what an optimisation of the window took, in a thread of its own.
    """
    by_status = Counter(estimate.status for estimate in estimates)
    timed = estimates[WARM_UP:] or estimates
    stages = list(dict.fromkeys(name for estimate in timed for name in estimate.stages))
    times = {name: [1e3 * estimate.stages.get(name, 0.0) for estimate in timed] for name in stages}
    windows = [1e3 * estimate.window_s for estimate in timed if estimate.window_s] or [0.0]
    times["all"] = [1e3 * sum(estimate.stages.values()) for estimate in timed]
    return {
        "frames": len(estimates),
        "keyframes": sum(estimate.keyframe for estimate in estimates),
        "completion_percent": 100 * (1 - by_status[Status.LOST] / len(estimates)),
        "status": {status.value: by_status[status] for status in Status},
        "inliers": float(np.mean([estimate.inliers for estimate in estimates])),
        "ms": {
            name: {"mean": float(np.mean(values)), "p95": float(np.percentile(values, 95))}
            for name, values in times.items()
        },
        "window_ms": {"mean": float(np.mean(windows)), "p95": float(np.percentile(windows, 95))},
    }


def errors_of(estimates: Sequence[Estimate], truth: Trajectory) -> dict[str, Any]:
    """ATE, RPE and consistency beside the truth: what `gaitway perceive odometry` prints."""
    lengths = KITTI_LENGTHS if truth.length > 1.5 * KITTI_LENGTHS[0] else ROOM_LENGTHS
    scored = score(trajectory_of(estimates), truth, lengths=lengths)
    return {
        "path_m": scored.absolute.path,
        "ate_m": scored.absolute.rmse,
        "ate_percent": scored.absolute.percent,
        "worst_m": scored.absolute.worst,
        "rpe_percent": scored.translation_percent,
        "rpe_deg_per_m": scored.rotation_deg_per_m,
        "rpe": {
            f"{e.length:g} m": [e.translation_percent, e.rotation_deg_per_m]
            for e in scored.relative
            if e.count
        },
        "nees_mean": float(np.mean(nees(estimates, truth))),
    }


def nees(estimates: Sequence[Estimate], truth: Trajectory) -> np.ndarray:
    """Normalized squared errors (n,) of the poses, from the first; about 6 where covariances are right.

    Bar-Shalom, Li and Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 5.4.2.
    """
    true = truth.at(np.array([estimate.time for estimate in estimates]))
    true = estimates[0].pose @ inverse(true[0]) @ true
    errors = []
    for estimate, pose in zip(estimates[1:], true[1:], strict=True):
        turn = rotation_log(estimate.pose[:3, :3] @ pose[:3, :3].T)
        error = np.concatenate([estimate.pose[:3, 3] - pose[:3, 3], turn])
        errors.append(error @ np.linalg.solve(estimate.covariance + 1e-12 * np.eye(6), error))
    return np.array(errors)
