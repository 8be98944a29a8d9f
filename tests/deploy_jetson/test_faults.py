"""Every row of the fault table, provoked on the simulated robot: Damping at once, logged, and for good."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.faults import FAULTS, LIMITS, Cause, FaultError
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.safety import State
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.deploy_jetson.teleop import Wish
from gaitway.deploy_jetson.ticklog import JsonLog

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = ROOT / "policies/zoo/quadruped-velocity-flat"
STAND, AT = 5, 9
Disturb = Callable[[SensorReading], None]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load(BUNDLE)


@pytest.fixture(scope="module")
def quadruped(policy: Policy) -> Iterator[SimRobot]:
    """In lockstep. Every test below lets it sink for a few ticks, and the next stands it up again."""
    with SimRobot(policy.contract) as robot:
        yield robot


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


def _set(name: str, value: float, joint: int = 0) -> Disturb:
    def disturb(reading: SensorReading) -> None:
        values = np.array(getattr(reading, name))
        values[0, joint] = value
        setattr(reading, name, values)

    return disturb


def _shift_clock(seconds: float) -> Disturb:
    def disturb(reading: SensorReading) -> None:
        reading.time += seconds

    return disturb


def _lie_down(reading: SensorReading) -> None:
    reading.quat = np.array([[np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0]])


def _lose(reading: SensorReading) -> None:
    raise FaultError(Cause.LOST_SENSOR_LINK, "the cable is out")


SENSORS: dict[Cause, list[Disturb]] = {
    Cause.BAD_SENSOR: [
        _set("joint_pos", np.nan),
        _set("joint_vel", np.inf, 3),
        _set("gyro", np.nan, 2),
        _set("quat", 0.0),
    ],
    Cause.TILT: [_lie_down],
    Cause.JOINT_LIMIT: [_set("joint_pos", 3.0), _set("joint_pos", -3.0, 6)],
    Cause.OVER_SPEED: [_set("joint_vel", -100.0, 4)],
    Cause.CLOCK_JUMP: [_shift_clock(-0.5), _shift_clock(3600.0)],
    Cause.LOST_SENSOR_LINK: [_lose],
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[JsonLog]:
    log = JsonLog(tmp_path / "log.jsonl")
    yield log
    log.close()


def _records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def _run(policy: Policy, robot: Disturbed, log: JsonLog, **kwargs: object) -> ControlLoop:
    kwargs.setdefault("command", lambda reading: np.array([0.3, 0.0, 0.0]))
    kwargs.setdefault("realtime", False)
    loop = ControlLoop(policy, robot, stand_s=0.02 * STAND, log=log, **kwargs)  # type: ignore[arg-type]
    loop.run(1.0)
    return loop


def _assert_damped(loop: ControlLoop, robot: Disturbed, folder: Path, cause: Cause, at: int = AT) -> None:
    """From command `at` on the motors only damp; the log says why; good readings change nothing."""
    assert (loop.safety.state, loop.safety.cause) == (State.DAMPING, cause)
    assert (logged := _records(folder)[-1])["state"] == "damping"
    assert (logged["cause"], logged["fault"]) == (cause.value, loop.safety.fault)
    assert all(command.kp.all() for command in robot.written[:at])
    robot._disturb = lambda reading: None
    for _ in range(3):
        loop.step()
    assert len(robot.written) > at + 3
    for command in robot.written[at:]:
        assert not command.kp.any() and command.kd.all() and not command.target.any()


@pytest.mark.parametrize(
    ("cause", "disturb"), [(cause, change) for cause, changes in SENSORS.items() for change in changes]
)
def test_sensors(
    policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog, cause: Cause, disturb: Disturb
) -> None:
    robot = Disturbed(quadruped, disturb)
    loop = _run(policy, robot, log)
    _assert_damped(loop, robot, tmp_path, cause)


def test_stale_sensor(policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog) -> None:
    newest = [0.0]

    def freeze(reading: SensorReading) -> None:
        newest[0] = reading.time = newest[0] or reading.time

    robot = Disturbed(quadruped, freeze)
    loop = _run(policy, robot, log)
    _assert_damped(loop, robot, tmp_path, Cause.STALE_SENSOR, AT + LIMITS.stale_ticks + 1)


class Hand:
    """An operator who goes on until tick `AT`, and then wishes `wish`."""

    def __init__(self, wish: Wish | Exception) -> None:
        self.wish, self.tick = wish, 0

    def poll(self) -> Wish:
        self.tick += 1
        if self.tick <= AT:
            return Wish((0.3, 0.0, 0.0), held=True, go=True)
        if isinstance(self.wish, Exception):
            raise self.wish
        return self.wish

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("cause", "wish"),
    [
        (Cause.EMERGENCY_STOP, Wish(stop=True, held=True, go=True)),
        (Cause.LOST_OPERATOR, Wish((0.3, 0.0, 0.0), held=True, age=LIMITS.operator_s + 0.01)),
        (Cause.LOST_OPERATOR, FaultError(Cause.LOST_OPERATOR, "unplugged")),
    ],
)
def test_operator(
    policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog, cause: Cause, wish: Wish | Exception
) -> None:
    robot = Disturbed(quadruped, lambda reading: None)
    loop = _run(policy, robot, log, command=None, operator=Hand(wish))
    _assert_damped(loop, robot, tmp_path, cause)


def _broken(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, at: int, answer: Callable[[], np.ndarray]
) -> None:
    """Let the network give `answer` from tick `at` on."""
    calls, network = [0], policy.network

    def changed(observations: np.ndarray) -> np.ndarray:
        calls[0] += 1
        return answer() if calls[0] > at - STAND else network(observations)

    monkeypatch.setattr(policy, "network", changed)


def test_bad_policy(
    policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    _broken(policy, monkeypatch, AT, lambda: np.full((1, policy.contract.action_size), np.nan))
    robot = Disturbed(quadruped, lambda reading: None)
    loop = _run(policy, robot, log)
    _assert_damped(loop, robot, tmp_path, Cause.BAD_POLICY)


def test_crash(
    policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> np.ndarray:
        raise ZeroDivisionError("of course")

    _broken(policy, monkeypatch, AT, crash)
    robot = Disturbed(quadruped, lambda reading: None)
    with pytest.raises(ZeroDivisionError):
        _run(policy, robot, log)
    assert not robot.written[AT].kp.any() and robot.written[AT].kd.all()
    last = _records(tmp_path)[-1]
    assert (last["cause"], last["fault"]) == (Cause.CRASH.value, "ZeroDivisionError: of course")


def test_overrun(policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog) -> None:
    def slow(reading: SensorReading) -> np.ndarray:
        time.sleep(0.03)
        return np.zeros(3)

    robot = Disturbed(quadruped, lambda reading: None)
    loop = _run(policy, robot, log, command=slow, realtime=True)
    assert loop.safety.cause is Cause.OVERRUN
    assert loop.ticker.overruns_in_row >= LIMITS.overruns
    assert not robot.written[-1].kp.any()
    assert _records(tmp_path)[-1]["cause"] == Cause.OVERRUN.value


def test_interrupt(policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog) -> None:
    """Under Python's own handler: a shell's background jobs start with Ctrl-C ignored."""
    robot = Disturbed(quadruped, lambda reading: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        loop = _run(policy, robot, log)
    finally:
        signal.signal(signal.SIGINT, before)
    _assert_damped(loop, robot, tmp_path, Cause.INTERRUPT)


def test_wrong_packets_damp_both_sides(
    policy: Policy, tmp_path: Path, log: JsonLog, capfd: pytest.CaptureFixture[str]
) -> None:
    """As if two robots' cables were swapped: every packet is of another session."""
    with SimRobot(policy.contract, record=tmp_path / "run.npz") as sim:

        def swap(reading: SensorReading) -> None:
            sim._link.session ^= 1 << 7

        robot = Disturbed(sim, swap)
        loop = _run(policy, robot, log)
        # What was swapped during the reading of tick AT is heard in the next.
        assert (loop.safety.cause, _records(tmp_path)[-1]["cause"]) == (
            Cause.WRONG_PACKET,
            Cause.WRONG_PACKET.value,
        )
        assert "another session" in loop.safety.fault
        assert len(robot.written) == AT + 2 and not robot.written[-1].kp.any()
    with np.load(tmp_path / "run.npz") as file:
        assert str(file["fault"]) == "a packet is of another session"
    assert (
        "Simulated robot: damping by itself, because a packet is of another session" in capfd.readouterr().err
    )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_lost_sensor_link(policy: Policy, tmp_path: Path, log: JsonLog, how: signal.Signals) -> None:
    sim = SimRobot(policy.contract)
    sim.patience = 0.02
    robot = Disturbed(sim, lambda reading: sim.process.send_signal(how))
    loop = _run(policy, robot, log)
    sim.process.kill()
    sim._end()
    assert (loop.safety.cause, _records(tmp_path)[-1]["cause"]) == (
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
        assert ((last := _records(tmp_path)[-1])["state"], last["cause"]) == (
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


def test_the_table_names_every_cause_and_the_docs_show_it() -> None:
    assert [row.cause for row in FAULTS] == list(Cause)
    shown = (ROOT / "docs/safety.md").read_text().splitlines()
    for row in FAULTS:
        assert f"| {' | '.join(row.cells())} |" in shown
    assert len([line for line in shown if line.count(" | ") == 3]) == len(FAULTS) + 1
