"""The kinematic tree of a robot: links, each of which hangs from another by one joint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ..errors import RobotModelError
from .joint_limits import ACCELERATION_PER_VELOCITY, DEFAULT_VELOCITY, JERK_PER_ACCELERATION, JointLimits

FIXED, REVOLUTE, PRISMATIC = 0, 1, 2
"""Values of `KinematicTree.joint_type`."""
_TYPES = {"fixed": FIXED, "revolute": REVOLUTE, "prismatic": PRISMATIC}


@dataclass(frozen=True, eq=False)
class KinematicTree:
    """A robot's L links, parents before children; row 0 is the root. A row also is the joint above its link.

    The pose of link i in its parent is `parent_to_joint[i] @ motion(axis[i], value) @ joint_to_link[i]`,
    where motion turns about the axis or slides along it. Frames are those of the robot's file.

    Attributes:
        name: of the robot.
        link_names: L names, each once.
        joint_names: L names of the joints above the links; empty for the root.
        parent: (L,) row of the link above; -1 for the root.
        joint_type: (L,) `FIXED`, `REVOLUTE` or `PRISMATIC`.
        axis: (L, 3) unit vectors in the joint's frame.
        parent_to_joint: (L, 4, 4) pose of the joint in the parent link.
        joint_to_link: (L, 4, 4) pose of the link in the moved joint's frame.
        leader: (L,) row whose value a joint follows; its own row if it follows none.
        multiplier: (L,) of a follower: value = multiplier * leader's + offset.
        offset: (L,) in rad or m.
        limits: of each row; those of fixed joints mean nothing.
    """

    name: str
    link_names: tuple[str, ...]
    joint_names: tuple[str, ...]
    parent: np.ndarray
    joint_type: np.ndarray
    axis: np.ndarray
    parent_to_joint: np.ndarray
    joint_to_link: np.ndarray
    leader: np.ndarray
    multiplier: np.ndarray
    offset: np.ndarray
    limits: JointLimits

    def link(self, name: str) -> int:
        """Row of a link.

        Raises:
            RobotModelError: there is none of this name.
        """
        return _row(self.link_names, name, f"robot {self.name} has no link")

    def joint(self, name: str) -> int:
        """Row of a joint.

        Raises:
            RobotModelError: there is none of this name.
        """
        return _row(self.joint_names, name, f"robot {self.name} has no joint")

    def ancestors(self, link: int) -> list[int]:
        """Rows from a link up to the root, both included."""
        rows = [link]
        while self.parent[rows[-1]] >= 0:
            rows.append(int(self.parent[rows[-1]]))
        return rows

    @property
    def moving(self) -> np.ndarray:
        """Rows of joints that have a value of their own: not fixed, following no other."""
        own = self.leader == np.arange(len(self.leader))
        return np.flatnonzero((self.joint_type != FIXED) & own)


@dataclass
class JointRecord:
    """A joint as a file tells it; lengths in m, angles in rad, and None for what it does not say.

    Attributes:
        name: of the joint, once in a file.
        kind: what it does.
        parent: name of a link.
        child: name of a link.
        parent_to_joint: (4, 4) pose of the joint in the parent link.
        joint_to_link: (4, 4) pose of the child link in the moved joint's frame.
        axis: (3,) in the joint's frame, of any length.
        lower: least position; -inf if it may turn for ever.
        upper: greatest position.
        velocity: greatest speed.
        acceleration: greatest acceleration.
        jerk: greatest jerk.
        effort: greatest torque or force.
        mimic: (leader's name, multiplier, offset).
    """

    name: str
    kind: Literal["fixed", "revolute", "prismatic"]
    parent: str
    child: str
    parent_to_joint: np.ndarray = field(default_factory=lambda: np.eye(4))
    joint_to_link: np.ndarray = field(default_factory=lambda: np.eye(4))
    axis: Sequence[float] = (0.0, 0.0, 1.0)
    lower: float = -np.inf
    upper: float = np.inf
    velocity: float | None = None
    acceleration: float | None = None
    jerk: float | None = None
    effort: float | None = None
    mimic: tuple[str, float, float] | None = None


def build_tree(name: str, links: Iterable[str], joints: Iterable[JointRecord]) -> KinematicTree:
    """Put links and joints in order.

    Raises:
        RobotModelError: a name is missing or there twice, a link hangs from two, there is not one root,
            an axis has no length, or limits leave no room.
    """
    links, joints = list(links), list(joints)
    _refuse_twice("link", links)
    _refuse_twice("joint", [joint.name for joint in joints])
    above = _joint_above(name, links, joints)
    order = _parents_first(name, links, above)
    rows = {link: row for row, link in enumerate(order)}
    root = JointRecord("", "fixed", "", order[0])
    records = [above.get(link, root) for link in order]
    by_name = {record.name: row for row, record in enumerate(records)}
    leader, multiplier, offset = _followers(records, by_name)
    tree = KinematicTree(
        name,
        tuple(order),
        tuple(record.name for record in records),
        np.array([rows.get(record.parent, -1) for record in records], np.int32),
        np.array([_TYPES[record.kind] for record in records], np.int8),
        np.array([_unit(record) for record in records]),
        np.array([record.parent_to_joint for record in records], float),
        np.array([record.joint_to_link for record in records], float),
        leader,
        multiplier,
        offset,
        _limits(records),
    )
    moving = tree.moving
    tree.limits.take(moving).check(tuple(tree.joint_names[row] for row in moving))
    return tree


def _row(names: tuple[str, ...], name: str, complaint: str) -> int:
    if name and name in names:
        return names.index(name)
    raise RobotModelError(f"{complaint} '{name}'; there are {', '.join(filter(None, names))}.")


def _refuse_twice(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise RobotModelError(
                f"{kind} '{name}' is there {names.count(name)} times; give each a name of its own."
            )


def _joint_above(robot: str, links: list[str], joints: list[JointRecord]) -> dict[str, JointRecord]:
    above: dict[str, JointRecord] = {}
    for joint in joints:
        for end in (joint.parent, joint.child):
            if end not in links:
                raise RobotModelError(f"joint {joint.name}: robot {robot} has no link '{end}'.")
        if joint.child in above:
            first = above[joint.child].name
            raise RobotModelError(
                f"link {joint.child}: hangs from two joints, {first} and {joint.name}; a loop is no tree."
            )
        above[joint.child] = joint
    return above


def _parents_first(robot: str, links: list[str], above: dict[str, JointRecord]) -> list[str]:
    """Links by depth-first search from the only root, in the order of the file."""
    roots = [link for link in links if link not in above]
    if len(roots) != 1:
        what = f"{len(roots)} links without a joint above them ({', '.join(roots)})" if roots else "no root"
        raise RobotModelError(f"robot {robot} has {what}; there must be one.")
    children: dict[str, list[str]] = {link: [] for link in links}
    for link in links:
        if link in above:
            children[above[link].parent].append(link)
    order, waiting = [], [roots[0]]
    while waiting:
        order.append(waiting.pop())
        waiting += reversed(children[order[-1]])
    if len(order) < len(links):
        lost = next(link for link in links if link not in order)
        raise RobotModelError(f"link {lost}: its joints form a loop; a loop is no tree.")
    return order


def _followers(records: list[JointRecord], rows: dict[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(leader, multiplier, offset) of each row, chains of followers multiplied out."""
    leader = np.arange(len(records), dtype=np.int32)
    multiplier, offset = np.ones(len(records)), np.zeros(len(records))
    for row, record in enumerate(records):
        if record.kind == "fixed":
            continue
        seen, current = {record.name}, record
        while current.mimic is not None:
            name, factor, shift = current.mimic
            is_there = name in rows and records[rows[name]].kind != "fixed" and name not in seen
            if not is_there or not np.isfinite([factor, shift]).all():
                raise RobotModelError(
                    f"joint {record.name}: follows '{name}', which is no joint it can follow."
                )
            offset[row] += multiplier[row] * shift
            multiplier[row] *= factor
            seen.add(name)
            leader[row] = rows[name]
            current = records[rows[name]]
    return leader, multiplier, offset


def _unit(record: JointRecord) -> np.ndarray:
    axis = np.asarray(record.axis, float)
    length = np.linalg.norm(axis)
    if record.kind == "fixed":
        return np.array([0.0, 0.0, 1.0])
    if axis.shape != (3,) or not np.isfinite(length) or length < 1e-9:
        raise RobotModelError(f"joint {record.name}: its axis is {axis.tolist()}; it must have a direction.")
    return axis / length


def _limits(records: list[JointRecord]) -> JointLimits:
    """Limits of every row, with defaults where the file says nothing or a rate of 0."""
    velocity = np.array([r.velocity or DEFAULT_VELOCITY.get(r.kind, 1.0) for r in records], float)
    acceleration = [r.acceleration for r in records]
    acceleration = _or_default(acceleration, ACCELERATION_PER_VELOCITY * velocity)
    jerk = _or_default([r.jerk for r in records], JERK_PER_ACCELERATION * acceleration)
    effort = _or_default([r.effort for r in records], np.full(len(records), np.inf))
    lower = np.array([r.lower for r in records], float)
    upper = np.array([r.upper for r in records], float)
    return JointLimits(lower, upper, velocity, acceleration, jerk, effort)


def _or_default(values: list[float | None], default: np.ndarray) -> np.ndarray:
    return np.array([value or other for value, other in zip(values, default, strict=True)], float)
