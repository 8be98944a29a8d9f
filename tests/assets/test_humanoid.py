"""The humanoid against the published facts of its class, its own mirror image, and its weight."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage

ROBOT = ASSETS / "robots" / "humanoid.usda"

# Unitree G1 with 29 joints: kg of each link, left of a pair (g1_description in unitree_ros).
MASSES = {
    **{"base": 3.813, "waist": 0.214, "waist_cross": 0.086, "torso": 7.818},
    **{"hip": 1.35, "hip_bracket": 1.52, "thigh": 1.702, "shank": 1.932, "ankle": 0.074, "foot": 0.608},
    **{"clavicle": 0.718, "shoulder": 0.643, "upper_arm": 0.734, "forearm": 0.6},
    **{"wrist": 0.0854, "wrist_cross": 0.4840, "hand": 0.2546},
}
# Motor: rotor inertias in kg m2, the two stages of its gear, N m, rad/s (mjlab and BeyondMimic).
MOTORS = {
    "7520-14": ((0.489e-4, 0.098e-4, 0.533e-4), (4.5, 1 + 48 / 22), 88.0, 32.0),
    "7520-22": ((0.489e-4, 0.109e-4, 0.738e-4), (4.5, 5.0), 139.0, 20.0),
    "5020": ((0.139e-4, 0.017e-4, 0.169e-4), (1 + 46 / 18, 1 + 56 / 16), 25.0, 37.0),
    "4010": ((0.068e-4, 0.0, 0.0), (5.0, 5.0), 5.0, 22.0),
}
# Joint: its motors, lower and upper limit in rad, m from the last joint; of the left side.
JOINTS = {
    "left_hip_pitch": ("7520-14", 1, (-2.53, 2.88), (0.0, 0.0645, -0.1027)),
    "left_hip_roll": ("7520-22", 1, (-0.52, 2.97), (0.0, 0.052, -0.0305)),
    "left_hip_yaw": ("7520-14", 1, (-2.76, 2.76), (0.025, 0.0, -0.1241)),
    "left_knee": ("7520-22", 1, (-0.09, 2.88), (-0.0783, 0.0021, -0.1773)),
    "left_ankle_pitch": ("5020", 2, (-0.87, 0.52), (0.0, 0.0, -0.3)),
    "left_ankle_roll": ("5020", 2, (-0.26, 0.26), (0.0, 0.0, -0.0176)),
    "waist_yaw": ("7520-14", 1, (-2.62, 2.62), (0.0, 0.0, 0.0)),
    "waist_roll": ("5020", 2, (-0.52, 0.52), (-0.004, 0.0, 0.044)),
    "waist_pitch": ("5020", 2, (-0.52, 0.52), (0.0, 0.0, 0.0)),
    "left_shoulder_pitch": ("5020", 1, (-3.09, 2.67), (0.004, 0.1002, 0.2478)),
    "left_shoulder_roll": ("5020", 1, (-1.59, 2.25), (0.0, 0.038, -0.0138)),
    "left_shoulder_yaw": ("5020", 1, (-2.62, 2.62), (0.0, 0.0062, -0.1032)),
    "left_elbow": ("5020", 1, (-1.05, 2.09), (0.0158, 0.0, -0.0805)),
    "left_wrist_roll": ("5020", 1, (-1.97, 1.97), (0.1, 0.0019, -0.01)),
    "left_wrist_pitch": ("4010", 1, (-1.61, 1.61), (0.038, 0.0, 0.0)),
    "left_wrist_yaw": ("4010", 1, (-1.61, 1.61), (0.046, 0.0, 0.0)),
}


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return load_stage(ASSETS / "scenes" / "flat.usda", [RobotPlacement(ROBOT)]).compile()


def twin(name: str) -> str:
    return name.replace("left_", "right_") if name.startswith("left_") else name


def standing(model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_forward(model, data)
    return data


def test_nothing_is_lost_on_import() -> None:
    report = load_stage(ROBOT).report
    assert report.not_carried == {}
    assert report.remarks == []


def test_masses(model: mujoco.MjModel) -> None:
    assert model.body_subtreemass[model.body("base").id] == pytest.approx(33.34, abs=0.01)
    for name, mass in MASSES.items():
        pair = (
            [name] if name in ("base", "waist", "waist_cross", "torso") else [f"left_{name}", f"right_{name}"]
        )
        for body in pair:
            assert model.body(body).mass[0] == pytest.approx(mass, abs=1e-4), body


@pytest.mark.parametrize("name", JOINTS)
def test_joint_facts(model: mujoco.MjModel, name: str) -> None:
    motor, count, limits, offset = JOINTS[name]
    rotors, (first, second), effort, speed = MOTORS[motor]
    armature = count * (rotors[0] * (first * second) ** 2 + rotors[1] * second**2 + rotors[2])
    joint, drive = model.joint(name), model.actuator(name)
    np.testing.assert_allclose(joint.range, limits, atol=0.006)
    np.testing.assert_allclose(model.body(joint.bodyid[0]).pos, offset, atol=1e-4)
    assert joint.armature[0] == pytest.approx(armature, rel=1e-6)
    np.testing.assert_allclose(drive.forcerange, (-count * effort, count * effort))
    assert model.jnt_user[joint.id, 0] == pytest.approx(speed, rel=1e-5)
    # A spring of 10 Hz on the armature alone, at twice critical damping.
    natural = 2 * math.pi * 10
    assert drive.gainprm[0] == pytest.approx(armature * natural**2, rel=1e-5)
    np.testing.assert_allclose(
        drive.biasprm[:3], (0.0, -drive.gainprm[0], -4 * armature * natural), rtol=1e-5
    )


def test_motors_are_those_of_the_published_table() -> None:
    """The reflected inertias that mjlab prints for these motors, in kg m2."""
    published = {"7520-14": 0.010177520, "7520-22": 0.025101925, "5020": 0.003609725, "4010": 0.00425}
    for name, (rotors, (first, second), _, _) in MOTORS.items():
        reflected = rotors[0] * (first * second) ** 2 + rotors[1] * second**2 + rotors[2]
        assert reflected == pytest.approx(published[name], rel=1e-6)


def test_right_is_the_mirror_image_of_left(model: mujoco.MjModel) -> None:
    data, flip = mujoco.MjData(model), np.diag((1.0, -1.0, 1.0))
    mujoco.mj_forward(model, data)
    names = [model.body(i).name for i in range(1, model.nbody)]
    for name in (name for name in names if not name.startswith("right_")):
        left, right = model.body(name), model.body(twin(name))
        assert left.mass == right.mass
        np.testing.assert_allclose(data.xpos[right.id], flip @ data.xpos[left.id], atol=1e-6)
        np.testing.assert_allclose(data.xipos[right.id], flip @ data.xipos[left.id], atol=1e-6)
        np.testing.assert_allclose(
            _inertia(model, data, right.id), flip @ _inertia(model, data, left.id) @ flip, atol=1e-7
        )


def _inertia(model: mujoco.MjModel, data: mujoco.MjData, body: int) -> np.ndarray:
    axes = data.ximat[body].reshape(3, 3)
    return axes @ np.diag(model.body_inertia[body]) @ axes.T


@pytest.mark.parametrize("name", JOINTS)
def test_right_joint_is_the_mirror_image_of_left(model: mujoco.MjModel, name: str) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    left, right = model.joint(name), model.joint(twin(name))
    sign = -1 if "roll" in name or "yaw" in name else 1
    # A mirror reflects an axis of rotation and turns its sense.
    mirrored = data.xaxis[left.id] * (-1, 1, -1)
    np.testing.assert_allclose(data.xaxis[right.id], sign * mirrored, atol=1e-6)
    np.testing.assert_allclose(right.range, np.sort(sign * left.range), atol=1e-6)
    stand, drives = model.key("stand"), [model.actuator(joint.name).id for joint in (left, right)]
    assert stand.qpos[right.qposadr[0]] == pytest.approx(sign * stand.qpos[left.qposadr[0]])
    assert stand.ctrl[drives[1]] == pytest.approx(sign * stand.ctrl[drives[0]])


def test_inertias_are_those_of_real_bodies(model: mujoco.MjModel) -> None:
    moments = np.sort(model.body_inertia[1:], axis=1)
    assert (moments[:, 0] > 0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2]).all()


def test_stands_on_flat_soles(model: mujoco.MjModel) -> None:
    data = standing(model)
    for side in ("left", "right"):
        assert data.site(f"{side}_sole").xpos[2] == pytest.approx(0.0, abs=1e-5)
        np.testing.assert_allclose(data.sensor(f"{side}_sole_zaxis").data, (0.0, 0.0, 1.0), atol=1e-6)
        sole = data.geom(f"{side}_sole_pad")
        np.testing.assert_allclose(data.site(f"{side}_sole").xpos, sole.xpos - (0, 0, 0.015), atol=1e-5)
    # The centre of mass is over the soles, with more than 5 cm to toe and heel.
    assert abs(data.subtree_com[1][0] - data.site("left_sole").xpos[0]) < 0.05
    assert abs(data.subtree_com[1][1]) < 1e-6


def test_holds_its_weight_for_a_second(model: mujoco.MjModel) -> None:
    data, begin = standing(model), model.key("stand").qpos
    mujoco.mj_step(model, data, round(1.0 / model.opt.timestep))
    assert abs(data.qpos[2] - begin[2]) < 0.03
    # Nothing but the soles touches the floor.
    touching = {model.geom(int(g)).name for contact in data.contact for g in contact.geom} - {"floor"}
    assert touching == {"left_sole_pad", "right_sole_pad"}
    assert np.abs(data.qvel).max() < 2.0


def test_falls_without_blowing_up(model: mujoco.MjModel) -> None:
    data = standing(model)
    data.qvel[0] = 1.0
    highest = 0.0
    for _ in range(10):
        mujoco.mj_step(model, data, round(0.3 / model.opt.timestep))
        highest = max(highest, np.abs(data.qvel).max())
    assert data.qpos[2] < 0.3, "it fell"
    assert highest < 30.0
    assert np.abs(data.qvel).max() < 0.5, "and lies still"
