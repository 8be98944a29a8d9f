"""What moves in the hall, as triangle meshes: the robots' own USD files, loads, and spills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import mujoco
import numpy as np
import trimesh

from ...assets import ASSETS
from ...envs.stage import load_stage
from ...envs.worker import WorkerWalk, worker_rows

_Geom = mujoco.mjtGeom
_DRAWN_GROUPS = 3  # geom groups 3 and up hold collision shapes
_DEFAULT_RGBA = np.array([0.5, 0.5, 0.5, 1.0], dtype=np.float32)
_SECTIONS = 12  # of a round shape
PHASES = 8
"""Pictures of one stride of a worker."""
WALK_SPEED = 1.2
"""Speed in m/s of the stride that is drawn."""
_BODY = 0.15  # what is lower than this does not count for the footprint, m


@dataclass(frozen=True, eq=False)
class Mesh:
    """Vertices (v, 3) in m about a point on the floor, X forward; faces and their colours (f, 3) in 0-1."""

    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray


@dataclass(frozen=True, eq=False)
class Shape:
    """A kind of actor.

    Attributes:
        kind: `amr`, `forklift`, `worker` or `obstacle`.
        meshes: of each phase of its stride; one for what rolls or lies.
        middle: (2,) of the footprint in its own frame, m: the truth about where it is.
        size: (2,) of the footprint along its own X and Y, m.
        height: m.
    """

    kind: str
    meshes: tuple[Mesh, ...]
    middle: np.ndarray
    size: np.ndarray
    height: float


def shape_of(kind: str, meshes: tuple[Mesh, ...]) -> Shape:
    """A shape whose footprint is the rectangle about all that stands higher than 15 cm, or about all."""
    vertices = np.concatenate([mesh.vertices for mesh in meshes])
    height = float(vertices[:, 2].max())
    body = vertices[vertices[:, 2] >= min(_BODY, height / 2)]
    low, high = body[:, :2].min(axis=0), body[:, :2].max(axis=0)
    return Shape(kind, meshes, (low + high) / 2, high - low, height)


@cache
def amr_mesh() -> Mesh:
    """The AMR of assets/robots, empty."""
    return _robot("amr")


@cache
def forklift_mesh() -> Mesh:
    """The fork truck of assets/robots, forks down."""
    return _robot("forklift")


@cache
def worker_meshes() -> tuple[Mesh, ...]:
    """The worker of assets/robots in `PHASES` phases of its stride."""
    model = load_stage(ASSETS / "robots" / "worker.usda").compile()
    data, rows = mujoco.MjData(model), worker_rows(model)
    walk = WorkerWalk([(0.0, 0.0), (1000.0, 0.0)], WALK_SPEED)
    meshes = []
    for k in range(PHASES):
        distance = 10 * walk.stride + walk.stride * k / PHASES
        data.mocap_pos[rows], data.mocap_quat[rows] = walk.pose(distance / WALK_SPEED)
        mujoco.mj_kinematics(model, data)
        mesh = _drawn(model, data)
        meshes.append(Mesh(mesh.vertices - [distance, 0, 0], mesh.faces, mesh.colours))
    return tuple(meshes)


def stride() -> float:
    """Length of a stride of a worker, m."""
    return WorkerWalk([(0.0, 0.0), (1.0, 0.0)], WALK_SPEED).stride


def box(middle: tuple[float, float, float], size: tuple[float, float, float], colour: np.ndarray) -> Mesh:
    """A box of one colour (3,)."""
    mesh = trimesh.creation.box(size)
    return Mesh(mesh.vertices + middle, np.asarray(mesh.faces), np.tile(colour, (len(mesh.faces), 1)))


def puddle(radius: float, colour: np.ndarray, rng: np.random.Generator) -> Mesh:
    """A flat spill about `radius` m wide with a wavy rim, 4 mm thick."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    waves = rng.uniform(0, 0.15, 3)[:, None] * np.sin(
        np.arange(2, 5)[:, None] * angle + rng.uniform(0, 6, (3, 1))
    )
    reach = radius * (1 + waves.sum(axis=0))
    rim = np.column_stack([reach * np.cos(angle), reach * np.sin(angle), np.full(24, 0.004)])
    vertices = np.concatenate([[[0.0, 0.0, 0.004]], rim])
    faces = np.array([[0, 1 + k, 1 + (k + 1) % 24] for k in range(24)])
    return Mesh(vertices, faces, np.tile(colour, (24, 1)))


def joined(*meshes: Mesh) -> Mesh:
    """All of them as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
        np.concatenate([mesh.colours for mesh in meshes]),
    )


def scaled(mesh: Mesh, factor: float) -> Mesh:
    """The same, larger."""
    return Mesh(mesh.vertices * factor, mesh.faces, mesh.colours)


def recoloured(mesh: Mesh, old: np.ndarray, new: np.ndarray) -> Mesh:
    """The same with faces of colour `old` (3,) in `new` (3,)."""
    colours = mesh.colours.copy()
    colours[np.isclose(colours, old, atol=1e-3).all(axis=1)] = new
    return Mesh(mesh.vertices, mesh.faces, colours)


def _robot(name: str) -> Mesh:
    model = load_stage(ASSETS / "robots" / f"{name}.usda").compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    mesh = _drawn(model, data)
    # Its wheels stand on the floor, wherever its file puts the base.
    return Mesh(mesh.vertices - [0, 0, mesh.vertices[:, 2].min()], mesh.faces, mesh.colours)


def _drawn(model: mujoco.MjModel, data: mujoco.MjData) -> Mesh:
    parts = []
    for geom in np.flatnonzero(model.geom_group < _DRAWN_GROUPS):
        rgba = _rgba(model, int(geom))
        if model.geom_type[geom] == _Geom.mjGEOM_PLANE or rgba[3] == 0:
            continue
        vertices, faces = _geom_mesh(model, int(geom))
        turn = data.geom_xmat[geom].reshape(3, 3)
        colours = np.tile(rgba[:3], (len(faces), 1))
        parts.append(Mesh(vertices @ turn.T + data.geom_xpos[geom], faces, colours))
    return joined(*parts)


def _rgba(model: mujoco.MjModel, geom: int) -> np.ndarray:
    material = model.geom_matid[geom]
    if material >= 0 and np.array_equal(model.geom_rgba[geom], _DEFAULT_RGBA):
        return model.mat_rgba[material]
    return model.geom_rgba[geom]


def _geom_mesh(model: mujoco.MjModel, geom: int) -> tuple[np.ndarray, np.ndarray]:
    size, kind = model.geom_size[geom], model.geom_type[geom]
    if kind == _Geom.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
        face, faces = model.mesh_faceadr[mesh], model.mesh_facenum[mesh]
        return model.mesh_vert[first : first + count].astype(float), model.mesh_face[face : face + faces]
    if kind == _Geom.mjGEOM_BOX:
        solid = trimesh.creation.box(2 * size)
    elif kind == _Geom.mjGEOM_CYLINDER:
        solid = trimesh.creation.cylinder(size[0], 2 * size[1], sections=_SECTIONS)
    elif kind == _Geom.mjGEOM_CAPSULE:
        solid = trimesh.creation.capsule(2 * size[1], size[0], count=(_SECTIONS // 2, _SECTIONS))
    else:
        ball = trimesh.creation.icosphere(subdivisions=2)
        scale = np.full(3, size[0]) if kind == _Geom.mjGEOM_SPHERE else size
        return ball.vertices * scale, np.asarray(ball.faces)
    return np.asarray(solid.vertices), np.asarray(solid.faces)
