"""Pictures of all ceiling cameras: the empty hall, drawn once, with the actors traced into it.

An actor covers a few hundred pixels of a handful of cameras, so only the rays that can meet it are traced,
against its own triangles, and the nearer surface wins. Depth is exact; colours are shaded as the renderer
of the empty hall does, without the actors' shadows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import warp as wp

from ...envs.warp_setup import start_warp
from ...perception.activity.calibration import pixel_rays, pixels_of
from .hall import Hall
from .kernels import trace_meshes
from .shapes import Mesh, Shape

_LIGHTS = np.array([[-0.28, 0.24, -0.93], [0.55, -0.60, -0.58]])  # of envs/render.py
_DIFFUSE, _AMBIENT = np.array([0.70, 0.28]), 0.46


@dataclass(frozen=True, eq=False)
class Pose:
    """Where one actor is: position (2,) in m on the floor, yaw in rad, and the phase of its stride."""

    position: np.ndarray
    yaw: float
    phase: int = 0


class _Window(NamedTuple):
    camera: int
    actor: int
    pose: Pose
    rows: slice
    columns: slice


class CeilingViews:
    """Draws actors into the pictures of an empty hall.

    Args:
        hall: with its cameras and their pictures.
        shapes: of the actors, in the order of the poses to come.
    """

    def __init__(self, hall: Hall, shapes: list[Shape]) -> None:
        start_warp()
        self.hall, self.shapes = hall, shapes
        self._cameras = list(hall.calibration.cameras.values())
        self._rays = [pixel_rays(camera) @ camera.body_from_camera[:3, :3].T for camera in self._cameras]
        self._eyes = np.array([camera.body_from_camera[:3, 3] for camera in self._cameras])
        self._bounds = [_bounds(shape) for shape in shapes]
        with wp.ScopedDevice("cpu"):
            self._meshes = [[_warp_mesh(mesh) for mesh in shape.meshes] for shape in shapes]

    def draw(
        self, poses: list[Pose | None], cameras: list[int] | None = None
    ) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
        """Depth and colour pictures by camera index, of actors at `poses`; None for one that is not there.

        `cameras` are those that are drawn, all by default.
        """
        drawn = range(len(self._cameras)) if cameras is None else cameras
        depth = {k: self.hall.depth[k].copy() for k in drawn}
        rgb = {k: self.hall.rgb[k].copy() for k in drawn}
        windows = list(self._windows(poses, drawn))
        if windows:
            self._paint(windows, depth, rgb)
        return depth, rgb

    def _windows(self, poses: list[Pose | None], drawn: Iterable[int]) -> Iterator[_Window]:
        """The part of each picture in which an actor can be."""
        present = [(k, pose) for k, pose in enumerate(poses) if pose is not None]
        if not present:
            return
        corners = np.stack([_placed(self._bounds[k], pose) for k, pose in present])
        for c in drawn:
            camera = self._cameras[c]
            near = np.abs(corners[:, :, :2] - self._eyes[c, :2]).max(axis=2).min(axis=1) < 25.0
            if not near.any():
                continue
            pixels, _ = pixels_of(camera, corners[near].reshape(-1, 3))
            pixels = pixels.reshape(-1, 8, 2)
            low = np.floor(pixels.min(axis=1)).astype(int) - 1
            high = np.ceil(pixels.max(axis=1)).astype(int) + 2
            low = np.maximum(low, 0)
            high = np.minimum(high, [camera.width, camera.height])
            for k, (x0, y0), (x1, y1) in zip(np.flatnonzero(near), low, high, strict=True):
                if x0 < x1 and y0 < y1:
                    yield _Window(c, *present[k], slice(y0, y1), slice(x0, x1))

    def _paint(
        self,
        windows: list[_Window],
        depth: dict[int, np.ndarray],
        rgb: dict[int, np.ndarray],
    ) -> None:
        rays, origins, meshes, sizes, turns = [], [], [], [], []
        for c, actor, pose, rows, columns in windows:
            turn = _turn(pose.yaw)
            part = self._rays[c][rows, columns].reshape(-1, 3) @ turn
            rays.append(part)
            sizes.append(len(part))
            origins.append((self._eyes[c] - [*pose.position, 0.0]) @ turn)
            meshes.append(self._meshes[actor][pose.phase].id)
            turns.append(turn)
        hits = self._query(np.concatenate(rays), np.array(origins), meshes, sizes)
        ends = np.cumsum(sizes)
        for (c, actor, pose, rows, columns), end, size, turn in zip(windows, ends, sizes, turns, strict=True):
            reach, face, normal = (values[end - size : end] for values in hits)
            target = depth[c][rows, columns]
            shape = target.shape
            nearer = (face >= 0) & ((reach < target.ravel()) | (target.ravel() == 0))
            if not nearer.any():
                continue
            mask = nearer.reshape(shape)
            target[mask] = reach[nearer]
            mesh = self.shapes[actor].meshes[pose.phase]
            rgb[c][rows, columns][mask] = _shaded(mesh.colours[face[nearer]], normal[nearer] @ turn.T)

    def _query(
        self, rays: np.ndarray, origins: np.ndarray, meshes: list[int], sizes: list[int]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with wp.ScopedDevice("cpu"):
            count = len(rays)
            reach, faces = wp.zeros(count, dtype=float), wp.zeros(count, dtype=wp.int32)
            normals = wp.zeros(count, dtype=wp.vec3)
            owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
            wp.launch(
                trace_meshes,
                dim=count,
                inputs=[
                    wp.array(meshes, dtype=wp.uint64),
                    wp.array(origins.astype(np.float32), dtype=wp.vec3),
                    wp.array(owners, dtype=wp.int32),
                    wp.array(rays.astype(np.float32), dtype=wp.vec3),
                ],
                outputs=[reach, faces, normals],
            )
            return reach.numpy(), faces.numpy(), normals.numpy()


def _warp_mesh(mesh: Mesh) -> wp.Mesh:
    return wp.Mesh(
        points=wp.array(mesh.vertices.astype(np.float32), dtype=wp.vec3),
        indices=wp.array(mesh.faces.astype(np.int32).ravel(), dtype=wp.int32),
    )


def _bounds(shape: Shape) -> np.ndarray:
    vertices = np.concatenate([mesh.vertices for mesh in shape.meshes])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return np.array(
        [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    )


def _turn(yaw: float) -> np.ndarray:
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _placed(points: np.ndarray, pose: Pose) -> np.ndarray:
    return points @ _turn(pose.yaw).T + [*pose.position, 0.0]


def _shaded(colours: np.ndarray, normals: np.ndarray) -> np.ndarray:
    lights = -_LIGHTS / np.linalg.norm(_LIGHTS, axis=1, keepdims=True)
    light = _AMBIENT + np.maximum(normals @ lights.T, 0.0) @ _DIFFUSE
    return (np.clip(colours * light[:, None], 0, 1) * 255).astype(np.uint8)
