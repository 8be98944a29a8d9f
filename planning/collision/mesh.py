"""Triangle meshes as obstacles: grids of signed distances; what has no inside is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ..errors import WorldError
from ..robot.shape import Shape
from .obstacles import DistanceGrid

if TYPE_CHECKING:
    from trimesh import Trimesh

_MOST_NODES = 20_000_000


def mesh_grid(
    name: str, vertices: ArrayLike, faces: ArrayLike, voxel: float, margin: float = 0.1
) -> DistanceGrid:
    """Signed distances to a closed mesh, made once and looked up in no time.

    Values between nodes are trilinear, and outside of edges and thin places say too much; all are lessened by
    what the worst of them says too much in the middle of its cell.

    Args:
        name: of the mesh, for messages.
        vertices: (n, 3) in m, in the base link of the group that is planned.
        faces: (m, 3) triangles, counter-clockwise as seen from outside.
        voxel: distance in m between nodes; half of the thinnest place does it.
        margin: in m around the mesh up to which distances are known; beyond, they are rounded down.

    Raises:
        WorldError: the mesh is open, not manifold, inside out or without triangles, holds values that are no
            numbers, or the voxel is so large that no node is inside, or so small that there are too many.
    """
    if not (np.isfinite([voxel, margin]).all() and voxel > 0 and margin >= 0):
        raise WorldError(f"mesh '{name}': voxel {voxel} m and margin {margin} m must be positive.")
    mesh = _solid(name, vertices, faces)
    low, high = mesh.bounds + np.array([[-margin - voxel], [margin + voxel]])
    shape = np.ceil((high - low) / voxel).astype(int) + 1
    if np.prod(shape.astype(float)) > _MOST_NODES:
        raise WorldError(
            f"mesh '{name}': a voxel of {voxel} m makes {' x '.join(map(str, shape))} nodes; "
            "take a larger one."
        )
    distance = _distance(mesh)
    nodes = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1) * voxel + low
    values = distance(nodes.reshape(-1, 3)).reshape(shape)
    if not (values < 0).any():
        raise WorldError(f"mesh '{name}': no node lies inside at a voxel of {voxel} m; take a smaller one.")
    middles = np.mean([values[_corner(corner, shape)] for corner in np.ndindex(2, 2, 2)], axis=0)
    near = np.abs(middles) < 2 * voxel
    excess = middles[near] - distance(nodes[:-1, :-1, :-1][near] + voxel / 2)
    return DistanceGrid(low, voxel, (values - max(float(excess.max()), 0.0)).astype(np.float32))


def _corner(corner: tuple[int, ...], shape: np.ndarray) -> tuple[slice, ...]:
    """The nodes at one corner of each cell."""
    return tuple(slice(first, first + count - 1) for first, count in zip(corner, shape, strict=True))


def _distance(mesh: Trimesh):
    """A function from points (n, 3) to their signed distances (n,)."""
    from ..robot.distance import LinkDistance

    return LinkDistance([Shape("mesh", (), np.eye(4), np.asarray(mesh.vertices), np.asarray(mesh.faces))])


def _solid(name: str, vertices: ArrayLike, faces: ArrayLike) -> Trimesh:
    """The mesh with equal vertices merged, which tells what is inside.

    Raises:
        WorldError: as `mesh_grid`.
    """
    mesh = _merged(name, vertices, faces)
    _, triangles = np.unique(np.sort(mesh.edges, axis=1), axis=0, return_counts=True)
    if (triangles == 1).any():
        raise WorldError(
            f"mesh '{name}' is open: {(triangles == 1).sum()} edges have a triangle on one side only; "
            "close it."
        )
    if (triangles > 2).any():
        raise WorldError(
            f"mesh '{name}' is not manifold: {(triangles > 2).sum()} edges have more than two triangles; "
            "split or repair it."
        )
    if not mesh.is_winding_consistent:
        raise WorldError(f"mesh '{name}' has triangles that face against their neighbours; turn them alike.")
    bodies = mesh.split(only_watertight=False)
    outer = [body for body in bodies if body.volume > 0]
    for body in bodies:
        # A body inside out is a cavity if another one is around it.
        if body.volume <= 0 and not any(_distance(other)(body.vertices[:1])[0] < 0 for other in outer):
            raise WorldError(
                f"mesh '{name}' is inside out, at least around {np.round(body.centroid, 3).tolist()}; "
                "turn its triangles around."
            )
    return mesh


def _merged(name: str, vertices: ArrayLike, faces: ArrayLike) -> Trimesh:
    from trimesh import Trimesh

    try:
        corners, triangles = np.asarray(vertices, float), np.asarray(faces, int)
    except (TypeError, ValueError) as error:
        raise WorldError(f"mesh '{name}': vertices and faces must be numbers: {error}.") from error
    if corners.ndim != 2 or corners.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1:] != (3,):
        raise WorldError(
            f"mesh '{name}': vertices have the shape {corners.shape} and faces {triangles.shape}; "
            "they must be (n, 3) and (m, 3)."
        )
    if not len(triangles) or not np.isfinite(corners).all():
        raise WorldError(f"mesh '{name}' has no triangles, or corners that are no finite numbers.")
    if not 0 <= triangles.min() <= triangles.max() < len(corners):
        raise WorldError(f"mesh '{name}': a face names a vertex that is not there.")
    mesh = Trimesh(corners, triangles, process=False)
    mesh.merge_vertices()
    a, b, c = mesh.faces.T
    mesh.update_faces((a != b) & (b != c) & (c != a))
    return mesh
