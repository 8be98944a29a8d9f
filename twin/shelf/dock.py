"""Where to dock: places before the shelf from which the planner finds a way to a grasp."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...perception.poses import Array, inverse, pose_of, transform
from ...planning.errors import PlanFailure
from ..manipulation.hands import Hold
from ..manipulation.things import Thing
from .plans import planner_of, to_grasp
from .shop import FOLDED, MOUNT

REACHES = (0.58, 0.64, 0.52, 0.70, 0.47)
"""m from the shelf's front to the platform's middle."""
SHIFTS = (0.0, -0.12, 0.12, -0.24, 0.24)
"""m to the side of what is wanted."""
_FAR_SIDE = 0.36  # m to the side of a shelf's middle that is reached for
_MOST = 10  # places that are looked at

Place = tuple[float, float]
"""m from the shelf's front, and to the left of its middle."""


@dataclass(frozen=True, eq=False)
class Known:
    """What was seen on a board, in the shelf's frame.

    Attributes:
        wanted, beside: things.
        options: grasps of the wanted one, each list of one kind, the best first; and those of last resort.
    """

    wanted: Thing
    beside: list[Thing]
    options: tuple[list[list[Hold]], list[list[Hold]]]

    def moved(self, by: Array) -> Known:
        """The same in another frame, (4, 4) `other_from_this`, turned by next to nothing about Z."""
        usual, last = ([[replace(h, tool=by @ h.tool) for h in some] for some in o] for o in self.options)
        return Known(_moved(self.wanted, by), [_moved(thing, by) for thing in self.beside], (usual, last))


def places_before(aside: float, used: Iterable[Place] = ()) -> list[Place]:
    """Places to dock for a thing `aside` m to the left of the shelf's middle; first those tried most often.

    Those about where it was before, `used`, are left out.
    """
    middle = float(np.clip(aside, -_FAR_SIDE, _FAR_SIDE))
    by_effort = sorted(
        (abs(shift) + 2 * abs(reach - REACHES[0]), reach, middle + shift)
        for reach in REACHES
        for shift in SHIFTS
    )
    return [
        (reach, y)
        for _, reach, y in by_effort
        if all(abs(reach - r) > 0.04 or abs(y - other) > 0.04 for r, other in used)
    ]


def place_for(known: Known, board: int, places: Sequence[Place]) -> Place | None:
    """The first of some places from which one of the grasps is reached; those of last resort come last."""
    for last_resort in (False, True):
        for reach, y in places[:_MOST]:
            shelf = inverse(pose_of([MOUNT[0] - reach, y, MOUNT[2]], np.eye(3)))
            here = known.moved(shelf)
            for some in here.options[last_resort]:
                try:
                    to_grasp(planner_of(some[0].kind), FOLDED, some, here.wanted, shelf, board, here.beside)
                    return reach, y
                except PlanFailure:
                    continue
    return None


def _moved(thing: Thing, by: Array) -> Thing:
    """A thing in another frame; its box keeps its sides."""
    middle, half = (thing.low + thing.high) / 2, (thing.high - thing.low) / 2
    middle = transform(by, middle[None])[0]
    return replace(thing, pose=by @ thing.pose, low=middle - half, high=middle + half)
