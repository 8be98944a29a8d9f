"""The 3-D view: every world's bodies as instances of shared shapes, side by side on one floor."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import viser

from .shapes import GeomBatch, batch_geoms, drawn_geoms, extent, geom_rgba

_ROOT = "/worlds"
_GAP = 1.0  # m between what neighbouring worlds contain


class Scene:
    """Draws `num_worlds` worlds of `model` on `server`; `apart` lays them out on a grid.

    Worlds that are not apart share what is fixed, such as a terrain they all walk on.

    Attributes:
        offsets: where each world's origin is shown, (num_worlds, 3) in m.
    """

    def __init__(
        self, server: viser.ViserServer, model: mujoco.MjModel, num_worlds: int, apart: bool
    ) -> None:
        self._server = server
        self._model = model
        geoms = drawn_geoms(model)
        # Furniture that an episode puts somewhere waits far outside until it does.
        lowest, highest = self._bounds(geoms[model.body_mocapid[model.geom_bodyid[geoms]] < 0])
        self.offsets = _grid(num_worlds, highest - lowest + _GAP) if apart else np.zeros((num_worlds, 3))
        self._root = server.scene.add_frame(_ROOT, show_axes=False)
        self._moving: list[tuple[GeomBatch, viser.BatchedMeshHandle]] = []
        self._marks: viser.BatchedMeshHandle | None = None
        self._scan: viser.PointCloudHandle | None = None
        self._add_floor()
        xpos, xquat = self._home()
        for number, batch in enumerate(batch_geoms(model)):
            offsets = self.offsets if apart or batch.moves else self.offsets[:1]
            handle = self._add(f"{_ROOT}/{number}", batch, xpos, xquat, offsets)
            if batch.moves:
                self._moving.append((batch, handle))
        self._look_at(lowest, highest)

    def look_at_body(self, body: int) -> None:
        """Let new spectators begin near `body`, as `centre_on` shows it, with what hangs on it."""
        geoms = drawn_geoms(self._model)
        lowest, highest = self._bounds(geoms[self._model.body_rootid[self._model.geom_bodyid[geoms]] == body])
        middle = (lowest + highest) / 2
        self._look_at(lowest - middle * [1, 1, 0], highest - middle * [1, 1, 0])

    def update(self, xpos: np.ndarray, xquat: np.ndarray) -> None:
        """Move the bodies to `xpos` (num_worlds, nbody, 3) in m, `xquat` (num_worlds, nbody, 4)."""
        for batch, handle in self._moving:
            positions, quats = _poses(batch, xpos, xquat, self.offsets)
            handle.batched_positions, handle.batched_wxyzs = positions, quats

    def centre_on(self, point: np.ndarray) -> None:
        """Show `point` (3,), in m as drawn, in the middle of the picture: the worlds move, not the cameras.

        So everybody may look from another side, and nobody's camera is taken from them.
        """
        self._root.position = (-float(point[0]), -float(point[1]), 0.0)

    def mark(self, points: np.ndarray) -> None:
        """Put a ball at `points` (num_worlds, 3), in m in each world: where a robot is asked to go."""
        positions = (points + self.offsets).astype(np.float32)
        if self._marks is None:
            ball = _ball()
            self._marks = self._server.scene.add_batched_meshes_simple(
                f"{_ROOT}/marks",
                *ball,
                np.tile([1.0, 0.0, 0.0, 0.0], (len(points), 1)),
                positions,
                batched_colors=(10, 120, 40),
                lod="off",
            )
        self._marks.batched_positions = positions

    def show_scan(self, points: np.ndarray, world: int) -> None:
        """Put dots at `points` (rays, 3), in m in `world`: what its lidar meets."""
        drawn = (points + self.offsets[world]).astype(np.float32)
        if self._scan is None:
            self._scan = self._server.scene.add_point_cloud(
                f"{_ROOT}/scan", drawn, (230, 40, 40), point_size=0.05, precision="float32"
            )
        self._scan.points = drawn

    def _home(self) -> tuple[np.ndarray, np.ndarray]:
        data = mujoco.MjData(self._model)
        mujoco.mj_kinematics(self._model, data)
        count = len(self.offsets)
        return np.tile(data.xpos, (count, 1, 1)), np.tile(data.xquat, (count, 1, 1))

    def _bounds(self, geoms: np.ndarray) -> np.ndarray:
        data = mujoco.MjData(self._model)
        if self._model.nkey:
            mujoco.mj_resetDataKeyframe(self._model, data, 0)
        mujoco.mj_kinematics(self._model, data)
        return extent(self._model, data.xpos, data.xmat, geoms)

    def _add(
        self, name: str, batch: GeomBatch, xpos: np.ndarray, xquat: np.ndarray, offsets: np.ndarray
    ) -> viser.BatchedMeshHandle:
        count = len(offsets)
        positions, quats = _poses(batch, xpos[:count], xquat[:count], offsets)
        return self._server.scene.add_batched_meshes_simple(
            name,
            batch.shape.vertices,
            batch.shape.faces,
            quats,
            positions,
            batched_scales=np.tile(batch.scale, (count, 1)).astype(np.float32),
            batched_colors=np.tile(_linear(batch.colour), (count, 1)),
            lod="off",
        )

    def _add_floor(self) -> None:
        planes = np.flatnonzero(self._model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE)
        if not len(planes):
            return
        colour = 255 * geom_rgba(self._model, int(planes[0]))[:3]
        self._server.scene.add_grid(
            f"{_ROOT}/floor",
            infinite_grid=True,
            cell_size=0.5,
            section_size=2.0,
            cell_color=(colour * 0.9).astype(np.uint8),
            section_color=(colour * 0.75).astype(np.uint8),
            plane_color=colour.astype(np.uint8),
            plane_opacity=1.0,
            shadow_opacity=0.3,
            fade_distance=60.0,
            position=(0.0, 0.0, float(self._model.geom_pos[planes[0], 2]) - 0.002),
        )

    def _look_at(self, lowest: np.ndarray, highest: np.ndarray) -> None:
        middle = (lowest + highest) / 2
        size = float(np.linalg.norm(highest - lowest))
        size += 0.5 * min(float(np.linalg.norm(np.ptp(self.offsets, axis=0))), 3 * size)
        camera = self._server.initial_camera
        camera.position = tuple(middle + size * np.array([0.9, -1.1, 0.5]))
        camera.look_at = tuple(middle)


def _poses(
    batch: GeomBatch, xpos: np.ndarray, xquat: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and quaternions of the batch's instances, float32, world by world."""
    body_pos, body_quat = xpos[:, batch.body], xquat[:, batch.body]
    positions = body_pos + _rotate(body_quat, batch.pos) + offsets[:, None]
    quats = _multiply(body_quat, batch.quat)
    return positions.reshape(-1, 3).astype(np.float32), quats.reshape(-1, 4).astype(np.float32)


