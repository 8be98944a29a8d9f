"""Shapes of a model's geoms as triangle meshes, and which geoms share one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import numpy as np
import trimesh

_Geom = mujoco.mjtGeom
_DRAWN_GROUPS = 3  # geom groups 3 and up hold collision shapes, as in MuJoCo's viewer
_HARD_EDGE = np.radians(35)
_SECTIONS = 24
_DEFAULT_RGBA = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)


class Shape(NamedTuple):
    """Vertices (v, 3) in m or, where geoms scale it, of unit size; faces (f, 3)."""

    vertices: np.ndarray
    faces: np.ndarray


@dataclass
class GeomBatch:
    """Geoms of one model that are drawn as instances of one shape.

    `body` (n,) are their bodies; `pos` (n, 3) in m and `quat` (n, 4) place them in those; `scale` (n, 3) and
    `colour` uint8 (n, 3) are what they look like. `moves` is false where the bodies are fixed to the world.
    """

    shape: Shape
    geoms: np.ndarray
    body: np.ndarray
    pos: np.ndarray
    quat: np.ndarray
    scale: np.ndarray
    colour: np.ndarray
    moves: bool


def drawn_geoms(model: mujoco.MjModel) -> np.ndarray:
    """Ids of the geoms that are seen: groups 0-2, not transparent, no planes."""
    seen = (model.geom_group < _DRAWN_GROUPS) & (model.geom_type != _Geom.mjGEOM_PLANE)
    alpha = np.array([geom_rgba(model, geom)[3] for geom in range(model.ngeom)])
    return np.flatnonzero(seen & (alpha > 0))


def geom_rgba(model: mujoco.MjModel, geom: int) -> np.ndarray:
    """Colour of a geom, (4,) in 0-1: its own unless that is MuJoCo's default and it has a material."""
    material = model.geom_matid[geom]
    if material >= 0 and np.array_equal(model.geom_rgba[geom], _DEFAULT_RGBA):
        return model.mat_rgba[material]
    return model.geom_rgba[geom]


def is_fixed(model: mujoco.MjModel) -> np.ndarray:
    """Which bodies can never move, (nbody,)."""
    return (model.body_weldid == 0) & (model.body_mocapid[model.body_rootid] < 0)


def batch_geoms(model: mujoco.MjModel) -> list[GeomBatch]:
    """The drawn geoms of `model`, sorted into as few batches as their shapes allow."""
    fixed = is_fixed(model)
    mocap = model.body_mocapid[model.body_rootid] >= 0
    found: dict[Hashable, list[int]] = {}
    for geom in drawn_geoms(model):
        body = model.geom_bodyid[geom]
        found.setdefault((*_key(model, geom), bool(fixed[body]), bool(mocap[body])), []).append(int(geom))
    return [_batch(model, np.array(geoms), not key[-2]) for key, geoms in found.items()]  # type: ignore[index]


def _batch(model: mujoco.MjModel, geoms: np.ndarray, moves: bool) -> GeomBatch:
    rgba = np.array([geom_rgba(model, geom) for geom in geoms])
    return GeomBatch(
        shape=_shape(model, int(geoms[0])),
        geoms=geoms,
        body=model.geom_bodyid[geoms],
        pos=model.geom_pos[geoms],
        quat=model.geom_quat[geoms],
        scale=np.array([_scale(model, geom) for geom in geoms]),
        colour=np.round(255 * rgba[:, :3].clip(0, 1)).astype(np.uint8),
        moves=moves,
    )


def _kind(model: mujoco.MjModel, geom: int) -> mujoco.mjtGeom:
    return _Geom(int(model.geom_type[geom]))


def _key(model: mujoco.MjModel, geom: int) -> tuple[Hashable, ...]:
    """What geoms must have in common to be scaled instances of one shape."""
    kind = _kind(model, geom)
    if kind in (_Geom.mjGEOM_MESH, _Geom.mjGEOM_SDF, _Geom.mjGEOM_HFIELD):
        return kind, int(model.geom_dataid[geom])
    if kind == _Geom.mjGEOM_CAPSULE:  # its caps would not stay round
        return kind, *model.geom_size[geom, :2].tolist()
    return (kind,)


