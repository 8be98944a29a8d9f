"""The simulated robot's process, against MuJoCo stepped here."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.deploy_jetson.contract import Contract, Provenance
from gaitway.deploy_jetson.faults import FaultError
from gaitway.deploy_jetson.robot import JointCommand, RobotError
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.envs.make import make_vector
from gaitway.envs.model import compile_model
from gaitway.envs.registration import load_cfg
from gaitway.policies.describe import describe

TASK = "Gaitway/DroidVelocityFlat-v0"


@pytest.fixture(scope="module")
def droid() -> Contract:
    return describe(make_vector(TASK, 1), Provenance("training", "", 0, 0, 0, 0.0, "", {}))


def _command(contract: Contract, target: np.ndarray, stiff: bool = True) -> JointCommand:
    kp, kd = np.array(contract.joints.kp), np.array(contract.joints.kd)
    return JointCommand(target, kp if stiff else 0 * kp, kd)


def _targets(contract: Contract, ticks: int) -> np.ndarray:
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (ticks, contract.action_size))
    return np.array(contract.joints.default_pos) + noise


def test_it_steps_the_very_model_of_training(droid: Contract) -> None:
    """Same targets, same trajectory to the last bit, without ever touching the gains here."""
    model = compile_model(load_cfg(TASK))
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    motors = [model.actuator(name).id for name in droid.joints.names]
    joints = model.actuator_trnid[motors, 0]
    with SimRobot(droid) as robot:
        for target in _targets(droid, 25):
            reading = robot.read()
            mujoco.mj_forward(model, data)
            np.testing.assert_array_equal(reading.joint_pos[0], data.qpos[model.jnt_qposadr[joints]])
            np.testing.assert_array_equal(reading.joint_vel[0], data.qvel[model.jnt_dofadr[joints]])
            np.testing.assert_allclose(reading.gyro[0], data.sensor("imu_gyro").data, atol=1e-12)
            np.testing.assert_allclose(reading.quat[0], data.sensor("imu_quat").data, atol=1e-12)
            np.testing.assert_array_equal(robot.base_pos, data.qpos[:3])
            assert reading.time == data.time
            robot.write(_command(droid, target))
            data.ctrl[motors] = target
            mujoco.mj_step(model, data, droid.timing.decimation)


def test_joints_are_mapped_by_name(droid: Contract) -> None:
    """A contract that lists the joints in another order moves the same joints."""
    order = np.random.default_rng(3).permutation(droid.action_size)
    arrays = {
        name: tuple(values[i] for i in order)
        for name, values in vars(droid.joints).items()
        if name != "relative"
    }
    shuffled = dataclasses.replace(droid, joints=dataclasses.replace(droid.joints, **arrays))
    with SimRobot(droid) as straight, SimRobot(shuffled) as permuted:
        for target in _targets(droid, 10):
            straight.read(), permuted.read()
            straight.write(_command(droid, target))
            permuted.write(_command(shuffled, target[order]))
        np.testing.assert_array_equal(permuted.read().joint_pos, straight.read().joint_pos[:, order])


def test_damping_lets_the_robot_sink(droid: Contract) -> None:
    with SimRobot(droid) as robot:
        reading = robot.read()
        for _ in range(50):
            robot.write(_command(droid, np.zeros(droid.action_size), stiff=False))
            reading = robot.read()
        assert robot.base_pos[2] < droid.robot.base_height - 0.1
        assert np.isfinite(reading.joint_vel).all()


def test_it_starts_where_it_is_put(droid: Contract) -> None:
    with SimRobot(droid, position=(1.0, -2.0, 0.5), yaw=np.pi / 2) as robot:
        robot.read()
        np.testing.assert_allclose(
            robot.base_pos, [1.0, -2.0, 0.5 + float(droid.robot.base_height or 0)], atol=1e-9
        )
        half = np.sqrt(0.5)
        np.testing.assert_allclose(robot.base_quat, [half, 0, 0, half], atol=1e-9)


def test_its_process_has_no_torch(droid: Contract) -> None:
    with SimRobot(droid) as robot:
        maps = Path(f"/proc/{robot.process.pid}/maps").read_text()
    assert "mujoco" in maps
    assert "torch" not in maps


def test_it_records_every_tick(droid: Contract, tmp_path: Path) -> None:
    with SimRobot(droid, record=tmp_path / "run.npz") as robot:
        heights = []
        for target in _targets(droid, 5):
            robot.read()
            heights.append(robot.base_pos[2])
            robot.write(_command(droid, target))
    with np.load(tmp_path / "run.npz") as file:
        np.testing.assert_array_equal(file["qpos"][:5, 2], heights)
        np.testing.assert_allclose(file["time"], 0.02 * np.arange(6), atol=1e-12)
        assert file["qvel"].shape == (6, 20)
    assert list(tmp_path.iterdir()) == [tmp_path / "run.npz"]


def test_a_missing_scene_is_named(droid: Contract) -> None:
    with pytest.raises(RobotError, match=r"nowhere\.usda"):
        SimRobot(droid, scene=Path("nowhere.usda"))


def test_a_robot_without_a_joint_of_the_policy_is_refused(droid: Contract) -> None:
    names = ("tail_yaw", *droid.joints.names[1:])
    other = dataclasses.replace(droid, joints=dataclasses.replace(droid.joints, names=names))
    with pytest.raises(RobotError, match="lacks the joint tail_yaw"):
        SimRobot(other)


def test_joints_the_policy_does_not_drive_hold_their_keyframe(droid: Contract, tmp_path: Path) -> None:
    target = np.array(droid.joints.default_pos)
    with SimRobot(droid, record=tmp_path / "run.npz") as robot:
        for _ in range(25):
            robot.read()
            robot.write(_command(droid, target))
    with np.load(tmp_path / "run.npz") as file:
        assert file["qpos"].shape[1] == 7 + 10 + 4  # the droid's neck has four joints
        np.testing.assert_allclose(file["qpos"][:, -4:], 0.0, atol=0.05)


def test_a_changed_robot_file_is_noted(droid: Contract) -> None:
    old = dataclasses.replace(droid, robot=dataclasses.replace(droid.robot, sha256="0" * 64))
    with SimRobot(droid) as same, SimRobot(old) as other:
        assert same.note == ""
        assert other.note == "robots/droid.usda has changed since the policy was trained on it."


def test_a_dead_simulator_is_an_error(droid: Contract) -> None:
    robot = SimRobot(droid)
    robot.read()
    robot.process.kill()
    robot.process.wait()
    with pytest.raises(FaultError, match="has ended"):
        for _ in range(3):
            robot.write(_command(droid, np.zeros(droid.action_size)))
            robot.read()


def test_a_silent_simulator_gives_the_old_reading(droid: Contract) -> None:
    with SimRobot(droid, patience=0.01) as robot:
        first = robot.read()
        again = robot.read()  # nothing was written, so nothing comes
        assert again.time == first.time
        robot.write(_command(droid, np.array(droid.joints.default_pos)))
        robot.patience = 10.0
        assert robot.read().time == pytest.approx(0.02)


def test_the_robot_file_can_be_given(droid: Contract) -> None:
    elsewhere = dataclasses.replace(droid, robot=dataclasses.replace(droid.robot, file="gone.usda"))
    with SimRobot(elsewhere, robot_file=ASSETS / "robots/droid.usda") as robot:
        assert robot.read().joint_pos.shape == (1, 10)


def test_its_own_clock_runs_on_and_the_recording_has_all_that_was_read(
    droid: Contract, tmp_path: Path
) -> None:
    """Sensors come at every physics step, under whichever command was the last."""
    with SimRobot(droid, realtime=True, patience=5.0, record=tmp_path / "run.npz") as robot:
        times = [robot.read().time]
        with contextlib.suppress(FaultError):  # on a machine so busy that its watchdog wakes, fewer will do
            for _ in range(10):
                robot.write(_command(droid, np.array(droid.joints.default_pos)))
                times.append(robot.read().time)
    steps = np.diff(times) / droid.timing.physics_dt
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)
    assert len(steps) and (steps > 0).all()
    with np.load(tmp_path / "run.npz") as file:
        assert file["time"][-1] >= times[-1]
