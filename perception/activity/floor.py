"""Early fusion: foreground points of all cameras in one map of the floor, from which things are read once.

Where fields of view overlap, a thing has points from several cameras; they fall into the same cells, so
nothing has to be matched between cameras. Depth points stand on the cells below them. Colour points that
no depth explains lie flat on the floor.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..poses import Array
from .calibration import Bounds
from .classes import KINDS
from .colours import colour_bins, histograms
from .detections import COLOURS, Detections, no_detections
from .parts import BODY, FloorPoints, Seeds, are_cut, joined

CELL = 0.10
"""Edge of a cell, m: about a pixel of a camera of 320 px at 9 m."""
TALLEST = 2.7
"""What is higher hangs, or lies in a rack."""
_LEAST = 8  # pixels of a thing that stands
_LEAST_FLAT = 0.12  # m2 of a thing that lies
_EDGE = 0.04  # m by which the outermost pixels of a thing fall short of its edges, both sides together
_HIGHER = 0.2  # m above a thing's height that its points may still be
_BESIDE = 0.3  # m from a thing's rim, where it is expected, at which it may be instead
_TOO_LARGE = 0.25  # m that a blob is larger across than the one who is expected in it if there are two in it
_UPRIGHT, _SLIM = 1.3, 1.1  # m: what is as high and no longer is a person
_TRUNK = 0.6  # share of the height above which only the trunk and the head are
_HIGHEST = 6  # points whose mean is the height of a thing: the highest alone may be noise


class Floor:
    """The map of cells within `bounds`."""

    def __init__(self, bounds: Bounds) -> None:
        self._origin = np.array(bounds[:2])
        extent = np.array(bounds[2:]) - self._origin
        self._columns, self._rows = np.maximum(np.ceil(extent / CELL).astype(int), 1).tolist()

    def detect(self, points: FloorPoints, seeds: Seeds) -> Detections:
        """Read the things out of the points; one blob in which several are expected is split among them."""
        where = np.floor((points.points[:, :2] - self._origin) / CELL).astype(int)
        is_in = ((where >= 0) & (where < [self._columns, self._rows])).all(axis=1)
        is_in &= points.points[:, 2] < TALLEST
        if not is_in.any():
            return no_detections()
        points = points.select(is_in)
        cells = where[is_in] @ np.array([1, self._columns])
        labels, image = self._components(cells)
        whole = joined(labels, points, seeds, int(image.max()))
        labels = self._split(whole[labels], np.append(-1, whole)[image], points, seeds)
        return self._describe(labels, cells, points)

    def _components(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Blob (n,) of each point, and the image of blobs from 1 on; cells one apart belong together."""
        occupied = np.zeros(self._rows * self._columns, np.uint8)
        occupied[cells] = 1
        grown = cv2.dilate(occupied.reshape(self._rows, self._columns), np.ones((3, 3), np.uint8))
        _, image = cv2.connectedComponents(grown, connectivity=8, ltype=cv2.CV_32S)
        return image.ravel()[cells] - 1, image

    def _split(self, labels: np.ndarray, image: np.ndarray, points: FloorPoints, seeds: Seeds) -> np.ndarray:
        """Give each point of a blob with several seeds to the nearest, in radii, that is high enough."""
        blob = self._blob_of(labels, image, points, seeds)
        crowded, counts = np.unique(blob[blob >= 0], return_counts=True)
        labels, following = labels.copy(), int(labels.max()) + 1
        for crowd in crowded[counts > 1]:
            members, own = np.flatnonzero(labels == crowd), np.flatnonzero(blob == crowd)
            at, place = seeds.position[own], points.points[members, :2]
            # What is higher than a thing does not belong to it, unless it is higher than all of them.
            top = np.minimum(points.points[members, 2], seeds.height[own].max())
            strange = top[:, None] > seeds.height[own] + _HIGHER
            nearest = _nearest(place, at, seeds.radius[own], strange)
            middles = [
                place[nearest == k].mean(0) if (nearest == k).any() else at[k] for k in range(len(own))
            ]
            nearest = _nearest(place, np.array(middles), seeds.radius[own], strange)
            labels[members] = following + nearest
            following += len(own)
        return labels

    def _blob_of(
        self, labels: np.ndarray, image: np.ndarray, points: FloorPoints, seeds: Seeds
    ) -> np.ndarray:
        """The blob (k,) that each seed is in, or -1.

        Who brakes or turns is beside the place where he is expected, perhaps in a blob that is too large for
        those who are expected in it.
        """
        where = np.floor((seeds.position - self._origin) / CELL).astype(int)
        where = np.clip(where, 0, [self._columns - 1, self._rows - 1])
        blob = image[where[:, 1], where[:, 0]]
        within = blob.copy()
        for k in np.flatnonzero(blob < 0):
            away = np.linalg.norm(points.points[:, :2] - seeds.position[k], axis=1)
            least = int(away.argmin())
            own = within == labels[least]
            if away[least] < seeds.radius[k] + _BESIDE and own.any():
                body = points.points[(labels == labels[least]) & (points.points[:, 2] >= BODY), :2]
                largest = np.linalg.norm(seeds.size[own], axis=1).max()
                if len(body) and np.linalg.norm(np.ptp(body, axis=0)) > largest + _TOO_LARGE:
                    blob[k] = labels[least]
        return blob

    def _describe(self, labels: np.ndarray, cells: np.ndarray, points: FloorPoints) -> Detections:
        stands = ~points.flat
        standing = np.bincount(labels[stands], minlength=labels.max() + 1)
        flat_cells = np.unique(np.column_stack([labels, cells])[points.flat], axis=0)
        area = np.bincount(flat_cells[:, 0], minlength=labels.max() + 1) * CELL**2
        is_standing = standing >= _LEAST
        names = np.flatnonzero(is_standing | (area >= _LEAST_FLAT))
        if not len(names):
            return no_detections()
        dense = np.full(labels.max() + 1, -1)
        dense[names] = np.arange(len(names))
        # What lies beside a thing that stands is left out: a fork, a shadow not taken for one. So are
        # the few points over what lies, which are noise.
        label = np.where(stands == is_standing[labels], dense[labels], -1)
        keep = label >= 0
        order = np.flatnonzero(keep)[np.argsort(label[keep], kind="stable")]
        groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
        shapes = [_shape(points.points[group]) for group in groups]
        position, size, heading, height = (np.array(column) for column in zip(*shapes, strict=True))
        support = np.bincount(label[keep], minlength=len(names))
        seen_by = np.unique(np.column_stack([label[keep], points.camera[keep]]), axis=0)
        cut = are_cut(label[keep], points.select(keep), len(names))
        colours = (
            np.zeros((len(names), COLOURS))
            if points.rgb is None
            else histograms(label[keep], colour_bins(points.rgb[keep]), len(names))
        )
        return Detections(
            position, size, heading, height, colours, support,
            0.05 + 0.25 / np.sqrt(support), np.bincount(seen_by[:, 0]),
            _votes(label[keep], points.kind[keep], len(names)), cut,
        )  # fmt: skip


