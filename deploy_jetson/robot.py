"""What the loop asks of a robot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .observations import SensorReading


class RobotError(RuntimeError):
    """The robot cannot be reached or is not the one the policy was trained for."""


@dataclass
class JointCommand:
    """Motor input, held until the next: torque = kp * (target - pos) - kd * vel.

    Where the contract's drive is "velocity": torque = kd * (target - vel). Arrays (n,) in the contract's
    joint order.
    """

    target: np.ndarray
    kp: np.ndarray
    kd: np.ndarray


class Robot(Protocol):
    """A robot of n joints; write one of these for your motors and IMU.

    Both `read` and `write` may raise `faults.FaultError`.
    """

    def read(self) -> SensorReading:
        """The newest sensor values, N = 1; the same `time` again if none have come since."""
        ...

    def write(self, command: JointCommand) -> None:
        """Send motor input."""
        ...

    def close(self) -> None:
        """Let go of the robot."""
        ...
