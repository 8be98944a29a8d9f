"""From poses to configurations that are free."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from ..collision.body import CollisionBody
from ..collision.free_numba import is_free
from ..collision.world import World
from ..errors import PlanFailure, PoseError
from ..kinematics import inputs
from ..kinematics.inverse import InverseKinematics, Solutions
from ..robot.group import JointGroup
from .gate import nearest_parts
from .goals import GraspGoals, PoseGoal
from .level import Leveller

FEW, MANY = 8, 48
"""Solutions of a pose that are looked for; many only if none of the few is free."""


@dataclass(frozen=True, eq=False)
class Poses:
    """m poses of the tip in the base.

    Attributes:
        position: (m, 3) in m.
        quaternion: (m, 4) wxyz of length 1.
    """

    position: np.ndarray
    quaternion: np.ndarray

    def matrices(self) -> np.ndarray:
        """(m, 4, 4)."""
        out = np.tile(np.eye(4), (len(self.position), 1, 1))
        out[:, :3, :3] = Rotation.from_quat(self.quaternion, scalar_first=True).as_matrix()
        out[:, :3, 3] = self.position
        return out


def poses_of(group: JointGroup, goal: PoseGoal | GraspGoals) -> Poses:
    """The poses of a goal, checked and taken to the base.

    Raises:
        PoseError: wrong shapes, no numbers, a quaternion not normalised, or a frame that moves.
        RobotModelError: an unknown frame.
    """
    position, quaternion = inputs.poses(goal.position, goal.quaternion)
    if not goal.frame:
        return Poses(position, quaternion)
    row = group.tree.link(goal.frame)
    if group.link_frame[row] != 0:
        raise PoseError(
            f"frame '{goal.frame}' moves with the joints; give poses in a link that "
            "stands still with the base."
        )
    offset = group.link_offset[row]
    turn = Rotation.from_matrix(offset[:3, :3])
    quaternion = (turn * Rotation.from_quat(quaternion, scalar_first=True)).as_quat(scalar_first=True)
    return Poses(position @ offset[:3, :3].T + offset[:3, 3], quaternion)


def solve_free(
    solver: InverseKinematics,
    body: CollisionBody,
    world: World,
    poses: Poses,
    reference: ArrayLike,
    free_axis: ArrayLike | None,
    leveller: Leveller | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Free configurations (k, n) that reach poses, the nearest to the reference first, and of which (k,).

    Raises:
        PlanFailure: all poses are out of reach, or no configuration that reaches one is free.
    """
    axis = None if free_axis is None else tuple(np.asarray(free_axis, float))
    tried = np.empty((0, body.group.dof))
    for count in (FEW, MANY):
        answer = solver.solve(
            poses.position, poses.quaternion, solutions=count, reference=reference, free_axis=axis
        )
        there = ~np.isnan(answer.q[:, :, 0])
        tried, pose = answer.q[there], np.nonzero(there)[0]
        if not len(tried):
            raise _out_of_reach(answer)
        if leveller is not None:
            tried, pose = _level(leveller, tried, pose)
        free = is_free(body, world, tried)
        if free.any():
            q, pose = tried[free], pose[free]
            order = np.argsort(_seconds(body.group, q, reference), kind="stable")
            return q[order], pose[order]
    raise _all_blocked(body, world, tried)


def _level(leveller: Leveller, q: np.ndarray, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those configurations at which the tip is level."""
    tilt = leveller.tilt(q)
    level = tilt <= leveller.angle
    if not level.any():
        raise PlanFailure(
            f"The goal's pose tilts the tip by {np.rad2deg(tilt.min()):.1f} degrees, beyond "
            f"{np.rad2deg(leveller.angle):.1f}.",
            stage="goal",
        )
    return q[level], pose[level]


def _seconds(group: JointGroup, q: np.ndarray, reference: ArrayLike) -> np.ndarray:
    """How long the slowest joint takes to each configuration (k, n) at full speed: (k,) s."""
    return (np.abs(q - reference) / group.limits.velocity).max(axis=1)


def _out_of_reach(answer: Solutions) -> PlanFailure:
    nearest = int(np.argmin(answer.distance))
    return PlanFailure(f"The goal's {answer.explain(nearest)}", stage="inverse kinematics")


def _all_blocked(body: CollisionBody, world: World, q: np.ndarray) -> PlanFailure:
    margin, link, obstacle = max(nearest_parts(body, world, q))
    return PlanFailure(
        f"None of the {len(q)} configurations found that reach the goal is free: in the best one '{link}' is "
        f"{-1e3 * margin:.1f} mm inside '{obstacle}'.",
        stage="inverse kinematics",
        link=link,
        obstacle=obstacle,
        margin=margin,
    )
