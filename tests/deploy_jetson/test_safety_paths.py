"""Random sequences of events: only an operator leads to Policy, and nothing leads out of Damping."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.faults import Cause, FaultError
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.safety import Safety, State
from gaitway.deploy_jetson.teleop import Wish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ORDER = list(State)
FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

number = st.floats(width=32) | st.floats(-2.0, 2.0)
values = st.lists(number, min_size=9, max_size=9)
readings = st.tuples(st.floats(-0.1, 0.3), values, st.booleans())
wishes = st.builds(
    Wish,
    st.tuples(number, number, number),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.floats(0.0, 0.6),
)


def _reading(time: float, numbers: list[float], upright: bool) -> SensorReading:
    """Any sensor values; where `upright`, such as a healthy robot has."""
    if upright:
        return SensorReading(
            np.zeros((1, 3)), np.array([[1.0, 0, 0, 0]]), np.zeros((1, 2)), np.zeros((1, 2)), time
        )
    array = np.array(numbers)[None]
    return SensorReading(array[:, :3], array[:, 1:5], array[:, 5:7], array[:, 7:9], time)


@FIXTURES
@given(
    st.lists(
        st.sampled_from(["stand", "engage", "finish"])
        | st.sampled_from(Cause)
        | st.tuples(readings, st.integers(0, 4), st.floats(0.0, 0.1))
        | values
    )
)
def test_the_state_machine_only_goes_forward(contract: Contract, events: list[object]) -> None:
    safety, now, time = Safety(contract), 0.0, 0.0
    for event in events:
        before, fault = safety.state, safety.fault
        if isinstance(event, Cause):
            safety.stop(event, f"{event.value}!")
        elif isinstance(event, str):
            getattr(safety, event)()
        elif isinstance(event, list):
            safety.check_targets(np.array(event))
        else:
            (step, numbers, upright), overruns, passed = event  # type: ignore[misc]
            now, time = now + passed, time + step
            safety.check_reading(_reading(time, numbers, upright), overruns, now)
        step = ORDER.index(safety.state) - ORDER.index(before)
        assert step >= 0
        assert step <= 1 or safety.state is State.DAMPING
        if safety.state is State.POLICY and before is not State.POLICY:
            assert (before, event) == (State.STAND, "engage")
        if before is State.DAMPING:
            assert safety.fault == fault, "the first cause stays"
        assert (safety.cause is None) == (safety.fault == "")


class Script:
    """Robot and operator who act out a list of (time step, reading, wish or failure)."""

    def __init__(self, events: list[tuple]) -> None:
        self.events, self.tick, self.time = events, -1, 0.0
        self.written: list[JointCommand] = []

    def read(self) -> SensorReading:
        self.tick += 1
        (step, numbers, upright), _, fails = self.events[self.tick]
        self.time += abs(step) if upright else step
        if fails:
            raise FaultError(Cause.LOST_SENSOR_LINK, "lost")
        return _reading(self.time, numbers, upright)

    def poll(self) -> Wish:
        return self.events[self.tick][1]

    def write(self, command: JointCommand) -> None:
        self.written.append(command)

    def close(self) -> None: ...


@pytest.fixture
def make_loop(bundle: object) -> Callable[[Script], ControlLoop]:
    policy = Policy.load(bundle)  # type: ignore[arg-type]
    return lambda script: ControlLoop(policy, script, None, script, stand_s=0.04, realtime=False)


mostly_fine = st.tuples(st.just(0.02), values, st.just(True))
willing = st.builds(Wish, st.just((0.2, 0.0, 0.0)), st.booleans(), st.booleans())


@FIXTURES
@given(
    st.lists(
        st.tuples(mostly_fine, willing, st.just(False))
        | st.tuples(mostly_fine | readings, willing | wishes, st.booleans()),
        max_size=20,
    )
)
def test_only_an_operator_engages_the_policy(
    make_loop: Callable[[Script], ControlLoop], events: list[tuple]
) -> None:
    script = Script(events)
    loop = make_loop(script)
    goes = 0
    for _, wish, _ in events:
        before = loop.safety.state
        sent = len(script.written)
        loop.step()
        after = loop.safety.state
        goes += wish.go
        if after is not before and after in (State.STAND, State.POLICY):
            assert wish.go, "each step forward is one of the operator's"
        if after is State.POLICY:
            assert goes >= 2
        if before is State.DAMPING:
            assert after is State.DAMPING
        if after in (State.DAMPING, State.PASSIVE):
            assert not any(command.kp.any() for command in script.written[sent:])
        assert all(np.isfinite(command.target).all() for command in script.written[sent:])
