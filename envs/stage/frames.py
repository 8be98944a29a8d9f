"""Poses of prims relative to the body that carries them."""

from __future__ import annotations

import mujoco
import numpy as np
from pxr import Gf, Usd, UsdGeom


def owner_body(spec: mujoco.MjSpec, prim: Usd.Prim) -> tuple[mujoco.MjsBody, Usd.Prim | None]:
    """Body that carries `prim`, and its prim: the nearest ancestor that is a body, else the world."""
    ancestor = prim
    while ancestor and not ancestor.IsPseudoRoot():
        body = spec.body(str(ancestor.GetPath()))
        if body is not None:
            return body, ancestor
        ancestor = ancestor.GetParent()
    return spec.worldbody, None


def local_pose(
    prim: Usd.Prim, body_prim: Usd.Prim | None, meters_per_unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """Position in m and `wxyz` quaternion of `prim` in the frame of `body_prim` (None: the world)."""
    cache = UsdGeom.XformCache()
    matrix = cache.GetLocalToWorldTransform(prim)
    if body_prim is not None:
        # Bodies carry no scale in MuJoCo: only the body's rotation and translation are undone.
        matrix = matrix * cache.GetLocalToWorldTransform(body_prim).RemoveScaleShear().GetInverse()
    return pose_of(matrix, meters_per_unit)


def pose_of(matrix: Gf.Matrix4d, meters_per_unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Position in m and `wxyz` quaternion of a transform; scale is dropped."""
    rotation = matrix.RemoveScaleShear().ExtractRotationQuat().GetNormalized()
    quaternion = np.array([rotation.GetReal(), *rotation.GetImaginary()])
    return np.array(matrix.ExtractTranslation()) * meters_per_unit, quaternion
