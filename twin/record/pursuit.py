"""Pure pursuit (Coulter, 1992): the circle that leads to a point a little ahead on a route."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .route import Route

Array = npt.NDArray[np.floating]
_SHORTEST = 0.2  # m to the point ahead; a shorter way there would turn the robot on the spot


class Pursuit:
    """Follows a route by where the robot is.

    Args:
        route: to follow.
        lookahead: m along the route to the point that is aimed at.

    Attributes:
        travelled: m along the route to the point nearest to the robot.
    """

    def __init__(self, route: Route, lookahead: float) -> None:
        self.route, self.travelled = route, 0.0
        self._lookahead = lookahead

    @property
    def left(self) -> float:
        """Of the route, m."""
        return self.route.length - self.travelled

    def advance(self, position: Array) -> None:
        """Tell where the robot is, (2,) m; it is at most 1 m along the route from where it was."""
        route = self.route
        near = np.flatnonzero(np.abs(route.distances - self.travelled) < 1.0)
        gaps = np.sum((route.points[near] - position) ** 2, axis=1)
        self.travelled = float(route.distances[near[np.argmin(gaps)]])

    def curvature(self, position: Array, yaw: float) -> float:
        """Of the circle from `position` (2,) m and `yaw` rad to the point ahead, 1/m, to the left."""
        target, _ = self.route.at(min(self.travelled + self._lookahead, self.route.length))
        offset = target - position
        aside = float(-math.sin(yaw) * offset[0] + math.cos(yaw) * offset[1])
        return 2 * aside / max(float(np.sum(offset**2)), _SHORTEST**2)
