"""How fast an AMR may go by what it sees: it stops before whoever is ahead, and creeps past people.

As is practice where AMRs and people share floor, it is slow from 3 m on, and goes at 0.3 m/s at most while
anybody is within 1 m of any of its sides, also of its back: it speeds up when he is well behind.
"""

from __future__ import annotations

import numpy as np

from ...perception.scan.movers import Movers

CREEP = 0.3
"""m/s within `CLOSE` of a person."""
CLOSE = 1.0
"""m between the rims of an AMR and a person."""
_SLOW = 0.45  # m/s
_SLOW_AHEAD, _SLOW_ASIDE = 3.0, 1.4  # m in which it is slow
_STOP_AHEAD = 0.9  # m before the front in which nobody may be
_STOP_THING = 0.25  # m before the front in which nothing may stand
_CORRIDOR = 0.50  # m to both sides of the way
_LOOK_AHEAD = (0.0, 0.5, 1.0)  # s for which people are thought to go on as they do


def allowed(
    position: np.ndarray, forward: np.ndarray, half: tuple[float, float], cruise: float, seen: Movers
) -> float:
    """m/s that an AMR may go.

    Args:
        position: (2,) m of its middle. forward: (2,) unit vector of its way.
        half: m, half of its length and width.
        cruise: m/s with nobody about.
        seen: what is about it.
    """
    fastest = cruise
    for later in _LOOK_AHEAD:
        off = seen.at + later * seen.velocity - position
        along, across = off @ forward, np.abs(off @ np.array([-forward[1], forward[0]]))
        ahead, aside = along - half[0] - seen.radius, across - seen.radius
        stop = np.where(seen.alive, _STOP_AHEAD, _STOP_THING)
        if ((along > 0) & (aside < _CORRIDOR) & (ahead < stop)).any():
            return 0.0
        if (seen.alive & (along > 0) & (ahead < _SLOW_AHEAD) & (aside < _SLOW_ASIDE)).any():
            fastest = min(fastest, _SLOW)
        gap = np.hypot(np.maximum(np.abs(along) - half[0], 0), np.maximum(across - half[1], 0)) - seen.radius
        if (seen.alive & (gap < CLOSE)).any():
            fastest = min(fastest, CREEP)
    return fastest
