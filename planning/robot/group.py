"""The joints that are planned: those between a base and a tip, with all else held still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import RobotModelError
from ..rotations import with_z
from .joint_limits import JointLimits
from .tree import FIXED, REVOLUTE, KinematicTree


@dataclass(frozen=True, eq=False)
class JointGroup:
    """Joints from a base link to a tip link, made ready for kernels: n values move F frames.

    All poses are in the base link. Frame 0 is the base itself; every other frame is a joint that moves,
    turned so that it turns about, or slides along, its own z: with p = frame_parent[f],
    `pose[f] = pose[p] @ frame_fixed[f] @ motion_z(multiplier[f] * q[frame_dof[f]] + offset[f])`.
    What is fixed between joints is multiplied out, so links cost nothing until somebody asks for them.

    Attributes:
        tree: the robot.
        base: row of the base link.
        tip: row of the tip link.
        joint_names: (n,) names, from the base outwards; the order of every configuration.
        limits: of those joints.
        frame_parent: (F,) frame above each frame; -1 for the base.
        frame_fixed: (F, 4, 4) pose in that frame, at value 0.
        frame_turns: (F,) whether a frame turns; else it slides.
        frame_dof: (F,) which of the n values moves it.
        multiplier: (F,) 1, or what a follower multiplies it by.
        offset: (F,) 0, or what a follower adds.
        link_frame: (L,) frame that carries each link of the tree.
        link_offset: (L, 4, 4) pose of the link in it.
    """

    tree: KinematicTree
    base: int
    tip: int
    joint_names: tuple[str, ...]
    limits: JointLimits
    frame_parent: np.ndarray
    frame_fixed: np.ndarray
    frame_turns: np.ndarray
    frame_dof: np.ndarray
    multiplier: np.ndarray
    offset: np.ndarray
    link_frame: np.ndarray
    link_offset: np.ndarray

    @property
    def dof(self) -> int:
        """Number of joints planned."""
        return len(self.joint_names)


def select_group(
    tree: KinematicTree, base: str, tip: str, held: Mapping[str, float] | None = None
) -> JointGroup:
    """Plan the joints between two links.

    Args:
        tree: the robot.
        base: link in which poses are given and results come.
        tip: link that is to be brought somewhere; it hangs from the base.
        held: values of other joints, in rad or m; 0 by default, or the limit nearest to it.

    Raises:
        RobotModelError: no such link or joint, a tip that does not hang from the base, no joint between them
            that moves, or a joint in `held` that is planned or follows another.
    """
    base_row, tip_row = tree.link(base), tree.link(tip)
    path = tree.ancestors(tip_row)
    if base_row not in path:
        raise RobotModelError(f"link '{tip}' does not hang from link '{base}'; choose a base above it.")
    between = path[: path.index(base_row)][::-1]
    # A follower on the path is planned by its leader, wherever that is.
    leaders = [int(tree.leader[row]) for row in between if tree.joint_type[row] != FIXED]
    planned = list(dict.fromkeys(leaders))
    if not planned:
        raise RobotModelError(f"no joint between '{base}' and '{tip}' moves.")
    poses = _poses(tree, _held_values(tree, planned, held or {}))
    moves = [row for row in range(len(tree.parent)) if tree.leader[row] in planned]
    return _compile(tree, base_row, tip_row, planned, moves, poses)


def all_joints(tree: KinematicTree) -> JointGroup:
    """All joints of a robot that have a value of their own, in its root; there is no tip but the root."""
    planned = [int(row) for row in tree.moving]
    poses = _poses(tree, _held_values(tree, planned, {}))
    moves = [row for row in range(len(tree.parent)) if tree.leader[row] in planned]
    return _compile(tree, 0, 0, planned, moves, poses)


def _held_values(tree: KinematicTree, planned: list[int], held: Mapping[str, float]) -> np.ndarray:
    """(L,) values of all joints, those of planned ones 0 and of their followers too."""
    values = np.zeros(len(tree.parent))
    for row in tree.moving:
        values[row] = np.clip(0.0, tree.limits.lower[row], tree.limits.upper[row])
    for name, value in held.items():
        row = tree.joint(name)
        if row in planned or tree.leader[row] != row or tree.joint_type[row] == FIXED:
            raise RobotModelError(f"joint {name} cannot be held: it is planned, fixed, or follows another.")
        if not np.isfinite(value):
            raise RobotModelError(f"joint {name} cannot be held at {value}.")
        values[row] = value
    values = tree.multiplier * values[tree.leader] + tree.offset
    values[np.isin(tree.leader, planned)] = 0.0
    return values


def _poses(tree: KinematicTree, values: np.ndarray) -> np.ndarray:
    """(L, 4, 4) of every link in the root, for the value of every joint."""
    poses = np.tile(np.eye(4), (len(tree.parent), 1, 1))
    for row in range(1, len(tree.parent)):
        motion = _motion(tree.joint_type[row], tree.axis[row], values[row])
        poses[row] = poses[tree.parent[row]] @ tree.parent_to_joint[row] @ motion @ tree.joint_to_link[row]
    return poses


def _motion(joint_type: int, axis: np.ndarray, value: float) -> np.ndarray:
    """(4, 4) of a joint at a value; turns by Rodrigues' formula."""
    motion = np.eye(4)
    if joint_type == REVOLUTE:
        x, y, z = axis
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        motion[:3, :3] += np.sin(value) * cross + (1 - np.cos(value)) * cross @ cross
    elif joint_type != FIXED:
        motion[:3, 3] = axis * value
    return motion


def _compile(
    tree: KinematicTree, base: int, tip: int, planned: list[int], moves: list[int], poses: np.ndarray
) -> JointGroup:
    below = [row for row in moves if base in tree.ancestors(row)[1:]]
    frame_of = {row: number for number, row in enumerate(below, start=1)}
    zero = [poses[base]]
    zero += [poses[tree.parent[row]] @ tree.parent_to_joint[row] @ _to_z(tree.axis[row]) for row in below]
    carriers = [_carrier(tree, row, frame_of) for row in range(len(tree.parent))]
    parents = [-1, *(_carrier(tree, int(tree.parent[row]), frame_of) for row in below)]
    fixed = [np.eye(4)]
    fixed += [np.linalg.inv(zero[parents[f]]) @ zero[f] for f in range(1, len(zero))]
    offsets = [np.linalg.inv(zero[carrier]) @ pose for carrier, pose in zip(carriers, poses, strict=True)]
    return JointGroup(
        tree,
        base,
        tip,
        tuple(tree.joint_names[row] for row in planned),
        tree.limits.take(np.array(planned, int)),
        np.array(parents, np.int64),
        np.array(fixed),
        np.array([True, *(tree.joint_type[row] == REVOLUTE for row in below)]),
        np.array([0, *(planned.index(int(tree.leader[row])) for row in below)], np.int64),
        np.array([1.0, *tree.multiplier[below]]),
        np.array([0.0, *tree.offset[below]]),
        np.array(carriers, np.int64),
        np.array(offsets),
    )


def _carrier(tree: KinematicTree, row: int, frame_of: Mapping[int, int]) -> int:
    """Frame that carries a link: the nearest joint above it that moves, or the base."""
    return next((frame_of[above] for above in tree.ancestors(row) if above in frame_of), 0)


def _to_z(axis: np.ndarray) -> np.ndarray:
    """(4, 4) rotation whose z column is the axis."""
    pose = np.eye(4)
    pose[:3, :3] = with_z(axis)
    return pose
