"""Which geoms collide: collision groups and filtered pairs."""

from __future__ import annotations

import mujoco
from pxr import Sdf, Usd, UsdPhysics

from .report import StageReport

_ALL_BITS = (1 << 31) - 1


def apply_collision_groups(stage: Usd.Stage, spec: mujoco.MjSpec, report: StageReport, first_bit: int) -> int:
    """Give each collision group a bit from `first_bit` on, and return the next free one.

    Geoms in no group keep bit 0 and collide with every group. Groups of different stages must have different
    bits, else a robot that ignores itself would ignore its twin too.
    """
    groups = [
        UsdPhysics.CollisionGroup(prim) for prim in stage.Traverse() if prim.IsA(UsdPhysics.CollisionGroup)
    ]
    room = max(0, 31 - first_bit)  # of 32 bits, without the sign
    for group in groups[room:]:
        report.lose(group.GetPath(), "there are more collision groups than MuJoCo's 30")
    groups = groups[:room]
    bits = {group.GetPath(): 1 << (first_bit + i) for i, group in enumerate(groups)}
    ignored = _ignored_bits(groups, bits)
    grouped: set[str] = set()
    for group in groups:
        members = group.GetCollidersCollectionAPI().ComputeMembershipQuery()
        for geom in spec.geoms:
            if not geom.name or not geom.contype or not members.IsPathIncluded(geom.name):
                continue
            if geom.name in grouped:
                report.lose(geom.name, f"its membership of {group.GetPath()}: it is in another group already")
                continue
            grouped.add(geom.name)
            geom.contype, geom.conaffinity = bits[group.GetPath()], _ALL_BITS & ~ignored[group.GetPath()]
    report.count("collision groups", len(groups))
    return first_bit + len(groups)


def _ignored_bits(groups: list[UsdPhysics.CollisionGroup], bits: dict[Sdf.Path, int]) -> dict[Sdf.Path, int]:
    """Mask of the bits each group does not collide with; filtering works both ways."""
    ignored = dict.fromkeys(bits, 0)
    for group in groups:
        path = group.GetPath()
        filtered = set(group.GetFilteredGroupsRel().GetTargets()) & bits.keys()
        if group.GetInvertFilteredGroupsAttr().Get():
            filtered = bits.keys() - filtered
        for other in filtered:
            ignored[path] |= bits[other]
            ignored[other] |= bits[path]
    return ignored


def take_filtered_pairs(stage: Usd.Stage) -> list[tuple[Sdf.Path, Sdf.Path]]:
    """The stage's filtered pairs, taken off it: the importer stops at one that is not between bodies."""
    pairs = []
    for prim in stage.Traverse():
        if prim.HasAPI(UsdPhysics.FilteredPairsAPI):
            relation = UsdPhysics.FilteredPairsAPI(prim).GetFilteredPairsRel()
            pairs += [(prim.GetPath(), target) for target in relation.GetTargets()]
            prim.RemoveAPI(UsdPhysics.FilteredPairsAPI)
    return pairs


def exclude_pairs(pairs: list[tuple[Sdf.Path, Sdf.Path]], spec: mujoco.MjSpec, report: StageReport) -> None:
    """Exclude contacts between the bodies of filtered pairs; MuJoCo has no exclusion between single geoms."""
    for first, second in pairs:
        bodies = [_bodies(spec, path) for path in (first, second)]
        if not all(bodies):
            report.lose(first, f"its filtered pair with {second}: one of them is not a rigid body")
            continue
        for one in bodies[0]:
            for other in bodies[1]:
                if one != other:
                    spec.add_exclude(bodyname1=one, bodyname2=other)
        report.count("filtered pairs")


def _bodies(spec: mujoco.MjSpec, path: Sdf.Path) -> list[str]:
    """Bodies that a filtered path means: one, those of an articulation, or that of a lone collider."""
    if spec.body(str(path)) is not None:
        return [str(path)]
    geom = spec.geom(str(path))
    if geom is not None:
        alone = sum(bool(other.contype or other.conaffinity) for other in geom.parent.geoms) == 1
        return [geom.parent.name] if alone else []
    return [body.name for body in spec.bodies if body.name.startswith(f"{path}/")]
