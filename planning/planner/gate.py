"""The gate: looks at a finished trajectory alone, whatever made it, and lets through what holds everywhere.

Limits are compared with the extrema of the polynomials. Collisions are looked for in pieces of time so short
that no sphere of the robot moves farther than a centimetre in one: its middle is checked with all radii
enlarged by how far a sphere can be from there within the piece. A piece that is not free with this margin but
free without is halved, until the margin is below what single precision resolves. So nothing slips
through between two looks, and a motion close along an obstacle is not refused for the margin's sake.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..collision.body import CollisionBody
from ..collision.distance_numba import distances
from ..collision.free_numba import is_free
from ..collision.sweep import STEP, reaches
from ..collision.world import World
from ..errors import PlanFailure
from ..limits import Limits
from ..trajectory.extrema import position_range
from ..trajectory.trajectory import Trajectory

_FINEST = 2e-5
"""m: a margin that single precision hardly resolves."""
_ROUNDING = 1e-7
"""rad or m by which a position may pass its limit."""
_SLOTS = 64
"""Pieces of time in which the speed is first looked at."""
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
            stage="gate",
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
    reach = reaches(body).T
    edges = _edges(trajectory, reach, limits)
    begins, ends, hit_time = edges[:-1], edges[1:], np.inf
    while len(begins):
        middles = 0.5 * (begins + ends)
        q = trajectory.position(middles)
        margins = _margins(trajectory, middles, 0.5 * (ends - begins), reach, limits)
        margin = float(margins.max())
        tight = np.flatnonzero(~is_free(body, world, q, margin=margin))
        blocked = tight
        if margin > _FINEST and len(tight):
            blocked = tight[~is_free(body, world, q[tight])]
        if len(blocked):
            hit_time = min(hit_time, float(middles[blocked].min()))
        left = np.setdiff1d(tight, blocked)
        left = left[begins[left] < hit_time]
        begins = np.concatenate([begins[left], middles[left]])
        ends = np.concatenate([middles[left], ends[left]])
    if not np.isfinite(hit_time):
        return None
    margin, link, obstacle = nearest_parts(body, world, trajectory.position([hit_time]))[0]
    return Hit(hit_time, link, obstacle, margin)


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


def _margins(
    trajectory: Trajectory, middles: np.ndarray, half: np.ndarray, reach: np.ndarray, limits: Limits
) -> np.ndarray:
    """How far (N,) in m any sphere is at most from where it is at `middles` (N,) s, `half` (N,) s around."""
    speed = np.abs(trajectory.velocity(middles))
    moved = half[:, None] * (speed + 0.5 * half[:, None] * limits.acceleration)
    return (moved @ reach).max(axis=1)


def _edges(trajectory: Trajectory, reach: np.ndarray, limits: Limits) -> np.ndarray:
    """Times (N + 1,) between which no sphere moves farther than `STEP`."""
    slots = np.linspace(0.0, trajectory.duration, _SLOTS + 1)
    half = 0.5 * np.diff(slots)
    paths = 2.0 * _margins(trajectory, 0.5 * (slots[:-1] + slots[1:]), half, reach, limits)
    parts = np.maximum(1, np.ceil(paths / STEP)).astype(int)
    slot = np.repeat(np.arange(_SLOTS), parts)
    within = (np.arange(len(slot)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[slot]
    return np.append(slots[slot] + within * (slots[1] - slots[0]), trajectory.duration)
