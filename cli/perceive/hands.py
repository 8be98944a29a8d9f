"""Hands as lines, for pages and views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...perception.grasp.gripper import ParallelGripper, SuctionCup
from ...perception.grasp.parallel import Grasps
from ...perception.grasp.wireframe import cup_lines, parallel_lines
from ...perception.poses import Array

if TYPE_CHECKING:
    from .grasp import Found, Hand


def strips_of(grasps: Found, hand: Hand, most: int) -> list[Array]:
    """Lines (n, 3) in m that stand for the hand in the best grasps, the best first."""
    if isinstance(grasps, Grasps):
        assert isinstance(hand, ParallelGripper)
        pairs = zip(grasps.poses[:most], grasps.open_widths[:most], strict=True)
        return [parallel_lines(pose, width, hand) for pose, width in pairs]
    assert isinstance(hand, SuctionCup)
    return [cup_lines(pose, hand) for pose in grasps.poses[:most]]