def _scale(model: mujoco.MjModel, geom: int) -> np.ndarray:
    kind, size = _kind(model, geom), model.geom_size[geom]
    if kind == _Geom.mjGEOM_SPHERE:
        return np.repeat(size[0], 3)
    if kind == _Geom.mjGEOM_CYLINDER:
        return size[[0, 0, 1]]
    if kind in (_Geom.mjGEOM_BOX, _Geom.mjGEOM_ELLIPSOID):
        return size
    return np.ones(3)


def _shape(model: mujoco.MjModel, geom: int) -> Shape:
    kind, data = _kind(model, geom), int(model.geom_dataid[geom])
    if kind in (_Geom.mjGEOM_SPHERE, _Geom.mjGEOM_ELLIPSOID):
        mesh = trimesh.creation.icosphere(subdivisions=2, radius=1.0)
    elif kind == _Geom.mjGEOM_CYLINDER:
        mesh = _hard_edged(trimesh.creation.cylinder(1.0, 2.0, sections=_SECTIONS))
    elif kind == _Geom.mjGEOM_CAPSULE:
        radius, half = model.geom_size[geom, :2]
        mesh = trimesh.creation.capsule(2 * half, radius, count=(_SECTIONS, _SECTIONS // 2))
        mesh.apply_translation(-mesh.bounds.mean(axis=0))
    elif kind == _Geom.mjGEOM_BOX:
        mesh = _hard_edged(trimesh.creation.box((2.0, 2.0, 2.0)))
    elif kind == _Geom.mjGEOM_HFIELD:
        mesh = _height_field(model, data)
    elif kind in (_Geom.mjGEOM_MESH, _Geom.mjGEOM_SDF):
        mesh = _hard_edged(trimesh.Trimesh(*_mesh(model, data), process=True))
    else:
        name = kind.name.removeprefix("mjGEOM_").lower()
        raise ValueError(f"Geom '{model.geom(geom).name}' is a {name}, which the window cannot draw.")
    return Shape(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.uint32))


def _mesh(model: mujoco.MjModel, mesh: int) -> tuple[np.ndarray, np.ndarray]:
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    face, faces = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
    return model.mesh_vert[first : first + count], model.mesh_face[face : face + faces]


def _height_field(model: mujoco.MjModel, field: int) -> trimesh.Trimesh:
    """The surface alone: its sides and bottom are under ground."""
    rows, columns = int(model.hfield_nrow[field]), int(model.hfield_ncol[field])
    half_x, half_y, peak, _ = model.hfield_size[field]
    first = model.hfield_adr[field]
    heights = model.hfield_data[first : first + rows * columns] * peak
    x, y = np.meshgrid(np.linspace(-half_x, half_x, columns), np.linspace(-half_y, half_y, rows))
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + columns], axis=1),
            np.stack([corner + 1, corner + columns + 1, corner + columns], axis=1),
        ]
    )
    return trimesh.Trimesh(np.stack([x.ravel(), y.ravel(), heights], axis=1), faces, process=False)


def _hard_edged(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The same surface with vertices of their own on both sides of edges, so that shading breaks there."""
    return trimesh.graph.smooth_shade(mesh, angle=_HARD_EDGE)


def extent(model: mujoco.MjModel, xpos: np.ndarray, xmat: np.ndarray, geoms: Iterable[int]) -> np.ndarray:
    """Lowest and highest corner of `geoms`, (2, 3) in m; `xpos` (nbody, 3), `xmat` (nbody, 9) are bodies'."""
    corners = []
    for geom in geoms:
        body = model.geom_bodyid[geom]
        turn = xmat[body].reshape(3, 3)
        local = np.zeros(9)
        mujoco.mju_quat2Mat(local, model.geom_quat[geom])
        rotation = turn @ local.reshape(3, 3)
        centre, half = model.geom_aabb[geom].reshape(2, 3)
        middle = xpos[body] + turn @ model.geom_pos[geom] + rotation @ centre
        reach = np.abs(rotation) @ half
        corners += [middle - reach, middle + reach]
    return np.stack([np.min(corners, axis=0), np.max(corners, axis=0)]) if corners else np.zeros((2, 3))
