"""Areas on the floor: polygons, and how far points are from them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.floating]


def polygon(area: npt.ArrayLike) -> Points:
    """Corners (k, 2) of an area in m: the corners themselves, or a box x0, y0, x1, y1.

    Raises:
        ValueError: neither four numbers nor three corners or more, or not finite.
    """
    try:
        corners = np.asarray(area, float)
    except (TypeError, ValueError):
        corners = np.empty(0)
    if corners.shape == (4,):
        x0, y0, x1, y1 = corners
        corners = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    if corners.ndim != 2 or corners.shape[1:] != (2,) or len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError("must be a box [x0, y0, x1, y1] or three corners [x, y] or more, in m")
    return corners


def distances(corners: Points, points: Points) -> npt.NDArray[np.float64]:
    """(n,) distances in m of points (n, 2) to a polygon; 0 inside, by the even-odd rule."""
    a, b = corners, np.roll(corners, -1, axis=0)
    along = b - a
    length = np.maximum((along**2).sum(1), 1e-300)
    from_a = points[:, None] - a
    part = np.clip((from_a * along).sum(2) / length, 0, 1)
    gap = np.linalg.norm(from_a - part[..., None] * along, axis=2).min(1)
    x, y = points[:, :1], points[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(b[:, 1] == a[:, 1], 1, b[:, 1] - a[:, 1])
    is_left = x < a[:, 0] + (y - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    inside = (spans & is_left).sum(1) % 2 == 1
    return np.where(inside, 0.0, gap)
