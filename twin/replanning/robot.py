"""Our arm as the planner has it."""

from __future__ import annotations

from ...planning.collision.body import CollisionBody, collision_body
from ...planning.problems.generate import HELD, our_arm
from ...planning.robot.group import select_group


def arm_body() -> CollisionBody:
    """The arm of `assets/robots/arm.usda`, its fingers held, from its foot to its tool."""
    robot = our_arm()
    return collision_body(robot, select_group(robot.tree, "link0", "tool", HELD))
