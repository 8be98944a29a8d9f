"""The front end: points of the last keyframe's picture are found in the new one, and give its pose."""

from __future__ import annotations

import time

import numpy as np

from ..poses import Array
from .config import OdometryConfig
from .features import detect_corners
from .landmarks import Landmarks
from .optical_flow import follow_turned
from .resection import Resection, resect
from .rig import StereoRig
from .views import View

_NEAREST = 0.1  # m: nothing nearer is looked for


class Stages:
    """Adds up seconds by the name of a stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def done(self, stage: str) -> None:
        """Count the time since the last call for `stage`."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now


class Tracker:
    """Follows landmarks from the last keyframe: no error adds up in the frames between two keyframes."""

    def __init__(self, rig: StereoRig, cfg: OdometryConfig) -> None:
        self._rig, self._cfg = rig, cfg
        self.landmarks = Landmarks.none()
        self._keyframe: np.ndarray | None = None
        self._followed = 0  # points at the last keyframe
        self._next_id = 0

    def clear(self) -> None:
        """Forget all points."""
        self.landmarks, self._keyframe = Landmarks.none(), None

    def follow(self, view: View, predicted: Array, stages: Stages) -> Resection | None:
        """Find the landmarks in a view, keep those that fit one pose, and filter their depths.

        Args:
            view: the new pictures.
            predicted: `world_from_body` (4, 4) to begin the search at.
            stages: counts the time.

        Returns:
            The pose of the view, or None if too few points agree; the landmarks are then as before.
        """
        landmarks = self.landmarks
        if self._keyframe is None or len(landmarks) == 0:
            return None
        rig, cfg = self._rig, self._cfg
        in_camera = rig.to_camera(predicted, landmarks.points)
        before = np.flatnonzero(in_camera[:, 2] > _NEAREST)
        expected = rig.project(in_camera[before])
        there, found = follow_turned(
            self._keyframe, view.grey, landmarks.reference[before], expected[:, :2], cfg.max_round_trip
        )
        landmarks, there, expected = landmarks.kept(before[found]), there[found], expected[found]
        stages.done("flow")
        right = view.match(there, expected[:, 0] - expected[:, 2])
        landmarks.pixels = np.column_stack([there, right])
        stages.done("stereo")
        fit = resect(rig, predicted, landmarks.points, landmarks.pixels, cfg.pixel_sigma, cfg.max_residual)
        stages.done("pose")
        if fit is None or fit.inliers.sum() < cfg.min_degraded:
            return None
        self.landmarks = landmarks.kept(fit.inliers)
        self.landmarks.refine_depths(rig, fit.pose, cfg.pixel_sigma)
        stages.done("landmarks")
        return fit

    def wants_keyframe(self) -> bool:
        """Whether too many points are gone, or have moved far."""
        landmarks, cfg = self.landmarks, self._cfg
        if len(landmarks) < cfg.keyframe_share * self._followed:
            return True
        parallax = np.median(np.abs(landmarks.pixels[:, :2] - landmarks.reference).max(axis=1))
        return bool(parallax > cfg.keyframe_parallax * self._rig.camera.width)

    def take_keyframe(self, view: View, pose: Array) -> None:
        """Make the view the one that points are followed from, and add new ones where there are few."""
        landmarks, rig = self.landmarks, self._rig
        landmarks.reference = landmarks.pixels[:, :2].copy()
        self._keyframe = view.grey
        missing = self._cfg.features - len(landmarks)
        if missing > 0:
            corners = detect_corners(view.grey, landmarks.pixels[:, :2], missing)
            pixels = np.column_stack([corners, view.match_new(corners, self._near_disparity(corners))])
            pixels = pixels[np.isfinite(pixels[:, 2])]
            ids = self._next_id + np.arange(len(pixels))
            self._next_id += len(pixels)
            self.landmarks = landmarks.joined(Landmarks.seen(ids, pixels, rig, pose, self._cfg.pixel_sigma))
        self._followed = len(self.landmarks)

    def _near_disparity(self, corners: Array) -> Array:
        """Disparity (n,) of the nearest landmark to each corner, px; a twentieth of the width without any."""
        pixels = self.landmarks.pixels[np.isfinite(self.landmarks.pixels[:, 2])]
        if len(pixels) == 0 or len(corners) == 0:
            return np.full(len(corners), self._rig.camera.width / 20)
        apart = ((corners[:, None] - pixels[None, :, :2]) ** 2).sum(axis=2)
        nearest = pixels[apart.argmin(axis=1)]
        return nearest[:, 0] - nearest[:, 2]

    def can_start(self, view: View) -> bool:
        """Whether a view has enough points of known depth to begin with."""
        corners = detect_corners(view.grey, np.empty((0, 2)), 4 * self._cfg.min_ok)
        right = view.match_new(corners, np.full(len(corners), self._rig.camera.width / 20))
        return int(np.isfinite(right).sum()) >= self._cfg.min_ok

    def move(self, correction: Array, ids: np.ndarray, points: Array, outliers: np.ndarray) -> None:
        """Take over points (n, 3) of landmarks `ids` (n,), rising; move all others by `correction` (4, 4).

        Landmarks `outliers` (m,) are dropped.
        """
        mine = self.landmarks = self.landmarks.kept(~np.isin(self.landmarks.ids, outliers))
        mine.points = mine.points @ correction[:3, :3].T + correction[:3, 3]
        if len(ids):
            at = np.minimum(np.searchsorted(ids, mine.ids), len(ids) - 1)
            known = ids[at] == mine.ids
            mine.points[known] = points[at[known]]
