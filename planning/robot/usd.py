"""Reads robots from USD: rigid bodies, UsdPhysics joints, their limits and mimics (Newton's schema)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pxr import Gf, Tf, Usd, UsdGeom, UsdPhysics

from ..errors import PlanningError, RobotFileError
from .shape import RobotDescription, Shape
from .tree import JointRecord, build_tree
from .usd_shapes import link_shapes

_VELOCITY_LIMITS = ("newton:velocityLimit", "physxJoint:maxJointVelocity")
_AXES = {"X": (1.0, 0.0, 0.0), "Y": (0.0, 1.0, 0.0), "Z": (0.0, 0.0, 1.0)}


def read_usd(path: Path) -> RobotDescription:
    """Read the robot of a USD file's default prim.

    Links are rigid bodies, and frames on them: transforms and MuJoCo's sites under a body that hold no
    shape, such as `tool`. They have the names of their prims, or as much of the path as makes them unique.
    A joint to the world makes its body the root. Of several trees, as a cart and a robot, the one with the
    most joints is read. Joints that USD keeps out of articulations (`excludeFromArticulation`) are left out.

    Raises:
        RobotFileError: no such file, no USD, no default prim, no joints, or a joint that has no single value.
        RobotModelError: joints that form no tree, or limits without room.
    """
    if not path.is_file():
        raise RobotFileError(f"{path}: there is no such file.")
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        raise RobotFileError(f"{path}: is no USD file that opens; check its first lines.") from error
    try:
        return read_stage(stage)
    except PlanningError as error:
        raise type(error)(f"{path}: {error}") from error


def read_stage(stage: Usd.Stage) -> RobotDescription:
    """Read the robot of an open stage, as `read_usd`."""
    root = stage.GetDefaultPrim()
    if not root:
        raise RobotFileError("has no defaultPrim; name the robot's prim there.")
    reader = _Reader(stage, root)
    edges = reader.edges()
    bodies, joints = _largest_tree(edges, reader.roots(edges))
    if not joints:
        raise RobotFileError(f"{root.GetPath()} has no rigid bodies with joints between them.")
    frames = [frame for body in bodies for frame in _frames(body)]
    links = [*bodies, *frames]
    names = _unique_names(links)
    records = [reader.record(edge, names) for edge in joints]
    _name_joints(records, joints)
    records += [reader.frame_record(frame, names) for frame in frames]
    tree = build_tree(root.GetName(), names.values(), records)
    by_name = {name: prim for prim, name in names.items()}
    shapes = tuple(_shapes_of(by_name[name], reader, frames) for name in tree.link_names)
    return RobotDescription(tree, shapes)


@dataclass(eq=False)
class _Edge:
    """A joint between two bodies, as it is walked from the root: parent to child."""

    prim: Usd.Prim
    parent: Usd.Prim
    child: Usd.Prim
    is_backwards: bool = False


@dataclass(eq=False)
class _Reader:
    """What reading a stage needs everywhere: units and world transforms."""

    stage: Usd.Stage
    root: Usd.Prim
    to_world: Callable[[Usd.Prim], np.ndarray] = field(init=False)
    unit: float = field(init=False)

    def __post_init__(self) -> None:
        cache = UsdGeom.XformCache()
        # USD multiplies rows, we columns.
        self.to_world = lambda prim: np.array(cache.GetLocalToWorldTransform(prim)).T
        self.unit = UsdGeom.GetStageMetersPerUnit(self.stage)

    def pose(self, prim: Usd.Prim) -> np.ndarray:
        """(4, 4) of a prim in the world, in m and without scale."""
        return _rigid(self.to_world(prim), self.unit)

    def edges(self) -> list[_Edge]:
        """Joints between two bodies; those to the world are left to `roots`."""
        edges = []
        for prim in Usd.PrimRange(self.root, Usd.TraverseInstanceProxies()):
            joint = UsdPhysics.Joint(prim) if prim.IsA(UsdPhysics.Joint) else None
            if (
                not joint
                or not joint.GetJointEnabledAttr().Get()
                or joint.GetExcludeFromArticulationAttr().Get()
            ):
                continue
            parent, child = self._ends(joint)
            if parent and child and parent != child:
                edges.append(_Edge(prim, parent, child))
        return edges

    def roots(self, edges: list[_Edge]) -> list[Usd.Prim]:
        """Bodies to walk from: those that joints tie to the world, then those that hang from no joint."""
        tied = []
        for prim in Usd.PrimRange(self.root, Usd.TraverseInstanceProxies()):
            if prim.IsA(UsdPhysics.Joint):
                ends = self._ends(UsdPhysics.Joint(prim))
                tied += [end for end in ends if end is not None and None in ends]
        children = {edge.child for edge in edges}
        return [*tied, *(edge.parent for edge in edges if edge.parent not in children)]

    def _ends(self, joint: UsdPhysics.Joint) -> list[Usd.Prim | None]:
        return [self._body(relation.GetTargets()) for relation in (joint.GetBody0Rel(), joint.GetBody1Rel())]

    def _body(self, targets: list) -> Usd.Prim | None:
        """The rigid body that a joint's target is part of; None is the world."""
        prim = self.stage.GetPrimAtPath(targets[0]) if targets else None
        if targets and not prim:
            raise RobotFileError(f"a joint names the body {targets[0]}, which is not there.")
        while prim and not prim.HasAPI(UsdPhysics.RigidBodyAPI):
            prim = prim.GetParent()
        return prim or None

    def record(self, edge: _Edge, names: dict[Usd.Prim, str]) -> JointRecord:
        """The joint between two links, with what the file says of its limits."""
        frames = [self._joint_frame(edge.prim, number) for number in (0, 1)]
        axis_sign = 1.0
        if edge.is_backwards:
            frames.reverse()
            axis_sign = -1.0
        record = JointRecord(
            edge.prim.GetName(),
            "fixed",
            names[edge.parent],
            names[edge.child],
            np.linalg.inv(self.pose(edge.parent)) @ frames[0],
            np.linalg.inv(frames[1]) @ self.pose(edge.child),
        )
        if edge.prim.IsA(UsdPhysics.RevoluteJoint) or edge.prim.IsA(UsdPhysics.PrismaticJoint):
            self._read_motion(edge.prim, record, axis_sign)
        elif not edge.prim.IsA(UsdPhysics.FixedJoint):
            raise RobotFileError(
                f"joint {edge.prim.GetPath()}: is a {edge.prim.GetTypeName()}; a planner needs revolute, "
                "prismatic or fixed joints."
            )
        return record

    def _joint_frame(self, prim: Usd.Prim, number: int) -> np.ndarray:
        """(4, 4) of a joint in the world, as its end at body 0 or 1 has it."""
        joint = UsdPhysics.Joint(prim)
        relation = (joint.GetBody0Rel(), joint.GetBody1Rel())[number]
        position = (joint.GetLocalPos0Attr(), joint.GetLocalPos1Attr())[number].Get()
        rotation = (joint.GetLocalRot0Attr(), joint.GetLocalRot1Attr())[number].Get()
        local = Gf.Matrix4d(Gf.Rotation(rotation), Gf.Vec3d(position))
        body = self.stage.GetPrimAtPath(relation.GetTargets()[0])
        return _rigid(self.to_world(body) @ np.array(local).T, self.unit)

    def _read_motion(self, prim: Usd.Prim, record: JointRecord, axis_sign: float) -> None:
        turns = prim.IsA(UsdPhysics.RevoluteJoint)
        record.kind = "revolute" if turns else "prismatic"
        unit = np.pi / 180 if turns else self.unit
        joint = UsdPhysics.RevoluteJoint(prim) if turns else UsdPhysics.PrismaticJoint(prim)
        record.axis = axis_sign * np.array(_AXES[joint.GetAxisAttr().Get()])
        record.lower = float(joint.GetLowerLimitAttr().Get()) * unit
        record.upper = float(joint.GetUpperLimitAttr().Get()) * unit
        speed = next(
            (v for name in _VELOCITY_LIMITS if (v := prim.GetAttribute(name).Get()) is not None), None
        )
        record.velocity = speed * unit if speed is not None and np.isfinite(speed) else None
        drive = UsdPhysics.DriveAPI(prim, "angular" if turns else "linear")
        effort = drive.GetMaxForceAttr().Get() if drive else None
        record.effort = float(effort) if effort is not None and np.isfinite(effort) else None
        record.mimic = _mimic(prim, unit)

    def frame_record(self, frame: Usd.Prim, names: dict[Usd.Prim, str]) -> JointRecord:
        """A frame on a body, as a link that is fixed there."""
        body = frame.GetParent()
        while body not in names:
            body = body.GetParent()
        pose = np.linalg.inv(self.pose(body)) @ self.pose(frame)
        return JointRecord(f"{names[frame]}_frame", "fixed", names[body], names[frame], pose)


