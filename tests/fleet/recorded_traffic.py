"""Plans for tests of execution: what lifelong traffic did in a small hall."""

from __future__ import annotations

import numpy as np
from gaitway.fleet.graph import grid_graph
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.fleet.maps.layouts import shelves

GRAPH = grid_graph(shelves("small", (12, 20), (6, 2), (2, 2), (2, 2)).free)


def recorded(seed: int, robots: int, steps: int) -> np.ndarray:
    """(steps + 1, robots) vertices of traffic, which never goes round in full circles."""
    rng = np.random.default_rng(seed)
    traffic = Traffic(GRAPH, rng.permutation(len(GRAPH))[:robots], turning=False)
    traffic.send(np.arange(robots), rng.permutation(np.flatnonzero(traffic.core))[:robots])
    cells = [traffic.cell.copy()]
    for _ in range(steps):
        traffic.step()
        cells.append(traffic.cell.copy())
    return np.array(cells)
