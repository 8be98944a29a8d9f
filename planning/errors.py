"""What planning refuses, in one sentence each."""

from __future__ import annotations

import math

import numpy as np


class PlanningError(ValueError):
    """Bad input to a planner; the sentence names the field and what to do."""


class RobotFileError(PlanningError):
    """A robot's file is missing, broken, or says what no planner can use."""


class RobotModelError(PlanningError):
    """A robot lacks the link or joint asked for, or its limits leave no room."""


class ConfigurationError(PlanningError):
    """Joint values of the wrong shape, or that are no numbers."""


class PoseError(PlanningError):
    """A pose of the wrong shape, with values that are no numbers, or whose quaternion has not length 1."""


class LimitsError(PlanningError):
    """Limits of the wrong shape, or that are not above zero."""


class TrajectoryError(PlanningError):
    """States, waypoints or pieces of a trajectory that no trajectory within the limits can have."""


class WorldError(PlanningError):
    """An obstacle or attached object without size, with values that are no numbers, or an unknown name."""


class PlanFailure(PlanningError):
    """No motion leaves the planner: at which stage it ended, and what was in the way.

    Attributes:
        stage: 'start', 'goal', 'inverse kinematics', 'line', 'path', 'timing' or 'gate'.
        time: s along the trajectory that was refused; None before there is one.
        link: part of the robot that met something, if any.
        obstacle: what it met: an obstacle's name, or that of another part.
        margin: m between the two, negative inside; NaN where nothing was met.
        nearest: (n,) the nearest free configuration to a start or goal that is not free, if one was found.
    """

    def __init__(
        self,
        sentence: str,
        *,
        stage: str,
        time: float | None = None,
        link: str = "",
        obstacle: str = "",
        margin: float = math.nan,
        nearest: np.ndarray | None = None,
    ) -> None:
        """Take the sentence and its parts."""
        super().__init__(sentence)
        self.stage, self.time, self.link, self.obstacle = stage, time, link, obstacle
        self.margin, self.nearest = margin, nearest


class BlockedError(PlanFailure):
    """A start, or every goal, is not free or outside the joints' limits; `stage` is 'start' or 'goal'."""


class NoPathError(PlanFailure):
    """No path was found: in the time given, or because there is none; `stage` is 'path'."""


class ExecutionError(PlanningError):
    """An arm stands elsewhere than a plan begins, or does not follow it."""


class ProblemError(PlanningError):
    """A file of planning problems is missing, broken, or says what no planner can use."""
