"""When the policy may move the robot: Passive -> Stand -> Policy -> Damping.

Every fault of `faults.py` leads to Damping within the tick that sees it, and nothing leads out of Damping:
an operator starts the program anew. The checks need nothing but the latest reading and a few counters.
"""

from __future__ import annotations

import enum

import numpy as np

from .contract import Contract
from .faults import LIMITS, Cause, Limits
from .observations import SensorReading, external_fault, projected_gravity

_Finding = tuple[Cause, str]


class State(str, enum.Enum):
    """What the joints are doing: free, moving to the default pose, following the policy, or only damped."""

    PASSIVE = "passive"
    STAND = "stand"
    POLICY = "policy"
    DAMPING = "damping"


class Safety:
    """The state machine of one robot.

    `fault` says in a sentence why it is damping and `cause` which row of the fault table that is; empty and
    None before, and after a run that was simply over.
    """

    def __init__(self, contract: Contract, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.state = State.PASSIVE
        self.fault = ""
        self.cause: Cause | None = None
        joints = contract.joints
        self._names = joints.names
        self._lower = bounds(joints.lower, -np.inf) - limits.joint_margin
        self._upper = bounds(joints.upper, np.inf) + limits.joint_margin
        self._fastest = bounds(joints.velocity_limit, np.inf) * limits.over_speed
        self._robot, self._external = contract.robot, contract.external
        self._tick_s = contract.timing.policy_dt
        self._last: tuple[float, float] | None = None
        self._age = 0

    def stand(self) -> None:
        """Passive -> Stand; no other state may."""
        if self.state is State.PASSIVE:
            self.state = State.STAND

    def engage(self) -> None:
        """Stand -> Policy; no other state may."""
        if self.state is State.STAND:
            self.state = State.POLICY

    def finish(self) -> None:
        """Any state -> Damping, because the run is over."""
        self.state = State.DAMPING

    def stop(self, cause: Cause, fault: str) -> None:
        """Any state -> Damping, because of a fault. The first is kept."""
        if self.state is not State.DAMPING:
            self.state, self.cause, self.fault = State.DAMPING, cause, fault

    def check_reading(self, reading: SensorReading, overruns_in_row: int, now: float) -> State:
        """Look at this tick's reading (of one robot) and timing; call once a tick, before acting on them.

        `now` is s on this machine's clock, any that does not jump.
        """
        found = self._clock_fault(reading.time, now) or self._find_fault(reading)
        if found is None and overruns_in_row >= self.limits.overruns:
            found = Cause.OVERRUN, f"{overruns_in_row} ticks in a row were late"
        if found:
            self.stop(*found)
        return self.state

    def check_targets(self, targets: np.ndarray, finite: bool = True) -> State:
        """Look at the policy's joint targets before they are limited and sent.

        `finite` is false where the network's own output, which they were made of, was not.
        """
        if not (finite and np.isfinite(targets).all()):
            self.stop(Cause.BAD_POLICY, "the policy's output is not finite")
        return self.state

    def _clock_fault(self, time: float, now: float) -> _Finding | None:
        last, self._last = self._last, (time, now)
        if last is None or not np.isfinite(time):
            return None if np.isfinite(time) else (Cause.BAD_SENSOR, "the reading's time is not finite")
        passed, here = time - last[0], now - last[1]
        self._age = self._age + 1 if passed == 0 else 0
        if self._age > self.limits.stale_ticks:
            return Cause.STALE_SENSOR, f"no new sensor values for {self._age} ticks"
        if passed < 0:
            return Cause.CLOCK_JUMP, f"the robot's clock went back by {-passed:.3f} s"
        # A simulator in lockstep may run faster than this machine's clock, by one tick a tick.
        if passed > max(here, self._tick_s) + self.limits.clock_s:
            return Cause.CLOCK_JUMP, f"the robot's clock went on by {passed:.3f} s within {here:.3f} s"
        return None

    def _find_fault(self, reading: SensorReading) -> _Finding | None:
        if not all(np.isfinite(values).all() for values in (reading.joint_pos, reading.joint_vel)):
            return Cause.BAD_SENSOR, "a sensor value is not finite"
        if found := self._imu_fault(reading):
            return found
        if fault := external_fault(self._external, reading):
            return Cause.BAD_EXTERNAL, fault
        return self._joint_fault(reading.joint_pos[0], reading.joint_vel[0])

    def _joint_fault(self, pos: np.ndarray, vel: np.ndarray) -> _Finding | None:
        outside = (pos < self._lower) | (pos > self._upper)
        if outside.any():
            joint = int(np.argmax(outside))
            return (
                Cause.JOINT_LIMIT,
                f"joint {self._names[joint]} is outside its range at {pos[joint]:.3f} rad",
            )
        fast = np.abs(vel) > self._fastest
        if fast.any():
            joint = int(np.argmax(fast))
            return Cause.OVER_SPEED, f"joint {self._names[joint]} turns at {vel[joint]:.1f} rad/s"
        return None

    def _imu_fault(self, reading: SensorReading) -> _Finding | None:
        if not self._robot.imu:
            return None
        if reading.gyro is None or reading.quat is None:
            return Cause.BAD_SENSOR, "the reading has no gyro or quat"
        if not (np.isfinite(reading.gyro).all() and np.isfinite(reading.quat).all()):
            return Cause.BAD_SENSOR, "a sensor value is not finite"
        # A dead IMU that sends zeros would look upright.
        if abs(float(np.linalg.norm(reading.quat[0])) - 1.0) > 0.1:
            return Cause.BAD_SENSOR, "the orientation is not a unit quaternion"
        tilt = float(np.arccos(np.clip(-projected_gravity(reading.quat)[0, 2], -1.0, 1.0)))
        # What is bolted down leans as it was bolted.
        can_fall = self._robot.base_height is not None and not self._robot.falls
        if can_fall and tilt > self.limits.tilt:
            return Cause.TILT, f"the robot leans {np.degrees(tilt):.0f} degrees"
        return None


def bounds(limits: tuple[float | None, ...], unlimited: float) -> np.ndarray:
    """A contract's per-joint limits as an array (n,), `unlimited` where it states none."""
    return np.array([unlimited if limit is None else limit for limit in limits])
