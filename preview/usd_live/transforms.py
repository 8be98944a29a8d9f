"""Poses of bodies in the model -> transforms of prims below their parents."""

from __future__ import annotations

import numpy as np
from pxr import Sdf, Usd, UsdGeom

from ...envs.stage.units import stage_to_model
from .assembly import Assembly


class PrimTransforms:
    """Local transforms that put the moving prims of a world where the model has them.

    A prim keeps the scale that it was authored with, which bodies of a model do not have. Other prims
    between two bodies stay as they are, and so does what a body carries. Matrices are USD's: they act on row
    vectors, in units and axes of the stage. All worlds are alike: what world i is moved by, its holder does.

    """

    def __init__(self, assembly: Assembly) -> None:
        stage, paths = assembly.stage, assembly.moving_paths[0]
        self._to_stage = np.linalg.inv(stage_to_model(stage))
        self._meters = UsdGeom.GetStageMetersPerUnit(stage)
        cache = UsdGeom.XformCache()
        index = {path: row for row, path in enumerate(paths)}
        self._scales = np.array([_scale_part(stage.GetPrimAtPath(path), cache) for path in paths])
        # A body below another one hangs on that one's prim; all others on the world (row -1).
        self._above = np.array([_nearest(path, index) for path in paths])
        self._from_above = np.array(
            [
                _to_parent(stage, path, paths[above] if above >= 0 else None, cache)
                for path, above in zip(paths, self._above, strict=True)
            ]
        )

    def local(self, xpos: np.ndarray, xquat: np.ndarray) -> np.ndarray:
        """Transforms (..., prims, 4, 4) for positions (..., prims, 3) in m and quaternions, `wxyz`."""
        rigid = pose_matrices(xpos, xquat) @ self._to_stage
        rigid[..., :3, :3] *= self._meters  # rotations have no unit
        world = self._scales @ rigid
        above = np.linalg.inv(world[..., self._above, :, :])
        above[..., self._above < 0, :, :] = np.eye(4)
        return world @ above @ self._from_above


def pose_matrices(positions: np.ndarray, quaternions: np.ndarray) -> np.ndarray:
    """Transforms (..., 4, 4) for row vectors, of positions (..., 3) and quaternions (..., 4), `wxyz`."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    result = np.zeros((*positions.shape[:-1], 4, 4))
    result[..., 0, :3] = np.stack((1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)), -1)
    result[..., 1, :3] = np.stack((2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)), -1)
    result[..., 2, :3] = np.stack((2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)), -1)
    result[..., 3, :3] = positions
    result[..., 3, 3] = 1.0
    return result


def _scale_part(prim: Usd.Prim, cache: UsdGeom.XformCache) -> np.ndarray:
    """What of a prim's transform to the world (4, 4) is no rotation or translation."""
    matrix = cache.GetLocalToWorldTransform(prim)
    return np.array(matrix * matrix.RemoveScaleShear().GetInverse())


def _nearest(path: Sdf.Path, index: dict[Sdf.Path, int]) -> int:
    """Row of the nearest body above `path`; -1 if there is none."""
    return next((index[above] for above in path.GetParentPath().GetAncestorsRange() if above in index), -1)


def _to_parent(
    stage: Usd.Stage, path: Sdf.Path, above: Sdf.Path | None, cache: UsdGeom.XformCache
) -> np.ndarray:
    """Transform (4, 4) from the body above a prim, or from the world, to the prim's parent."""
    parent = np.array(cache.GetLocalToWorldTransform(stage.GetPrimAtPath(path.GetParentPath())))
    world = (
        np.eye(4) if above is None else np.array(cache.GetLocalToWorldTransform(stage.GetPrimAtPath(above)))
    )
    return world @ np.linalg.inv(parent)
