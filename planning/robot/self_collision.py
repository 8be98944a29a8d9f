"""Which pairs of links have to be checked against each other, by sampling configurations of the robot."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..kinematics.forward_numba import link_poses
from .group import all_joints
from .tree import KinematicTree

CHECK, ADJACENT, ALWAYS, NEVER = 0, 1, 2, 3
"""Values of `RobotModel.pairs`: only pairs of `CHECK` are checked. A link and itself count as `ADJACENT`."""


def pair_kinds(
    tree: KinematicTree,
    sphere_link: np.ndarray,
    centres: np.ndarray,
    radii: np.ndarray,
    *,
    samples: int = 10000,
    seed: int = 0,
) -> np.ndarray:
    """Tell for each pair of links whether it must be checked.

    Adjacent are links with one moving joint between them or none: they touch there by design. Of the rest,
    pairs that meet in every sample are taken to do so by the spheres' excess, and pairs that never meet are
    too rare or too far apart to look at; links without spheres never meet.

    Args:
        tree: links and joints.
        sphere_link: (S,) row of each sphere's link.
        centres: (S, 3) in m, in the link.
        radii: (S,) in m.
        samples: configurations, uniform within limits; joints that turn for ever take all of a turn.
        seed: of the samples.

    Returns:
        (L, L) `CHECK`, `ADJACENT`, `ALWAYS` or `NEVER`.
    """
    links = len(tree.link_names)
    group = all_joints(tree)
    counts = np.zeros((links, links), np.int64)
    if group.dof:
        low = np.where(np.isfinite(group.limits.lower), group.limits.lower, -np.pi)
        high = np.where(np.isfinite(group.limits.upper), group.limits.upper, np.pi)
        q = np.random.default_rng(seed).uniform(low, high, (samples, group.dof))
        _count_meetings(link_poses(group, q), sphere_link, centres, radii, counts)
    counts += counts.T
    kinds = np.full((links, links), CHECK, np.int8)
    kinds[counts == 0] = NEVER
    kinds[counts >= samples] = ALWAYS
    kinds[_are_adjacent(group.frame_parent, group.link_frame)] = ADJACENT
    return kinds


def _are_adjacent(frame_parent: np.ndarray, link_frame: np.ndarray) -> np.ndarray:
    """(L, L) whether links are carried by the same frame or by neighbours."""
    a, b = link_frame[:, None], link_frame[None, :]
    return (a == b) | (frame_parent[a] == b) | (frame_parent[b] == a)


@njit(cache=True)
def _count_meetings(poses, sphere_link, centres, radii, counts):
    """Count for each pair of links (a < b) in how many configurations any of their spheres overlap."""
    spheres = radii.shape[0]
    world = np.empty((spheres, 3))
    last = np.full(counts.shape, -1, np.int64)
    for c in range(poses.shape[0]):
        for s in range(spheres):
            pose = poses[c, sphere_link[s]]
            for i in range(3):
                world[s, i] = pose[i, 3]
                for k in range(3):
                    world[s, i] += pose[i, k] * centres[s, k]
        for s in range(spheres):
            for t in range(s + 1, spheres):
                a, b = sphere_link[s], sphere_link[t]
                if a == b or last[a, b] == c:
                    continue
                reach = radii[s] + radii[t]
                apart = 0.0
                for i in range(3):
                    apart += (world[s, i] - world[t, i]) ** 2
                if apart < reach * reach:
                    last[a, b] = c
                    counts[a, b] += 1