def _rigid(matrix: np.ndarray, unit: float) -> np.ndarray:
    """The nearest rotation and the translation in m of an affine (4, 4)."""
    u, _, vt = np.linalg.svd(matrix[:3, :3])
    pose = np.eye(4)
    pose[:3, :3] = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    pose[:3, 3] = matrix[:3, 3] * unit
    return pose


def _mimic(prim: Usd.Prim, unit: float) -> tuple[str, float, float] | None:
    """(path of the leader, multiplier, offset) by NewtonMimicAPI or MuJoCo's joint equality."""
    for relation, constant, linear in (
        ("newton:mimicJoint", "newton:mimicCoef0", "newton:mimicCoef1"),
        ("mjc:target", "mjc:coef0", "mjc:coef1"),
    ):
        targets = prim.GetRelationship(relation).GetTargets() if prim.HasRelationship(relation) else []
        if targets:
            offset, factor = prim.GetAttribute(constant).Get() or 0.0, prim.GetAttribute(linear).Get()
            return str(targets[0]), 1.0 if factor is None else float(factor), float(offset) * unit
    return None


def _largest_tree(edges: list[_Edge], roots: list[Usd.Prim]) -> tuple[list[Usd.Prim], list[_Edge]]:
    """(bodies, edges from the root outwards) of the tree with the most joints."""
    best: tuple[list[Usd.Prim], list[_Edge]] = [], []
    for root in roots:
        bodies, found, waiting = [root], [], [root]
        while waiting:
            body = waiting.pop(0)
            for edge in edges:
                if any(edge.prim == other.prim for other in found) or body not in (edge.parent, edge.child):
                    continue
                is_backwards = edge.child == body
                parent, child = (edge.child, edge.parent) if is_backwards else (edge.parent, edge.child)
                found.append(_Edge(edge.prim, parent, child, is_backwards))
                if child not in bodies:
                    bodies.append(child)
                    waiting.append(child)
        if len(found) > len(best[1]):
            best = bodies, found
    return best


