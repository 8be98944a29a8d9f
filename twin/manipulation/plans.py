"""Plans of the cell's arm: to a grasp, to a place in the tote, home; the cell as obstacles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from ...assets.objects.cell import BIN, TOTE
from ...assets.objects.open_box import OpenBox
from ...perception.poses import Array, quaternion_of, transform
from ...planning.collision.obstacles import Box, Obstacle
from ...planning.collision.world import World
from ...planning.limits import Limits
from ...planning.planner.goals import GraspGoals, PoseGoal
from ...planning.planner.plan import Plan
from ...planning.planner.planner import Planner, load
from ...planning.robot.file import load_robot
from ...planning.robot.model import RobotModel
from .arm import CUP_OUT, OPEN
from .cell import ROBOT
from .hands import ASIDE, Hold, Kind
from .things import Thing

_THIN = 0.006
"""m by which walls count as thinner on the inside: whether a hand fits there, perception has looked at."""
_ASIDE = 0.010
"""m by which walls count as farther out as a last resort: the arm's spheres reach up to 1.5 cm beyond it."""
_CLEAR = 0.06  # m above a rim, of what is carried
_HELD_VOXEL = 0.04  # m
_CARRIED = "carried"
_GENTLY = (0.4, 0.2)
"""Of acceleration and jerk, with something in the hand: at full speed a cup lets go of a heavy box."""
_FLOOR = Box((0.0, 0.0, -0.05), (4.0, 4.0, 0.1))


@cache
def robot_model(robot: Path = ROBOT) -> RobotModel:
    """A robot as planning takes it: what `gaitway plan-robot --protrusion 0.015` makes of its file."""
    return load_robot(robot.with_suffix(".json"))


@cache
def planner_for(kind: Kind, robot: Path = ROBOT) -> Planner:
    """Plans for a robot's arm with open fingers, or with the cup out."""
    held = {"finger_left": OPEN, "cup_slide": 0.0}
    if kind == "cup":
        held = {"finger_left": ASIDE / 2, "cup_slide": CUP_OUT}
    return load(robot_model(robot), "tool", "link0", held=held)


def cell_world(
    things: Iterable[Thing] = (), others: Mapping[str, Obstacle] | None = None, aside: float = 0.0
) -> World:
    """Floor, bin and tote, their walls farther out by `aside` m, a box for each thing in the bin, others."""
    obstacles: dict[str, Obstacle] = {"floor": _FLOOR}
    for name, box in (("bin", BIN), ("tote", TOTE)):
        obstacles |= {f"{name}_{part}": wall for part, wall in _walls(box, aside).items()}
    for k, thing in enumerate(things):
        low = np.append(thing.low[:2], BIN.low[2])
        size = np.maximum(thing.high - low, 0.01)
        obstacles[f"thing_{k}"] = Box(low + size / 2, size)
    return World({**obstacles, **(others or {})})


def open_floor() -> World:
    """Nothing but the floor."""
    return World({"floor": _FLOOR})


def _walls(box: OpenBox, aside: float) -> dict[str, Box]:
    """The walls, thinner on the inside by `_THIN`, and farther out by `aside` m."""
    walls = {}
    for part, (centre, size) in box.walls().items():
        middle, extent = np.array(centre), np.array(size)
        if part != "bottom":
            axis = int(np.argmin(extent[:2]))
            outward = np.sign(middle[axis] - box.middle[axis])
            extent[axis] -= _THIN
            middle[axis] += outward * (_THIN / 2 + aside)
        walls[part] = Box(middle, extent)
    return walls


def reach(
    planner: Planner,
    start: Array,
    options: list[Hold],
    things: list[Thing],
    others: Mapping[str, Obstacle],
    lift: float,
    last_resort: bool = False,
) -> Plan:
    """To one of several grasps of the same kind, the way in straight, and a way out straight up by `lift` m.

    As a last resort the hand may come nearer to the walls.

    Raises:
        PlanFailure: there is none, or none was found.
    """
    world = cell_world(things, others, _ASIDE if last_resort else 0.0)
    loose = [name for name in world.names if name.startswith("thing_") or name in ("bin_bottom", "floor")]
    return planner.plan(start, grasp_goals(options, np.array([0.0, 0.0, lift]), loose), world)


def grasp_goals(options: list[Hold], out: Array, touching: list[str], approach: float = 0.10) -> GraspGoals:
    """Grasps as a goal: straight in by `approach` m, straight out along `out` (3,) m in the base."""
    poses = np.array([hold.tool for hold in options])
    return GraspGoals(
        poses[:, :3, 3], quaternion_of(poses), (0.0, 0.0, -approach), out.tolist(), touching=touching
    )


def lift_needed(thing: Thing) -> float:
    """m straight up until what is held is clear of the bin's rim."""
    lowest = float(thing.points[:, 2].min())
    return float(np.clip(BIN.high[2] + _CLEAR - lowest, 0.05, 0.26))


def carrying(planner: Planner, hold: Hold, thing: Thing) -> Planner:
    """The planner with a thing in its hand, as spheres, fixed as it was grasped; it moves gently."""
    tool = planner.group.tree.link("tool")
    hand = planner.group.tree.link("hand")
    offset = planner.group.link_offset
    hand_from_tool = np.linalg.inv(offset[hand]) @ offset[tool]
    points = transform(hand_from_tool @ np.linalg.inv(hold.tool), thing.points)
    cells, which = np.unique(np.floor(points / _HELD_VOXEL).astype(int), axis=0, return_inverse=True)
    centres = np.array([points[which.ravel() == k].mean(axis=0) for k in range(len(cells))])
    radii = [
        float(np.linalg.norm(points[which.ravel() == k] - centres[k], axis=1).max()) + 0.002
        for k in range(len(cells))
    ]
    names = [name for name in ("finger_left", "finger_right", "cup") if name in planner.body.names]
    limits = Limits(
        planner.limits.velocity,
        _GENTLY[0] * planner.limits.acceleration,
        _GENTLY[1] * planner.limits.jerk,
    )
    return replace(planner, limits=limits).holding(_CARRIED, "hand", centres, radii, touching=names)


def over_tote(planner: Planner, start: Array, poses: Array, others: Mapping[str, Obstacle]) -> Plan:
    """To one of some poses (m, 4, 4) of the tool above the tote.

    Raises:
        PlanFailure: there is none, or none was found.
    """
    return planner.plan(start, PoseGoal(poses[:, :3, 3], quaternion_of(poses)), cell_world((), others))


def straight(planner: Planner, start: Array, pose: Array, world: World | None = None) -> Plan:
    """Straight to a pose (4, 4) of the tool; without a `world`, floor and arm itself are looked out for.

    Raises:
        PlanFailure: it is out of reach, or not free.
    """
    goal = PoseGoal(pose[:3, 3], quaternion_of(pose), straight=True)
    return planner.plan(start, goal, world or open_floor())
