"""Covers a link's shapes with spheres: greedily, by balls that stand out of its surface by a given length.

Every point inside the link is the centre of a candidate, whose radius is the depth there plus the protrusion
allowed: it reaches through the surface by that much and no more (balls of the medial axis, as in Bradshaw and
O'Sullivan, ACM TOG 23(1), 2004, grown). The ball that covers most of what is not yet covered is taken, again
and again, until all points inside and on the surface are. Then all grow by what fresh points show to be
missing between those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from ..errors import PlanningError
from .distance import LinkDistance, bounds
from .shape import Shape

_SAMPLES = 2500  # points inside a link that are to be covered, and centres to choose from
_CHECKS = 10000  # points that tell coverage and excess; none of them was used to fit


@dataclass(frozen=True, eq=False)
class SphereFit:
    """Spheres of one link, in its frame.

    Attributes:
        centres: (m, 3) in m; none if the link has no shape.
        radii: (m,) in m.
        coverage: part of the link's volume that the spheres cover.
        uncovered: greatest distance in m from a point of the link to the spheres.
        excess: volume of the spheres outside the link, beside the link's own.
        protrusion: how far the spheres stand out of the link at most, in m.
    """

    centres: np.ndarray
    radii: np.ndarray
    coverage: float = 1.0
    uncovered: float = 0.0
    excess: float = 0.0
    protrusion: float = 0.0

    def bounding(self) -> tuple[np.ndarray, float]:
        """Centre (3,) and radius of a sphere around all spheres, within 1 % of the least one.

        By Badoiu and Clarkson, Smaller core-sets for balls, SODA 2003: step towards the farthest, ever less.
        """
        if not len(self.radii):
            return np.zeros(3), 0.0
        centre = self.centres.mean(axis=0)
        for step in range(1, 400):
            reach = np.linalg.norm(self.centres - centre, axis=1) + self.radii
            farthest = int(np.argmax(reach))
            away = self.centres[farthest] - centre
            length = np.linalg.norm(away)
            if length < 1e-12:
                break
            centre = centre + away * (1 + self.radii[farthest] / length) / (step + 1)
        return centre, float((np.linalg.norm(self.centres - centre, axis=1) + self.radii).max())


def fit_spheres(shapes: Sequence[Shape], protrusion: float, seed: int = 0) -> SphereFit:
    """Cover the shapes of a link. Where all of them are spheres, somebody has, and they are kept.

    Args:
        shapes: of the link; none gives no spheres.
        protrusion: how far spheres may stand out of the surface, in m: small ones need many spheres. A link
            that is nowhere as deep as this is covered by spheres that stand out by its greatest depth.
        seed: of the points that are covered and of those that check.

    Raises:
        PlanningError: the protrusion is not positive, or a mesh has no inside.
    """
    if not protrusion > 0:
        raise PlanningError(f"the protrusion is {protrusion} m; it must be positive.")
    if not shapes:
        return SphereFit(np.zeros((0, 3)), np.zeros(0))
    rng = np.random.default_rng(seed)
    distance, box = LinkDistance(shapes), bounds(shapes)
    if all(shape.kind == "sphere" for shape in shapes):
        centres = np.array([shape.pose[:3, 3] for shape in shapes])
        return _measured(SphereFit(centres, np.array([s.size[0] for s in shapes])), distance, box, rng)
    points = _inside(distance, box, _SAMPLES, rng)
    outside, height = _near_outside(distance, box, 8 * _SAMPLES, rng)
    depth = _depths(points, outside, height)
    standing_out = min(protrusion, float(depth.max()))
    surface = _onto_surface(distance, outside[: 2 * _SAMPLES], height[: 2 * _SAMPLES])
    to_cover = np.concatenate([points, surface[: _SAMPLES // 2]])
    chosen = _greedy_cover(to_cover, points, depth + standing_out)
    centres, radii = points[chosen], depth[chosen] + standing_out
    fresh = np.concatenate([_inside(distance, box, _SAMPLES, rng), surface])
    radii += max(0.0, float(_to_spheres(fresh, centres, radii).max()))
    return _measured(SphereFit(centres, radii), distance, box, rng)


def _inside(
    distance: LinkDistance, box: tuple[np.ndarray, np.ndarray], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Points (n, 3) inside, count of them where the shapes fill enough of their box."""
    kept, size = [np.zeros((0, 3))], 0
    for _ in range(50):
        trial = rng.uniform(*box, (4 * count, 3))
        kept.append(trial[distance(trial) < 0])
        size += len(kept[-1])
        if size >= count:
            break
    if not size:
        raise PlanningError("a link's shapes have no inside; close its meshes and turn their faces outwards.")
    return np.concatenate(kept)[:count]


def _near_outside(
    distance: LinkDistance, box: tuple[np.ndarray, np.ndarray], count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 3) outside within a tenth of the link's length, and their distances to it (n,)."""
    low, high = box
    band = 0.1 * float((high - low).max())
    points = rng.uniform(low - band, high + band, (count, 3))
    height = distance(points)
    is_near = (height > 0) & (height < band)
    return points[is_near], height[is_near]


def _depths(points: np.ndarray, outside: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Depths (n,) below the surface of all shapes together, which is more than that below any one of them.

    A point o outside at distance d bounds the depth at p by |p - o| - d, closely where o is above p's nearest
    point on the surface; the least of many bounds is taken.
    """
    parts = np.array_split(points, max(1, len(points) // 250))
    return np.concatenate([(cdist(part, outside) - height).min(axis=1) for part in parts])


def _onto_surface(distance: LinkDistance, outside: np.ndarray, height: np.ndarray) -> np.ndarray:
    """The points (n, 3) of the surface nearest to points outside; edges and corners draw many of them."""
    steps = 1e-4 * np.eye(3)
    slope = [(distance(outside + step) - distance(outside - step)) / 2e-4 for step in steps]
    return outside - height[:, None] * np.stack(slope, axis=1)


def _greedy_cover(points: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Indices of balls that cover all points (n, 3) which any ball covers."""
    covers = cdist(centres, points) <= radii[:, None]
    left, chosen = np.ones(len(points), bool), []
    gains = covers.sum(axis=1)
    while gains.max() > 0:
        chosen.append(int(np.argmax(gains)))
        newly = covers[chosen[-1]] & left
        left &= ~newly
        gains = gains - covers[:, newly].sum(axis=1)
    return np.array(chosen)


def _to_spheres(points: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Signed distances (n,) of points to the nearest sphere."""
    return (cdist(points, centres) - radii).min(axis=1)


def _measured(
    fit: SphereFit, distance: LinkDistance, box: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> SphereFit:
    """The fit with what points that it has not seen say of it."""
    low = np.minimum(box[0], (fit.centres - fit.radii[:, None]).min(axis=0))
    high = np.maximum(box[1], (fit.centres + fit.radii[:, None]).max(axis=0))
    points = rng.uniform(low, high, (_CHECKS, 3))
    to_link = distance(points)
    to_spheres = _to_spheres(points, fit.centres, fit.radii)
    is_link, is_sphere = to_link <= 0, to_spheres <= 0
    link_volume = max(int(is_link.sum()), 1)
    return SphereFit(
        fit.centres,
        fit.radii,
        float((is_link & is_sphere).sum() / link_volume),
        float(np.max(to_spheres[is_link], initial=0.0).clip(0)),
        float((is_sphere & ~is_link).sum() / link_volume),
        float(np.max(to_link[is_sphere], initial=0.0).clip(0)),
    )
