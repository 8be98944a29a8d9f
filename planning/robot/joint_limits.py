"""Limits of joints, and what they are taken to be where a file says nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..errors import RobotModelError
from ..limits import Limits

DEFAULT_VELOCITY = {"revolute": 1.0, "prismatic": 0.25}
"""rad/s or m/s, where a file names no velocity or one of 0: slow enough to walk beside."""
ACCELERATION_PER_VELOCITY = 4.0
"""1/s: no robot file has a word for acceleration; full speed is reached after a quarter of a second."""
JERK_PER_ACCELERATION = 20.0
"""1/s: full acceleration is reached after 50 ms."""


@dataclass(frozen=True, eq=False)
class JointLimits:
    """Limits of n joints, in rad or m and seconds; positions may be infinite, the others are symmetric.

    Attributes:
        lower: (n,) least positions.
        upper: (n,) greatest positions.
        velocity: (n,) greatest speeds.
        acceleration: (n,) greatest accelerations.
        jerk: (n,) greatest jerks.
        effort: (n,) greatest torques in N m or forces in N; infinite where unknown.
    """

    lower: np.ndarray
    upper: np.ndarray
    velocity: np.ndarray
    acceleration: np.ndarray
    jerk: np.ndarray
    effort: np.ndarray

    def take(self, rows: np.ndarray) -> JointLimits:
        """The limits of some joints, in the order of `rows`."""
        return JointLimits(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def rates(self) -> Limits:
        """Velocity, acceleration and jerk, as trajectories take them."""
        return Limits(self.velocity, self.acceleration, self.jerk)

    def check(self, names: tuple[str, ...]) -> None:
        """Refuse limits that leave no room, naming the joint.

        Raises:
            RobotModelError: a limit is no number, lower is not below upper, or a rate is not positive.
        """
        for field in fields(self):
            values = getattr(self, field.name)
            if values.shape != (len(names),):
                raise RobotModelError(
                    f"limits: {field.name} has shape {values.shape}, but there are {len(names)} joints."
                )
            for name, value in zip(names, values, strict=True):
                if np.isnan(value):
                    raise RobotModelError(f"joint {name}: its {field.name} limit is no number.")
                if field.name not in ("lower", "upper") and value <= 0:
                    raise RobotModelError(
                        f"joint {name}: its {field.name} limit is {value:g}; it must be positive."
                    )
        for name, lower, upper in zip(names, self.lower, self.upper, strict=True):
            if lower >= upper:
                raise RobotModelError(
                    f"joint {name}: its limits are {lower:g} to {upper:g}, which leaves no room; "
                    "give it a range or make it fixed."
                )
