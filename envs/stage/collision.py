"""`UsdPhysics.CollisionGroup` -> MuJoCo's contype and conaffinity bits, and which geoms are drawn."""

from __future__ import annotations

import mujoco
from pxr import Usd, UsdGeom, UsdPhysics

from .report import StageReport

_MAX_GROUPS = 30  # 32 bits, less the sign and the one of geoms in no group
_ALL = (1 << 31) - 1
COLLIDER_GROUP = 3
"""Geom group of collision shapes that are not drawn (`purpose` guide), as in MuJoCo's own models."""


def apply_collision_groups(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport) -> None:
    """Give each collision group a bit; geoms in no group keep bit 0 and collide with every group."""
    groups = [
        UsdPhysics.CollisionGroup(prim) for prim in stage.Traverse() if prim.IsA(UsdPhysics.CollisionGroup)
    ]
    if not groups:
        return
    for group in groups[_MAX_GROUPS:]:
        report.lose(group.GetPath(), f"more than {_MAX_GROUPS} collision groups")
    groups = groups[:_MAX_GROUPS]
    bits = {group.GetPath(): 1 << (i + 1) for i, group in enumerate(groups)}
    affinity = _affinities(groups, bits)
    for group in groups:
        members = group.GetCollidersCollectionAPI().ComputeMembershipQuery()
        for geom in spec.geoms:
            if geom.name and (geom.contype or geom.conaffinity) and members.IsPathIncluded(geom.name):
                geom.contype, geom.conaffinity = bits[group.GetPath()], affinity[group.GetPath()]
    report.count("collision groups", len(groups))


def _affinities(groups: list[UsdPhysics.CollisionGroup], bits: dict) -> dict:
    """Mask of the bits each group collides with; filtering works both ways."""
    filtered = {path: set() for path in bits}
    for group in groups:
        for target in group.GetFilteredGroupsRel().GetTargets():
            if target in filtered:
                filtered[group.GetPath()].add(target)
                filtered[target].add(group.GetPath())
    everything = 1 | sum(bits.values())
    return {path: everything & ~sum(bits[other] for other in others) for path, others in filtered.items()}


def open_ungrouped_geoms(spec: mujoco.MjSpec) -> None:
    """Let colliders in no group collide with every group's bit.

    MuJoCo collides two geoms if either one's contype is in the other's conaffinity, so this changes
    nothing between two geoms of the same stage; it matters where a robot is put into a scene.
    """
    for geom in spec.geoms:
        if geom.contype == 1 and geom.conaffinity == 1:
            geom.conaffinity = _ALL


def hide_guides(stage: Usd.Stage, spec: mujoco.MjSpec) -> None:
    """Move geoms whose prim has the purpose `guide` into the group that is not drawn."""
    for geom in spec.geoms:
        prim = stage.GetPrimAtPath(geom.name) if geom.name.startswith("/") else None
        if prim and UsdGeom.Imageable(prim).ComputePurpose() == UsdGeom.Tokens.guide:
            geom.group = COLLIDER_GROUP
