"""The quadruped against the Unitree Go1's published facts, its mirror image, and a second of standing."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import LoadedStage, RobotPlacement, load_stage
from gaitway.envs.symmetry import joint_mirror

LEGS = ("left_front", "right_front", "left_rear", "right_rear")
# Unitree Go1 in MuJoCo Menagerie: range in rad, effort in N m, velocity in rad/s, gear.
PUBLISHED = {
    "hip_roll": ((-0.863, 0.863), 23.7, 30.1, 6),
    "hip_pitch": ((-0.686, 4.501), 23.7, 30.1, 6),
    "knee": ((-2.818, -0.888), 35.55, 20.06, 9),
}
ROTOR_INERTIA = 1.118e-4
MASSES = {"hip": 0.68, "thigh": 1.009, "shank": 0.195862}
THIGH = SHANK = 0.213
FOOT = 0.023


@pytest.fixture(scope="module")
def loaded() -> LoadedStage:
    robot = RobotPlacement(ASSETS / "robots" / "quadruped.usda")
    return load_stage(ASSETS / "scenes" / "flat.usda", [robot])


@pytest.fixture(scope="module")
def model(loaded: LoadedStage) -> mujoco.MjModel:
    return loaded.compile()


@pytest.fixture
def standing(model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_forward(model, data)
    return data


def test_nothing_is_lost_on_import(loaded: LoadedStage) -> None:
    assert loaded.report.not_carried == {}


def test_actuators_are_in_the_stated_order(model: mujoco.MjModel) -> None:
    names = [model.actuator(i).name for i in range(model.nu)]
    assert names == [f"{leg}_{joint}" for leg in LEGS for joint in PUBLISHED]
    assert names == [model.joint(i).name for i in range(1, model.njnt)]


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("joint", PUBLISHED)
def test_actuator_facts(model: mujoco.MjModel, leg: str, joint: str) -> None:
    limits, effort, velocity, gear = PUBLISHED[joint]
    hinge, drive = model.joint(f"{leg}_{joint}"), model.actuator(f"{leg}_{joint}")
    np.testing.assert_allclose(hinge.range, limits, atol=1e-6)
    np.testing.assert_allclose(drive.forcerange, (-effort, effort), rtol=1e-6)
    assert model.jnt_user[hinge.id, 0] == pytest.approx(velocity)
    armature = ROTOR_INERTIA * gear**2
    assert hinge.armature[0] == pytest.approx(armature)
    natural = 2 * np.pi * 15.0  # rad/s
    assert drive.gainprm[0] == pytest.approx(armature * natural**2)
    assert -drive.biasprm[2] == pytest.approx(2 * 2.0 * armature * natural), "damping ratio 2"
    np.testing.assert_allclose(hinge.axis, (1, 0, 0) if joint == "hip_roll" else (0, 1, 0), atol=1e-6)


def test_masses(model: mujoco.MjModel) -> None:
    for leg in LEGS:
        for part, mass in MASSES.items():
            assert model.body(f"{leg}_{part}").mass[0] == pytest.approx(mass)
    assert model.body("base").mass[0] == pytest.approx(5.204)
    assert model.body_subtreemass[model.body("base").id] == pytest.approx(5.204 + 4 * sum(MASSES.values()))


@pytest.mark.parametrize("leg", LEGS)
def test_leg_geometry(model: mujoco.MjModel, standing: mujoco.MjData, leg: str) -> None:
    forward, left = (1 if "front" in leg else -1), (1 if "left" in leg else -1)
    hip = standing.body(f"{leg}_hip").xpos - standing.body("base").xpos
    np.testing.assert_allclose(hip, (forward * 0.1881, left * 0.04675, 0), atol=1e-6)
    np.testing.assert_allclose(model.body(f"{leg}_thigh").pos, (0, left * 0.08, 0), atol=1e-6)
    np.testing.assert_allclose(model.body(f"{leg}_shank").pos, (0, 0, -THIGH), atol=1e-6)
    foot = model.geom(f"{leg}_foot")
    np.testing.assert_allclose(foot.pos, (0, 0, -SHANK), atol=1e-6)
    assert foot.size[0] == pytest.approx(FOOT)


def test_inertias_are_those_of_real_bodies(model: mujoco.MjModel) -> None:
    moments = np.sort(model.body_inertia[model.body_mass > 0], axis=1)
    assert (moments[:, 0] > 0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2]).all()


@pytest.mark.parametrize("leg", LEGS)
def test_soles_touch_the_floor_in_the_keyframe(standing: mujoco.MjData, leg: str) -> None:
    foot, sole = standing.geom(f"{leg}_foot").xpos, standing.sensor(f"{leg}_sole_pos").data
    assert sole[2] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(foot - sole, (0, 0, FOOT), atol=1e-6)
    np.testing.assert_allclose(standing.sensor(f"{leg}_sole_zaxis").data, (0, 0, 1), atol=1e-6)


def test_mirrored_pose_and_force_give_mirrored_motion(model: mujoco.MjModel) -> None:
    """Mass, inertia and geometry are symmetric: accelerations of a random state mirror with it."""
    rng = np.random.default_rng(0)
    names = [model.joint(i).name for i in range(1, model.njnt)]
    source, sign = joint_mirror(model, model.key("stand").qpos, names)
    linear, angular = np.array([1, -1, 1]), np.array([-1, 1, -1])
    low, high = model.jnt_range[1:].T
    data, mirrored = mujoco.MjData(model), mujoco.MjData(model)
    for _ in range(5):
        data.qpos[:3], data.qpos[3:7] = rng.normal(size=3), rng.normal(size=4)
        data.qpos[2] += 3.0  # clear of the floor
        data.qpos[3:7] /= np.linalg.norm(data.qpos[3:7])
        data.qpos[7:], data.qvel[:], data.ctrl[:] = rng.uniform(low, high), rng.normal(size=model.nv), 0.0
        mirrored.qpos[:3], mirrored.qpos[3:7] = data.qpos[:3] * linear, data.qpos[3:7] * (1, *angular)
        mirrored.qvel[:3], mirrored.qvel[3:6] = data.qvel[:3] * linear, data.qvel[3:6] * angular
        mirrored.qpos[7:] = data.qpos[7:][source] * sign
        mirrored.qvel[6:] = data.qvel[6:][source] * sign
        mujoco.mj_forward(model, data)
        mujoco.mj_forward(model, mirrored)
        expected = np.concatenate(
            (data.qacc[:3] * linear, data.qacc[3:6] * angular, data.qacc[6:][source] * sign)
        )
        scale = np.abs(expected).max()
        np.testing.assert_allclose(mirrored.qacc / scale, expected / scale, atol=1e-6)


def test_stands_on_its_drives(model: mujoco.MjModel, standing: mujoco.MjData) -> None:
    start = standing.qpos.copy()
    for _ in range(round(1.0 / model.opt.timestep)):
        mujoco.mj_step(model, standing)
        assert np.abs(standing.qvel).max() < 2.0, "a joint explodes"
    assert start[2] - standing.qpos[2] == pytest.approx(0.015, abs=0.005), "it sinks as its gains let it"
    assert np.linalg.norm(standing.qpos[:2]) < 0.03
    assert standing.body("base").xmat[8] > np.cos(np.radians(2.0))
    assert np.abs(standing.qvel).max() < 0.1
    weight = sum(standing.sensor(f"{leg}_sole_contact").data[3] for leg in LEGS)  # what they press with
    assert -weight == pytest.approx(model.body_subtreemass[1] * 9.81, rel=0.02)
    assert (np.abs(standing.actuator_force) < 0.5 * model.actuator_forcerange[:, 1]).all()


def test_camera_looks_ahead(model: mujoco.MjModel, standing: mujoco.MjData) -> None:
    camera = standing.camera("front_camera")
    np.testing.assert_allclose(camera.xmat.reshape(3, 3) @ (0, 0, -1), (1, 0, 0), atol=1e-6)
    assert camera.xpos[0] > 0.25