def _linear(colour: np.ndarray) -> np.ndarray:
    """sRGB colours, uint8, as the linear ones that viser takes for instances."""
    return np.round(255 * (colour / 255) ** 2.2).astype(np.uint8)


def _rotate(quat: np.ndarray, vector: np.ndarray) -> np.ndarray:
    w, xyz = quat[..., :1], quat[..., 1:]
    t = 2.0 * np.cross(xyz, vector)
    return vector + w * t + np.cross(xyz, t)


def _multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    w, v = a[..., :1], a[..., 1:]
    other, u = b[..., :1], b[..., 1:]
    real = w * other - (v * u).sum(axis=-1, keepdims=True)
    return np.concatenate([real, w * u + other * v + np.cross(v, u)], axis=-1)


def _grid(count: int, pitch: np.ndarray) -> np.ndarray:
    """Centres of `count` cells of a square grid around the origin, (count, 3)."""
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    index = np.arange(count)
    x = (index // columns - (rows - 1) / 2) * pitch[0]
    y = (index % columns - (columns - 1) / 2) * pitch[1]
    return np.stack([x, y, np.zeros(count)], axis=1)


def _ball() -> tuple[np.ndarray, np.ndarray]:
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.06)
    return np.asarray(ball.vertices, np.float32), np.asarray(ball.faces, np.uint32)
