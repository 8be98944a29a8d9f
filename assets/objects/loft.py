"""Closed triangle meshes by lofting: loops of equally many points, joined and capped at the ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class TriangleMesh(NamedTuple):
    """Vertices (n, 3) in m and triangles (m, 3), counter-clockwise from outside."""

    vertices: np.ndarray
    faces: np.ndarray


class MassProperties(NamedTuple):
    """Volume in m3, centre (3,) in m and inertia (3, 3) about it of density 1, in m5."""

    volume: float
    center: np.ndarray
    inertia: np.ndarray


def loft(loops: np.ndarray) -> TriangleMesh:
    """Solid between `loops` (k, s, 3): each is joined to the next, the first and last are filled (convex)."""
    count, size = loops.shape[:2]
    ring = np.arange(size)
    following = np.roll(ring, -1)
    sides = [
        np.concatenate(
            [
                np.column_stack([ring, following, size + following]) + size * k,
                np.column_stack([ring, size + following, size + ring]) + size * k,
            ]
        )
        for k in range(count - 1)
    ]
    fan = np.column_stack([np.zeros(size - 2, int), ring[1:-1], ring[2:]])
    faces = np.concatenate([fan[:, ::-1], *sides, fan + size * (count - 1)])
    vertices = loops.reshape(-1, 3).astype(float)
    if signed_volume(vertices, faces) < 0:
        faces = faces[:, ::-1]
    return TriangleMesh(vertices, faces)


def joined(meshes: Sequence[TriangleMesh]) -> TriangleMesh:
    """Several solids as one mesh; where they overlap, inner faces stay."""
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]
    return TriangleMesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def rectangles(rows: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """Loops about the Z axis from (width along X, depth along Y, height z), one a row, in m."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    return np.array([np.column_stack([corners * (w, d), np.full(4, z)]) for w, d, z in rows])


def ellipses(rows: Sequence[tuple[float, float, float]], segments: int = 48) -> np.ndarray:
    """Loops about the Z axis from (radius along X, radius along Y, height z), one a row, in m."""
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return np.array([np.column_stack([circle * (a, b), np.full(segments, z)]) for a, b, z in rows])


def folded_sheet(path: Sequence[tuple[float, float]], thickness: float, width: float) -> np.ndarray:
    """Loops of a sheet of metal that follows `path` in XZ, to its left, with mitred corners; `width` in Y."""
    points = np.array(path, float)
    ways = np.diff(points, axis=0)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    normals = np.column_stack([-ways[:, 1], ways[:, 0]])
    before, after = np.vstack([normals[:1], normals]), np.vstack([normals, normals[-1:]])
    mitre = (before + after) / (1 + (before * after).sum(axis=1, keepdims=True))
    inner = points + thickness * mitre
    half = width / 2
    return np.array(
        [
            [[o[0], -half, o[1]], [o[0], half, o[1]], [i[0], half, i[1]], [i[0], -half, i[1]]]
            for o, i in zip(points, inner, strict=True)
        ]
    )


def swept(path: np.ndarray, width: float, thickness: float) -> np.ndarray:
    """Loops of an oval band swept along `path` (k, 3) in the XZ plane; `width` in Y, `thickness` across."""
    ways = np.gradient(path, axis=0)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    across = np.column_stack([-ways[:, 2], np.zeros(len(ways)), ways[:, 0]])
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    y = np.array([0.0, 1.0, 0.0])
    return (
        path[:, None]
        + thickness / 2 * np.cos(angle)[None, :, None] * across[:, None]
        + width / 2 * np.sin(angle)[None, :, None] * y
    )


def signed_volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Volume in m3, positive if faces are counter-clockwise from outside."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)


def corner_normals(mesh: TriangleMesh, crease: float = 0.7) -> np.ndarray:
    """Unit normals (m, 3, 3) of the corners of each face: of the faces there that lie within `crease` rad."""
    a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
    by_area = np.cross(b - a, c - a)
    unit = by_area / np.linalg.norm(by_area, axis=1, keepdims=True)
    around: list[list[int]] = [[] for _ in mesh.vertices]
    for face, corners in enumerate(mesh.faces):
        for vertex in corners:
            around[vertex].append(face)
    normals = np.empty((len(mesh.faces), 3, 3))
    for face, corners in enumerate(mesh.faces):
        for k, vertex in enumerate(corners):
            near = [other for other in around[vertex] if unit[other] @ unit[face] > np.cos(crease)]
            normals[face, k] = by_area[near].sum(axis=0)
    return normals / np.linalg.norm(normals, axis=2, keepdims=True)


def mass_properties(mesh: TriangleMesh) -> MassProperties:
    """By the divergence theorem, a tetrahedron to the origin under each triangle.

    The covariance of a tetrahedron is that of the canonical one, carried by its edges (Blow and Binstock,
    "How to find the inertia tensor of a solid body", 2004).
    """
    edges = mesh.vertices[mesh.faces]  # rows are the corners
    determinant = np.linalg.det(edges)
    volume = determinant.sum() / 6
    center = (determinant[:, None] * edges.sum(axis=1)).sum(axis=0) / 24 / volume
    canonical = (np.ones((3, 3)) + np.eye(3)) / 120
    covariance = (determinant[:, None, None] * (edges.transpose(0, 2, 1) @ canonical @ edges)).sum(axis=0)
    covariance -= volume * np.outer(center, center)
    return MassProperties(float(volume), center, np.trace(covariance) * np.eye(3) - covariance)
