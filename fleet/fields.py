"""Distance fields: what it costs to reach a goal from everywhere, by Dial's algorithm on integer costs.

A state is a vertex, or a vertex and a heading where turning costs. Fields are `uint16` in quarters of a step,
so that lanes and congestion can make one move dearer than another.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
from numba import njit

from .errors import FleetError
from .graph import HEADINGS, Graph

STEP = 4
"""Cost of a plain move, and of a turn by 90 degrees."""
FAR = 65_535
"""Cost of a goal that cannot be reached."""
_LEAST = 16  # fields that are worth a thread
Weights = npt.NDArray[np.uint8]
"""(V, 4) cost of the move out of a vertex in a heading, `STEP` to 255."""


def plain_weights(graph: Graph) -> Weights:
    """Every move costs a step."""
    return np.full((len(graph), HEADINGS), STEP, np.uint8)


def distance_fields(
    graph: Graph,
    goals: Sequence[int] | npt.NDArray[np.integer],
    weights: Weights | None = None,
    turning: bool = False,
    out: npt.NDArray[np.uint16] | None = None,
    rows: npt.NDArray[np.integer] | None = None,
) -> npt.NDArray[np.uint16]:
    """Costs to each goal from every state, on all cores.

    Args:
        graph: where robots move.
        goals: (n,) vertices.
        weights: cost of moves; `STEP` each by default.
        turning: states are vertex * 4 + heading, a turn by 90 degrees costs a `STEP`; else vertices.
        out: (m, states) to write to.
        rows: (n,) row of `out` for each goal; the first n by default.

    Returns:
        (m, states), `FAR` where there is no way.

    Raises:
        FleetError: a way is too long for 16 bits.
    """
    weights = plain_weights(graph) if weights is None else weights
    states = len(graph) * (HEADINGS if turning else 1)
    goals = np.asarray(goals, np.int64)
    out = np.empty((len(goals), states), np.uint16) if out is None else out
    rows = np.arange(len(goals)) if rows is None else np.asarray(rows, np.int64)
    fits = np.ones(len(goals), bool)

    def fill(part: slice) -> None:
        _fill(graph.behind, weights, turning, goals[part], rows[part], out, fits[part])

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parts = min(threads, len(goals) // _LEAST)
    if parts > 1:
        edges = [len(goals) * part // parts for part in range(parts + 1)]
        with ThreadPoolExecutor(parts) as pool:
            list(pool.map(fill, map(slice, edges[:-1], edges[1:])))
    else:
        fill(slice(None))
    if not fits.all():
        raise FleetError(
            f"A way on this map takes more than {FAR // STEP:,} steps, which fields cannot hold."
        )
    return out


@njit(cache=True, nogil=True)
def _fill(behind, weights, turning, goals, rows, out, fits):
    """Dial's algorithm, backwards from each goal; buckets are linked lists in one pool."""
    shift = 2 if turning else 0
    states = len(behind) << shift
    last = np.int64(STEP)
    for v in range(len(behind)):
        for h in range(4):
            last = max(last, np.int64(weights[v, h]))
    # Buckets stand in a circle, whose length is a power of two for speed.
    while last & (last + 1):
        last |= last >> 1
    first = np.empty(last + 1, np.int32)
    # A state is entered at most once for each way into it: four moves, or one move and two turns.
    following = np.empty(states * 4 + 4, np.int32)
    entered = np.empty(states * 4 + 4, np.int32)
    reached = np.empty(4, np.int32)
    costs = np.empty(4, np.int64)
    for g in range(len(goals)):
        field = out[rows[g]]
        field[:] = FAR
        first[:] = -1
        entries = 0
        for h in range(1 << shift):
            field[(goals[g] << shift) + h] = 0
            entered[entries] = (goals[g] << shift) + h
            following[entries] = first[0]
            first[0] = entries
            entries += 1
        cost, empty = 0, 0
        while empty <= last:
            entry = first[cost & last]
            if entry < 0:
                cost += 1
                empty += 1
                continue
            empty = 0
            first[cost & last] = following[entry]
            state = entered[entry]
            if field[state] != cost:
                continue
            ways = 0
            v = state >> shift
            for h in range(4):
                if turning and h != state & 3:
                    continue
                u = behind[v, h]
                if u >= 0:
                    reached[ways] = (u << shift) + (h if turning else 0)
                    costs[ways] = cost + weights[u, h]
                    ways += 1
            if turning:
                for turn in (1, 3):
                    reached[ways] = (v << 2) + ((state + turn) & 3)
                    costs[ways] = cost + STEP
                    ways += 1
            for way in range(ways):
                if costs[way] < field[reached[way]]:
                    if costs[way] >= FAR:
                        fits[g] = False
                        continue
                    field[reached[way]] = costs[way]
                    entered[entries] = reached[way]
                    following[entries] = first[costs[way] & last]
                    first[costs[way] & last] = entries
                    entries += 1
