"""Plans of the mobile manipulator's arm: where to look from, the shelf and the tote as obstacles, grasps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ...assets.objects.shelf import SHELF
from ...perception.poses import Array, pose_of, quaternion_of, rotation_exp, transform
from ...planning.collision.obstacles import Box, Obstacle
from ...planning.collision.world import World
from ...planning.errors import PlanFailure
from ...planning.planner.goals import PoseGoal
from ...planning.planner.plan import Plan
from ...planning.planner.planner import Planner
from ..manipulation.hands import Hold, Kind
from ..manipulation.plans import grasp_goals, planner_for
from ..manipulation.things import Thing
from .shop import MOUNT, ROBOT, TOTE

_STEEP, _FLATTER, _LEVEL = math.radians(36), math.radians(30), 0.3
"""Down, rad, of ways in to a board 0.3 m above the base, and how much less for each m above that."""
APPROACH, _LONG = 0.05, 0.10
"""m of the straight way in, and of one from where even long fingers are clear of the object."""
_FLOOR = Box((0.0, 0.0, -MOUNT[2] - 0.05), (6.0, 6.0, 0.1))
_OUT, _UP = 0.12, 0.05  # m that a grasp is left by: out of the shelf, and up
_POINTS = 0.008  # m between points of boards and posts
_NEAR = 0.35  # m around a thing, of points that count


def planner_of(kind: Kind) -> Planner:
    """Plans with open fingers, or with the cup out."""
    return planner_for(kind, ROBOT)


def world_of(
    shelf: Array | None, things: Iterable[Thing] = (), ground: float = 0.0, tote: bool = True
) -> World:
    """Floor, tote, the shelf at `shelf` (4, 4) in the base if it is known, and a box for each thing.

    Args:
        shelf: `base_from_shelf`.
        things: that stand on a board.
        ground: height of that board, m in the base.
        tote: whether its walls are in the way.
    """
    obstacles: dict[str, Obstacle] = {"floor": _FLOOR}
    for part, (centre, size) in TOTE.walls().items() if tote else ():
        obstacles[f"tote_{part}"] = Box(centre, size)
    if shelf is not None:
        turn = quaternion_of(shelf)
        for part, (centre, size) in SHELF.parts().items():
            middle = transform(shelf, np.array([centre]))[0]
            obstacles[f"shelf_{part}"] = Box(middle, size, turn)
    for k, thing in enumerate(things):
        low = np.append(thing.low[:2], ground)
        size = np.maximum(thing.high - low, 0.01)
        obstacles[f"thing_{k}"] = Box(low + size / 2, size)
    return World(obstacles)


def to_view(planner: Planner, start: Array, views: Array, world: World) -> Plan:
    """To one of the poses (n, 4, 4) of the tool from which the camera sees what it shall.

    Raises:
        PlanFailure: there is none, or none was found.
    """
    return planner.plan(start, PoseGoal(views[:, :3, 3], quaternion_of(views)), world)


def to_grasp(
    planner: Planner,
    start: Array,
    options: list[Hold],
    wanted: Thing,
    shelf: Array,
    board: int,
    beside: list[Thing],
) -> Plan:
    """To one of several grasps of the same kind, straight in, and a little out and up.

    On the way there the arm does not touch the wanted thing, if that can be. It knocks over what it touches.

    Raises:
        PlanFailure: there is none, or none was found.
    """
    ground = SHELF.boards[board] - MOUNT[2]
    points = wanted.points
    whole = replace(wanted, low=points.min(axis=0), high=points.max(axis=0))
    out = shelf[:3, :3] @ np.array([-_OUT, 0.0, _UP])
    failure = PlanFailure("There is no grasp.", stage="goal")
    for approach, things in ((_LONG, [whole, *beside]), (APPROACH, [whole, *beside]), (APPROACH, beside)):
        world = world_of(shelf, things, ground)
        # Whether the hand fits between things and over the board, perception has looked at.
        loose = [name for name in world.names if name.startswith("thing_") or name == f"shelf_board_{board}"]
        try:
            return planner.plan(start, grasp_goals(options, out, loose, approach), world)
        except PlanFailure as error:
            failure = error
    raise failure


def inwards(shelf: Array, board: int) -> Array:
    """Unit vector (3,) in the base about which hands reach for a board: from the front and above."""
    down = _STEEP - _FLATTER * (SHELF.boards[board] - MOUNT[2] - _LEVEL)
    return shelf[:3, :3] @ np.array([math.cos(down), 0.0, -math.sin(down)])


def shelf_points(shelf: Array, about: Array) -> Array:
    """Points (n, 3) in the base on boards and posts of the shelf near points (m, 3), 8 mm apart."""
    found = transform(shelf, _SURFACE)
    low, high = about.min(axis=0) - _NEAR, about.max(axis=0) + _NEAR
    return found[((found > low) & (found < high)).all(axis=1)]


def turned_down(hold: Hold, points: Array) -> tuple[Hold, Array]:
    """A hold and the points (n, 3) of what it holds, turned about the tool until that points down."""
    axis = np.cross(hold.tool[:3, 2], [0.0, 0.0, -1.0])
    sine, cosine = float(np.linalg.norm(axis)), float(-hold.tool[2, 2])
    turn = rotation_exp(axis / max(sine, 1e-9) * np.arctan2(sine, cosine))
    tool = pose_of(hold.tool[:3, 3], turn @ hold.tool[:3, :3])
    moved = (points - hold.tool[:3, 3]) @ turn.T + hold.tool[:3, 3]
    return Hold(hold.kind, tool, hold.width, hold.score), moved


def _surface() -> Array:
    """Points (n, 3) on all parts of the shelf, in its frame."""
    points = []
    for centre, size in SHELF.parts().values():
        axes = [np.linspace(-s / 2, s / 2, max(2, round(s / _POINTS) + 1)) for s in size]
        grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 3)
        rim = (np.abs(np.abs(grid) - np.array(size) / 2) < 1e-9).any(axis=1)
        points.append(grid[rim] + centre)
    return np.concatenate(points)


_SURFACE = _surface()
