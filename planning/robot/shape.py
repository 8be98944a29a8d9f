"""Shapes of links, as a robot's file gives them: primitives and triangle meshes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import RobotFileError
from .tree import KinematicTree


@dataclass(frozen=True, eq=False)
class Shape:
    """One shape of a link.

    Attributes:
        kind: box, sphere, cylinder and capsule stand along z.
        size: box: half extents; sphere: radius; cylinder and capsule: radius, half the length between the
            centres of its ends; mesh: nothing.
        pose: (4, 4) of the shape in the link, without scale.
        vertices: (n, 3) of a mesh in m, in the shape's frame.
        faces: (m, 3) its triangles.
    """

    kind: Literal["box", "sphere", "cylinder", "capsule", "mesh"]
    size: tuple[float, ...]
    pose: np.ndarray
    vertices: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    faces: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), int))


@dataclass(frozen=True, eq=False)
class RobotDescription:
    """What a robot's file says.

    Attributes:
        tree: links and joints.
        shapes: for each link of the tree, what collides; what is drawn if the file has none that collides.
    """

    tree: KinematicTree
    shapes: tuple[tuple[Shape, ...], ...]


def check_shape(shape: Shape, where: str) -> Shape:
    """The shape itself.

    Raises:
        RobotFileError: a size is not positive or no number, or a mesh has no triangles or a corner that is
            no number.
    """
    if shape.kind == "mesh":
        if not len(shape.faces) or not np.isfinite(shape.vertices).all():
            raise RobotFileError(f"{where}: its mesh has no triangles, or corners that are no numbers.")
    elif not all(np.isfinite(value) and value > 0 for value in shape.size):
        sizes = " x ".join(f"{value:g}" for value in shape.size)
        raise RobotFileError(
            f"{where}: its {shape.kind} has the size {sizes}; every length must be positive."
        )
    return shape


def load_mesh(path: Path, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(vertices (n, 3), faces (m, 3)) of an STL, OBJ, PLY or Collada file, scaled.

    Raises:
        RobotFileError: the file cannot be read.
    """
    import trimesh

    try:
        mesh = trimesh.load_mesh(path, process=False, skip_materials=True)
        vertices, faces = np.asarray(mesh.vertices, float), np.asarray(mesh.faces, int)
    except Exception as error:  # each of trimesh's readers raises what it likes
        raise RobotFileError(
            f"{path}: no mesh that can be read ({error}); STL, OBJ, PLY and Collada can."
        ) from error
    if np.prod(scale) < 0:
        faces = faces[:, ::-1]
    return vertices * scale, faces
