"""Figures of a run: how often each status, and the time of each stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from .estimate import Estimate, Status

WARM_UP = 20  # frames not counted in times


def summary_of(estimates: Sequence[Estimate]) -> dict[str, Any]:
    """Frames by status, share of frames not lost, and ms a frame by stage: mean and p95 after the warm-up."""
    by_status = Counter(estimate.status for estimate in estimates)
    timed = estimates[WARM_UP:] or estimates
    stages = list(dict.fromkeys(name for estimate in timed for name in estimate.stages))
    times = {name: [1e3 * estimate.stages.get(name, 0.0) for estimate in timed] for name in stages}
    times["all"] = [1e3 * sum(estimate.stages.values()) for estimate in timed]
    return {
        "frames": len(estimates),
        "keyframes": sum(estimate.keyframe for estimate in estimates),
        "completion": 1 - by_status[Status.LOST] / len(estimates),
        "status": {status.value: by_status[status] for status in Status},
        "inliers": float(np.mean([estimate.inliers for estimate in estimates])),
        "ms": {
            name: {"mean": float(np.mean(values)), "p95": float(np.percentile(values, 95))}
            for name, values in times.items()
        },
    }
