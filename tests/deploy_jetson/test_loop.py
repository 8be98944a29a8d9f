from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.faults import Cause
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.report import RunReport
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.safety import State
from gaitway.deploy_jetson.ticklog import JsonLog

STAND = 5
Disturb = Callable[[int, SensorReading], None]


class Rig:
    """A robot that stands still, follows its targets at once, and is disturbed by the test."""

    def __init__(self, disturb: Disturb | None = None) -> None:
        self.disturb = disturb or (lambda tick, reading: None)
        self.joint_pos = np.array([0.4, 0.4])
        self.written: list[JointCommand] = []

    def read(self) -> SensorReading:
        tick = len(self.written)
        quat = np.array([[1.0, 0.0, 0.0, 0.0]])
        pos = np.clip(self.joint_pos, -0.9, 0.9)[None]
        reading = SensorReading(np.zeros((1, 3)), quat, pos, np.zeros((1, 2)), 0.02 * tick)
        self.disturb(tick, reading)
        return reading

    def write(self, command: JointCommand) -> None:
        self.written.append(command)
        if command.kp.any():
            self.joint_pos = command.target

    def close(self) -> None:
        pass


def _run(bundle: Path, rig: Rig, seconds: float, **kwargs: object) -> tuple[ControlLoop, RunReport]:
    kwargs.setdefault("command", lambda reading: np.array([0.3, 0.0, 0.0]))
    loop = ControlLoop(Policy.load(bundle), rig, stand_s=0.02 * STAND, realtime=False, **kwargs)  # type: ignore[arg-type]
    return loop, loop.run(seconds)


def _records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_stands_walks_and_damps(bundle: Path, tmp_path: Path) -> None:
    rig = Rig()
    _, report = _run(bundle, rig, 0.4, log=JsonLog(tmp_path / "log.jsonl"))
    records = _records(tmp_path / "log.jsonl")
    states = [record["state"] for record in records]
    assert states == ["stand"] * STAND + ["policy"] * 20
    assert (report.ticks, report.fault, len(rig.written)) == (25, "", 26)
    # Standing up is a straight line from where the joints were to what holds the default pose.
    path = np.array([command.target for command in rig.written[:STAND]])
    share = np.arange(1, STAND + 1)[:, None] / STAND
    np.testing.assert_allclose(path, 0.4 + share * (np.array([0.15, -0.25]) - 0.4), atol=1e-6)
    assert all((command.kp == [80.0, 1 / 3]).all() for command in rig.written[:-1])
    last = rig.written[-1]
    np.testing.assert_array_equal([last.kp, last.kd], [[0.0, 0.0], [3.5, 0.1]])
    np.testing.assert_allclose(records[-1]["command"], [0.3, 0.0, 0.0], atol=1e-7)
    np.testing.assert_allclose(records[-1]["targets"], rig.written[-2].target)


def _spoil(at: int, name: str, value: float) -> Disturb:
    def disturb(tick: int, reading: SensorReading) -> None:
        if tick >= at:
            getattr(reading, name)[0, 0] = value

    return disturb


@pytest.mark.parametrize("at", [0, 2, STAND, 12])
def test_a_bad_sensor_damps_in_the_same_tick(bundle: Path, at: int) -> None:
    rig = Rig(_spoil(at, "gyro", np.nan))
    loop, report = _run(bundle, rig, 1.0)
    assert loop.safety.state is State.DAMPING
    assert report.fault == "a sensor value is not finite"
    assert not rig.written[at].kp.any(), "the tick that saw the fault already damps"
    assert all(command.kp.all() for command in rig.written[:at])
    assert all(np.isfinite(command.target).all() for command in rig.written)


def test_a_silent_sensor_damps_after_two_ticks(bundle: Path) -> None:
    def freeze(tick: int, reading: SensorReading) -> None:
        reading.time = 0.02 * min(tick, 10)

    rig = Rig(freeze)
    _, report = _run(bundle, rig, 1.0)
    assert report.fault == "no new sensor values for 3 ticks"
    assert rig.written[12].kp.all() and not rig.written[13].kp.any()


def test_late_ticks_damp(bundle: Path) -> None:
    rig = Rig()
    loop = ControlLoop(Policy.load(bundle), rig, lambda reading: np.zeros(3), realtime=False)
    loop.ticker.overruns_in_row = 3
    assert loop.run(1.0).fault == "3 ticks in a row were late"
    assert len(rig.written) == 2


def test_a_policy_gone_wrong_damps(bundle: Path) -> None:
    rig = Rig()
    policy = Policy.load(bundle)
    policy.act = lambda reading, command: np.full((1, 2), np.nan)  # type: ignore[method-assign]
    loop = ControlLoop(policy, rig, lambda reading: np.zeros(3), stand_s=0.02 * STAND, realtime=False)
    assert loop.run(1.0).fault == "the policy's output is not finite"
    assert not rig.written[STAND].kp.any()


def test_commands_are_clipped(bundle: Path, tmp_path: Path) -> None:
    log = JsonLog(tmp_path / "log.jsonl")
    _run(bundle, Rig(), 0.2, command=lambda reading: np.array([9.0, -9.0, 0.0]), log=log)
    last = _records(tmp_path / "log.jsonl")[-1]
    np.testing.assert_allclose(last["command"], [0.6, -0.2, 0.0], atol=1e-7)


def test_a_broken_callback_damps(bundle: Path, tmp_path: Path) -> None:
    def broken(reading: SensorReading) -> np.ndarray:
        raise ZeroDivisionError

    rig = Rig()
    with pytest.raises(ZeroDivisionError):
        _run(bundle, rig, 1.0, command=broken, log=JsonLog(tmp_path / "log.jsonl"))
    assert not rig.written[-1].kp.any() and rig.written[-1].kd.all()
    last = _records(tmp_path / "log.jsonl")[-1]
    assert (last["state"], last["cause"]) == ("damping", Cause.CRASH.value)
    assert last["fault"].startswith("ZeroDivisionError")


def test_ctrl_c_damps(bundle: Path) -> None:
    def interrupt(reading: SensorReading) -> np.ndarray:
        raise KeyboardInterrupt

    rig = Rig()
    _, report = _run(bundle, rig, 1.0, command=interrupt)
    assert report.fault == "interrupted by the operator"
    assert not rig.written[-1].kp.any() and rig.written[-1].kd.all()


def test_it_goes_on_damping_after_a_fault_alone(bundle: Path) -> None:
    rig = Rig(_spoil(STAND, "gyro", np.nan))
    _, report = _run(bundle, rig, 1.0, sink_s=0.2)
    assert (report.ticks, len(rig.written)) == (STAND + 1, STAND + 2 + 10)
    assert not any(command.kp.any() for command in rig.written[STAND:])
    healthy = Rig()
    _run(bundle, healthy, 0.4, sink_s=0.2)
    assert len(healthy.written) == STAND + 20 + 1
