"""Points of the world that are followed, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..poses import Array
from .rig import StereoRig

_STEADY = 0.2  # px: errors of one corner's matches repeat, so that no average of them is better than this


@dataclass(eq=False)
class Landmarks:
    """n points that are followed.

    Attributes:
        ids: (n,) unique.
        reference: (n, 2) where they were in the last keyframe's picture, px.
        pixels: (n, 3) where they are: u, v, u_right; u_right NaN if unseen.
        points: (n, 3) in the world, m.
        variances: (n,) of their inverse depth, 1/m2.
    """

    ids: np.ndarray
    reference: Array
    pixels: Array
    points: Array
    variances: Array

    @classmethod
    def none(cls) -> Landmarks:
        """No points."""
        return cls(np.empty(0, int), np.empty((0, 2)), np.empty((0, 3)), np.empty((0, 3)), np.empty(0))

    def __len__(self) -> int:
        return len(self.ids)

    def kept(self, which: np.ndarray) -> Landmarks:
        """Those of a mask or of indices."""
        return Landmarks(*(getattr(self, f.name)[which] for f in fields(self)))

    def joined(self, other: Landmarks) -> Landmarks:
        """These and others."""
        return Landmarks(
            *(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self))
        )

    @classmethod
    def seen(cls, ids: np.ndarray, pixels: Array, rig: StereoRig, pose: Array, sigma: float) -> Landmarks:
        """New points from their pixels (n, 3), seen from `world_from_body` with `sigma` px of noise."""
        points = rig.to_world(pose, rig.triangulate(pixels))
        variance = 2 * (sigma / rig.depth_disparity) ** 2
        return cls(ids, pixels[:, :2].copy(), pixels, points, np.full(len(ids), variance))

    def refine_depths(self, rig: StereoRig, pose: Array, sigma: float) -> None:
        """Filter inverse depths with what the pair sees now: a Kalman filter per point, along its ray."""
        in_camera = rig.to_camera(pose, self.points)
        seen = np.isfinite(self.pixels[:, 2]) & (in_camera[:, 2] > 0)
        closeness = 1 / in_camera[seen, 2]
        measured = (self.pixels[seen, 0] - self.pixels[seen, 2]) / rig.depth_disparity
        noise = 2 * (sigma / rig.depth_disparity) ** 2
        gain = self.variances[seen] / (self.variances[seen] + noise)
        filtered = np.maximum(closeness + gain * (measured - closeness), 1e-3)
        self.points[seen] = rig.to_world(pose, in_camera[seen] * (closeness / filtered)[:, None])
        floor = (_STEADY / rig.depth_disparity) ** 2
        self.variances[seen] = np.maximum((1 - gain) * self.variances[seen], floor)
