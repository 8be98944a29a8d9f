"""Signed distances to the shapes of a link, and points spread over their surfaces."""

# Warp types `dtype` as float, and the arguments of kernels by their values.
# pyright: reportArgumentType=false, reportIndexIssue=false, reportInvalidTypeForm=false
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import warp as wp

from .shape import Shape


@wp.kernel
def _mesh_distance(mesh: wp.uint64, points: wp.array(dtype=wp.vec3), out: wp.array(dtype=wp.float32)):
    i = wp.tid()
    query = wp.mesh_query_point_sign_winding_number(mesh, points[i], wp.float32(1e6))
    nearest = wp.mesh_eval_position(mesh, query.face, query.u, query.v)
    out[i] = query.sign * wp.length(points[i] - nearest)


class LinkDistance:
    """Signed distance to the union of a link's shapes: negative inside, exact outside and for one shape.

    Meshes need not be closed: inside is where the winding number says so (Barill et al., ACM TOG 37(4) 2018).
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        """Prepare the shapes; meshes get a tree of their triangles."""
        self._shapes = shapes
        self._meshes = {shape: _warp_mesh(shape) for shape in shapes if shape.kind == "mesh"}

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(n,) distances in m of points (n, 3) in the link."""
        distance = np.full(len(points), np.inf)
        for shape in self._shapes:
            local = (points - shape.pose[:3, 3]) @ shape.pose[:3, :3]
            if shape.kind == "mesh":
                own = _to_mesh(self._meshes[shape], local)
            else:
                own = _to_primitive(shape, local)
            distance = np.minimum(distance, own)
        return distance


def _warp_mesh(shape: Shape) -> wp.Mesh:
    vertices = wp.array(shape.vertices.astype(np.float32), dtype=wp.vec3, device="cpu")
    faces = wp.array(shape.faces.astype(np.int32).ravel(), dtype=wp.int32, device="cpu")
    return wp.Mesh(vertices, faces, support_winding_number=True)


def _to_mesh(mesh: wp.Mesh, points: np.ndarray) -> np.ndarray:
    out = wp.zeros(len(points), dtype=wp.float32, device="cpu")
    queries = wp.array(points.astype(np.float32), dtype=wp.vec3, device="cpu")
    wp.launch(_mesh_distance, len(points), [mesh.id, queries], [out], device="cpu")
    return out.numpy().astype(float)


def _to_primitive(shape: Shape, p: np.ndarray) -> np.ndarray:
    """Signed distance to a box, sphere, cylinder or capsule of points in its frame."""
    if shape.kind == "sphere":
        return np.linalg.norm(p, axis=1) - shape.size[0]
    if shape.kind == "capsule":
        radius, half = shape.size
        above = np.abs(p[:, 2]) - half
        return np.hypot(np.linalg.norm(p[:, :2], axis=1), np.maximum(above, 0)) - radius
    if shape.kind == "cylinder":
        radius, half = shape.size
        over = np.column_stack([np.linalg.norm(p[:, :2], axis=1) - radius, np.abs(p[:, 2]) - half])
    else:
        over = np.abs(p) - shape.size
    return np.linalg.norm(np.maximum(over, 0), axis=1) + np.minimum(over.max(axis=1), 0)


def bounds(shapes: Sequence[Shape]) -> tuple[np.ndarray, np.ndarray]:
    """Least and greatest corner (3,) of a box in the link that holds all shapes."""
    corners = []
    for shape in shapes:
        if shape.kind == "mesh":
            corners.append(shape.vertices @ shape.pose[:3, :3].T + shape.pose[:3, 3])
            continue
        half = {
            "box": shape.size,
            "sphere": shape.size * 3,
            "cylinder": (shape.size[0], shape.size[0], shape.size[-1]),
            "capsule": (shape.size[0], shape.size[0], shape.size[0] + shape.size[-1]),
        }[shape.kind]
        reach = np.abs(shape.pose[:3, :3]) @ np.array(half)
        corners += [shape.pose[None, :3, 3] - reach, shape.pose[None, :3, 3] + reach]
    stacked = np.concatenate(corners)
    return stacked.min(axis=0), stacked.max(axis=0)
