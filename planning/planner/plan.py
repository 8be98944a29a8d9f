"""What a planner hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..trajectory.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Plan:
    """A motion that has passed the gate: within all limits and free of collisions.

    Attributes:
        trajectory: from rest at the start to rest at the goal. A grasp's includes its straight approach.
        joint_names: n names, in the order of the trajectory's joints.
        path: (m, n) waypoints of the geometric path that the trajectory came from.
        goal: index of the configuration, pose or grasp that was chosen.
        seconds: time each stage took.
        margin: m, the least distance to an obstacle or of two parts of the robot, at a hundred moments at
            least; inf where there is nothing to meet. Obstacles that a grasp may touch do not count on its
            straight ways.
        straight_from: s at which the trajectory's straight part begins; its duration where there is none.
        retreat: of a grasp, the straight way from the end of `trajectory` on, from rest to rest.
    """

    trajectory: Trajectory
    joint_names: tuple[str, ...]
    path: np.ndarray
    goal: int
    seconds: Mapping[str, float]
    margin: float
    straight_from: float
    retreat: Trajectory | None = None

    @property
    def planning_seconds(self) -> float:
        """All stages together."""
        return sum(self.seconds.values())
