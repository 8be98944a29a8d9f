"""The hand's two ways to hold: what grasps perception looks for, and where the tool is in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...perception.grasp.gripper import ParallelGripper, SuctionCup
from ...perception.grasp.parallel import GraspCfg, clearances, parallel_grasps
from ...perception.grasp.suction import SuctionCfg, suction_places
from ...perception.grasp.surface import Surface
from ...perception.poses import Array, inverse, pose_of, rotation_exp, transform

Kind = Literal["fingers", "cup"]
FINGERS = ParallelGripper(
    opening=0.138,
    finger_length=0.064,
    finger_width=0.022,
    finger_thickness=0.012,
    pad_length=0.035,
    palm=(0.20, 0.06),
    friction=0.5,
)
CUP = SuctionCup()
CUP_PAST_TIPS = 0.04
"""m from the finger tips to the lip when the cup is out."""
ASIDE = 0.06
"""m between the fingers while the cup works."""
PRESS = 0.004
"""m past the surface that the lip is sent."""
_MOST_PLACES = 40  # of the cup that are looked at more closely
_REACH = 0.25  # m around a thing, of what may be in the way
_TURNS = pose_of(
    np.zeros((6, 3)), rotation_exp(np.linspace(0, np.pi, 6, endpoint=False)[:, None] * [0.0, 0.0, 1.0])
)
"""About the cup's axis, (6, 4, 4): it is round, but the fingers beside it are not."""
_CUP_BONUS = 1.2
"""A cup's grasp of the same score holds more often in a bin: nothing beside the object is in its way."""


@dataclass(frozen=True, eq=False)
class Hold:
    """One way to hold one thing.

    Attributes:
        kind: by which part of the hand.
        tool: (4, 4) `base_from_tool`: Y along which the fingers close, Z out of the hand.
        width: m between the fingers on the way in.
        score: the better the larger.
    """

    kind: Kind
    tool: Array
    width: float
    score: float

    @property
    def spot(self) -> Array:
        """Where it holds (3,), m in the base."""
        return self.tool[:3, 3] + (CUP_PAST_TIPS * self.tool[:3, 2] if self.kind == "cup" else 0.0)


def holds(
    surface: Surface,
    base_from_surface: Array,
    obstacles: Array,
    inwards: ArrayLike = (0.0, 0.0, -1.0),
    approach: float = 0.10,
    last_resort: bool = False,
) -> list[Hold]:
    """All ways to hold a thing, the best first.

    Args:
        surface: of the thing, in a frame of its own.
        base_from_surface: (4, 4).
        obstacles: (m, 3) points of everything else, in the base.
        inwards: (3,) unit vector in the base that ways in are within 50 degrees of; from above by default.
        approach: m of the straight way in.
        last_resort: also those far from the middle, as by the neck of a bottle, and from the side: the thing
            may turn in the hand or slip out of it.
    """
    to_surface = inverse(base_from_surface)
    down, others = -to_surface[:3, 2], transform(to_surface, obstacles)
    about = to_surface[:3, :3] @ np.asarray(inwards, float)
    near = (others > surface.points.min(axis=0) - _REACH) & (others < surface.points.max(axis=0) + _REACH)
    others = others[near.all(axis=1)]
    grasps = GraspCfg(approach=approach, steepest=np.radians(50))
    places = SuctionCfg(approach=approach, steepest=np.radians(50))
    if last_resort:
        steepest = np.radians(75)
        grasps = replace(grasps, steepest=steepest, rolls=36, checked=1200, lever=0.15, least=0.04)
        places = replace(places, steepest=steepest, lever=0.08, least=0.1)
    found = _by_fingers(surface, base_from_surface, about, others, grasps)
    found += _by_cup(surface, base_from_surface, down, others, about, places)
    return sorted(found, key=lambda hold: -hold.score)


def _by_fingers(surface: Surface, pose: Array, inwards: Array, others: Array, cfg: GraspCfg) -> list[Hold]:
    grasps = parallel_grasps(surface, FINGERS, inwards, others, cfg)
    return [
        Hold("fingers", _tool_of_fingers(pose @ grasp), float(width), float(score))
        for grasp, width, score in zip(grasps.poses, grasps.open_widths, grasps.scores, strict=True)
    ]


def _tool_of_fingers(grasp: Array) -> Array:
    """The tool closes along Y, perception's gripper along X."""
    turned = grasp.copy()
    turned[:3, 0], turned[:3, 1] = -grasp[:3, 1], grasp[:3, 0]
    return turned


def _by_cup(
    surface: Surface, pose: Array, down: Array, others: Array, inwards: Array, cfg: SuctionCfg
) -> list[Hold]:
    places = suction_places(surface, CUP, down, others, cfg, inwards)
    if not len(places):
        return []
    everything = np.concatenate([surface.points, others])
    found = []
    for place, score in zip(places.poses[:_MOST_PLACES], places.scores, strict=False):
        lips = place @ _TURNS
        room = clearances(
            _back(lips, CUP_PAST_TIPS), np.full(len(lips), ASIDE), FINGERS, everything, cfg.approach, 0.006
        )
        tools = pose @ _back(lips[room > 0], CUP_PAST_TIPS - PRESS)
        found += [Hold("cup", _tool_of_fingers(tool), ASIDE, _CUP_BONUS * float(score)) for tool in tools]
    return found


def _back(poses: Array, length: float) -> Array:
    """Poses (k, 4, 4) `length` m back along their Z."""
    moved = poses.copy()
    moved[:, :3, 3] -= length * poses[:, :3, 2]
    return moved
