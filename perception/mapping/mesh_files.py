"""Meshes as PLY, OBJ and USD files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..whole_file import whole_file
from .mesh import Mesh


def save_mesh(mesh: Mesh, path: Path) -> None:
    """Write `.ply` (binary, with colours), `.obj` (with colours, as most tools read them) or `.usda` (Z up,
    m).

    Raises:
        ValueError: another kind of file.
    """
    writers = {".ply": _ply, ".obj": _obj, ".usda": _usda}
    if path.suffix not in writers:
        raise ValueError(f"{path}: a mesh is written to a .ply, .obj or .usda file.")
    with whole_file(path) as partial:
        partial.write_bytes(writers[path.suffix](mesh))


def _ply(mesh: Mesh) -> bytes:
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(mesh.vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        "property uchar red\nproperty uchar green\nproperty uchar blue\n"
        f"element face {len(mesh.triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    vertices = np.empty(len(mesh.vertices), [("xyz", "<f4", 3), ("rgb", "u1", 3)])
    vertices["xyz"], vertices["rgb"] = mesh.vertices, mesh.colours
    faces = np.empty(len(mesh.triangles), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.triangles
    return header.encode() + vertices.tobytes() + faces.tobytes()


def _obj(mesh: Mesh) -> bytes:
    rows = np.column_stack([mesh.vertices, mesh.colours / 255])
    lines = [f"v {x:.6g} {y:.6g} {z:.6g} {r:.3g} {g:.3g} {b:.3g}" for x, y, z, r, g, b in rows]
    lines += [f"f {i} {j} {k}" for i, j, k in mesh.triangles + 1]
    return ("\n".join(lines) + "\n").encode()


def _usda(mesh: Mesh) -> bytes:
    def triples(values: np.ndarray) -> str:
        return ", ".join(f"({x:.6g}, {y:.6g}, {z:.6g})" for x, y, z in values)

    corners = ", ".join(map(str, mesh.triangles.ravel().tolist()))
    lower, upper = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    text = f"""#usda 1.0
(
    defaultPrim = "Map"
    metersPerUnit = 1
    upAxis = "Z"
)

def Mesh "Map"
{{
    uniform token subdivisionScheme = "none"
    float3[] extent = [{triples(np.array([lower, upper]))}]
    int[] faceVertexCounts = [{", ".join(["3"] * len(mesh.triangles))}]
    int[] faceVertexIndices = [{corners}]
    point3f[] points = [{triples(mesh.vertices)}]
    color3f[] primvars:displayColor = [{triples(mesh.colours / 255)}] (
        interpolation = "vertex"
    )
}}
"""
    return text.encode()
