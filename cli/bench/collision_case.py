"""The case that collision checks are timed on: 7 joints, 50 spheres, 20 oriented boxes, half of it free."""

from __future__ import annotations

import numpy as np

from ...planning.collision.body import CollisionBody, collision_body
from ...planning.collision.obstacles import Box
from ...planning.collision.world import World
from ...planning.robot.group import select_group
from ...planning.robot.model import RobotModel
from ...planning.robot.self_collision import ADJACENT
from ...planning.robot.tree import JointRecord, build_tree

LENGTHS = (0.33, 0.0, 0.32, 0.0, 0.38, 0.09, 0.21)
"""m along z from each joint to the next, or to the end: an arm of a person's size."""
RADIUS = 0.06
_SPHERES = (7, 7, 7, 7, 7, 7, 8)
_SPREAD = 0.12  # m of a link that spheres take beyond its length
BOXES = 20


def chain() -> CollisionBody:
    """Seven joints about z and y in turns, and 50 spheres along them; parts do not meet each other."""
    links = ["base", *(f"link{n}" for n in range(1, 8))]
    joints, at = [], np.eye(4)
    for n, length in enumerate(LENGTHS):
        axis = (0.0, 1.0, 0.0) if n % 2 else (0.0, 0.0, 1.0)
        ends = links[n], links[n + 1]
        joints.append(JointRecord(f"joint{n}", "revolute", *ends, at, axis=axis, lower=-2.9, upper=2.9))
        at = np.eye(4)
        at[2, 3] = length
    tree = build_tree("chain", links, joints)
    ends = [length + _SPREAD for length in LENGTHS]
    heights = [np.linspace(0.0, end, count) for end, count in zip(ends, _SPHERES, strict=True)]
    rows = np.repeat(np.arange(1, 8), _SPHERES).astype(np.int32)
    centres = np.zeros((len(rows), 3))
    centres[:, 2] = np.concatenate(heights)
    bounds = np.zeros((8, 3))
    bounds[1:, 2] = np.array(ends) / 2
    reach = np.array([0.0, *(end / 2 + RADIUS for end in ends)])
    never = np.full((8, 8), ADJACENT, np.int8)
    robot = RobotModel(tree, rows, centres, np.full(len(rows), RADIUS), bounds, reach, never)
    return collision_body(robot, select_group(tree, "base", "link7"))


def boxes(seed: int) -> World:
    """Boxes of 20 to 50 cm within an arm's length, none at the base."""
    rng = np.random.default_rng(seed)
    away = rng.normal(size=(BOXES, 3))
    away *= rng.uniform(0.55, 1.2, (BOXES, 1)) / np.linalg.norm(away, axis=1, keepdims=True)
    turns = rng.normal(size=(BOXES, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    sizes = rng.uniform(0.2, 0.5, (BOXES, 3))
    centre = np.array([0.0, 0.0, LENGTHS[0]])
    return World({f"box {n}": Box(centre + away[n], sizes[n], turns[n]) for n in range(BOXES)})


def configurations(body: CollisionBody, count: int, seed: int) -> np.ndarray:
    """(count, 7) uniform within the joints' limits."""
    limits = body.group.limits
    return np.random.default_rng(seed).uniform(limits.lower, limits.upper, (count, body.group.dof))
