"""The AMR against its data sheet and the closed forms of a differential drive."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage

WHEEL_RADIUS, TRACK = 0.1, 0.44


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    robot = RobotPlacement(ASSETS / "robots" / "amr.usda")
    return load_stage(ASSETS / "scenes" / "flat.usda", [robot]).compile()


def drive(model: mujoco.MjModel, left: float, right: float, seconds: float) -> mujoco.MjData:
    """Wheel speeds in rad/s, from rest."""
    data = mujoco.MjData(model)
    data.actuator("left_wheel_joint").ctrl[:] = left
    data.actuator("right_wheel_joint").ctrl[:] = right
    mujoco.mj_step(model, data, round(seconds / model.opt.timestep))
    return data


def test_nothing_is_lost_on_import() -> None:
    assert load_stage(ASSETS / "robots" / "amr.usda").report.not_carried == {}


def test_data_sheet(model: mujoco.MjModel) -> None:
    robot = model.body("base").id
    assert model.body_subtreemass[robot] == pytest.approx(83.0)
    hull = model.geom("hull")
    np.testing.assert_allclose(2 * hull.size[:2], (0.80, 0.58), atol=1e-6)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert data.geom("hull").xpos[2] + hull.size[2] == pytest.approx(0.30, abs=1e-6)
    assert model.geom("left_tread").size[0] == pytest.approx(WHEEL_RADIUS)
    assert data.body("left_wheel").xpos[1] - data.body("right_wheel").xpos[1] == pytest.approx(TRACK)


def test_inertias_are_those_of_real_bodies(model: mujoco.MjModel) -> None:
    moments = np.sort(model.body_inertia[model.body_mass > 0], axis=1)
    assert (moments[:, 0] > 0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2]).all()
    wheel = model.body("left_wheel").inertia.max()
    assert wheel == pytest.approx(0.5 * 3.0 * WHEEL_RADIUS**2, rel=1e-3), "a solid 3 kg disc"


def test_stereo_pair_looks_ahead_with_its_stated_baseline(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    left, right = data.camera("stereo_left"), data.camera("stereo_right")
    np.testing.assert_allclose(left.xpos - right.xpos, (0.0, 0.12, 0.0), atol=1e-6)
    for camera in (left, right):
        np.testing.assert_allclose(camera.xmat.reshape(3, 3) @ (0, 0, -1), (1, 0, 0), atol=1e-6)
        np.testing.assert_allclose(camera.xmat.reshape(3, 3) @ (0, 1, 0), (0, 0, 1), atol=1e-6)


def test_rests_on_its_wheels(model: mujoco.MjModel) -> None:
    data = drive(model, 0.0, 0.0, 2.0)
    np.testing.assert_allclose(data.body("base").xpos, (0.0, 0.0, WHEEL_RADIUS), atol=1e-3)
    assert np.abs(data.qvel).max() < 1e-3
    weight = sum(_normal_force(model, data, contact) for contact in range(data.ncon))
    assert weight == pytest.approx(83.0 * 9.81, rel=1e-3)


def _normal_force(model: mujoco.MjModel, data: mujoco.MjData, contact: int) -> float:
    force = np.zeros(6)
    mujoco.mj_contactForce(model, data, contact, force)
    return force[0]


def test_rolls_without_slip(model: mujoco.MjModel) -> None:
    data = drive(model, 10.0, 10.0, 4.0)
    wheel = data.joint("left_wheel_joint").qvel[0]
    assert wheel == pytest.approx(10.0, rel=0.02)
    assert data.qvel[0] == pytest.approx(wheel * WHEEL_RADIUS, rel=0.01)
    assert abs(data.qpos[1]) < 1e-3


def test_turns_on_the_spot(model: mujoco.MjModel) -> None:
    data = drive(model, -4.4, 4.4, 3.0)
    wheel = data.joint("right_wheel_joint").qvel[0]
    assert data.qvel[5] == pytest.approx(2 * wheel * WHEEL_RADIUS / TRACK, rel=0.03)
    assert np.linalg.norm(data.qpos[:2]) < 0.02


def test_carries_its_payload_at_top_speed(model: mujoco.MjModel) -> None:
    loaded = model.__copy__()
    loaded.body("base").mass[:] += 250.0
    mujoco.mj_setConst(loaded, mujoco.MjData(loaded))
    halfway = drive(loaded, 20.0, 20.0, 0.5)
    # Both drives saturate at 35 N m; the wheels' rotors add their inertia to the robot's mass.
    mass = 333.0 + 2 * (0.015 + 0.05) / WHEEL_RADIUS**2
    force = 2 * (35.0 - 0.2) / WHEEL_RADIUS
    drag = 0.02 * 333.0 * 9.81  # were all its weight on the casters
    assert 0.5 * (force - drag) / mass < halfway.qvel[0] < 0.5 * force / mass
    assert drive(loaded, 20.0, 20.0, 4.0).qvel[0] == pytest.approx(2.0, rel=0.02)
