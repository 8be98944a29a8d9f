"""Lanes without paint: moves against a row's or column's direction cost more, so that streams part.

Highways of Cohen, Uras, Koenig 2015 (SoCS) on every row and column in turn, as a guidance graph of
Zhang, Jiang, Bhatt, Nikolaidis, Li 2024 (IJCAI): nothing is forbidden, so all that could be reached still is.
"""

from __future__ import annotations

import numpy as np

from ..errors import FleetError
from ..fields import STEP, Weights, plain_weights
from ..graph import Graph

AGAINST = 4.0
"""Cost of a move against its lane, in steps."""


def lane_weights(graph: Graph, against: float = AGAINST) -> Weights:
    """Even rows lead east, odd ones west, even columns north, odd ones south: two abreast keep to the left.

    Raises:
        FleetError: `against` is below 1 or above 60 steps.
    """
    if not 1 <= against <= 60:
        raise FleetError(f"A move against its lane costs {against:g} steps; give 1 to 60.")
    weights = plain_weights(graph)
    x, y = graph.xy.T
    wrong = np.stack([y % 2 == 1, x % 2 == 0, y % 2 == 0, x % 2 == 1], axis=1)
    weights[wrong] = round(STEP * against)
    return weights
