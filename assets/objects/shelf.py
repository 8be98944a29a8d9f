"""A shelf for picking by hand, with objects on its boards, in an aisle of a hall, as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pxr import Gf, Usd, UsdGeom, UsdPhysics

from .catalogue import Vec3
from .scene import add_objects

_STEEL: Vec3 = (0.52, 0.55, 0.58)
_BLUE: Vec3 = (0.10, 0.22, 0.45)


@dataclass(frozen=True)
class Shelf:
    """Boards between four posts, open on all sides.

    Its frame: the origin is on the floor in the middle of the front, X goes into the shelf, Z up.

    Attributes:
        depth, width, height: of the posts' outline, m.
        boards: heights of the boards' upper faces, m.
        thickness: of a board, m.
        post: edge of a post, m.
    """

    depth: float = 0.40
    width: float = 0.90
    height: float = 1.40
    boards: tuple[float, ...] = (0.28, 0.74, 1.08)
    thickness: float = 0.02
    post: float = 0.04

    def parts(self) -> dict[str, tuple[Vec3, Vec3]]:
        """Centre and size in m of each post and board by name, in the shelf's frame."""
        found: dict[str, tuple[Vec3, Vec3]] = {}
        for depth, x in (("front", self.post / 2), ("back", self.depth - self.post / 2)):
            for side, sign in (("left", 1), ("right", -1)):
                y = sign * (self.width - self.post) / 2
                size = (self.post, self.post, self.height)
                found[f"{depth}_{side}"] = ((x, y, self.height / 2), size)
        for k, top in enumerate(self.boards):
            centre = (self.depth / 2, 0.0, top - self.thickness / 2)
            found[f"board_{k}"] = (centre, (self.depth, self.width - 2 * self.post, self.thickness))
        return found


SHELF = Shelf()


def write_shelf_scene(
    path: Path, hall: Path, pose: np.ndarray, names: Sequence[str], poses: np.ndarray
) -> None:
    """Write a stage of a hall with `SHELF` and objects in it.

    Args:
        path: USD file to write.
        hall: the hall's file, which becomes a layer.
        pose: (4, 4) `world_from_shelf`.
        names, poses: of the objects, see `write_bin_scene`.

    Raises:
        ValueError: a name that the catalogue does not have.
    """
    stage = Usd.Stage.CreateInMemory(path.name)
    layer = stage.GetRootLayer()
    layer.subLayerPaths.append(hall.resolve().as_posix())
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    UsdPhysics.SetStageKilogramsPerUnit(stage, 1.0)
    stage.SetDefaultPrim(stage.GetPrimAtPath("/World"))
    shelf = UsdGeom.Xform.Define(stage, "/World/Shelf")
    shelf.AddTransformOp().Set(Gf.Matrix4d(pose.T.tolist()))
    for part, (centre, size) in SHELF.parts().items():
        cube = UsdGeom.Cube.Define(stage, f"/World/Shelf/{part}")
        cube.CreateSizeAttr(1.0)
        cube.AddTranslateOp().Set(Gf.Vec3d(*centre))
        cube.AddScaleOp().Set(Gf.Vec3f(*size))
        cube.CreateDisplayColorAttr([_STEEL if part.startswith("board") else _BLUE])
        UsdPhysics.CollisionAPI.Apply(cube.GetPrim())
    add_objects(stage, names, poses)
    layer.Export(str(path))
