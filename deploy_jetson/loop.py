"""The control loop: read, check, act, limit, write, once a tick."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import numpy as np

from .faults import Cause, FaultError
from .limiter import Limiter
from .observations import SensorReading
from .policy import Policy
from .report import RunReport, Stopwatch
from .robot import JointCommand, Robot, RobotError
from .safety import Safety, State
from .schedule import Ticker
from .teleop import Operator, Wish
from .ticklog import Tick, TickLog


class ControlLoop:
    """One robot under one policy.

    Args:
        policy: a loaded bundle.
        robot: what to move.
        command: called once a tick with the reading; gives (vx, vy, yaw rate), clipped to the trained ranges.
            None for a policy that follows no velocity, or where an operator steers.
        operator: whose wish is asked for once a tick. With one, only a `go` leads from Passive to Stand and
            from Stand to Policy; without, the start of the program counts as both.
        stand_s: s to move from the first measured pose to the default pose before the policy may take over.
        sink_s: s to go on damping after a fault, so that the robot has sunk when the program ends.
        realtime: keep absolute deadlines; False runs as fast as the robot answers.
        log: where to write every tick.

    Raises:
        ValueError: a command for a policy that follows none, or none for one that does.
    """

    def __init__(
        self,
        policy: Policy,
        robot: Robot,
        command: Callable[[SensorReading], np.ndarray] | None = None,
        operator: Operator | None = None,
        stand_s: float = 0.5,
        sink_s: float = 0.0,
        realtime: bool = True,
        log: TickLog | None = None,
    ) -> None:
        contract = policy.contract
        if contract.commands is None and command is not None:
            raise ValueError(f"the policy of {contract.task} does not follow a velocity command.")
        if contract.commands is not None and (command is None) == (operator is None):
            raise ValueError(
                f"the policy of {contract.task} follows a velocity command: give one, or an operator."
            )
        self.safety = Safety(contract)
        self.ticker = Ticker(contract.timing.policy_dt, realtime)
        self._policy, self._robot, self._log = policy, robot, log
        self._command, self._operator = command, operator
        self._limiter, self._watch = Limiter(contract), Stopwatch()
        self._is_position = np.array([drive == "position" for drive in contract.joints.drive])
        self._kp, self._kd = np.array(contract.joints.kp), np.array(contract.joints.kd)
        self._stand_ticks = max(round(stand_s / contract.timing.policy_dt), 1)
        self._sink_ticks = round(sink_s / contract.timing.policy_dt)
        self._tick = self._stood = self._followed = 0
        self._began = 0.0
        self._first_pos = np.zeros(contract.action_size)
        self._stop_asked: tuple[Cause, str] | None = None
        self._last: Tick | None = None

    def stop(self, cause: Cause, sentence: str) -> None:
        """Damp in the next tick; may be called from a signal handler."""
        self._stop_asked = self._stop_asked or (cause, sentence)

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> RunReport:
        """Stand, follow the policy for `seconds` or until `done()`, then damp.

        A fault or Ctrl-C damps at once. An exception in the policy or the robot's class does, too, and is
        raised again.
        """
        last = round(seconds / self.ticker.period)
        try:
            while self._followed < last and self.safety.state is not State.DAMPING and not done():
                self.step()
        except KeyboardInterrupt:
            self.safety.stop(Cause.INTERRUPT, "interrupted by the operator")
        except Exception as error:
            self.safety.stop(Cause.CRASH, f"{type(error).__name__}: {error}")
            self._damp()  # whatever broke, the motors must not hold their last target
            raise
        if self.safety.state is not State.DAMPING:
            self.safety.finish()
        self._damp()
        report = self._report()
        for _ in range(self._sink_ticks if self.safety.fault else 0):
            self.ticker.wait()
            with contextlib.suppress(RobotError, FaultError):
                self._robot.read()
            self._damp()
        return report

    def _damp(self) -> None:
        motors = self._joint_command(self._first_pos)
        with contextlib.suppress(RobotError, FaultError):  # out of reach: its own watchdog damps it
            self._robot.write(motors)
        if self._log and self._last and self.safety.fault and self._last.state != State.DAMPING.value:
            # Nothing was read in the tick that ended the run: its cause stands beside the last reading.
            self._last = self._record(time.perf_counter(), 0.0, self._last.reading, None, motors)
            self._log.add(self._last)

    def step(self) -> None:
        """One tick."""
        start = self.ticker.wait()
        self._watch.begin(start, self.ticker.due)
        self._began = self._began or start
        if self._stop_asked:
            self.safety.stop(*self._stop_asked)
        try:
            self._act(start)
        except FaultError as error:
            self.safety.stop(error.cause, str(error))
        self._tick += 1

    def _act(self, start: float) -> None:
        reading = self._robot.read()
        read = time.perf_counter()
        self.safety.check_reading(reading, self.ticker.overruns_in_row, read)
        wish = self._wish()
        self._advance(reading, wish)
        command, targets = self._targets(reading, wish)
        acted = time.perf_counter()
        motors = self._joint_command(targets)
        self._robot.write(motors)
        written = time.perf_counter()
        for stage, duration in (("read", read - start), ("write", written - acted)):
            self._watch.add(stage, duration)
        self._watch.add("latency", written - start)
        if self.safety.state is State.POLICY:
            self._watch.add("policy", acted - read)
        if self._log is not None:
            self._last = self._record(start, written - start, reading, command, motors)
            self._log.add(self._last)

    def _wish(self) -> Wish | None:
        """What the operator wants, if there is one; a stop and a silent device take effect here."""
        if self._operator is None:
            return None
        try:
            wish = self._operator.poll()
        except FaultError as error:
            self.safety.stop(error.cause, str(error))
            return Wish()
        if wish.stop:
            self.safety.stop(Cause.EMERGENCY_STOP, "the operator stopped it")
        if wish.age > self.safety.limits.operator_s:
            self.safety.stop(Cause.LOST_OPERATOR, f"no word from the operator for {wish.age:.2f} s")
        if self._policy.contract.commands is None and self.safety.state is State.POLICY and not wish.held:
            # It cannot be told to stand still.
            self.safety.stop(Cause.EMERGENCY_STOP, "the dead-man switch was released")
        return wish

    def _advance(self, reading: SensorReading, wish: Wish | None) -> None:
        """Passive -> Stand and, when standing up is over, Stand -> Policy."""
        go = wish is None or wish.go
        if self.safety.state is State.PASSIVE and go:
            # A velocity drive does not go anywhere: it begins and ends the stand at rest.
            self._first_pos = np.where(self._is_position, reading.joint_pos[0], self._policy.action_offset)
            self.safety.stand()
        elif self.safety.state is State.STAND and self._stood >= self._stand_ticks and go:
            self._policy.reset()
            self.safety.engage()

    def _targets(self, reading: SensorReading, wish: Wish | None) -> tuple[np.ndarray | None, np.ndarray]:
        """This tick's command (3,), if the policy follows one, and joint targets (n,)."""
        follows = self._policy.contract.commands is not None
        command = np.zeros(3, np.float32) if follows else None
        state = self.safety.state
        if state is State.POLICY:
            if follows:
                command = self._policy.trained_command(self._asked(reading, wish))
            targets = self._policy.act(reading, None if command is None else command[None])[0]
            self.safety.check_targets(targets, self._policy.finite)
            self._followed += 1
        else:
            self._stood += state is State.STAND
            share = min(self._stood / self._stand_ticks, 1.0)
            targets = self._first_pos + share * (self._policy.action_offset - self._first_pos)
        if self.safety.state in (State.STAND, State.POLICY):
            targets = self._limiter(targets, reading.joint_pos[0], reading.joint_vel[0])
        return command, targets

    def _asked(self, reading: SensorReading, wish: Wish | None) -> np.ndarray:
        if wish is not None:
            return np.array(wish.velocity)
        return np.zeros(3) if self._command is None else np.asarray(self._command(reading))

    def _joint_command(self, targets: np.ndarray) -> JointCommand:
        """Motor input of the current state: PD, damping alone, or nothing."""
        state = self.safety.state
        if state in (State.STAND, State.POLICY):
            return JointCommand(targets, self._kp, self._kd)
        still = np.zeros_like(self._kp)
        return JointCommand(still, still, self._kd if state is State.DAMPING else still)

    def _record(
        self,
        start: float,
        work: float,
        reading: SensorReading,
        command: np.ndarray | None,
        sent: JointCommand,
    ) -> Tick:
        truth = getattr(self._robot, "truth", dict)()
        return Tick(
            self._tick,
            self.safety.state.value,
            self.safety.cause and self.safety.cause.value,
            self.safety.fault,
            start - self._began,
            self.ticker.due - self._began,
            work,
            reading,
            command,
            sent.target,
            sent.kp,
            sent.kd,
            truth,
        )

    def _report(self) -> RunReport:
        return RunReport(
            ticks=self._tick,
            realtime=self.ticker.realtime,
            fault=self.safety.fault,
            cause=self.safety.cause and self.safety.cause.value,
            overruns=self.ticker.overruns,
            limited=self._limiter.counts,
            **self._watch.spreads(),
            histograms=self._watch.bins(),
        )
