"""Policies that see more than the robot's own senses, or less: no IMU, no command, wheels."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import BundleError, Contract, GaitClock, ObservationTerm
from gaitway.deploy_jetson.golden import Golden, replay
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.observations import ObservationBuilder, ReadingError, SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.safety import Safety, State
from gaitway.deploy_jetson.ticklog import JsonLog

TERMS = (
    ObservationTerm("joint_vel", "robot", 2, 0.5, None, 1, "joints", "joint", "rad/s"),
    ObservationTerm("goal", "external", 3, 2.0, None, 1, "direction, distance", "heading", "1, 1, m"),
)


def _wheeled(contract: Contract, **joints: Any) -> Contract:
    """Two wheels without IMU: what they do depends on joint velocities and a goal."""
    changes = {
        "drive": ("velocity", "velocity"),
        "kp": (0.0, 0.0),
        "action_offset": (0.0, 0.0),
        "lower": (None, None),
        "upper": (None, None),
    }
    return dataclasses.replace(
        contract,
        robot=dataclasses.replace(contract.robot, imu=False, base_height=None, base_quat=None),
        joints=dataclasses.replace(contract.joints, **(changes | joints)),
        observations=TERMS,
        observation_size=5,
        gait_clock=None,
        commands=None,
    )


def _reading(external: dict[str, Any], time: float = 0.0) -> SensorReading:
    return SensorReading(None, None, np.array([[90.0, -70.0]]), np.array([[2.0, 4.0]]), time, external)


def _policy(contract: Contract) -> Policy:
    """One that acts by the sum over the goal."""

    def network(observations: np.ndarray) -> np.ndarray:
        return np.repeat(0.1 * observations[:, 2:].sum(axis=1, keepdims=True), 2, axis=1)

    return Policy(contract, network, None)  # type: ignore[arg-type]


def test_external_values_are_scaled_and_put_in_their_place(contract: Contract) -> None:
    builder = ObservationBuilder(_wheeled(contract))
    builder.reset(1)
    observation = builder.build(_reading({"goal": np.array([[1.0, 0.0, 0.25]])}))
    np.testing.assert_allclose(observation, [[1.0, 2.0, 2.0, 0.0, 0.5]])


BAD = {
    r"'goal' \(direction, distance\) is missing": {},
    r"'goal' has shape \(1, 2\), not \(1, 3\)": {"goal": np.zeros((1, 2))},
    r"'goal' has shape \(3,\), not \(1, 3\)": {"goal": np.zeros(3)},
    "'goal' is not finite": {"goal": np.array([[0.0, np.nan, 0.0]])},
}


@pytest.mark.parametrize("sentence", BAD)
def test_bad_external_values_are_refused_and_damp(contract: Contract, sentence: str) -> None:
    wheeled = _wheeled(contract)
    builder, safety = ObservationBuilder(wheeled), Safety(wheeled)
    builder.reset(1)
    with pytest.raises(ReadingError, match=sentence):
        builder.build(_reading(BAD[sentence]))
    safety.stand()
    safety.engage()
    good = {"goal": np.zeros((1, 3))}
    assert safety.check_reading(_reading(good), 0, 0.0) is State.POLICY, (
        "wheels turn without end, no IMU, no tilt"
    )
    assert safety.check_reading(_reading(BAD[sentence], 0.02), 0, 0.02) is State.DAMPING
    assert "external observation 'goal'" in safety.fault


def test_a_robot_with_imu_must_measure(contract: Contract) -> None:
    bare = dataclasses.replace(_reading({}), joint_pos=np.zeros((1, 2)))
    safety, builder = Safety(contract), ObservationBuilder(contract)
    assert safety.check_reading(bare, 0, 0.0) is State.DAMPING
    assert safety.fault == "the reading has no gyro or quat"
    builder.reset(1)
    with pytest.raises(ReadingError, match="needs 'gyro'"):
        builder.build(bare, np.zeros((1, 3)))
    with pytest.raises(ReadingError, match="follows a velocity command, and none is given"):
        builder.build(bare)


def test_a_policy_that_gets_up_may_lie(contract: Contract) -> None:
    on_its_back = SensorReading(
        np.zeros((1, 3)), np.array([[0.0, 1.0, 0.0, 0.0]]), np.zeros((1, 2)), np.zeros((1, 2))
    )
    falls = dataclasses.replace(contract, robot=dataclasses.replace(contract.robot, falls=True))
    assert Safety(contract).check_reading(on_its_back, 0, 0.0) is State.DAMPING
    assert Safety(falls).check_reading(on_its_back, 0, 0.0) is State.PASSIVE


def test_what_the_robot_does_not_have_is_not_built(contract: Contract) -> None:
    for missing, change in (
        ("base_ang_vel", {"robot": dataclasses.replace(contract.robot, imu=False)}),
        ("velocity_command", {"gait_clock": None, "commands": None}),
        ("gait_phase", {"gait_clock": None}),
    ):
        with pytest.raises(BundleError, match=f"observation '{missing}' is unknown here"):
            ObservationBuilder(dataclasses.replace(contract, **change))


def test_an_external_value_can_set_the_clocks_pace(contract: Contract) -> None:
    style = ObservationTerm("gait_style", "external", 2, 1.0, None, 1, "frequency, height", "", "Hz, dm")
    paced = dataclasses.replace(
        contract,
        observations=(*contract.observations, style),
        observation_size=contract.observation_size + 2,
        gait_clock=GaitClock(1.4, 0.5, "gait_style"),
    )
    builder = ObservationBuilder(paced)
    builder.reset(2)
    reading = SensorReading(
        np.zeros((2, 3)), np.tile([1.0, 0.0, 0.0, 0.0], (2, 1)), np.zeros((2, 2)), np.zeros((2, 2))
    )
    reading.external["gait_style"] = np.array([[1.0, 0.5], [2.0, 0.5]])
    for _ in range(11):
        builder.build(reading, np.tile([0.4, 0.0, 0.0], (2, 1)))
    assert builder.clock is not None
    np.testing.assert_allclose(builder.clock.phase, [10 * 0.02 * 1.2, 10 * 0.02 * 2.2], atol=1e-5)


def test_recordings_keep_and_replay_external_values(contract: Contract) -> None:
    wheeled = _wheeled(contract)
    rng = np.random.default_rng(0)
    joint_vel, goal = rng.normal(size=(8, 2)).astype("f4"), rng.normal(size=(8, 3)).astype("f4")
    observations = np.concatenate((0.5 * joint_vel, 2.0 * goal), axis=1)
    recording = Golden(
        joint_pos=np.zeros((8, 2), "f4"),
        joint_vel=joint_vel,
        start=np.arange(8) % 5 == 0,
        observations=observations,
        actions=np.clip(observations[:, :2], [-1, -2], [1, 2]),
        facts=wheeled.facts(),
        external={"goal": goal},
    )
    back = Golden.from_bytes(recording.to_bytes(), Path("golden.npz"))
    assert back.gyro is None and back.command is None and back.facts == wheeled.facts()
    np.testing.assert_array_equal(back.external["goal"], goal)
    assert replay(wheeled, back, lambda observations: observations[:, :2]).ok
    back.external["goal"][3, 1] += 0.1
    assert replay(wheeled, back, lambda observations: observations[:, :2]).worst_term == "goal"
    back.external.clear()
    with pytest.raises(BundleError, match=r"tick 0 of the recording does not fit: .*'goal'.* is missing"):
        replay(wheeled, back, lambda observations: observations[:, :2])


def test_relative_targets_are_steps_from_where_the_joints_are(contract: Contract) -> None:
    arm = _wheeled(contract, drive=("position", "position"), kp=(1.0, 1.0), relative=True)
    policy = _policy(arm)
    policy.reset()
    targets = policy.act(_reading({"goal": np.array([[1.0, 1.0, 1.0]])}))
    np.testing.assert_allclose(targets, [[90.0 + 0.5 * 0.6, -70.0 + 0.25 * 0.6]], atol=1e-5)


class Wheels:
    """Two wheels that do as they are told; the goal is lost at tick `lost`."""

    def __init__(self, lost: int) -> None:
        self.lost, self.written = lost, []

    def read(self) -> SensorReading:
        tick = len(self.written)
        return _reading({"goal": np.ones((1, 3))} if tick < self.lost else {}, 0.02 * tick)

    def write(self, command: JointCommand) -> None:
        self.written.append(command)

    def close(self) -> None: ...


def test_wheels_rest_drive_and_brake(contract: Contract, tmp_path: Path) -> None:
    wheels, log = Wheels(lost=8), JsonLog(tmp_path / "log.jsonl")
    loop = ControlLoop(_policy(_wheeled(contract)), wheels, stand_s=0.1, realtime=False, log=log)
    report = loop.run(1.0)
    targets = np.array([command.target for command in wheels.written])
    np.testing.assert_allclose(targets[:5], 0.0)  # while others stand up, wheels rest
    np.testing.assert_allclose(targets[5:8], [[0.3, 0.15]] * 3, atol=1e-6)
    assert "'goal' (direction, distance) is missing" in report.fault
    np.testing.assert_array_equal(targets[8:], 0.0)
    assert not any(command.kp.any() for command in wheels.written) and wheels.written[-1].kd.all()
    tick = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[6])
    assert tick["command"] is None and tick["gyro"] is None and tick["external"] == {"goal": [1.0, 1.0, 1.0]}


def test_a_loop_takes_a_command_if_the_policy_does(contract: Contract, bundle: Path) -> None:
    with pytest.raises(ValueError, match="does not follow a velocity command"):
        ControlLoop(_policy(_wheeled(contract)), Wheels(0), lambda reading: np.zeros(3))
    with pytest.raises(ValueError, match="follows a velocity command"):
        ControlLoop(Policy.load(bundle), Wheels(0))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda d: d["joints"].update(drive=["velocity", "position"]),
            "joints.drive of 'left_knee' is velocity",
        ),
        (
            lambda d: d["joints"].update(drive=["torque", "position"]),
            "joints.drive of 'left_knee' is 'torque'",
        ),
        (
            lambda d: d["observations"][0].update(source="wifi"),
            "observations 'base_ang_vel': source is 'wifi', not 'robot' or 'external'",
        ),
        (lambda d: d.update(commands=None), "gait_clock needs commands"),
        (lambda d: d["gait_clock"].update(frequency_from="goal"), "gait_clock.frequency_from is 'goal'"),
    ],
)
def test_contradictions_are_refused(contract: Contract, tmp_path: Path, change: Any, sentence: str) -> None:
    path = tmp_path / "policy.json"
    contract.save(path)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(BundleError, match=sentence):
        Contract.load(path)
    wheeled = _wheeled(contract)
    wheeled.save(path)
    assert Contract.load(path) == wheeled
