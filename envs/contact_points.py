"""Where the shapes of a posed model reach lowest."""

from __future__ import annotations

import mujoco
import numpy as np

_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_RIM = np.column_stack((np.cos(_ANGLES), np.sin(_ANGLES)))


def lowest_points(model: mujoco.MjModel, data: mujoco.MjData, geoms: list[int]) -> np.ndarray:
    """Candidates (n, 3) in the world for the lowest points of geoms, in m: corners, rims, undersides."""
    clouds = [_cloud(model, geom, data.geom_xmat[geom].reshape(3, 3)) for geom in geoms]
    placed = [cloud + data.geom_xpos[geom] for cloud, geom in zip(clouds, geoms, strict=True)]
    return np.concatenate(placed) if placed else np.empty((0, 3))


def _cloud(model: mujoco.MjModel, geom: int, rotation: np.ndarray) -> np.ndarray:
    """Points of one geom relative to its centre, in world axes."""
    kind, size = mujoco.mjtGeom(int(model.geom_type[geom])), model.geom_size[geom]
    down = np.array([0.0, 0.0, -1.0])
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return size[0] * down[None]
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return np.array([[0, 0, size[1]], [0, 0, -size[1]]]) @ rotation.T + size[0] * down
    if kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
        local = size**2 * (rotation.T @ down)
        return (rotation @ local / np.linalg.norm(size * (rotation.T @ down)))[None]
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        ends = [np.column_stack((size[0] * _RIM, np.full(len(_RIM), end))) for end in (-size[1], size[1])]
        return np.concatenate(ends) @ rotation.T
    if kind == mujoco.mjtGeom.mjGEOM_MESH:
        mesh = int(model.geom_dataid[geom])
        start, number = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        return model.mesh_vert[start : start + number] @ rotation.T
    return (_CORNERS * size) @ rotation.T
