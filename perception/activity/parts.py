"""Things that the rims of pictures cut off.

Between two cameras far apart, each sees the near end of a fork truck, and the rim of its picture cuts off the
rest: the mast, and the middle. Both ends belong to the one truck that is expected there, and neither says how
high it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..poses import Array

BODY = 0.15
"""Forks and feet below this do not count for the footprint, m."""
_RIM = 2  # pixels of a thing at the rim of a picture that say that it goes on
_REACH = 0.6  # m that the middle of a part may be beyond the end of the thing, where it is expected
_SLACK = 0.35  # m that the parts together may be longer and wider than the thing


@dataclass(frozen=True, eq=False)
class FloorPoints:
    """All foreground.

    Attributes:
        points: (n, 3) in m.
        rgb: (n, 3) uint8 or None.
        flat, camera, kind, rim: (n,) as in `view.Foreground`, and the index of the camera.
    """

    points: Array
    rgb: np.ndarray | None
    flat: np.ndarray
    camera: np.ndarray
    kind: np.ndarray
    rim: np.ndarray

    def select(self, rows: np.ndarray) -> FloorPoints:
        """Those of `rows`, indices or mask."""
        rgb = None if self.rgb is None else self.rgb[rows]
        rest = (self.flat, self.camera, self.kind, self.rim)
        return FloorPoints(self.points[rows], rgb, *(values[rows] for values in rest))


@dataclass(frozen=True, eq=False)
class Seeds:
    """Where things are expected: position (k, 2), size (k, 2) and height (k,) in m, heading (k,) in rad."""

    position: Array
    size: Array
    heading: Array
    height: Array

    @property
    def radius(self) -> Array:
        """Mean radii (k,) of the footprints, m."""
        return self.size.mean(axis=1) / 2


def are_cut(labels: np.ndarray, points: FloorPoints, count: int) -> np.ndarray:
    """Which (count,) of the things labelled 0 to count - 1 are cut off in most of what is seen of them."""
    cameras = int(points.camera.max(initial=0)) + 1
    seen_by = labels * cameras + points.camera
    pixels = np.bincount(seen_by, minlength=count * cameras).reshape(count, cameras)
    rim = np.bincount(seen_by[points.rim], minlength=count * cameras).reshape(count, cameras)
    return 2 * np.where(rim >= _RIM, pixels, 0).sum(axis=1) > pixels.sum(axis=1)


def joined(labels: np.ndarray, points: FloorPoints, seeds: Seeds, count: int) -> np.ndarray:
    """For each of `count` blobs the one (count,) that it is a part of, itself if it is whole."""
    whole = np.arange(count)
    cut = are_cut(labels, points, count)
    if not cut.any() or not len(seeds.position):
        return whole
    is_body = points.points[:, 2] >= BODY
    pixels = np.bincount(labels[is_body], minlength=count)
    total = [np.bincount(labels[is_body], points.points[is_body, k], count) for k in (0, 1)]
    middle = np.stack(total, axis=1) / np.maximum(pixels, 1)[:, None]
    away = np.linalg.norm(middle[:, None] - seeds.position, axis=2) - seeds.size[:, 0] / 2
    nearest = away.argmin(axis=1)
    for k in np.argsort(-seeds.size[:, 0]):
        around = np.flatnonzero((nearest == k) & (away[:, k] < _REACH) & (pixels > 0))
        if len(around) < 2 or not cut[around].any():
            continue
        c, s = np.cos(seeds.heading[k]), np.sin(seeds.heading[k])
        own = [points.points[(labels == b) & is_body, :2] @ np.array([[c, -s], [s, c]]) for b in around]
        parts = _parts(own, away[around, k], seeds.size[k] + _SLACK)
        whole[around[parts]] = around[parts[0]]
    return whole


def _parts(blobs: Sequence[Array], away: Array, size: Array) -> list[int]:
    """Those of the blobs, points (n, 2), the nearest first, that together are no larger than `size` (2,)."""
    order = np.argsort(away).tolist()
    parts = order[:1]
    low, high = blobs[parts[0]].min(axis=0), blobs[parts[0]].max(axis=0)
    for b in order[1:]:
        wider = np.minimum(low, blobs[b].min(axis=0)), np.maximum(high, blobs[b].max(axis=0))
        if (wider[1] - wider[0] <= size).all():
            parts.append(b)
            low, high = wider
    return parts
