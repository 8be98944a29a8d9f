"""Whether a path may begin or end at a configuration, and where it could instead."""

from __future__ import annotations

import numpy as np

from ..collision.body import CollisionBody
from ..collision.distance_numba import distances
from ..collision.free_numba import configurations_free
from ..collision.world import World
from ..errors import BlockedError
from ..kinematics.lanes import frame_arrays
from .motion import FINEST

CLEARANCE = FINEST
"""m that a start or goal keeps from everything, so that motions from it can be shown to be free."""

_LIMIT_SLACK = 1e-6  # rad or m: beyond a limit by less is the same as at it
_TRIES, _STEPS, _SPREAD = 64, 30, 0.6


def within_limits(body: CollisionBody, q: np.ndarray) -> np.ndarray:
    """Configurations (B, n) at their limits where they are beyond by no more than rounding."""
    limits = body.group.limits
    inside = np.minimum(np.maximum(q, limits.lower), limits.upper)
    return np.where(np.abs(inside - q) <= _LIMIT_SLACK, inside, q)


def usable(body: CollisionBody, world: World, q: np.ndarray) -> np.ndarray:
    """Whether a path may begin or end at configurations (B, n): (B,)."""
    limits, free = body.group.limits, np.empty(len(q), bool)
    frames = frame_arrays(body.group)
    configurations_free(q, frames, body.arrays, world.arrays_single, CLEARANCE, free)
    return free & ((q >= limits.lower) & (q <= limits.upper)).all(axis=1)


def explain_blocked(body: CollisionBody, world: World, q: np.ndarray, name: str, stage: str) -> BlockedError:
    """Why a path may not begin or end at a configuration (n,).

    Args:
        body: the robot and what it holds.
        world: obstacles.
        q: (n,) the configuration.
        name: what it is called in the sentence, such as 'goal 2'.
        stage: 'start' or 'goal'.
    """
    limits, group = body.group.limits, body.group
    beyond = np.maximum(limits.lower - q, q - limits.upper)
    near = nearest_usable(body, world, q)
    if beyond.max() > 0:
        joint = int(np.argmax(beyond))
        why = (
            f"joint {group.joint_names[joint]} is at {q[joint]:.4f}, its limits are "
            f"{limits.lower[joint]:.4f} to {limits.upper[joint]:.4f}"
        )
        return BlockedError(f"The {name}: {why}; {_offer(near, q)}", stage=stage, nearest=near)
    margin, link, obstacle, kind = _worst(body, world, q)
    if margin < 0:
        why = f"'{link}' is {-1e3 * margin:.1f} mm inside {kind} '{obstacle}'"
    else:
        why = (
            f"'{link}' is {1e3 * margin:.2f} mm from {kind} '{obstacle}', and motions can be checked only "
            f"from {1e3 * CLEARANCE:.2g} mm on"
        )
    return BlockedError(
        f"The {name}: {why}; {_offer(near, q)}",
        stage=stage,
        link=link,
        obstacle=obstacle,
        margin=margin,
        nearest=near,
    )


def nearest_usable(body: CollisionBody, world: World, q: np.ndarray) -> np.ndarray | None:
    """A configuration (n,) near q (n,) at which a path may begin or end, or None if none was found.

    From q and from configurations around it (the same whenever asked), steps along the gradients of the
    distances lead out of what is met; of those that end free, the nearest to q is drawn back towards it as
    far as it stays free.
    """
    limits = body.group.limits
    rng = np.random.default_rng(0)
    spread = _SPREAD * np.linspace(0, 1, _TRIES)[:, None] * rng.standard_normal((_TRIES, len(q)))
    candidates = np.clip(q + spread, limits.lower, limits.upper)
    found = candidates[:0]
    for _ in range(_STEPS):
        free = usable(body, world, candidates)
        found = np.concatenate([found, candidates[free]])
        candidates = candidates[~free]
        if not len(candidates):
            break
        candidates = np.clip(_step_out(body, world, candidates), limits.lower, limits.upper)
    if not len(found):
        return None
    near = found[np.argmin(np.linalg.norm(found - q, axis=1))]
    origin = np.clip(q, limits.lower, limits.upper)
    on_the_way = origin + np.linspace(0, 1, 129)[:, None] * (near - origin)
    return on_the_way[int(np.argmax(usable(body, world, on_the_way)))]


def _step_out(body: CollisionBody, world: World, q: np.ndarray) -> np.ndarray:
    """Configurations (B, n) after a Newton step each on the worse of the two distances."""
    near = distances(body, world, q)
    rows, worse = np.arange(len(q)), np.argmin(near.distance, axis=1)
    lack = 2 * CLEARANCE - near.distance[rows, worse]
    gradient = near.gradient[rows, worse]
    square = np.maximum((gradient**2).sum(axis=1), 1e-4)  # no leaps where joints hardly move what meets
    return q + (lack / square)[:, None] * gradient


def _worst(body: CollisionBody, world: World, q: np.ndarray) -> tuple[float, str, str, str]:
    """Least distance, the part, what it is to, and what that is."""
    found = distances(body, world, q)
    row = int(np.argmin(found.distance[0]))
    first, second = (int(index) for index in found.nearest[0, row])
    other = world.names[second] if row == 0 else body.names[body.part_of(second)]
    return (
        float(found.distance[0, row]),
        body.names[body.part_of(first)],
        other,
        "obstacle" if row == 0 else "part",
    )


def _offer(near: np.ndarray | None, q: np.ndarray) -> str:
    if near is None:
        return "no free configuration was found near it."
    values = ", ".join(f"{value:.4f}" for value in near)
    return f"the nearest free configuration found is {np.linalg.norm(near - q):.3f} away: [{values}]."
