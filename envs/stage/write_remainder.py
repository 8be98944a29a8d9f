"""Write on an imported robot's prims what their schemas do not say; see `remainder.py`."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np
from pxr import Sdf, Tf, Usd, UsdPhysics, Vt

from .elements import KINDS, Value, physical_fields, same
from .load import import_stage
from .references import references
from .remainder import ELEMENT, INSTEAD, PREFIX, RANK, RANKED, free_joint, option_target
from .report import StageReport

_SCOPES = {
    "equality": "Constraints",
    "pair": "ContactPairs",
    "exclude": "ContactPairs",
    "sensor": "Sensors",
    "actuator": "Actuators",
    "key": "Keyframes",
}
_TYPES = {bool: Sdf.ValueTypeNames.Bool, int: Sdf.ValueTypeNames.Int, float: Sdf.ValueTypeNames.Double}
Paths = dict[str, dict[str, Sdf.Path]]


def write_remainder(stage: Usd.Stage, wanted: mujoco.MjSpec) -> None:
    """Complete the prims of `stage`, named like the elements of `wanted`, until they make the same model."""
    copy = Usd.Stage.Open(stage.Flatten(addSourceFileComment=False))
    spec, _ = import_stage(copy, StageReport("the robot being imported"))
    read = {kind: _by_leaf(getattr(spec, KINDS[kind])) for kind in KINDS}
    paths: Paths = {
        kind: {leaf: Sdf.Path(e.name) for leaf, e in elements.items() if e.name.startswith("/")}
        for kind, elements in read.items()
    }
    # Sites that carry sensors by convention have lost their path.
    paths["site"] |= {p.GetName(): p.GetPath() for p in stage.Traverse() if p.HasAPI("MjcSiteAPI")}
    for kind in ("body", "joint", "geom", "site", "tendon", "actuator", "key"):
        for element in getattr(wanted, KINDS[kind]):
            _write_element(stage, kind, element, read[kind], paths)
    _write_meshes(stage, wanted, spec, read["geom"], paths["geom"])
    _write_free_joints(stage, wanted, read["body"], paths["body"])
    for exclude in wanted.excludes:
        if "world" in (exclude.bodyname1, exclude.bodyname2):  # no prim, to filter a pair with
            _write_element(stage, "exclude", exclude, {}, paths)
    equalities = {_ends(equality): equality for equality in spec.equalities}
    for kind in ("equality", "pair", "sensor"):
        for element in getattr(wanted, KINDS[kind]):
            known = equalities.pop(_ends(element), None) if kind == "equality" else None
            leaf = Tf.MakeValidIdentifier(element.name)
            if known is not None:
                paths[kind][leaf] = Sdf.Path(known.name)
            _write_element(stage, kind, element, {leaf: known} if known is not None else {}, paths)
    scene = next(prim for prim in stage.Traverse() if prim.IsA(UsdPhysics.Scene))
    for kind in ("option", "stat"):
        _write_fields(scene, kind, option_target(wanted, kind), option_target(spec, kind))
    for kind in RANKED:
        _write_ranks(stage, kind, spec, wanted, paths[kind])


def _by_leaf(elements: list[Any]) -> dict[str, Any]:
    return {element.name.rpartition("/")[2]: element for element in elements}


def _ends(equality: Any) -> tuple:
    names = (Tf.MakeValidIdentifier(name.rpartition("/")[2]) for name in (equality.name1, equality.name2))
    return equality.type, *names


def _write_element(stage: Usd.Stage, kind: str, element: Any, read: dict[str, Any], paths: Paths) -> None:
    """Write how an element differs from what is read, or all of it if nothing is."""
    leaf = Tf.MakeValidIdentifier(element.name)
    if leaf in read:
        path = paths[kind].get(leaf)
        if path:
            _write_fields(stage.GetPrimAtPath(path), kind, element, read[leaf])
    elif kind in _SCOPES:
        scope = stage.GetDefaultPrim().GetPath().AppendChild(_SCOPES[kind])
        if not stage.GetPrimAtPath(scope):
            stage.DefinePrim(scope, "Scope")
        prim = stage.DefinePrim(scope.AppendChild(leaf))
        prim.SetTypeName("")
        prim.CreateAttribute(ELEMENT, Sdf.ValueTypeNames.Token, custom=True).Set(kind)
        fresh = getattr(mujoco.MjSpec(), f"add_{kind}")()
        _write_fields(prim, kind, element, fresh, stated=True)
        for field, referred in references(element).items():
            _write_reference(prim, kind, field, getattr(element, field), paths, referred)
        paths[kind][leaf] = prim.GetPath()


def _write_reference(prim: Usd.Prim, kind: str, field: str, name: str, paths: Paths, referred: str) -> None:
    singular = next((one for one, many in KINDS.items() if many == referred), "")
    target = paths.get(singular, {}).get(Tf.MakeValidIdentifier(name)) if name else None
    if name == "world":
        target = prim.GetStage().GetDefaultPrim().GetPath()
    if target:
        prim.CreateRelationship(f"{PREFIX}{kind}:{field}", custom=True).SetTargets([target])


def _write_fields(prim: Usd.Prim, kind: str, wanted: Any, read: Any, stated: bool = False) -> None:
    """Write the fields that differ; `stated`: there is nothing they stand instead of."""
    have = physical_fields(read)
    for field, value in physical_fields(wanted).items():
        if field not in have or not same(value, have[field]):
            _write_value(prim, f"{PREFIX}{kind}:{field}", value, None if stated else have.get(field))


def _write_value(prim: Usd.Prim, name: str, value: Value, instead: Value | None) -> None:
    if isinstance(value, str):
        attribute = prim.CreateAttribute(name, Sdf.ValueTypeNames.Token, custom=True)
        attribute.Set(value)
    elif isinstance(value, np.ndarray):
        attribute = prim.CreateAttribute(name, Sdf.ValueTypeNames.DoubleArray, custom=True)
        attribute.Set(Vt.DoubleArray.FromNumpy(value))
    else:
        attribute = prim.CreateAttribute(name, _TYPES[type(value)], custom=True)
        attribute.Set(value)
    if instead is not None:
        kept = Vt.DoubleArray.FromNumpy(instead) if isinstance(instead, np.ndarray) else instead
        attribute.SetCustomDataByKey(INSTEAD, kept)


def _write_meshes(
    stage: Usd.Stage,
    wanted: mujoco.MjSpec,
    spec: mujoco.MjSpec,
    read: dict[str, Any],
    paths: dict[str, Sdf.Path],
) -> None:
    """Meshes are assets of a model, but part of their geom's prim."""
    for geom in wanted.geoms:
        leaf = Tf.MakeValidIdentifier(geom.name)
        if geom.meshname and leaf in read and read[leaf].meshname:
            original, mesh = wanted.mesh(geom.meshname), spec.mesh(read[leaf].meshname)
            _write_fields(stage.GetPrimAtPath(paths[leaf]), "mesh", original, mesh)


