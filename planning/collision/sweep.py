"""Whether straight motions of the joints are free, between their ends too and not only where one looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigurationError
from ..kinematics import inputs
from .body import CollisionBody
from .distance_numba import explain
from .free_numba import is_free
from .world import World

STEP = 0.01
"""m that no sphere moves farther than between looks."""


@dataclass(frozen=True)
class Sweep:
    """What a motion meets.

    Attributes:
        fraction: of the motion that is free from its start; 1 if all is.
        reason: what is nearest where it is not; empty if all is free.
    """

    fraction: float
    reason: str = ""

    @property
    def is_free(self) -> bool:
        """Whether all of the motion is."""
        return not self.reason


def sweep(body: CollisionBody, world: World, start: ArrayLike, end: ArrayLike) -> Sweep:
    """Check the straight motion of the joints between two configurations, so that nothing slips through.

    The motion is cut into pieces in which no sphere moves more than `STEP`. Each is checked in its middle
    with all radii enlarged by half of how far spheres move, so that a sphere contains all that it sweeps in
    the piece. A motion that passes is free; one that passes by less than this may be refused.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        start: (n,) configuration.
        end: (n,) configuration.

    Raises:
        ConfigurationError: another number of joints, or values that are no numbers.
    """
    ends = inputs.configurations(body.group, np.array([start, end], float))
    length = float(np.max(reaches(body) @ np.abs(ends[1] - ends[0]), initial=0.0))
    pieces = max(1, int(np.ceil(length / STEP)))
    middles = (np.arange(pieces) + 0.5) / pieces
    q = ends[0] + middles[:, None] * (ends[1] - ends[0])
    blocked = np.flatnonzero(~is_free(body, world, q, margin=length / pieces / 2))
    if not len(blocked):
        return Sweep(1.0)
    first = int(blocked[0])
    return Sweep(first / pieces, explain(body, world, q[first])[0])


def reaches(body: CollisionBody) -> np.ndarray:
    """How far (K, n) each joint moves any sphere of a part at most, in m/rad or m/m.

    Raises:
        ConfigurationError: a joint slides without limit, so that there is no such bound.
    """
    by_frame = frame_reaches(body)
    out = np.zeros((len(body.names), body.group.dof))
    for f in range(1, by_frame.shape[1]):
        out[:, body.group.frame_dof[f]] += by_frame[:, f]
    return out


def frame_reaches(body: CollisionBody) -> np.ndarray:
    """How far (K, F) the joint of each frame of the group moves any sphere of a part at most.

    A sphere is never farther from a joint's axis than the lengths between the joints on the way add up to.

    Raises:
        ConfigurationError: a joint slides without limit, so that there is no such bound.
    """
    group = body.group
    limits = group.limits
    out = np.zeros((len(body.names), len(group.frame_parent)))
    for part, frame in enumerate(body.part_frame):
        own = body.spheres[body.part_start[part] : body.part_start[part + 1], :3]
        far, f = float(np.linalg.norm(own, axis=1).max()), int(frame)
        while f > 0:
            dof, factor = group.frame_dof[f], group.multiplier[f]
            out[part, f] = abs(factor) * (far if group.frame_turns[f] else 1.0)
            far += float(np.linalg.norm(group.frame_fixed[f][:3, 3]))
            if not group.frame_turns[f]:
                ends = factor * np.array([limits.lower[dof], limits.upper[dof]]) + group.offset[f]
                far += float(np.abs(ends).max())
            f = int(group.frame_parent[f])
        if not np.isfinite(out[part]).all():
            raise ConfigurationError(f"'{body.names[part]}' hangs from a joint that slides without limit.")
    return out
