"""A planning problem: from where, to where, past what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.transform import Rotation

from ..collision.world import World
from ..errors import ProblemError
from ..kinematics.forward_numba import tip_poses
from ..robot.group import JointGroup, select_group
from ..robot.tree import KinematicTree


@dataclass(frozen=True, eq=False)
class Problem:
    """One problem; obstacles and poses are in the base link, in m.

    Attributes:
        name: unique in its file, as `box/0001`.
        robot: name of the robot it was made for.
        joints: n names, the order of start and goals.
        start: (n,) in rad or m.
        goals: (g, n) configurations, any of which will do.
        poses: (p, 7) poses of the tip, position and quaternion wxyz, any of which will do.
        world: obstacles.
        held: values of joints that are not planned.
        base: link in which obstacles and poses are; the robot's root by default, as in MoveIt.
        tip: link that is brought to the poses; what hangs from the last joint by default.
        valid: whether start and a goal are free, where the file tells; None where it does not.

    Raises:
        ProblemError: on creation, for values that are no numbers or of another number, or without a goal.
    """

    name: str
    robot: str
    joints: tuple[str, ...]
    start: np.ndarray
    goals: np.ndarray
    world: World
    poses: np.ndarray = field(default_factory=lambda: np.zeros((0, 7)))
    held: Mapping[str, float] = field(default_factory=dict)
    base: str | None = None
    tip: str | None = None
    valid: bool | None = None

    def __post_init__(self) -> None:
        n = len(self.joints)
        for what, values, width in (
            ("start", self.start[None], n),
            ("goals", self.goals, n),
            ("poses", self.poses, 7),
        ):
            if values.ndim != 2 or values.shape[1] != width or not np.isfinite(values).all():
                raise ProblemError(
                    f"problem {self.name}: {what} must be finite numbers, {width} each; "
                    f"they have the shape {values.shape}."
                )
        if not len(self.goals) and not len(self.poses):
            raise ProblemError(f"problem {self.name}: there is no goal.")

    @property
    def scene(self) -> str:
        """What stands before the slash of its name: problems of one scene are reported together."""
        return self.name.partition("/")[0]


def problem_group(tree: KinematicTree, problem: Problem) -> JointGroup:
    """The joints of a robot that a problem plans, from its base to its tip.

    Joints that the problem holds count where the robot has them: its file may have fixed them for good.

    Raises:
        RobotModelError: the robot lacks a joint, the base or the tip.
        ProblemError: between base and tip are other joints than the problem's.
    """
    base = problem.base or tree.link_names[0]
    tip = problem.tip or tree.link_names[max(tree.joint(name) for name in problem.joints)]
    moving = [tree.joint_names[row] for row in tree.moving]
    held = {name: value for name, value in problem.held.items() if name in moving}
    group = select_group(tree, base, tip, held)
    if set(group.joint_names) != set(problem.joints):
        raise ProblemError(
            f"problem {problem.name}: plans {', '.join(problem.joints)}, but between {base} and {tip} "
            f"of {tree.name} move {', '.join(group.joint_names)}."
        )
    return group


def in_order(problem: Problem, group: JointGroup) -> tuple[np.ndarray, np.ndarray]:
    """Start (n,) and goals (g, n) in the order of a group's joints."""
    columns = [problem.joints.index(name) for name in group.joint_names]
    return problem.start[columns], problem.goals[:, columns]


def to_poses(problem: Problem, group: JointGroup) -> Problem:
    """The problem whose goals are the poses (g, 7) of the tip at its goals: in any configuration.

    One that has no configurations as goals is as it was.
    """
    if not len(problem.goals):
        return problem
    tips = tip_poses(group, in_order(problem, group)[1])
    turns = Rotation.from_matrix(tips[:, :3, :3]).as_quat(scalar_first=True)
    poses = np.concatenate([tips[:, :3, 3], turns], axis=1)
    return replace(problem, goals=problem.goals[:0], poses=poses)
