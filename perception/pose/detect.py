"""Looks for an object in a picture that nobody has segmented."""

from __future__ import annotations

import numpy as np

from ..camera import Camera
from .estimate import PoseEstimate, PoseEstimator
from .segment import things_on_plane

_MOST = 12  # things that are tried


def detect(estimator: PoseEstimator, depth: np.ndarray, camera: Camera) -> list[PoseEstimate]:
    """What the object would be in each thing that stands on the largest plane and is of its size, best first.

    Args:
        estimator: of the object.
        depth: (height, width) float32 in m, 0 where there is none.
        camera: without distortion.

    Raises:
        ValueError: next to no depth.
    """
    cloud = camera.unproject(depth)
    diameter = estimator.model.diameter
    estimates = []
    for mask in things_on_plane(depth, camera)[:_MOST]:
        low, high = np.percentile(cloud[mask & (depth > 0)], [3, 97], axis=0)
        if 0.15 * diameter < np.linalg.norm(high - low) < 1.3 * diameter:
            estimates.append(estimator.estimate(depth, mask, camera))
    return sorted(estimates, key=lambda estimate: -estimate.score)
