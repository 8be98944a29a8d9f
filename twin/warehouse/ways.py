"""Rules for the AMRs' aisles: closed from the beginning, or with lanes that are one way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...fleet.core import core
from ...fleet.graph import HEADINGS, Graph
from ...fleet.pockets import without_pockets
from .scenario import WaysCfg

_SOUTH, _NORTH = 1, 3  # headings: the graph's rows go south


def follow(ways: WaysCfg, graph: Graph, at: np.ndarray, aisles: Mapping[str, np.ndarray]) -> Graph:
    """The graph with the moves that are left.

    Args:
        ways: the rules.
        graph: where AMRs could be; its vertices stay.
        at: (V, 2) m, its vertices in the world.
        aisles: vertices by name. The lane east of an aisle's middle leads north, the other south.

    Raises:
        ValueError: an aisle is none of the AMRs', has two rules, or none is left; ways lead in and not out.
    """
    _check_names(ways, list(aisles))
    inside = core(graph)
    closed = np.zeros(len(graph), bool)
    for name in ways.closed:
        closed[aisles[name]] = True
    graph = graph.without(closed)
    for name in ways.one_way:
        vertices = aisles[name]
        east = at[vertices, 0] > at[vertices, 0].mean()
        graph = _one_way(_one_way(graph, vertices[east], _NORTH), vertices[~east], _SOUTH)
    # Half of the floor may be full of AMRs, and none waits for ever: no turn back into an aisle's end.
    graph, left = without_pockets(graph, int(inside.sum()) // 2)
    if lost := int((inside & ~closed & ~left).sum()):
        raise ValueError(
            f"[ways] cuts off {lost} places of AMRs, to or from which no two ways lead any more; close fewer."
        )
    return graph


def _one_way(graph: Graph, lane: np.ndarray, along: int) -> Graph:
    """Without moves in a lane, into it or out of it against heading `along`."""
    against = (along + 2) % HEADINGS
    within = np.zeros(len(graph) + 1, bool)  # the last for no vertex, -1
    within[lane] = True
    moves = np.zeros(graph.ahead.shape, bool)
    moves[:, against] = within[:-1] | within[graph.ahead[:, against]]
    return graph.closed(moves)


def _check_names(ways: WaysCfg, known: list[str]) -> None:
    for key, names in (("closed", ways.closed), ("one_way", ways.one_way)):
        for name in names:
            if name not in known:
                raise ValueError(
                    f"ways.{key}: {name!r} is no aisle of the AMRs; theirs are {', '.join(known)}."
                )
    if both := set(ways.closed) & set(ways.one_way):
        raise ValueError(f"{min(both)} is in ways.closed and in ways.one_way; leave one.")
    if set(ways.closed) == set(known):
        raise ValueError("ways.closed leaves AMRs no aisle; close fewer.")
