"""Places a robot has been to, recognised by ORB features (Rublee et al. 2011) when it has lost its way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..poses import Array, inverse
from .estimate import carried
from .relocalization import Homecoming
from .resection import Resection, resect
from .rig import StereoRig
from .rotations import turn_of
from .two_views import relative_pose
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
    """A view that is remembered.

    Attributes:
        pose: `world_from_body` (4, 4) that it was seen from.
        covariance: (6, 6) of that pose, as of a `Resection`.
        pixels: (n, 3) u, v, u_right of features seen there.
        descriptors: (n, 32) of them.
        adrift: whether it was seen after the way had been lost, before a known place was found again.
    """

    pose: Array
    covariance: Array
    pixels: Array
    descriptors: np.ndarray
    adrift: bool

    def brought_home(self, motion: Array, pose: Array, covariance: Array) -> Place:
        """Moved by (4, 4), and known as well as `pose` (4, 4), where the robot is after that motion."""
        mine = motion @ self.pose
        known = carried(covariance, pose, inverse(pose) @ mine)
        return replace(self, pose=mine, covariance=known, adrift=False)


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

    def add(self, view: View, pose: Array, covariance: Array) -> None:
        """Remember a view from `world_from_body` (4, 4) with its covariance, unless one nearby is known."""
        if len(self._places) >= _MOST or any(_near(place.pose, pose) for place in self._places):
            return
        spots, descriptors = self._describe(view)
        if len(spots) < _MIN_FIT:
            return
        right = view.match_new(spots, np.full(len(spots), self._rig.camera.width / 20))
        deep = np.isfinite(right)
        pixels = np.column_stack([spots, right])[deep]
        self._places.append(Place(pose, covariance, pixels, descriptors[deep], self.adrift))

    def recognize(self, view: View) -> Homecoming | None:
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
            fit = self._compare(place, place.pixels[there], pixels[here])
            if fit is not None and _is_sure(fit):
                return Homecoming(fit, place.pose, place.covariance)
        return None

    def _compare(self, place: Place, before: Array, now: Array) -> Resection | None:
        """Where features (n, 3) of a place are seen from as `now` (n, 3), px."""
        points = self._rig.to_world(place.pose, self._rig.triangulate(before))
        about = resect(self._rig, place.pose, points, now, _SIGMA, _MAX_RESIDUAL)
        return None if about is None else relative_pose(self._rig, place.pose, about.pose, before, now)

    def anchor(self, motion: Array, pose: Array, covariance: Array) -> None:
        """A known place was found: move what was seen adrift by (4, 4), and count it as known, too.

        The robot's `pose` (4, 4) after that motion has the covariance (6, 6).
        """
        self._places = [
            place.brought_home(motion, pose, covariance) if place.adrift else place for place in self._places
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
    if np.linalg.norm(a[:3, 3] - b[:3, 3]) >= _APART[0]:
        return False
    return bool(np.linalg.norm(turn_of(a[:3, :3].T @ b[:3, :3])) < _APART[1])
