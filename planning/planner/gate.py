"""The gate: looks at a finished trajectory alone, whatever made it, and lets through what holds everywhere.

Limits are compared with the extrema of the polynomials, collisions are looked for by `contact.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..collision.body import CollisionBody
from ..collision.distance_numba import distances
from ..collision.sweep import reaches
from ..collision.world import World
from ..errors import PlanFailure
from ..kinematics.lanes import frame_arrays
from ..limits import Limits
from ..trajectory.extrema import position_range
from ..trajectory.trajectory import Trajectory
from .contact import first_contact

_ROUNDING = 1e-7
"""rad or m by which a position may pass its limit."""
_LOOKS = 128
"""Moments at which the distance is measured."""


@dataclass(frozen=True)
class Hit:
    """The first moment at which a trajectory is not free.

    Attributes:
        time: s.
        link: part of the robot.
        obstacle: name of an obstacle, or of another part.
        margin: m, negative inside.
    """

    time: float
    link: str
    obstacle: str
    margin: float

    def __str__(self) -> str:
        how = f"{-1e3 * self.margin:.1f} mm inside" if self.margin < 0 else "in touch with"
        return f"at {self.time:.3f} s '{self.link}' is {how} '{self.obstacle}'"

    def failure(self, stage: str, what: str) -> PlanFailure:
        """An error whose sentence begins with `what`."""
        return PlanFailure(
            f"{what}: {self}.",
            stage=stage,
            time=self.time,
            link=self.link,
            obstacle=self.obstacle,
            margin=self.margin,
        )


def nearest_parts(body: CollisionBody, world: World, q: np.ndarray) -> list[tuple[float, str, str]]:
    """Of each configuration (B, n): the least distance in m, and the two names it is between."""
    found = distances(body, world, q)
    parts = []
    for distance, nearest in zip(found.distance, found.nearest, strict=True):
        row = int(np.argmin(distance))
        first, second = (int(index) for index in nearest[row])
        if first < 0:
            parts.append((np.inf, "", ""))
            continue
        other = world.names[second] if row == 0 else body.names[body.part_of(second)]
        parts.append((float(distance[row]), body.names[body.part_of(first)], other))
    return parts


def first_hit(body: CollisionBody, world: World, trajectory: Trajectory, limits: Limits) -> Hit | None:
    """The first moment at which the robot meets an obstacle or itself; None if it never does.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        trajectory: of the body's group, within `limits`: acceleration bounds how far a piece strays.
        limits: of velocity, acceleration and jerk.
    """
    time = first_contact(
        trajectory.times,
        trajectory.coefficients,
        limits.acceleration,
        _reach(body),
        frame_arrays(body.group),
        body.arrays,
        world.arrays_single,
    )
    if time < 0:
        return None
    margin, link, obstacle = nearest_parts(body, world, trajectory.position([time]))[0]
    return Hit(time, link, obstacle, margin)


def least_distance(body: CollisionBody, world: World, trajectory: Trajectory) -> float:
    """The least distance in m at `_LOOKS` moments."""
    q = trajectory.position(np.linspace(0.0, trajectory.duration, _LOOKS))
    return float(distances(body, world, q).distance.min())


def check_limits(body: CollisionBody, trajectory: Trajectory, limits: Limits) -> None:
    """Refuse a trajectory that passes a limit of position, velocity, acceleration or jerk.

    Raises:
        PlanFailure: it does.
    """
    violation = trajectory.check(limits)
    if violation is not None:
        raise PlanFailure(f"The trajectory passes a limit: {violation}", stage="gate", time=violation.time)
    group = body.group
    low, high = position_range(trajectory.times, trajectory.coefficients)
    over = np.maximum(group.limits.lower - low, high - group.limits.upper)
    if (over > _ROUNDING).any():
        joint = int(np.argmax(over))
        raise PlanFailure(
            f"The trajectory takes joint {group.joint_names[joint]} to {low[joint]:.4f} and "
            f"{high[joint]:.4f}, beyond its limits of {group.limits.lower[joint]:.4f} and "
            f"{group.limits.upper[joint]:.4f}.",
            stage="gate",
        )


def check(body: CollisionBody, world: World, trajectory: Trajectory, limits: Limits) -> None:
    """Let a trajectory pass that keeps all limits and is free.

    Raises:
        PlanFailure: it does not; with time, link, obstacle and margin.
    """
    check_limits(body, trajectory, limits)
    hit = first_hit(body, world, trajectory, limits)
    if hit is not None:
        raise hit.failure("gate", "The trajectory is not free")


@lru_cache(maxsize=64)
def _reach(body: CollisionBody) -> np.ndarray:
    """How far (K, n) each joint moves any sphere of a part at most, in m/rad or m/m."""
    return reaches(body)
