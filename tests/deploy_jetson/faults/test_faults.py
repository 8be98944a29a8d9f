"""Every row of the fault table, provoked on the simulated robot: Damping at once, logged, and for good."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.faults import FAULTS, LIMITS, Cause, FaultError
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.deploy_jetson.teleop import Wish
from gaitway.deploy_jetson.ticklog import JsonLog

from .disturbed import AT, ROOT, STAND, Disturb, Disturbed, assert_damped, records, run


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


@pytest.mark.parametrize(
    ("cause", "disturb"), [(cause, change) for cause, changes in SENSORS.items() for change in changes]
)
def test_sensors(
    policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog, cause: Cause, disturb: Disturb
) -> None:
    robot = Disturbed(quadruped, disturb)
    loop = run(policy, robot, log)
    assert_damped(loop, robot, tmp_path, cause)


def test_stale_sensor(policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog) -> None:
    newest = [0.0]

    def freeze(reading: SensorReading) -> None:
        newest[0] = reading.time = newest[0] or reading.time

    robot = Disturbed(quadruped, freeze)
    loop = run(policy, robot, log)
    assert_damped(loop, robot, tmp_path, Cause.STALE_SENSOR, AT + LIMITS.stale_ticks + 1)


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
    loop = run(policy, robot, log, command=None, operator=Hand(wish))
    assert_damped(loop, robot, tmp_path, cause)


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
    loop = run(policy, robot, log)
    assert_damped(loop, robot, tmp_path, Cause.BAD_POLICY)


def test_crash(
    policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> np.ndarray:
        raise ZeroDivisionError("of course")

    _broken(policy, monkeypatch, AT, crash)
    robot = Disturbed(quadruped, lambda reading: None)
    with pytest.raises(ZeroDivisionError):
        run(policy, robot, log)
    assert not robot.written[AT].kp.any() and robot.written[AT].kd.all()
    last = records(tmp_path)[-1]
    assert (last["cause"], last["fault"]) == (Cause.CRASH.value, "ZeroDivisionError: of course")


def test_overrun(policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog) -> None:
    def slow(reading: SensorReading) -> np.ndarray:
        time.sleep(0.03)
        return np.zeros(3)

    robot = Disturbed(quadruped, lambda reading: None)
    loop = run(policy, robot, log, command=slow, realtime=True)
    assert loop.safety.cause is Cause.OVERRUN
    assert loop.ticker.overruns_in_row >= LIMITS.overruns
    assert not robot.written[-1].kp.any()
    assert records(tmp_path)[-1]["cause"] == Cause.OVERRUN.value


def test_interrupt(policy: Policy, quadruped: SimRobot, tmp_path: Path, log: JsonLog) -> None:
    """Under Python's own handler: a shell's background jobs start with Ctrl-C ignored."""
    robot = Disturbed(quadruped, lambda reading: signal.raise_signal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        loop = run(policy, robot, log)
    finally:
        signal.signal(signal.SIGINT, before)
    assert_damped(loop, robot, tmp_path, Cause.INTERRUPT)


def test_wrong_packets_damp_both_sides(
    policy: Policy, tmp_path: Path, log: JsonLog, capfd: pytest.CaptureFixture[str]
) -> None:
    """As if two robots' cables were swapped: every packet is of another session."""
    with SimRobot(policy.contract, record=tmp_path / "run.npz") as sim:

        def swap(reading: SensorReading) -> None:
            sim._link.session ^= 1 << 7

        robot = Disturbed(sim, swap)
        loop = run(policy, robot, log)
        # What was swapped during the reading of tick AT is heard in the next.
        assert (loop.safety.cause, records(tmp_path)[-1]["cause"]) == (
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


def test_the_table_names_every_cause_and_the_docs_show_it() -> None:
    assert [row.cause for row in FAULTS] == list(Cause)
    shown = (ROOT / "docs/safety.md").read_text().splitlines()
    for row in FAULTS:
        assert f"| {' | '.join(row.cells())} |" in shown
    assert len([line for line in shown if line.count(" | ") == 3]) == len(FAULTS) + 1
