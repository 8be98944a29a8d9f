"""When the policy may move the robot: Passive -> Stand -> Policy -> Damping.

Every fault leads to Damping within the tick that sees it, and Damping is left only by a new start of the
program. The checks need nothing but the latest reading and two counters.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from .contract import Contract
from .observations import SensorReading, external_fault, projected_gravity


class State(str, enum.Enum):
    """What the joints are doing: free, moving to the default pose, following the policy, or only damped."""

    PASSIVE = "passive"
    STAND = "stand"
    POLICY = "policy"
    DAMPING = "damping"


@dataclass(frozen=True)
class Limits:
    """When to give up.

    stale_ticks: ticks that a reading may be old. tilt: rad from upright, of a base that moves, for policies
    that do not get up from falls. joint_margin: rad (m) that a joint may be outside its range. overruns: late
    ticks in a row.
    """

    stale_ticks: int = 2
    tilt: float = np.pi / 3
    joint_margin: float = 0.05
    overruns: int = 3


class Safety:
    """The state machine of one robot. `fault` says in a sentence why it is damping, else it is empty."""

    def __init__(self, contract: Contract, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.state = State.PASSIVE
        self.fault = ""
        self._names = contract.joints.names
        self._lower = _bounds(contract.joints.lower, -np.inf) - self.limits.joint_margin
        self._upper = _bounds(contract.joints.upper, np.inf) + self.limits.joint_margin
        self._robot, self._external = contract.robot, contract.external
        self._last_time: float | None = None
        self._age = 0

    def stand(self) -> None:
        """Passive -> Stand; no other state may."""
        if self.state is State.PASSIVE:
            self.state = State.STAND

    def engage(self) -> None:
        """Stand -> Policy; no other state may."""
        if self.state is State.STAND:
            self.state = State.POLICY

    def stop(self, fault: str = "") -> None:
        """Any state -> Damping. The first fault is kept."""
        if self.state is not State.DAMPING:
            self.state, self.fault = State.DAMPING, fault

    def check_reading(self, reading: SensorReading, overruns_in_row: int) -> State:
        """Look at this tick's reading (of one robot) and timing; call once a tick, before acting on them."""
        self._age = self._age + 1 if reading.time == self._last_time else 0
        self._last_time = reading.time
        if fault := self._find_fault(reading, overruns_in_row):
            self.stop(fault)
        return self.state

    def check_targets(self, targets: np.ndarray) -> State:
        """Look at the joint targets before they are sent."""
        if not np.isfinite(targets).all():
            self.stop("the policy's output is not finite")
        return self.state

    def _find_fault(self, reading: SensorReading, overruns_in_row: int) -> str:
        limits = self.limits
        if self._age > limits.stale_ticks:
            return f"no new sensor values for {self._age} ticks"
        if not all(np.isfinite(values).all() for values in (reading.joint_pos, reading.joint_vel)):
            return "a sensor value is not finite"
        if fault := self._imu_fault(reading) or external_fault(self._external, reading):
            return fault
        outside = (reading.joint_pos[0] < self._lower) | (reading.joint_pos[0] > self._upper)
        if outside.any():
            joint = int(np.argmax(outside))
            return f"joint {self._names[joint]} is outside its range at {reading.joint_pos[0, joint]:.3f} rad"
        if overruns_in_row >= limits.overruns:
            return f"{overruns_in_row} ticks in a row were late"
        return ""

    def _imu_fault(self, reading: SensorReading) -> str:
        if not self._robot.imu:
            return ""
        if reading.gyro is None or reading.quat is None:
            return "the reading has no gyro or quat"
        if not (np.isfinite(reading.gyro).all() and np.isfinite(reading.quat).all()):
            return "a sensor value is not finite"
        if (
            abs(float(np.linalg.norm(reading.quat[0])) - 1.0) > 0.1
        ):  # a dead IMU that sends zeros looks upright
            return "the orientation is not a unit quaternion"
        tilt = float(np.arccos(np.clip(-projected_gravity(reading.quat)[0, 2], -1.0, 1.0)))
        # What is bolted down leans as it was bolted.
        can_fall = self._robot.base_height is not None and not self._robot.falls
        if can_fall and tilt > self.limits.tilt:
            return f"the robot leans {np.degrees(tilt):.0f} degrees"
        return ""


def _bounds(limits: tuple[float | None, ...], unlimited: float) -> np.ndarray:
    return np.array([unlimited if limit is None else limit for limit in limits])
