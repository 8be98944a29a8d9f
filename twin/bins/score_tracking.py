"""Following a moving object through noisy depth pictures."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ...perception.metrics.pose import add_s
from ...perception.pose.estimate import PoseEstimator
from ...perception.pose.track import PoseTracker
from ...perception.poses import Array, pose_of
from .view import FOVY, HEIGHT, WIDTH, add_depth_noise, camera_of

_FRAMES = 45
_FLOOR = 1.1  # m away


@dataclass(frozen=True)
class TrackedObject:
    """How one object was followed.

    Attributes:
        name: of the object.
        frames: how many.
        lost: in how many it was not found.
        add_s: (frames - lost,) m.
        seconds: (frames - 1,) wall time of each frame but the first, which detects.
    """

    name: str
    frames: int
    lost: int
    add_s: Array
    seconds: Array


def follow(estimator: PoseEstimator, seed: int) -> TrackedObject:
    """Move an object before a floor by 19 cm/s and 70 degrees/s, 15 pictures/s; the first has a mask."""
    rng = np.random.default_rng(seed)
    camera = camera_of(WIDTH, HEIGHT, FOVY)
    start = Rotation.random(rng=rng)
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    tracker = PoseTracker(estimator, camera)
    errors, seconds = [], []
    for k in range(_FRAMES):
        angle = 2 * math.pi * k / _FRAMES
        turn = Rotation.from_rotvec(math.radians(70 / 15 * k) * axis) * start
        truth = pose_of([0.09 * math.cos(angle), 0.09 * math.sin(angle), 0.8], turn.as_matrix())
        drawn = estimator.shape.draw(camera, truth[None])[0]
        depth = add_depth_noise(np.where(drawn > 0, drawn, _FLOOR).astype(np.float32), rng)
        begin = time.perf_counter()
        estimate = tracker.update(depth, drawn > 0 if k == 0 else None)
        seconds.append(time.perf_counter() - begin)
        if estimate is not None and estimate.found:
            errors.append(add_s(estimate.pose, truth, estimator.model.samples[0]))
    return TrackedObject(
        estimator.model.name, _FRAMES, _FRAMES - len(errors), np.array(errors), np.array(seconds[1:])
    )
