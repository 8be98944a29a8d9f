"""Our arm as the planner has it."""

from __future__ import annotations

from ...assets import ASSETS
from ...planning.collision.body import CollisionBody, collision_body
from ...planning.robot.group import select_group
from ...planning.robot.model import fit_robot
from ...planning.robot.read import read_robot


def arm_body() -> CollisionBody:
    """The arm of `assets/robots/arm.usda` with its gripper open, from its foot to its tool."""
    robot, _ = fit_robot(read_robot(ASSETS / "robots" / "arm.usda"))
    return collision_body(robot, select_group(robot.tree, "link0", "tool", {"finger_left": 0.04}))
