"""Bodies that gravity does not pull: `physxRigidBody:disableGravity`, which UsdPhysics has no word for.

On the links of an arm it stands for the controller's gravity compensation, in Isaac Sim as here.
"""

from __future__ import annotations

import mujoco
from pxr import Usd

from .report import StageReport

_ATTRIBUTE = "physxRigidBody:disableGravity"


def compensate_gravity(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> None:
    """Cancel the weight of every body that says so; elements still bear prim paths."""
    for prim in stage.Traverse():
        body = spec.body(str(prim.GetPath())) if prim.HasAttribute(_ATTRIBUTE) else None
        if body is not None and prim.GetAttribute(_ATTRIBUTE).Get():
            body.gravcomp = 1.0
            report.count("weightless bodies")
