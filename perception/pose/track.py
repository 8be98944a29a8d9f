"""Follows one object from frame to frame, and looks for it anew when it is lost."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from ..camera import Camera
from ..poses import Array, inverse, pose_of, rotation_exp, rotation_log
from .detect import detect
from .estimate import PoseEstimate, PoseEstimator
from .observation import observe

_MARGIN = 0.03  # m, how far a surface may be from where it is expected
_FEWEST = 50  # pixels with depth
_LARGEST_STEP = 0.25  # m from frame to frame; beyond, the speed is not carried on


class PoseTracker:
    """Follows an object through depth pictures of one camera.

    Each frame starts from where the last two say that the object is. If the score falls under the
    estimator's threshold, the object is looked for in the mask or, without one, in everything that stands on
    the largest plane.

    Attributes:
        pose: (4, 4) `camera_from_object` of the last frame it was found in, None before.
    """

    def __init__(self, estimator: PoseEstimator, camera: Camera) -> None:
        self.pose: Array | None = None
        self._estimator, self._camera = estimator, camera
        self._motion = np.eye(4)  # of the object from frame to frame, in the camera's frame

    def update(self, depth: np.ndarray, mask: np.ndarray | None = None) -> PoseEstimate | None:
        """Pose in the next picture; None if there is nothing that it could be.

        Args:
            depth: (height, width) float32 in m, 0 where there is none.
            mask: (height, width) bool of the object's pixels, if a segmenter runs along.
        """
        estimate = self._follow(depth, mask)
        if estimate is None or not estimate.found:
            estimate = self._detect(depth, mask)
        self._remember(estimate)
        return estimate

    def _follow(self, depth: np.ndarray, mask: np.ndarray | None) -> PoseEstimate | None:
        if self.pose is None:
            return None
        expected = self._motion @ self.pose
        near = mask if mask is not None else self._expected_mask(depth, expected)
        if (near & (depth > 0)).sum() < _FEWEST:
            return None
        observation = observe(depth, near, self._camera, self._estimator.model.diameter)
        return self._estimator.refine(observation, _around(expected, self.pose))

    def _expected_mask(self, depth: np.ndarray, expected: Array) -> np.ndarray:
        """Pixels about as deep as the object would be, where it would be and a little around."""
        drawn = self._estimator.shape.draw(self._camera, expected[None])[0]
        wide = cv2.dilate(drawn, np.ones((9, 9), np.uint8))
        return (wide > 0) & (depth > 0) & (np.abs(depth - wide) < _MARGIN)

    def _detect(self, depth: np.ndarray, mask: np.ndarray | None) -> PoseEstimate | None:
        if mask is None:
            return next(iter(detect(self._estimator, depth, self._camera)), None)
        if (mask & (depth > 0)).sum() < _FEWEST:
            return None
        return self._estimator.estimate(depth, mask, self._camera)

    def _remember(self, estimate: PoseEstimate | None) -> None:
        if estimate is None or not estimate.found:
            self.pose, self._motion = None, np.eye(4)
            return
        if self.pose is not None:
            motion = estimate.pose @ inverse(self.pose)
            step = np.linalg.norm(estimate.pose[:3, 3] - self.pose[:3, 3])
            self._motion = motion if step < _LARGEST_STEP else np.eye(4)
        self.pose = estimate.pose


def _around(expected: Array, last: Array) -> Array:
    """Starts (k, 4, 4): as expected, as last seen, between, and turned a little about each axis."""
    halfway = rotation_exp(rotation_log(expected[:3, :3] @ last[:3, :3].T) / 2) @ last[:3, :3]
    starts = [expected, last, pose_of((expected[:3, 3] + last[:3, 3]) / 2, halfway)]
    for turn in np.vstack([np.eye(3), -np.eye(3)]) * np.radians(8):
        starts.append(pose_of(expected[:3, 3], Rotation.from_rotvec(turn).as_matrix() @ expected[:3, :3]))
    return np.array(starts)
