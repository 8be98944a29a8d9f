"""A simulated robot with something wrong in what it says, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from gaitway.deploy_jetson.faults import Cause
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.safety import State
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.deploy_jetson.ticklog import JsonLog

ROOT = Path(__file__).resolve().parents[3]
BUNDLE = ROOT / "policies/zoo/quadruped-velocity-flat"
STAND, AT = 5, 9
Disturb = Callable[[SensorReading], None]


class Disturbed:
    """The robot, with something wrong in what it says from tick `at` on."""

    def __init__(self, robot: SimRobot, disturb: Disturb, at: int = AT) -> None:
        self._robot, self._disturb, self._at = robot, disturb, at
        self.written: list[JointCommand] = []

    def read(self) -> SensorReading:
        reading = self._robot.read()
        if len(self.written) >= self._at:
            self._disturb(reading)
        return reading

    def write(self, command: JointCommand) -> None:
        self.written.append(command)
        self._robot.write(command)

    def close(self) -> None: ...


def records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def run(policy: Policy, robot: Disturbed, log: JsonLog, **kwargs: object) -> ControlLoop:
    kwargs.setdefault("command", lambda reading: np.array([0.3, 0.0, 0.0]))
    kwargs.setdefault("realtime", False)
    loop = ControlLoop(policy, robot, stand_s=0.02 * STAND, log=log, **kwargs)  # type: ignore[arg-type]
    loop.run(1.0)
    return loop


def assert_damped(loop: ControlLoop, robot: Disturbed, folder: Path, cause: Cause, at: int = AT) -> None:
    """From command `at` on the motors only damp; the log says why; good readings change nothing."""
    assert (loop.safety.state, loop.safety.cause) == (State.DAMPING, cause)
    assert (logged := records(folder)[-1])["state"] == "damping"
    assert (logged["cause"], logged["fault"]) == (cause.value, loop.safety.fault)
    assert all(command.kp.all() for command in robot.written[:at])
    robot._disturb = lambda reading: None
    for _ in range(3):
        loop.step()
    assert len(robot.written) > at + 3
    for command in robot.written[at:]:
        assert not command.kp.any() and command.kd.all() and not command.target.any()
