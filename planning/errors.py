"""What planning refuses, in one sentence each."""

from __future__ import annotations


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
