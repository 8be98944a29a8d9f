"""The next configuration of all robots: PIBT with the swap rule, under the constraints of a search.

Priority inheritance with backtracking: Okumura, Machida, Defago, Tamura 2022 (Artificial Intelligence 310).
Swap, for two robots that must pass each other in a corridor: Okumura 2023 (IJCAI), section 4.2.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WAYS = 5
"""Moves to choose from: four headings, and to stay."""


@njit(cache=True)
def random_number(state):
    """Next whole number from 0 of a xorshift generator (Marsaglia 2003); `state` is a (1,) uint64 above 0."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(33))


@njit(cache=True)
def _ways_on(u, entry, ahead, occupied, goal):
    """How many ways lead on from u, but for `entry` and dead ends in which a robot has come to rest."""
    count, way = 0, -1
    for h in range(4):
        w = ahead[u, h]
        if w < 0 or w == entry:
            continue
        robot = occupied[w]
        if robot >= 0 and goal[robot] == w:
            exits = 0
            for k in range(4):
                exits += ahead[w, k] >= 0
            if exits == 1:
                continue
        count += 1
        way = w
    return count, way


@njit(cache=True)
def _must_swap(pusher, puller, behind, front, ahead, fields, occupied, goal):
    """Whether two robots want past each other, the pusher through the corridor that the puller comes from."""
    while fields[pusher, front] < fields[pusher, behind]:
        count, way = _ways_on(front, behind, ahead, occupied, goal)
        if count >= 2:
            return False
        if count == 0:
            break
        behind, front = front, way
    return fields[puller, behind] < fields[puller, front] and (
        fields[pusher, behind] == 0 or fields[pusher, front] < fields[pusher, behind]
    )


@njit(cache=True)
def _can_swap(behind, front, ahead, occupied, goal):
    """Whether a place to pass lies ahead of the puller, before the corridor ends or comes back."""
    start = behind
    while front != start:
        count, way = _ways_on(front, behind, ahead, occupied, goal)
        if count >= 2:
            return True
        if count == 0:
            return False
        behind, front = front, way
    return False


@njit(cache=True)
def _swap_partner(i, best, config, chosen, ahead, fields, occupied, goal):
    """The robot that i should give way to and pull along, or -1."""
    here = config[i]
    if best == here:
        return -1
    # Who is in front first; then who is behind and needs i out of the way of its own swap.
    for h in range(-1, 4):
        u = best if h < 0 else ahead[here, h]
        if u < 0 or (h >= 0 and u == best):
            continue
        k = occupied[u]
        if k < 0 or chosen[k] >= 0:
            continue
        pusher, puller = (i, k) if h < 0 else (k, i)
        if _must_swap(pusher, puller, here, best, ahead, fields, occupied, goal) and _can_swap(
            best, here, ahead, occupied, goal
        ):
            return k
    return -1


@njit(cache=True)
def _list_ways(i, config, chosen, ahead, fields, occupied, goal, bits, ways, keys):
    """Candidates of robot i by cost, ties at random; how many, and whom it swaps with, or -1."""
    here = config[i]
    count = 0
    for h in range(WAYS):
        u = here if h == 4 else ahead[here, h]
        if u < 0:
            continue
        # Among equals rather to where nobody stands.
        crowded = occupied[u] >= 0 and u != here
        key = ((np.int64(fields[i, u]) * 2 + crowded) << 8) + (random_number(bits) & 255)
        slot = count
        while slot > 0 and keys[slot - 1] > key:
            keys[slot] = keys[slot - 1]
            ways[i, slot] = ways[i, slot - 1]
            slot -= 1
        keys[slot] = key
        ways[i, slot] = u
        count += 1
    partner = _swap_partner(i, ways[i, 0], config, chosen, ahead, fields, occupied, goal)
    if partner >= 0:
        # Away from the goal first, and pull the partner along.
        for a in range(count // 2):
            ways[i, a], ways[i, count - 1 - a] = ways[i, count - 1 - a], ways[i, a]
    return count, partner


@njit(cache=True)
def complete(order, config, chosen, taken, ahead, fields, occupied, goal, bits):
    """Choose the next vertex of every robot that has none yet; false where that leads nowhere.

    Args:
        order: (n,) robots, those that go first foremost.
        config: (n,) vertices now.
        chosen: (n,) next vertices, -1 for those to choose.
        taken: (V,) the robot that comes to a vertex, or -1; as `chosen` says.
        ahead, fields, occupied, goal: moves, (n, V) costs, (V,) robots now or -1, (n,) goals.
        bits: state of the random numbers.
    """
    n = len(config)
    ways = np.empty((n, WAYS), np.int32)
    keys = np.empty(WAYS, np.int64)
    counts, tried, partners = np.zeros(n, np.int32), np.zeros(n, np.int32), np.full(n, -1, np.int32)
    stack = np.empty(n, np.int32)
    for root in order:
        if chosen[root] >= 0:
            continue
        top = 0
        stack[0] = root
        while top >= 0:
            i = stack[top]
            if counts[i] == 0:
                counts[i], partners[i] = _list_ways(
                    i, config, chosen, ahead, fields, occupied, goal, bits, ways, keys
                )
            if tried[i] == counts[i]:
                # It stays, and who pushed it looks elsewhere.
                chosen[i] = config[i]
                taken[config[i]] = i
                top -= 1
                if top < 0:
                    return False
                continue
            u = ways[i, tried[i]]
            tried[i] += 1
            k = occupied[u]
            if taken[u] >= 0 or (k >= 0 and k != i and chosen[k] == config[i]):
                continue
            chosen[i] = u
            taken[u] = i
            if k >= 0 and k != i and chosen[k] < 0:
                top += 1
                stack[top] = k
                continue
            while top >= 0:
                i = stack[top]
                j = partners[i]
                if tried[i] == 1 and j >= 0 and chosen[j] < 0 and taken[config[i]] < 0:
                    chosen[j] = config[i]
                    taken[config[i]] = j
                top -= 1
    return True
