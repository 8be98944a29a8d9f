"""What ends a run: one row per fault, which the checks, `docs/safety.md` and the tests all take from here."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass


class Cause(str, enum.Enum):
    """Why the robot damps. The value is what reports and logs say."""

    STALE_SENSOR = "stale sensor"
    BAD_SENSOR = "bad sensor value"
    BAD_EXTERNAL = "bad external value"
    BAD_POLICY = "bad policy output"
    TILT = "tilt"
    JOINT_LIMIT = "joint limit"
    OVER_SPEED = "over-speed"
    OVERRUN = "overrun"
    CLOCK_JUMP = "clock jump"
    LOST_OPERATOR = "lost command link"
    LOST_SENSOR_LINK = "lost sensor link"
    WRONG_PACKET = "wrong packet"
    WATCHDOG = "robot watchdog"
    EMERGENCY_STOP = "emergency stop"
    INTERRUPT = "interrupt"
    TERMINATED = "terminated"
    CRASH = "crash"


class FaultError(RuntimeError):
    """Something must stop the run: a robot or an operator's device raises it, and the loop damps."""

    def __init__(self, cause: Cause, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause


@dataclass(frozen=True)
class Limits:
    """When to give up.

    stale_ticks: ticks that a reading may be old. tilt: rad from upright, of a base that moves, for policies
    that do not get up from falls. joint_margin: rad (m) that a joint may be outside its range. over_speed:
    joint speed per velocity limit. overruns: late ticks in a row. clock_s: s that the robot's clock may gain
    on this machine's between two ticks. operator_s: s without a word of the operator's device. silent_ticks:
    ticks without a packet from the robot. watchdog_s: s without a command, after which the robot damps by
    itself.
    """

    stale_ticks: int = 2
    tilt: float = math.pi / 3
    joint_margin: float = 0.05
    over_speed: float = 2.0
    overruns: int = 3
    clock_s: float = 0.1
    operator_s: float = 0.5
    silent_ticks: int = 2
    watchdog_s: float = 0.1


LIMITS = Limits()


@dataclass(frozen=True)
class Fault:
    """One row: what is looked at, when it is too much, and which side reacts how soon."""

    cause: Cause
    detection: str
    limit: Callable[[Limits], str]
    reaction: str = "the same tick"

    def cells(self, limits: Limits = LIMITS) -> tuple[str, str, str, str]:
        """Cause, detection, limit and reaction as text."""
        return self.cause.value, self.detection, self.limit(limits), self.reaction


def _always(text: str) -> Callable[[Limits], str]:
    return lambda limits: text


FAULTS = (
    Fault(
        Cause.STALE_SENSOR,
        "the reading's `time` has not changed",
        lambda limits: f"for more than {limits.stale_ticks} ticks",
    ),
    Fault(
        Cause.BAD_SENSOR,
        "a sensor value is NaN, infinite or missing; a quaternion is not of unit length",
        _always("any"),
    ),
    Fault(
        Cause.BAD_EXTERNAL,
        "an external value is missing, of another shape, NaN or infinite",
        _always("any"),
    ),
    Fault(Cause.BAD_POLICY, "the network's output or a joint target is NaN or infinite", _always("any")),
    Fault(
        Cause.TILT,
        "a base that moves leans, under a policy that does not get up from falls",
        lambda limits: f"more than {math.degrees(limits.tilt):.0f}° from upright",
    ),
    Fault(
        Cause.JOINT_LIMIT,
        "a joint is outside its range",
        lambda limits: f"by more than {limits.joint_margin} rad (m)",
    ),
    Fault(
        Cause.OVER_SPEED,
        "a joint is faster than its velocity limit",
        lambda limits: f"more than {limits.over_speed:g} times",
    ),
    Fault(Cause.OVERRUN, "ticks end after their deadline", lambda limits: f"{limits.overruns} in a row"),
    Fault(
        Cause.CLOCK_JUMP,
        "the robot's clock goes back, or gains on this machine's between two ticks",
        lambda limits: f"back at all, or more than {limits.clock_s:g} s ahead",
    ),
    Fault(
        Cause.LOST_OPERATOR,
        "the operator's device is gone or silent",
        lambda limits: f"at once, or for more than {limits.operator_s:g} s",
    ),
    Fault(
        Cause.LOST_SENSOR_LINK,
        "no packet has come from the robot, or its process has ended",
        lambda limits: f"for more than {limits.silent_ticks} ticks, or at once",
    ),
    Fault(
        Cause.WRONG_PACKET,
        "a packet's length, kind, session or checksum is wrong, on either side",
        _always("any"),
        "the same tick; on the robot's side the same step",
    ),
    Fault(
        Cause.WATCHDOG,
        "on the robot's side: no command has come, as after a SIGKILL of the policy's process",
        lambda limits: f"for more than {limits.watchdog_s:g} s",
        "the robot damps by itself",
    ),
    Fault(Cause.EMERGENCY_STOP, "the operator's stop button or key", _always("any")),
    Fault(Cause.INTERRUPT, "Ctrl-C (SIGINT)", _always("any")),
    Fault(Cause.TERMINATED, "SIGTERM", _always("any")),
    Fault(Cause.CRASH, "an exception in the policy, the robot's class or the log", _always("any")),
)
