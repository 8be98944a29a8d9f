from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.faults import Cause
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.safety import Safety, State
from scipy.spatial.transform import Rotation


def _reading(time: float = 0.0) -> SensorReading:
    quat = np.array([[1.0, 0.0, 0.0, 0.0]])
    return SensorReading(np.zeros((1, 3)), quat, np.zeros((1, 2)), np.zeros((1, 2)), time)


@pytest.fixture
def safety(contract: Contract) -> Safety:
    """In state Policy."""
    safety = Safety(contract)
    safety.stand()
    safety.engage()
    return safety


def test_states_follow_in_order(contract: Contract) -> None:
    safety = Safety(contract)
    assert safety.state is State.PASSIVE
    safety.engage()
    assert safety.state is State.PASSIVE, "the policy must not move a robot that has not stood up"
    safety.stand()
    assert safety.state is State.STAND
    safety.engage()
    assert safety.state is State.POLICY
    assert safety.check_reading(_reading(), 0, 0.0) is State.POLICY
    safety.finish()
    assert safety.state is State.DAMPING and safety.fault == "" and safety.cause is None
    safety.stand()
    safety.engage()
    assert safety.state is State.DAMPING, "damping is left by a new start only"


def _lean(degrees: float, axis: str) -> Callable[[SensorReading], None]:
    def change(reading: SensorReading) -> None:
        turned = Rotation.from_euler("z", 50, degrees=True) * Rotation.from_euler(axis, degrees, degrees=True)
        reading.quat[0] = turned.as_quat(scalar_first=True)

    return change


def _set(name: str, value: list[float]) -> Callable[[SensorReading], None]:
    return lambda reading: getattr(reading, name).__setitem__(0, value)


FAULTS = {
    "leans 61 degrees": _lean(61, "x"),
    "leans 75 degrees": _lean(-75, "y"),
    "leans 180 degrees": _lean(180, "y"),
    "joint right_knee is outside its range at 1.600 rad": _set("joint_pos", [0.0, 1.6]),
    "joint left_knee is outside its range at -1.100 rad": _set("joint_pos", [-1.1, 0.0]),
    "a sensor value is not finite": _set("gyro", [0.0, np.nan, 0.0]),
    "sensor value is not finite": _set("joint_vel", [np.inf, 0.0]),
    "the orientation is not a unit quaternion": _set("quat", [0.0, 0.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("engaged", [True, False])
def test_a_fault_damps_within_its_tick(contract: Contract, fault: str, engaged: bool) -> None:
    safety = Safety(contract)
    safety.stand()
    if engaged:
        safety.engage()
    reading = _reading()
    FAULTS[fault](reading)
    assert safety.check_reading(reading, 0, 0.0) is State.DAMPING
    assert fault in safety.fault


@pytest.mark.parametrize("change", [_lean(59, "x"), _lean(-59, "y"), _set("joint_pos", [1.0, -1.5])])
def test_what_is_within_limits_goes_on(safety: Safety, change: Callable[[SensorReading], None]) -> None:
    reading = _reading()
    change(reading)
    assert safety.check_reading(reading, 0, 0.0) is State.POLICY


def test_stale_readings(safety: Safety) -> None:
    states = [safety.check_reading(_reading(time), 0, time) for time in (0.0, 0.02, 0.02, 0.02)]
    assert states == [State.POLICY] * 4, "two ticks old is allowed"
    assert safety.check_reading(_reading(0.02), 0, 0.08) is State.DAMPING
    assert safety.fault == "no new sensor values for 3 ticks"


def test_a_fresh_reading_ends_staleness(safety: Safety) -> None:
    for time in (0.0, 0.0, 0.0, 0.02, 0.02, 0.02, 0.04):
        assert safety.check_reading(_reading(time), 0, time) is State.POLICY


def test_overruns(safety: Safety) -> None:
    assert safety.check_reading(_reading(0.0), 2, 0.0) is State.POLICY
    assert safety.check_reading(_reading(0.02), 3, 0.02) is State.DAMPING
    assert safety.fault == "3 ticks in a row were late"


def test_targets_must_be_finite(safety: Safety) -> None:
    assert safety.check_targets(np.zeros(2)) is State.POLICY
    assert safety.check_targets(np.array([0.0, np.nan])) is State.DAMPING


def test_the_first_fault_is_kept(safety: Safety) -> None:
    safety.stop(Cause.TILT, "first")
    safety.stop(Cause.OVERRUN, "second")
    safety.finish()
    assert (safety.cause, safety.fault) == (Cause.TILT, "first")


@pytest.mark.parametrize(
    ("time", "now", "fine"),
    [
        (1.02, 5.02, True),
        (1.50, 5.50, True),  # a stall, of both
        (1.02, 5.001, True),  # a simulator faster than real time
        (1.11, 5.001, True),
        (1.13, 5.001, False),
        (0.98, 5.02, False),
        (9.00, 5.02, False),
        (float("nan"), 5.02, False),
    ],
)
def test_the_robots_clock(safety: Safety, time: float, now: float, fine: bool) -> None:
    safety.check_reading(_reading(1.0), 0, 5.0)
    assert (safety.check_reading(_reading(time), 0, now) is State.POLICY) == fine
    if not fine:
        assert safety.cause is (Cause.BAD_SENSOR if np.isnan(time) else Cause.CLOCK_JUMP)


def test_over_speed_counts_from_twice_the_limit(safety: Safety) -> None:
    reading = _reading()
    reading.joint_vel[0] = [39.9, 1e6]  # the second joint states no limit
    assert safety.check_reading(reading, 0, 0.0) is State.POLICY
    reading = _reading(0.02)
    reading.joint_vel[0, 0] = -40.1
    assert safety.check_reading(reading, 0, 0.02) is State.DAMPING
    assert (safety.cause, safety.fault) == (Cause.OVER_SPEED, "joint left_knee turns at -40.1 rad/s")
