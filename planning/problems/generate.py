"""Our own problems: an arm between things on a table, in a shelf and in bins, made from a seed.

Starts and goals are free with 5 mm to spare and reached by inverse kinematics, so no problem is lost from the
outset; whether there is a way between the two only a planner can tell. All 500 of seed 0 have been solved.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from ...assets import ASSETS
from ..collision.body import CollisionBody, collision_body
from ..collision.free_numba import is_free
from ..collision.world import World
from ..errors import ProblemError
from ..kinematics.inverse import InverseKinematics
from ..robot.file import load_robot
from ..robot.group import select_group
from ..robot.model import RobotModel
from ..rotations import with_z
from .problem import Problem
from .scenes import Places, Scene, shelf, tabletop, two_bins

KINDS: dict[str, Callable[[np.random.Generator], Scene]] = {
    "tabletop": tabletop,
    "shelf": shelf,
    "bin": two_bins,
}
COUNT = 500
READY = (0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785)
"""Where our arm waits, in rad."""
HELD = {"finger_left": 0.04}
"""The gripper is open."""
MARGIN = 0.005
"""m by which starts and goals are free at least."""
_BASE, _TIP = "link0", "tool"
_FROM_READY = 0.3  # part of the problems that begin where the arm waits
_PLACES = 8  # that are tried in a scene before another is drawn


def our_arm() -> RobotModel:
    """The project's own arm: what `gaitway plan-robot arm.usda` makes of it."""
    return load_robot(ASSETS / "robots" / "arm.json")


def own_problems(arm: RobotModel, count: int = COUNT, seed: int = 0) -> list[Problem]:
    """Make problems for our arm, of each kind in turn; a problem does not depend on how many there are.

    Args:
        arm: our arm, or another with the same links and joints.
        count: how many.
        seed: of all.

    Raises:
        ProblemError: count is below 1.
        RobotModelError: the robot lacks a link or joint of our arm.
    """
    if count < 1:
        raise ProblemError(f"{count} problems are asked for; ask for one at least.")
    body = collision_body(arm, select_group(arm.tree, _BASE, _TIP, HELD))
    solver = InverseKinematics(body.group)
    kinds = list(KINDS)
    return [_problem(body, solver, kinds[i % len(kinds)], i, seed) for i in range(count)]


def _problem(body: CollisionBody, solver: InverseKinematics, kind: str, number: int, seed: int) -> Problem:
    """Draw scenes until start and goal are found in one."""
    rng = np.random.default_rng([seed, number])
    while True:
        scene = KINDS[kind](rng)
        world = World(scene.obstacles)
        regions = rng.permutation(len(scene.regions))
        goal = _configuration(body, world, solver, scene.regions[regions[0]], rng)
        if goal is None:
            continue
        if rng.random() < _FROM_READY:
            start = np.array(READY)
            start = start if is_free(body, world, start, MARGIN)[0] else None
        else:
            start = _configuration(body, world, solver, scene.regions[regions[-1]], rng)
        if start is not None:
            break
    return Problem(
        f"{kind}/{number:04d}",
        body.robot.tree.name,
        body.group.joint_names,
        start,
        goal[None],
        world,
        held=HELD,
        base=_BASE,
        tip=_TIP,
        valid=True,
    )


def _configuration(
    body: CollisionBody, world: World, solver: InverseKinematics, region: Places, rng: np.random.Generator
) -> np.ndarray | None:
    """A free configuration (n,) with the tool somewhere in a region, or None."""
    places = [region(rng) for _ in range(_PLACES)]
    rolls = Rotation.from_euler("z", rng.uniform(-np.pi, np.pi, (_PLACES, 1)))
    turns = Rotation.from_matrix([with_z(direction) for _, direction in places]) * rolls
    answer = solver.solve(
        [position for position, _ in places],
        turns.as_quat(scalar_first=True),
        solutions=4,
        is_free=lambda q: is_free(body, world, q, MARGIN),
    )
    reached = np.flatnonzero(answer.found)
    if not len(reached):
        return None
    place = reached[0]
    return answer.q[place, rng.integers(answer.found[place])].copy()