def _frames(body: Usd.Prim) -> list[Usd.Prim]:
    """Transforms and sites under a body that hold no shape and no other body."""
    frames, prims = [], iter(Usd.PrimRange(body, Usd.TraverseInstanceProxies()))
    for prim in prims:
        if prim == body:
            continue
        if prim.HasAPI(UsdPhysics.RigidBodyAPI):
            prims.PruneChildren()
        elif "MjcSiteAPI" in prim.GetAppliedSchemas() or _is_empty(prim):
            frames.append(prim)
    return frames


def _is_empty(prim: Usd.Prim) -> bool:
    """Whether a prim is a transform without shapes or bodies below."""
    return prim.GetTypeName() == "Xform" and not any(
        child.IsA(UsdGeom.Boundable) or child.HasAPI(UsdPhysics.RigidBodyAPI)
        for child in Usd.PrimRange(prim, Usd.TraverseInstanceProxies())
    )


def _unique_names(prims: Iterable[Usd.Prim]) -> dict[Usd.Prim, str]:
    """The prims' names, with as many parents before them as tell them apart."""
    parts = {prim: prim.GetPath().pathString.strip("/").split("/") for prim in prims}
    names: dict[Usd.Prim, str] = {}
    for prim, own in parts.items():
        length = 1
        while sum(other[-length:] == own[-length:] for other in parts.values()) > 1:
            length += 1
        names[prim] = "/".join(own[-length:])
    return names


def _name_joints(records: list[JointRecord], edges: list[_Edge]) -> None:
    """Give joints unique names, and followers those of their leaders."""
    names = _unique_names(edge.prim for edge in edges)
    by_path = {str(prim.GetPath()): name for prim, name in names.items()}
    for record, edge in zip(records, edges, strict=True):
        record.name = names[edge.prim]
        if record.mimic is not None:
            record.mimic = (by_path.get(record.mimic[0], record.mimic[0]), *record.mimic[1:])


def _shapes_of(link: Usd.Prim, reader: _Reader, frames: list[Usd.Prim]) -> tuple[Shape, ...]:
    return () if link in frames else link_shapes(link, reader.pose(link), reader.to_world, reader.unit)
