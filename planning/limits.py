"""How fast each joint may move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import LimitsError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """Largest absolute values, alike in both directions.

    Attributes:
        velocity: (dof,) rad/s, or m/s of a sliding joint.
        acceleration: (dof,) rad/s².
        jerk: (dof,) rad/s³.
    """

    velocity: Array
    acceleration: Array
    jerk: Array

    def __init__(self, velocity: ArrayLike, acceleration: ArrayLike, jerk: ArrayLike) -> None:
        """Take arrays or lists of equal length.

        Raises:
            LimitsError: shapes differ, or a value is not finite and above zero.
        """
        for name, values in (("velocity", velocity), ("acceleration", acceleration), ("jerk", jerk)):
            array = np.array(values, dtype=np.float64)
            if array.ndim != 1 or not len(array):
                raise LimitsError(f"The limits' {name} has shape {array.shape}; give one value per joint.")
            wrong = np.flatnonzero(~(np.isfinite(array) & (array > 0)))
            if len(wrong):
                raise LimitsError(
                    f"The {name} limit of joint {wrong[0]} is {array[wrong[0]]}; "
                    "it must be finite and above zero."
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if not len(self.velocity) == len(self.acceleration) == len(self.jerk):
            raise LimitsError(
                f"The limits are of {len(self.velocity)} velocities, {len(self.acceleration)} accelerations "
                f"and {len(self.jerk)} jerks; give one of each per joint."
            )

    @property
    def dof(self) -> int:
        """Number of joints."""
        return len(self.velocity)