def _write_free_joints(
    stage: Usd.Stage, wanted: mujoco.MjSpec, read: dict[str, Any], paths: dict[str, Sdf.Path]
) -> None:
    """A floating body has a free joint, and no prim for it."""
    for body in wanted.bodies:
        leaf = Tf.MakeValidIdentifier(body.name)
        ours, theirs = free_joint(body), free_joint(read[leaf]) if leaf in read else None
        if ours is not None and theirs is not None:
            _write_fields(stage.GetPrimAtPath(paths[leaf]), "freejoint", ours, theirs)


def _write_ranks(
    stage: Usd.Stage, kind: str, spec: mujoco.MjSpec, wanted: mujoco.MjSpec, paths: dict[str, Sdf.Path]
) -> None:
    """Number the elements of a kind, unless they are read in their order as it is."""
    leaves = [Tf.MakeValidIdentifier(element.name) for element in getattr(wanted, KINDS[kind])]
    order = [paths[leaf] for leaf in leaves if leaf in paths]
    if order == [Sdf.Path(element.name) for element in getattr(spec, KINDS[kind])] or len(order) < 2:
        return
    for rank, path in enumerate(order):
        attribute = stage.GetPrimAtPath(path).CreateAttribute(
            f"{RANK}:{kind}", Sdf.ValueTypeNames.Int, custom=True
        )
        attribute.Set(rank)
