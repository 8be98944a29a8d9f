"""The control loop: read, check, act, write, once a tick; then what was measured while doing so."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from .observations import SensorReading
from .policy import Policy
from .robot import JointCommand, Robot
from .safety import Safety, State
from .schedule import Spread, Ticker


@dataclass(frozen=True)
class RunReport:
    """What happened. Durations in s: `period` between starts of ticks, the others within a tick.

    `fault` is empty unless a check of `safety.py` ended the run.
    """

    ticks: int
    realtime: bool
    fault: str
    overruns: int
    period: Spread
    read: Spread
    policy: Spread
    write: Spread


class ControlLoop:
    """One robot under one policy.

    Args:
        policy: a loaded bundle.
        robot: what to move.
        command: called once a tick with the reading; gives (vx, vy, yaw rate), clipped to the trained ranges.
            None for a policy that follows no velocity.
        stand_s: s to move from the first measured pose to the default pose before the policy takes over.
        sink_s: s to go on damping after a fault, so that the robot has sunk when the program ends.
        realtime: keep absolute deadlines; False runs as fast as the robot answers.
        log: file to write one JSON object a tick to.

    Raises:
        ValueError: a command for a policy that follows none, or none for one that does.
    """

    def __init__(
        self,
        policy: Policy,
        robot: Robot,
        command: Callable[[SensorReading], np.ndarray] | None = None,
        stand_s: float = 0.5,
        sink_s: float = 0.0,
        realtime: bool = True,
        log: TextIO | None = None,
    ) -> None:
        contract = policy.contract
        if (command is None) != (contract.commands is None):
            verb = "follows" if command is None else "does not follow"
            raise ValueError(f"the policy of {contract.task} {verb} a velocity command; see its contract.")
        self.safety = Safety(contract)
        self.ticker = Ticker(contract.timing.policy_dt, realtime)
        self._policy, self._robot, self._command, self._log = policy, robot, command, log
        self._is_position = np.array([drive == "position" for drive in contract.joints.drive])
        self._kp, self._kd = np.array(contract.joints.kp), np.array(contract.joints.kd)
        self._stand_ticks = max(round(stand_s / contract.timing.policy_dt), 1)
        self._sink_ticks = round(sink_s / contract.timing.policy_dt)
        self._tick = 0
        self._first_pos = np.zeros(contract.action_size)
        self._starts: list[float] = []
        self._durations: dict[str, list[float]] = {"read": [], "policy": [], "write": []}

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> RunReport:
        """Stand, follow the policy for `seconds` or until `done()`, then damp.

        A fault or Ctrl-C damps at once.
        """
        last = self._stand_ticks + round(seconds / self.ticker.period)
        try:
            while self._tick < last and self.safety.state is not State.DAMPING and not done():
                self.step()
        except KeyboardInterrupt:
            self.safety.stop("interrupted by the operator")
        except Exception:
            self._damp()  # whatever broke, the motors must not hold their last target
            raise
        self._damp()
        report = self._report()
        for _ in range(self._sink_ticks if self.safety.fault else 0):
            self.ticker.wait()
            self._robot.read()
            self._robot.write(self._joint_command(self._first_pos))
        return report

    def _damp(self) -> None:
        self.safety.stop()
        self._robot.write(self._joint_command(self._first_pos))

    def step(self) -> None:
        """One tick."""
        start = self.ticker.wait()
        self._starts.append(start)
        reading = self._robot.read()
        read = time.perf_counter()
        self.safety.check_reading(reading, self.ticker.overruns_in_row)
        self._advance(reading)
        command, targets = self._targets(reading)
        acted = time.perf_counter()
        self._robot.write(self._joint_command(targets))
        written = time.perf_counter()
        self._durations["read"].append(read - start)
        self._durations["write"].append(written - acted)
        if self.safety.state is State.POLICY:
            self._durations["policy"].append(acted - read)
        self._write_log(start, written - start, reading, command, targets)
        self._tick += 1

    def _advance(self, reading: SensorReading) -> None:
        """Passive -> Stand at the first good reading, Stand -> Policy when its time is over."""
        if self.safety.state is State.PASSIVE:
            # A velocity drive does not go anywhere: it begins and ends the stand at rest.
            self._first_pos = np.where(self._is_position, reading.joint_pos[0], self._policy.action_offset)
            self.safety.stand()
        elif self.safety.state is State.STAND and self._tick >= self._stand_ticks:
            self._policy.reset()
            self.safety.engage()

    def _targets(self, reading: SensorReading) -> tuple[np.ndarray | None, np.ndarray]:
        """This tick's command (3,), if the policy follows one, and joint targets (n,)."""
        command = None if self._command is None else np.zeros(3, np.float32)
        if self.safety.state is State.POLICY:
            if self._command is not None:
                command = self._policy.trained_command(np.asarray(self._command(reading)))
            targets = self._policy.act(reading, None if command is None else command[None])[0]
            self.safety.check_targets(targets)
            return command, targets
        share = min((self._tick + 1) / self._stand_ticks, 1.0)
        return command, self._first_pos + share * (self._policy.action_offset - self._first_pos)

    def _joint_command(self, targets: np.ndarray) -> JointCommand:
        """Motor input of the current state: PD, damping alone, or nothing."""
        state = self.safety.state
        if state in (State.STAND, State.POLICY):
            return JointCommand(targets, self._kp, self._kd)
        still = np.zeros_like(self._kp)
        return JointCommand(still, still, self._kd if state is State.DAMPING else still)

    def _write_log(
        self,
        start: float,
        work: float,
        reading: SensorReading,
        command: np.ndarray | None,
        targets: np.ndarray,
    ) -> None:
        if self._log is None:
            return
        record = {
            "tick": self._tick,
            "state": self.safety.state.value,
            "fault": self.safety.fault,
            "start_s": start - self._starts[0],
            "work_s": work,
            "robot_time_s": reading.time,
            "command": None if command is None else command.tolist(),
            **{
                name: None if (values := getattr(reading, name)) is None else values[0].tolist()
                for name in ("gyro", "quat", "joint_pos", "joint_vel")
            },
            "external": {name: np.asarray(values)[0].tolist() for name, values in reading.external.items()},
            "targets": targets.tolist(),
        }
        self._log.write(json.dumps(record) + "\n")

    def _report(self) -> RunReport:
        return RunReport(
            ticks=self._tick,
            realtime=self.ticker.realtime,
            fault=self.safety.fault,
            overruns=self.ticker.overruns,
            period=Spread.of(np.diff(self._starts).tolist()),
            **{name: Spread.of(durations) for name, durations in self._durations.items()},
        )
