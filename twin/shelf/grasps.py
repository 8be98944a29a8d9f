"""Grasps of a thing on a board, in the order in which they are worth a try."""

from __future__ import annotations

import numpy as np

from ...perception.poses import Array
from ..manipulation.grip import Choice
from ..manipulation.hands import Hold, holds
from ..manipulation.things import Look, Thing
from .plans import APPROACH, inwards, shelf_points

_NEAR = 0.4  # m around a thing, of seen points that may be in a hand's way


def offered(
    choice: Choice, wanted: Thing, look: Look, shelf: Array, board: int, last_resort: bool = False
) -> list[list[Hold]]:
    """Grasps of one kind that are offered to the planner together, the best first.

    Fingers before the cup: what stands free gives way to a cup that comes from the front.

    Args:
        choice: ranks them.
        wanted: the thing.
        look: in which it was seen.
        shelf: `base_from_shelf`.
        board: it stands on, from below.
        last_resort: see `holds`.
    """
    about = wanted.points
    seen = look.points[~wanted.mask]
    near = np.linalg.norm(seen - about.mean(axis=0), axis=1) < _NEAR
    obstacles = np.concatenate([seen[near], shelf_points(shelf, about)])
    found = holds(wanted.surface, wanted.pose, obstacles, inwards(shelf, board), APPROACH, last_resort)
    choices = [*choice.options(found), *choice.others(found)]
    choices.sort(key=lambda some: (some[1][0].kind == "cup", -some[0]))
    return [options for _, options in choices]
