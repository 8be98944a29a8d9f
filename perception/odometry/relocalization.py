"""How far a recognised place is believed: by its covariance beside that of the pose predicted without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array, inverse
from .estimate import carried
from .resection import Resection
from .rotations import perturbed, turn_of

_GATE = 22.5  # squared deviations of six variables, which one true error in a thousand exceeds
_OVERRULING = 60  # features that agree on a pose far from the predicted one: the robot has been carried


@dataclass(frozen=True, eq=False)
class Homecoming:
    """A pose found from a known place.

    Attributes:
        fit: the pose, and its covariance relative to the place.
        place: pose `world_from_body` (4, 4) that the place was seen from.
        covariance: (6, 6) of that pose in the world, as of a `Resection`.
    """

    fit: Resection
    place: Array
    covariance: Array

    def weighed(self, predicted: Array, covariance: Array) -> tuple[Array, Array] | None:
        """Pose (4, 4) and covariance (6, 6) by the place and by a prediction with its covariance.

        Both err as the place does, which was seen by the same odometry; what the prediction errs by beyond
        that has come since. A Kalman update weighs that against the fit's error. If they contradict each
        other, the place is right if many features agree on it: the robot has been carried.

        Returns:
            None if they contradict each other and few features agree.
        """
        pose = self.fit.pose
        shared = carried(self.covariance, self.place, inverse(self.place) @ pose)
        since = _positive(covariance - shared)
        apart = np.concatenate([turn_of(predicted[:3, :3].T @ pose[:3, :3]), pose[:3, 3] - predicted[:3, 3]])
        both = since + self.fit.covariance
        if apart @ np.linalg.solve(both, apart) > _GATE:
            carried_off = self.fit.inliers.sum() >= _OVERRULING
            return (pose, shared + self.fit.covariance) if carried_off else None
        gain = np.linalg.solve(both, since).T
        return perturbed(predicted, gain @ apart), shared + since - gain @ since


def _positive(matrix: Array) -> Array:
    """The symmetric matrix without what is negative in it."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T
