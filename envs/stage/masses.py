"""`UsdPhysics.MassAPI` without `diagonalInertia`: the importer takes neither such a mass nor a density."""

from __future__ import annotations

import mujoco
import numpy as np
from pxr import Usd, UsdPhysics

from .report import StageError, StageReport
from .units import Units


def complete_masses(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, units: Units) -> None:
    """Give bodies of known mass the inertia of their colliders, scaled to that mass.

    Raises:
        StageError: a body with a mass has neither an inertia nor a collider to compute one from.
    """
    incomplete: dict[str, UsdPhysics.MassAPI] = {}
    for body in spec.bodies:
        prim = stage.GetPrimAtPath(body.name) if body.name.startswith("/") else None
        if not prim or not prim.HasAPI(UsdPhysics.MassAPI) or body.explicitinertial:
            continue
        api = UsdPhysics.MassAPI(prim)
        _spread_density(stage, body, api.GetDensityAttr().Get() * units.density)
        if not api.GetMassAttr().Get() > 0:
            continue
        if not any(geom.contype or geom.conaffinity for geom in body.geoms):
            raise StageError(
                f"{report.file}: prim {prim.GetPath()} has a mass but neither physics:diagonalInertia nor a "
                "collider to compute one from; author the inertia."
            )
        incomplete[body.name] = api
    if incomplete:
        _from_colliders(spec, incomplete, units)
        report.count("inertias from colliders", len(incomplete))


def _spread_density(stage: Usd.Stage, body: mujoco.MjsBody, density: float) -> None:
    """A body's density is that of its colliders, unless they say otherwise."""
    for geom in body.geoms if density > 0 else ():
        api = UsdPhysics.MassAPI(stage.GetPrimAtPath(geom.name))
        says_otherwise = api.GetDensityAttr().HasAuthoredValue() or api.GetMassAttr().HasAuthoredValue()
        if (geom.contype or geom.conaffinity) and not says_otherwise:
            geom.density = density


def _from_colliders(spec: mujoco.MjSpec, bodies: dict[str, UsdPhysics.MassAPI], units: Units) -> None:
    """Compile a copy to learn the colliders' inertia, and make it explicit."""
    copy = spec.copy()
    for name in bodies:
        body = copy.body(name)
        body.mass, body.ipos = 0.0, (np.nan, 0.0, 0.0)  # NaN: MuJoCo computes it
    model = copy.compile()
    for name, api in bodies.items():
        body, compiled = spec.body(name), model.body(name)
        body.mass = api.GetMassAttr().Get() * units.kilograms
        body.inertia = compiled.inertia * body.mass / compiled.mass
        body.iquat = compiled.iquat
        if not api.GetCenterOfMassAttr().HasAuthoredValue():
            body.ipos = compiled.ipos
        body.explicitinertial = True
