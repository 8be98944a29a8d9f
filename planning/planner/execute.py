"""Sends a plan to an arm, period by period, and stops when the arm does not follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..errors import ExecutionError
from ..trajectory.trajectory import Trajectory
from .plan import Plan

START_TOLERANCE = 0.05
"""rad or m that any joint may be away from where a plan begins."""
FOLLOW_TOLERANCE = 0.2
"""rad or m that any joint may be behind."""


class Arm(Protocol):
    """What `execute` needs of an arm, real or simulated; joints in the order of the plan."""

    @property
    def period(self) -> float:
        """s between commands."""
        ...

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured positions (n,) in rad or m, and velocities (n,)."""
        ...

    def write(self, position: np.ndarray, velocity: np.ndarray) -> None:
        """Send targets (n,) and return when the period is over."""
        ...


@dataclass(frozen=True, eq=False)
class Execution:
    """What was sent and measured.

    Attributes:
        times: (T,) s since the start.
        target: (T, n) positions sent.
        measured: (T, n) positions read right after each period.
    """

    times: np.ndarray
    target: np.ndarray
    measured: np.ndarray

    @property
    def largest_error(self) -> float:
        """rad or m that any joint was away from its target."""
        return float(np.abs(self.target - self.measured).max())


def execute(
    motion: Plan | Trajectory,
    arm: Arm,
    *,
    start_tolerance: float = START_TOLERANCE,
    follow_tolerance: float = FOLLOW_TOLERANCE,
) -> Execution:
    """Move an arm along a plan's trajectory, or along a trajectory such as a plan's retreat.

    Args:
        motion: what to follow.
        arm: that stands where the motion begins.
        start_tolerance: rad or m of any joint, beyond which the motion does not begin.
        follow_tolerance: rad or m of any joint, beyond which the arm is told to stand where it is.

    Raises:
        ExecutionError: the arm stands elsewhere, or does not follow.
    """
    trajectory = motion.trajectory if isinstance(motion, Plan) else motion
    names = motion.joint_names if isinstance(motion, Plan) else [str(j) for j in range(trajectory.dof)]
    samples = trajectory.sample(arm.period)
    measured, _ = arm.read()
    away = np.abs(measured - samples.position[0])
    if not (away <= start_tolerance).all():
        joint = int(np.argmax(away))
        raise ExecutionError(
            f"The arm's joint {names[joint]} is at {measured[joint]:.4f}, the motion begins at "
            f"{samples.position[0, joint]:.4f}: plan from where the arm is."
        )
    track = []
    for time, target, velocity in zip(
        samples.times[1:], samples.position[1:], samples.velocity[1:], strict=True
    ):
        arm.write(target, velocity)
        measured, _ = arm.read()
        track.append(measured)
        error = np.abs(measured - target)
        if not (error <= follow_tolerance).all():
            arm.write(measured, np.zeros_like(measured))
            joint = int(np.argmax(error))
            raise ExecutionError(
                f"At {time:.3f} s joint {names[joint]} is at {measured[joint]:.4f}, {error[joint]:.4f} from "
                "its target: it was stopped."
            )
    return Execution(samples.times[1:], samples.position[1:], np.array(track))
