"""Physics that no simulator should be given: found on the stage, named by prim path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pxr import Usd, UsdPhysics

from .report import StageError


def check_physics(path: Path, stage: Usd.Stage, needs_robot: bool) -> None:
    """Check masses, inertias, joints and articulation roots of a flattened stage.

    Raises:
        StageError: naming the first prim that is wrong; with `needs_robot`, also without articulation root.
    """
    joints = roots = 0
    for prim in stage.Traverse():
        if prim.HasAPI(UsdPhysics.MassAPI):
            _check_mass(path, prim)
        if prim.IsA(UsdPhysics.Joint):
            joints += 1
            _check_joint(path, stage, prim)
        roots += prim.HasAPI(UsdPhysics.ArticulationRootAPI)
    if roots == 0 and (joints > 0 or needs_robot):
        raise StageError(
            f"{path}: has no articulation root; apply PhysicsArticulationRootAPI to the robot's root prim."
        )


def _check_mass(path: Path, prim: Usd.Prim) -> None:
    api = UsdPhysics.MassAPI(prim)
    mass = api.GetMassAttr()
    if mass.HasAuthoredValue() and not mass.Get() > 0:
        raise StageError(
            f"{path}: prim {prim.GetPath()} has physics:mass {mass.Get():g}; it must be above 0 kg."
        )
    inertia = api.GetDiagonalInertiaAttr()
    if not inertia.HasAuthoredValue():
        return
    moments = np.sort(np.array(inertia.Get(), dtype=float))
    # Two principal moments of any body add up to at least the third.
    if moments[0] <= 0 or moments[0] + moments[1] < moments[2] * (1 - 1e-6):
        raise StageError(
            f"{path}: prim {prim.GetPath()} has physics:diagonalInertia {tuple(inertia.Get())}, which "
            "no body can have; moments must be above 0, the two smaller ones together at least the largest."
        )


def _check_joint(path: Path, stage: Usd.Stage, prim: Usd.Prim) -> None:
    joint = UsdPhysics.Joint(prim)
    for name, relationship in (("body0", joint.GetBody0Rel()), ("body1", joint.GetBody1Rel())):
        for target in relationship.GetTargets():
            if not stage.GetPrimAtPath(target):
                raise StageError(
                    f"{path}: joint {prim.GetPath()} has physics:{name} <{target}>, but there is no such "
                    "prim; point it to a rigid body."
                )
    if not joint.GetBody0Rel().GetTargets() and not joint.GetBody1Rel().GetTargets():
        raise StageError(
            f"{path}: joint {prim.GetPath()} names no body; set physics:body0 and physics:body1."
        )
