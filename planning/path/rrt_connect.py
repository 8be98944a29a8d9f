"""Two trees that grow towards each other, compiled whole: RRT-Connect (Kuffner and LaValle, ICRA 2000).

A tree that is much larger than the other waits (balance), and nodes at a border are extended only to what is
near them (dynamic domain: Jaillet, Yershova, LaValle and Simeon, IROS 2005). Samples are Halton's, turned by
the seed. A search may stop and go on between any two of its steps, and finds the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from .look import LEAF
from .motion import is_motion_free, motion_room
from .sampling import halton

START, GOAL = 0, 1
"""Trees."""
SAMPLE, LOOKS, FROM_START, FROM_GOAL = 0, 1, 2, 3
"""What `Search.progress` holds: samples drawn, configurations looked at, and the nodes that met, or -1."""

_ROOM_FOR_ONE_STEP = 64  # nodes; no step adds more
_FAR, _SHRINK = np.float32(1e9), np.float32(1e-4)
_BORDER = 4.0  # lengths of a step within which a node at a border is extended


@dataclass(eq=False)
class Search:
    """Two trees of configurations of n joints, with room for N nodes each.

    Attributes:
        nodes: (2, N, n) configurations.
        columns: (2, n, N) the same in float32, for the search of the nearest.
        above: (2, N) parents; -1 for roots.
        domain: (2, N) how far away a sample may be that a node is extended to.
        count: (2,) nodes of each tree.
        progress: (4,) see `SAMPLE`.
    """

    nodes: np.ndarray
    columns: np.ndarray
    above: np.ndarray
    domain: np.ndarray
    count: np.ndarray
    progress: np.ndarray

    @property
    def is_solved(self) -> bool:
        """Whether the trees have met."""
        return bool(self.progress[FROM_START] >= 0)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """For kernels."""
        return self.nodes, self.columns, self.above, self.domain, self.count, self.progress

    def make_room(self) -> None:
        """Make room for the steps to come: twice as much once it is nearly used."""
        room = self.nodes.shape[1]
        if self.count.max() + _ROOM_FOR_ONE_STEP <= room:
            return
        self.nodes, self.above, self.domain = (
            np.concatenate([a, np.empty_like(a)], axis=1) for a in (self.nodes, self.above, self.domain)
        )
        self.columns = np.concatenate([self.columns, np.empty_like(self.columns)], axis=2)

    def path(self) -> tuple[np.ndarray, int]:
        """Configurations (m, n) from the start to a goal, and which goal that is."""
        forth, _ = self._to_root(START, int(self.progress[FROM_START]))
        back, goal = self._to_root(GOAL, int(self.progress[FROM_GOAL]))
        if (forth[0] == back[0]).all():  # grown trees meet in the same configuration
            back = back[1:]
        return np.concatenate([forth[::-1], back]), goal

    def _to_root(self, tree: int, node: int) -> tuple[np.ndarray, int]:
        rows = [node]
        while self.above[tree, rows[-1]] >= 0:
            rows.append(int(self.above[tree, rows[-1]]))
        return self.nodes[tree, rows], rows[-1]


def new_search(start: np.ndarray, goals: np.ndarray, room: int = 1024) -> Search:
    """Trees that are but roots: start (n,) and goals (G, n)."""
    room = max(room, len(goals) + _ROOM_FOR_ONE_STEP)
    search = Search(
        np.empty((2, room, len(start))),
        np.empty((2, len(start), room), np.float32),
        np.full((2, room), -1),
        np.full((2, room), _FAR, np.float32),
        np.array([1, len(goals)]),
        np.array([0, 0, -1, -1]),
    )
    for tree, roots in ((START, start[None]), (GOAL, goals)):
        search.nodes[tree, : len(roots)] = roots
        search.columns[tree, :, : len(roots)] = roots.T
    return search


@njit(nogil=True, cache=True)
def grow(trees, lower, upper, shift, step, samples, body, world):
    """Grow two trees by a number of samples, or until they meet or are short of room.

    Args:
        trees: by `Search.arrays`.
        lower: (n,) least joint values to sample.
        upper: (n,) greatest.
        shift: (n,) from 0 to 1, turns the samples.
        step: longest motion between two nodes.
        samples: to draw at most.
        body: by `checked_body`.
        world: by `World.arrays_single`.
    """
    nodes, _, _, domain, count, progress = trees
    size = nodes.shape[1]
    room = motion_room(body, world)
    target, distance = np.empty(nodes.shape[2]), np.empty(size, np.float32)
    if progress[SAMPLE] == 0 and _straight(trees, body, world, room):
        return
    last = progress[SAMPLE] + samples
    while progress[SAMPLE] < last and max(count[0], count[1]) + _ROOM_FOR_ONE_STEP <= size:
        index = progress[SAMPLE]
        progress[SAMPLE] += 1
        own = index % 2
        if 2 * count[own] > 3 * count[1 - own]:
            own = 1 - own
        for d in range(len(target)):
            target[d] = lower[d] + halton(index, d, shift[d]) * (upper[d] - lower[d])
        near, away = _nearest(trees, own, target, distance)
        if away > domain[own, near]:
            continue
        node = _extend(trees, own, near, target, away, step, body, world, room)
        if node < 0:
            least = np.float32(_BORDER * step)
            domain[own, near] = least if domain[own, near] == _FAR else domain[own, near] * (1 - _SHRINK)
            continue
        if domain[own, near] != _FAR:
            domain[own, near] *= 1 + _SHRINK
        if _connect(trees, own, node, step, target, distance, body, world, room):
            return


@njit(**LEAF)
def _straight(trees, body, world, room):
    """Whether a straight motion leads to a goal."""
    nodes, _, _, _, count, progress = trees
    for goal in range(count[GOAL]):
        looks = is_motion_free(nodes[START, 0], nodes[GOAL, goal], body, world, room)
        progress[LOOKS] += abs(looks)
        if looks > 0:
            progress[FROM_START], progress[FROM_GOAL] = 0, goal
            return True
    return False


@njit(**LEAF)
def _nearest(trees, tree, target, distance):
    """The node of a tree that is nearest to a target (n,), and its distance."""
    _, columns, _, _, count, _ = trees
    size = count[tree]
    for i in range(size):
        distance[i] = np.float32(0.0)
    for d in range(len(target)):
        value = np.float32(target[d])
        for i in range(size):
            off = columns[tree, d, i] - value
            distance[i] += off * off
    least = distance[0]
    for i in range(size):
        least = min(least, distance[i])
    near = 0
    while distance[near] > least:
        near += 1
    return near, np.sqrt(least)


@njit(**LEAF)
def _extend(trees, tree, near, target, away, step, body, world, room):
    """Add a node, a step from a node towards a target; the new node, or -1 if something is in the way.

    The target becomes the node.
    """
    nodes, columns, above, domain, count, progress = trees
    if away > step:
        for d in range(len(target)):
            target[d] = nodes[tree, near, d] + (target[d] - nodes[tree, near, d]) * (step / away)
    looks = is_motion_free(nodes[tree, near], target, body, world, room)
    progress[LOOKS] += abs(looks)
    if looks < 0:
        return -1
    node = count[tree]
    for d in range(len(target)):
        nodes[tree, node, d] = target[d]
        columns[tree, d, node] = target[d]
    above[tree, node], domain[tree, node] = near, _FAR
    count[tree] += 1
    return node


@njit(**LEAF)
def _connect(trees, tree, node, step, target, distance, body, world, room):
    """Grow the other tree straight towards a new node; whether it gets there."""
    nodes, _, _, _, _, progress = trees
    other = 1 - tree
    goal = nodes[tree, node]
    near, away = _nearest(trees, other, goal, distance)
    steps = max(1, int(np.ceil(away / step)))
    if steps >= _ROOM_FOR_ONE_STEP:
        return False
    origin = near
    for i in range(1, steps + 1):
        for d in range(len(target)):
            left = (goal[d] - nodes[other, origin, d]) * (steps - i) / steps
            target[d] = goal[d] - left  # ends exactly at the goal
        near = _extend(trees, other, near, target, np.float32(0.0), step, body, world, room)
        if near < 0:
            return False
    progress[FROM_START + tree], progress[FROM_START + other] = node, near
    return True
