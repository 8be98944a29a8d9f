"""Plans motions of an arm: three calls, `load`, `Planner.plan` and `execute`.

A plan goes through stages, whose names are those in `Plan.seconds` and in failures: the start and the goal
are looked at, poses become configurations (*inverse kinematics*), straight ways of grasps are followed
(*line*), a *path* is searched for, it is given its *timing*, and the *gate* looks at the result as a stranger
would.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ..collision.body import CollisionBody, collision_body
from ..collision.world import World
from ..errors import ConfigurationError, LimitsError, PlanningError, WorldError
from ..kinematics import inputs
from ..kinematics.inverse import InverseKinematics
from ..limits import Limits
from ..path.ends import explain_blocked, usable, within_limits
from ..robot.file import load_robot
from ..robot.group import JointGroup, select_group
from ..robot.model import RobotModel, fit_robot
from ..robot.read import read_robot
from .goals import Goal, GraspGoals, JointGoal, Level, PoseGoal
from .level import Leveller
from .plan import Plan
from .task import Task


def load(
    robot: RobotModel | str | Path,
    tip: str,
    base: str | None = None,
    *,
    held: Mapping[str, float] | None = None,
    limits: Limits | None = None,
) -> Planner:
    """Get ready to plan for the joints between two links.

    Args:
        robot: a model, or a file: `gaitway plan-robot`'s JSON, or URDF or USD, to which spheres are fitted
            here, which takes seconds.
        tip: link that goals are about.
        base: link in which poses, obstacles and results are; the robot's root by default.
        held: values of other joints, in rad or m; 0 by default.
        limits: of velocity, acceleration and jerk; those of the robot by default.

    Raises:
        RobotFileError: a file that is missing or broken.
        RobotModelError: an unknown link or joint, or limits that leave no room.
        LimitsError: limits of another number of joints.
    """
    if not isinstance(robot, RobotModel):
        path = Path(robot)
        robot = load_robot(path) if path.suffix == ".json" else fit_robot(read_robot(path))[0]
    group = select_group(robot.tree, robot.tree.link_names[0] if base is None else base, tip, held)
    rates = group.limits.rates if limits is None else limits
    if rates.dof != group.dof:
        raise LimitsError(
            f"the limits are of {rates.dof} joints; the group has {group.dof}: "
            f"{', '.join(group.joint_names)}."
        )
    return Planner(collision_body(robot, group), rates, InverseKinematics(group))


@dataclass(frozen=True, eq=False)
class Planner:
    """Plans for one group of joints; nothing in it changes, so threads may share it.

    Attributes:
        body: the robot and what it holds.
        limits: of velocity, acceleration and jerk.
        solver: inverse kinematics of the group.
    """

    body: CollisionBody
    limits: Limits
    solver: InverseKinematics

    @property
    def group(self) -> JointGroup:
        """The joints that are planned; the order of every configuration is `group.joint_names`."""
        return self.body.group

    def holding(
        self, name: str, link: str, centres: ArrayLike, radii: ArrayLike, touching: Collection[str] = ()
    ) -> Planner:
        """A planner whose robot holds an object, see `CollisionBody.attached`."""
        return replace(self, body=self.body.attached(name, link, centres, radii, touching))

    def released(self, name: str) -> Planner:
        """A planner whose robot no longer holds an object, see `CollisionBody.released`."""
        return replace(self, body=self.body.released(name))

    def plan(
        self,
        start: ArrayLike,
        goal: Goal | ArrayLike,
        world: World | None = None,
        *,
        level: Level | None = None,
        seed: int = 0,
        budget: float = 1.0,
    ) -> Plan:
        """Find a motion from rest to rest; the same input gives the same motion, if time suffices for both.

        Args:
            start: (n,) configuration in rad, or m of sliding joints.
            goal: where to; an array (n,) or (m, n) is a `JointGoal`.
            world: obstacles; none by default.
            level: what the tip keeps level all the way.
            seed: of the search for a path.
            budget: s that the search for a path may take.

        Raises:
            ConfigurationError: start or goal have another number of joints, or values that are no numbers.
            PoseError: a goal's pose is none, its quaternion is not normalised, or its frame moves.
            RobotModelError: a goal's frame is unknown.
            PlanningError: a seed below 0, or a budget that is not positive.
            WorldError: `world` is none, or a grasp may touch an obstacle that is not there.
            BlockedError: the start or every goal is not free; with the nearest free configuration.
            NoPathError: none was found in the time given.
            PlanFailure: what both of these are, and what is raised where another stage fails.
        """
        world = World() if world is None else world
        if not isinstance(world, World):
            raise WorldError(f"the world is a {type(world).__name__}; make a `World` of named obstacles.")
        if not (np.isfinite(budget) and budget > 0):
            raise PlanningError(f"the budget is {budget} s; it must be a positive number.")
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise PlanningError(f"the seed is {seed!r}; it must be a whole number from 0 on.")
        q = inputs.configurations(self.group, start)
        if len(q) != 1:
            raise ConfigurationError(f"the start has the shape {np.shape(start)}; give one configuration.")
        q = within_limits(self.body, q)
        if not usable(self.body, world, q)[0]:
            raise explain_blocked(self.body, world, q[0], "start", "start")
        leveller = None if level is None else Leveller(self.group, level)
        task = Task(self.body, self.limits, self.solver, world, q[0], seed, budget, leveller)
        if isinstance(goal, GraspGoals):
            return task.grasp(goal)
        if isinstance(goal, PoseGoal):
            return task.straight(goal) if goal.straight else task.pose(goal)
        return task.joints(goal if isinstance(goal, JointGoal) else JointGoal(goal))
