"""Places a robot has been to, recognised by ORB features (Rublee et al. 2011) when it has lost its way."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..poses import Array, rotation_log, transform
from .resection import Resection, resect
from .rig import StereoRig
from .views import View

_FEATURES = 300  # a place
_MOST = 300  # places
_APART = (0.5, 0.3)  # m, rad: nearer than this to another, a place is not kept
_MAX_BITS = 50  # of 256 by which descriptors of one feature may differ
_UNIQUE = 0.85  # best match over second best in one place
_CANDIDATES = 4
_MIN_FIT = 25
_MAX_SIGMA = (0.1, 0.03)  # m, rad: a recognised pose must be known this well
_SIGMA, _MAX_RESIDUAL = 1.0, 4.0  # px


@dataclass(frozen=True, eq=False)
class Place:
    """A pose `world_from_body` (4, 4), points (n, 3) seen there, in the world, and their descriptors (n, 32).

    `adrift` is whether it was seen after the way had been lost, before a known place was found again.
    """

    pose: Array
    points: Array
    descriptors: np.ndarray
    adrift: bool


class Places:
    """What to recognise places by.

    Attributes:
        adrift: whether the way has been lost and no known place found since.
    """

    def __init__(self, rig: StereoRig) -> None:
        self._rig = rig
        self._orb = cv2.ORB.create(_FEATURES, fastThreshold=10)
        self._matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
        self._places: list[Place] = []
        self.adrift = False

    def __len__(self) -> int:
        return len(self._places)

    def add(self, view: View, pose: Array) -> None:
        """Remember a view from `world_from_body` (4, 4), unless a place nearby is known."""
        if len(self._places) >= _MOST or any(_near(place.pose, pose) for place in self._places):
            return
        spots, descriptors = self._describe(view)
        if len(spots) < _MIN_FIT:
            return
        right = view.match_new(spots, np.full(len(spots), self._rig.camera.width / 20))
        deep = np.isfinite(right)
        pixels = np.column_stack([spots, right])[deep]
        points = self._rig.to_world(pose, self._rig.triangulate(pixels))
        self._places.append(Place(pose, points, descriptors[deep], self.adrift))

    def recognize(self, view: View) -> Resection | None:
        """Where a view was taken from, if it shows a place that was known before the way was lost."""
        places = [place for place in self._places if not place.adrift]
        spots, descriptors = self._describe(view)
        if not places or len(spots) < _MIN_FIT:
            return None
        right = view.match_new(spots, np.full(len(spots), self._rig.camera.width / 20))
        pixels = np.column_stack([spots, right])
        for place in self._likely(places, descriptors):
            pairs = self._matcher.knnMatch(descriptors, place.descriptors, k=2)
            good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _MAX_BITS
                    and p[0].distance < _UNIQUE * p[1].distance]  # fmt: skip
            if len(good) < _MIN_FIT:
                continue
            here, there = [m.queryIdx for m in good], [m.trainIdx for m in good]
            fit = resect(self._rig, place.pose, place.points[there], pixels[here], _SIGMA, _MAX_RESIDUAL)
            if fit is not None and _is_sure(fit):
                return fit
        return None

    def anchor(self, motion: Array) -> None:
        """A known place was found: move what was seen adrift by (4, 4), and count it as known, too."""
        self._places = [
            Place(motion @ p.pose, transform(motion, p.points), p.descriptors, False) if p.adrift else p
            for p in self._places
        ]
        self.adrift = False

    def _describe(self, view: View) -> tuple[Array, np.ndarray]:
        spots, descriptors = self._orb.detectAndCompute(view.grey, None)
        if descriptors is None or len(spots) == 0:
            return np.empty((0, 2)), np.empty((0, 32), np.uint8)
        return cv2.KeyPoint.convert(spots).astype(float), descriptors  # pyright: ignore

    def _likely(self, places: list[Place], descriptors: np.ndarray) -> list[Place]:
        """The places with most features like these, each voting for the place of its nearest."""
        owner = np.repeat(np.arange(len(places)), [len(place.descriptors) for place in places])
        nearest = self._matcher.match(descriptors, np.concatenate([p.descriptors for p in places]))
        votes = np.bincount(
            [owner[m.trainIdx] for m in nearest if m.distance < _MAX_BITS], minlength=len(places)
        )
        return [places[k] for k in np.argsort(-votes, kind="stable")[:_CANDIDATES] if votes[k] > 0]


def _is_sure(fit: Resection) -> bool:
    """Whether enough features agree, and lie so that they determine the pose."""
    sigma = np.sqrt(np.diag(fit.covariance))
    well = sigma[:3].max() < _MAX_SIGMA[1] and sigma[3:].max() < _MAX_SIGMA[0]
    return bool(well and fit.inliers.sum() >= _MIN_FIT and fit.inliers.mean() > 0.4)


def _near(a: Array, b: Array) -> bool:
    turn = np.linalg.norm(rotation_log(a[:3, :3].T @ b[:3, :3]))
    return bool(np.linalg.norm(a[:3, 3] - b[:3, 3]) < _APART[0] and turn < _APART[1])
