"""A robot that says again what a logged one said: the runtime's own answers can be compared."""

from __future__ import annotations

import numpy as np

from .contract import Contract
from .faults import Cause, FaultError
from .log.reader import RunLog
from .observations import SensorReading
from .robot import JointCommand, RobotError
from .teleop import Wish


class ReplayRobot:
    """Gives the readings of a log, one a tick, whatever is written to it; it is its own operator.

    `error` is the largest difference so far between the targets written and those in the log, of ticks in
    which both followed the policy; `compared` counts these.

    Args:
        log: of any run of a policy for the same joints.
        contract: of the policy to run.

    Raises:
        RobotError: the log is of a robot with other joints.
    """

    def __init__(self, log: RunLog, contract: Contract) -> None:
        if set(log.contract.joints.names) != set(contract.joints.names):
            raise RobotError(
                f"The log is of {log.contract.task} on {log.contract.robot.name}, whose joints are not "
                f"those of {contract.task}."
            )
        self._log = log
        self._order = [log.contract.joints.names.index(name) for name in contract.joints.names]
        self._tick = -1
        self.error, self.compared = 0.0, 0

    def poll(self) -> Wish:
        """The logged operator's: this tick's command, and on where the log went on to Stand and Policy."""
        k, states = self._tick, ["passive", *self._log.state]
        velocity = np.zeros(3) if self._log.command is None else self._log.command[k]
        vx, vy, yaw = (float(value) for value in velocity)
        return Wish((vx, vy, yaw), held=True, go=states[k + 1] != states[k])

    @property
    def done(self) -> bool:
        """The log is over, or damps from here on."""
        following = self._tick + 1
        return following == len(self._log.time) or self._log.state[following] == "damping"

    def read(self) -> SensorReading:
        """The next reading.

        Raises:
            FaultError: the log is over.
        """
        if self._tick + 1 == len(self._log.time):
            raise FaultError(Cause.LOST_SENSOR_LINK, "the log is over")
        self._tick += 1
        log, k = self._log, self._tick
        return SensorReading(
            None if log.gyro is None else log.gyro[k][None],
            None if log.quat is None else log.quat[k][None],
            log.joint_pos[k, self._order][None],
            log.joint_vel[k, self._order][None],
            float(log.time[k]),
            {name: values[k][None] for name, values in log.external.items()},
        )

    def write(self, command: JointCommand) -> None:
        """Compare the targets with the log's."""
        moves = bool(command.kp.any() or command.target.any())
        if moves and self._log.state[self._tick] == "policy":
            logged = self._log.targets[self._tick, self._order]
            self.error = max(self.error, float(np.abs(command.target - logged).max()))
            self.compared += 1

    def close(self) -> None:
        """Nothing to let go of."""
