"""A surface to hold something by: points with outward normals, of a mesh or of a point cloud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..mesh import sample_surface, surface_area
from ..poses import Array


@dataclass(frozen=True, eq=False)
class Surface:
    """Points of an object's surface.

    Attributes:
        points: (n, 3) in m.
        normals: (n, 3), unit, outward.
        center: (3,) centre of mass, m; of a cloud, a guess.
        spacing: typical distance between neighbours, m.

    Raises:
        ValueError: arrays that do not fit, fewer than 50 points, or numbers that are not finite.
    """

    points: Array
    normals: Array
    center: Array
    spacing: float

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1:] != (3,) or self.normals.shape != self.points.shape:
            raise ValueError(
                f"Points of shape {self.points.shape} and normals of shape {self.normals.shape} do not fit; "
                "both are (n, 3)."
            )
        if len(self.points) < 50:
            raise ValueError(f"{len(self.points)} points are too few to find a grasp; give 50 at least.")
        if not (np.isfinite(self.points).all() and np.isfinite(self.normals).all()):
            raise ValueError("A point or normal is not a finite number; drop the holes of the depth first.")


def surface_of_mesh(vertices: Array, faces: np.ndarray, count: int = 4096) -> Surface:
    """Points spread evenly over a closed mesh: vertices (n, 3) in m, triangles (m, 3) seen from outside.

    The centre of mass is that of the solid, if the mesh encloses one.
    """
    points, normals = sample_surface(vertices, faces, count)
    corners = vertices[faces]
    parts = np.linalg.det(corners)  # six times the tetrahedra to the origin
    volume = parts.sum()
    hull = float(np.prod(np.ptp(vertices, axis=0)))
    if abs(volume) > 1e-3 * hull:
        center = (parts[:, None] * corners.sum(axis=1)).sum(axis=0) / 4 / volume
    else:
        center = points.mean(axis=0)
    return Surface(points, normals, center, float(np.sqrt(surface_area(vertices, faces) / count)))


def surface_of_cloud(points: Array, viewpoint: Array, neighbours: int = 16) -> Surface:
    """A point cloud (n, 3) in m seen from `viewpoint` (3,), towards which its normals are turned.

    A normal is that of the plane through the nearest points; the centre is the middle of the bounding box.
    """
    tree = cKDTree(points)
    distances, nearest = tree.query(points, min(neighbours, len(points)))
    around = points[nearest]
    spread = around - around.mean(axis=1, keepdims=True)
    normals = np.linalg.eigh(np.einsum("nki,nkj->nij", spread, spread))[1][:, :, 0]
    normals *= np.where(((viewpoint - points) * normals).sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return Surface(points, normals, middle, float(np.median(distances[:, 1])))
