"""The object that is looked for: its mesh, its symmetries, and samples of its surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

from ..mesh import sample_surface
from ..metrics.pose import symmetry_group
from ..poses import Array

_SAMPLES = 4096
_SMALLEST, _LARGEST = 0.005, 5.0  # diameters, m, of what is taken for an object


@dataclass(frozen=True, eq=False)
class CadModel:
    """A rigid object.

    Attributes:
        name: of the object.
        vertices: (n, 3) in m.
        faces: (m, 3) triangles, counter-clockwise from outside.
        symmetries: (k, 4, 4) rigid motions besides the identity that leave the shape as it is, as BOP's
            `symmetries_discrete` but in m.
        axes: (j, 6) axes and points on them, in m, about which any turn does, as `symmetries_continuous`.

    Raises:
        ValueError: arrays of other shapes, a number that is not finite, a face of a vertex that is not there,
            or a size that is no metre's.
    """

    name: str
    vertices: Array
    faces: np.ndarray
    symmetries: Array = field(default_factory=lambda: np.empty((0, 4, 4)))
    axes: Array = field(default_factory=lambda: np.empty((0, 6)))

    def __post_init__(self) -> None:
        if self.vertices.ndim != 2 or self.vertices.shape[1] != 3 or len(self.vertices) < 4:
            raise ValueError(f"Mesh {self.name}: vertices have shape {self.vertices.shape}, not (n >= 4, 3).")
        if self.faces.ndim != 2 or self.faces.shape[1] != 3 or not len(self.faces):
            raise ValueError(
                f"Mesh {self.name}: faces have shape {self.faces.shape}; give triangles, (m, 3)."
            )
        if not np.isfinite(self.vertices).all():
            raise ValueError(f"Mesh {self.name}: a vertex is not a finite number.")
        if self.faces.min() < 0 or self.faces.max() >= len(self.vertices):
            raise ValueError(
                f"Mesh {self.name}: a face names vertex {self.faces.max()} of {len(self.vertices)}."
            )
        size = float(np.linalg.norm(np.ptp(self.vertices, axis=0)))
        if not _SMALLEST <= size <= _LARGEST:
            hint = "; it seems to be in millimetres: scale it by 0.001" if size > _LARGEST else ""
            raise ValueError(f"Mesh {self.name} is {size:.4g} m across, which is no object of a bin{hint}.")

    @cached_property
    def diameter(self) -> float:
        """Largest distance between two points of it, m."""
        corners = self.vertices[ConvexHull(self.vertices).vertices]
        return float(np.linalg.norm(corners[:, None] - corners[None], axis=2).max())

    @cached_property
    def samples(self) -> tuple[Array, Array]:
        """Points (4096, 3) spread evenly over the surface and outward normals there, (4096, 3)."""
        return sample_surface(self.vertices, self.faces, _SAMPLES)

    @cached_property
    def is_box(self) -> bool:
        """Whether the shape is a cuboid along the axes of its frame, to 2 % of its size."""
        low, high = self.vertices.min(axis=0), self.vertices.max(axis=0)
        points, normals = self.samples
        off = np.minimum(np.abs(points - low), np.abs(points - high)).min(axis=1)
        along = np.abs(normals).max(axis=1) > 0.999
        return bool(off.max() < 0.02 * (high - low).min() and along.all())

    @cached_property
    def group(self) -> Array:
        """Every symmetry (s, 4, 4), the identity first; turns about an axis are 20 degrees apart."""
        return symmetry_group(self.symmetries, self.axes, np.pi / 18)


def load_mesh(path: Path, unit: float = 1.0, symmetries: Sequence[Array] = ()) -> CadModel:
    """Read a mesh file, PLY, OBJ, STL or what else trimesh reads, whose lengths are in `unit` m.

    Raises:
        ValueError: no mesh, or one that seems to be in another unit.
    """
    import trimesh

    if not path.exists():
        raise ValueError(f"{path}: there is no such file; give the object's mesh.")
    try:
        mesh = trimesh.load_mesh(path, process=False)
    except Exception as error:  # of many kinds, one for each format
        raise ValueError(f"{path}: is no mesh that can be read ({error}).") from error
    if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
        raise ValueError(f"{path}: holds no triangles.")
    group = np.array(symmetries, float).reshape(-1, 4, 4)
    return CadModel(path.stem, np.asarray(mesh.vertices, float) * unit, np.asarray(mesh.faces), group)
