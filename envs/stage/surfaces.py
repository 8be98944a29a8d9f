"""Friction of materials bound for physics alone, and which geoms are drawn: what the importer passes over."""

from __future__ import annotations

import mujoco
import numpy as np
from pxr import Usd, UsdGeom, UsdPhysics, UsdShade

UNDRAWN_GROUP = 3
"""Geom group of what is not drawn (purpose `guide` or invisible), as in MuJoCo's own models."""


def apply_friction(stage: Usd.Stage, spec: mujoco.MjSpec) -> None:
    """Give colliders the friction of the material bound to them, for physics or for all purposes."""
    for geom in spec.geoms:
        prim = stage.GetPrimAtPath(geom.name) if geom.name.startswith("/") else None
        if prim and (geom.contype or geom.conaffinity):
            geom.friction = bound_friction(prim, np.array(geom.friction))


def bound_friction(prim: Usd.Prim, default: np.ndarray) -> np.ndarray:
    """Sliding, torsional and rolling friction of the material bound to `prim`, else `default`."""
    material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial("physics")
    if not material or not material.GetPrim().HasAPI(UsdPhysics.MaterialAPI):
        return default
    names = ("physics:dynamicFriction", "newton:torsionalFriction", "newton:rollingFriction")
    attributes = [material.GetPrim().GetAttribute(name) for name in names]
    return np.array(
        [
            attribute.Get() if attribute.HasAuthoredValue() else value
            for attribute, value in zip(attributes, default, strict=True)
        ]
    )


def hide_undrawn(stage: Usd.Stage, spec: mujoco.MjSpec) -> None:
    """Move geoms of prims that USD does not draw into a group that is not drawn; they still collide."""
    for geom in spec.geoms:
        prim = stage.GetPrimAtPath(geom.name) if geom.name.startswith("/") else None
        if prim and not is_drawn(prim):
            geom.group = UNDRAWN_GROUP


def is_drawn(prim: Usd.Prim) -> bool:
    """Whether a renderer shows `prim`: it is visible and no guide."""
    imageable = UsdGeom.Imageable(prim)
    return (
        imageable.ComputePurpose() != UsdGeom.Tokens.guide
        and imageable.ComputeVisibility() != UsdGeom.Tokens.invisible
    )
