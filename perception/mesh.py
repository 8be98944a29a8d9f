"""Points on triangle meshes."""

from __future__ import annotations

import numpy as np

from .poses import Array


def sample_surface(vertices: Array, faces: np.ndarray, count: int) -> tuple[Array, Array]:
    """Points (count, 3) spread evenly over triangles and outward normals there, in random order.

    The same at each call. A point is drawn in each of `count` equal shares of the area, face after face.

    Args:
        vertices: (n, 3).
        faces: (m, 3), counter-clockwise from outside.
        count: of points; the first k of them are spread evenly, too.
    """
    corners = vertices[faces]
    by_area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(by_area, axis=1)
    rng = np.random.default_rng(0)
    at = (np.arange(count) + rng.random(count)) / count
    chosen = np.minimum(np.searchsorted(np.cumsum(area) / area.sum(), at), len(area) - 1)
    u, v = rng.random((2, count, 1))
    root = np.sqrt(u)  # evenly over a triangle: Osada et al., "Shape distributions", 2002
    a, b, c = corners[chosen].transpose(1, 0, 2)
    points = (1 - root) * a + root * (1 - v) * b + root * v * c
    order = rng.permutation(count)
    return points[order], (by_area[chosen] / area[chosen, None])[order]


def surface_area(vertices: Array, faces: np.ndarray) -> float:
    """Area of triangles, in m2."""
    corners = vertices[faces]
    by_area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float(np.linalg.norm(by_area, axis=1).sum() / 2)
