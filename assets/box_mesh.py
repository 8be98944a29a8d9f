"""Many boxes as one polygon mesh, for what draws or carries one mesh better than thousands of prims."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_CORNERS = np.array([[x, y, z, 1.0] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)])
# Counter-clockwise from outside.
_SIDES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])


class PolygonMesh(NamedTuple):
    """Points (p, 3), how many corners each face has (f,), and the corners' points, face by face."""

    points: np.ndarray
    counts: np.ndarray
    indices: np.ndarray


def box_mesh(transforms: np.ndarray) -> PolygonMesh:
    """Boxes of edge 1 about the origin, each placed by a transform (n, 4, 4) for row vectors."""
    points = (_CORNERS @ transforms)[..., :3].reshape(-1, 3)
    sides = np.where(np.linalg.det(transforms[:, :3, :3])[:, None, None] < 0, _SIDES[:, ::-1], _SIDES)
    indices = (sides + len(_CORNERS) * np.arange(len(transforms))[:, None, None]).ravel()
    return PolygonMesh(points, np.full(len(indices) // 4, 4), indices)


def joined(meshes: list[PolygonMesh]) -> PolygonMesh:
    """Several meshes as one."""
    starts = np.cumsum([0] + [len(mesh.points) for mesh in meshes[:-1]])
    indices = [mesh.indices + start for mesh, start in zip(meshes, starts, strict=True)]
    points, counts, _ = zip(*meshes, strict=True)
    return PolygonMesh(np.concatenate(points), np.concatenate(counts), np.concatenate(indices))
