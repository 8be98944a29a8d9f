"""Faults of processes: one of the two dies, stops or falls silent, and the other damps."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.faults import LIMITS, Cause, FaultError
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.deploy_jetson.ticklog import JsonLog

from .disturbed import AT, BUNDLE, Disturbed, records, run


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_lost_sensor_link(policy: Policy, tmp_path: Path, log: JsonLog, how: signal.Signals) -> None:
    sim = SimRobot(policy.contract)
    sim.patience = 0.02
    robot = Disturbed(sim, lambda reading: sim.process.send_signal(how))
    loop = run(policy, robot, log)
    sim.process.kill()
    sim._end()
    assert (loop.safety.cause, records(tmp_path)[-1]["cause"]) == (
        Cause.LOST_SENSOR_LINK,
        Cause.LOST_SENSOR_LINK.value,
    )
    assert len(robot.written) <= AT + LIMITS.silent_ticks + 3 and not robot.written[-1].kp.any()


def test_the_robot_damps_by_itself_when_commands_stop(policy: Policy, tmp_path: Path) -> None:
    joints = policy.contract.joints
    stand = JointCommand(*(np.array(values) for values in (joints.action_offset, joints.kp, joints.kd)))
    with SimRobot(policy.contract, realtime=True, record=tmp_path / "run.npz") as robot:
        robot.read()
        robot.write(stand)
        with pytest.raises(FaultError, match="damps by itself") as error:
            for _ in range(200):
                robot.read()
        assert error.value.cause is Cause.WATCHDOG
        for _ in range(20):  # and no command brings it back
            robot.write(stand)
            time.sleep(0.02)
            with pytest.raises(FaultError, match="damps by itself"):
                robot.read()
        assert robot.base_pos[2] < float(policy.contract.robot.base_height or 0) - 0.1, "it has sunk"
    with np.load(tmp_path / "run.npz") as file:
        silence = re.fullmatch(r"no command came for (\d\.\d\d) s", str(file["fault"]))
        assert silence and float(silence[1]) >= LIMITS.watchdog_s


def _wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_signals_to_the_policys_process(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM damps by the loop. SIGKILL leaves nobody, and the robot does it alone."""
    log, states = tmp_path / "log.jsonl", tmp_path / "states.npz"
    options = ["--robot", "sim", "--no-realtime", "--seconds", "6000", "--log", log, "--record", states]
    process = subprocess.Popen(
        [sys.executable, "-m", "gaitway.deploy_jetson.main", "run", BUNDLE, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    _wait_for(lambda: log.exists() and '"state": "policy"' in log.read_text())
    os.kill(process.pid, number)
    errors = process.stderr.read()  # to the end of the last process that writes there: the simulator
    status = process.wait()
    with np.load(states) as file:
        fault, heights = str(file["fault"]), file["qpos"][:, 2]
    assert heights[-1] < heights[0] - 0.1, "it has sunk"
    if number is signal.SIGTERM:
        assert (status, fault) == (3, "")
        assert ((last := records(tmp_path)[-1])["state"], last["cause"]) == (
            "damping",
            Cause.TERMINATED.value,
        )
        assert "damping (terminated), because the process was told to end" in errors
    else:
        assert status == -signal.SIGKILL
        assert fault == "the policy's process is gone"
        assert f"Simulated robot: damping by itself, because {fault}" in errors


CLIENT = """
import sys, time
from pathlib import Path
import numpy as np
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.sim_robot import SimRobot
contract = Contract.load(Path(sys.argv[1]) / "policy.json")
robot = SimRobot(contract, realtime=True, record=Path(sys.argv[2]))
joints = contract.joints
robot.write(JointCommand(*(np.array(v) for v in (joints.action_offset, joints.kp, joints.kd))))
print("standing", flush=True)
time.sleep(600)
"""


def test_a_robot_with_its_own_clock_outlives_its_policy(tmp_path: Path) -> None:
    states = tmp_path / "states.npz"
    client = [sys.executable, "-c", CLIENT, BUNDLE, states]
    with subprocess.Popen(client, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "standing\n"
        process.kill()
        assert "Simulated robot: damping by itself, because no command came for 0." in process.stderr.read()
    with np.load(states) as file:
        assert str(file["fault"]).startswith("no command came for")
        assert file["time"][-1] > 2.0
        assert file["qpos"][-1, 2] < file["qpos"][0, 2] - 0.1