def _shape(points: Array) -> tuple[Array, Array, float, float]:
    """Middle, size and heading of a footprint, and the height of what stands on it."""
    height = float(np.sort(points[:, 2])[-_HIGHEST:].mean())
    body = points[points[:, 2] >= min(BODY, height / 2), :2]
    middle = body.mean(axis=0)
    offset, (a, b), angle = cv2.minAreaRect((body - middle).astype(np.float32))
    heading = np.radians(angle) + (np.pi / 2 if b > a else 0.0)
    size = np.array([max(a, b), min(a, b)]) + _EDGE
    position = middle + offset
    if height > _UPRIGHT and size[0] < _SLIM:
        # A person: legs and forearms swing, the trunk and the head do not.
        trunk = points[points[:, 2] > _TRUNK * height, :2]
        position = (trunk.min(axis=0) + trunk.max(axis=0)) / 2
    return position, size, heading % np.pi, max(height, 0.0)


def _votes(labels: np.ndarray, kinds: np.ndarray, count: int) -> np.ndarray:
    """The kind (count,) that most points of each label have, -1 for none."""
    table = np.bincount(labels * (len(KINDS) + 1) + kinds + 1, minlength=count * (len(KINDS) + 1))
    return table.reshape(count, -1).argmax(axis=1) - 1


def _nearest(place: Array, at: Array, radius: Array, strange: np.ndarray) -> np.ndarray:
    """The seed (n,) that each place (n, 2) is nearest to, in radii, and not strange (n, k) to."""
    distance = np.linalg.norm(place[:, None] - at, axis=2) / np.maximum(radius, 0.15)
    return np.argmin(np.where(strange, np.inf, distance), axis=1)
