"""The droid against its data, and its neck against pushes."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage

NECK = ("neck_pitch", "head_pitch", "head_yaw", "head_roll")


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    robot = RobotPlacement(ASSETS / "robots" / "droid.usda")
    return load_stage(ASSETS / "scenes" / "flat.usda", [robot]).compile()


def standing(model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_forward(model, data)
    return data


def test_nothing_is_lost_on_import() -> None:
    assert load_stage(ASSETS / "robots" / "droid.usda").report.not_carried == {}


def test_data_sheet(model: mujoco.MjModel) -> None:
    assert model.body_mass.sum() == pytest.approx(15.4)
    legs = [name for name in (model.actuator(i).name for i in range(model.nu)) if name not in NECK]
    assert [model.actuator(i).name for i in range(model.nu)] == [*legs, *NECK], "the neck comes last"
    assert len(legs) == 10
    data = standing(model)
    soles = [data.sensor(f"{side}_sole_pos").data[2] for side in ("left", "right")]
    np.testing.assert_allclose(soles, 0.0, atol=1e-3)
    assert data.geom("brow").xpos[2] + model.geom("brow").size[2] == pytest.approx(0.66, abs=0.005)


def test_inertias_are_those_of_real_bodies(model: mujoco.MjModel) -> None:
    moments = np.sort(model.body_inertia[model.body_mass > 0], axis=1)
    assert (moments[:, 0] > 0).all()
    assert (moments[:, 0] + moments[:, 1] >= moments[:, 2]).all()


def test_it_stands_over_its_feet(model: mujoco.MjModel) -> None:
    data = standing(model)
    for side in ("left", "right"):
        pad = data.geom(f"{side}_sole_pad").xpos[0]
        assert abs(data.subtree_com[0, 0] - pad) < 0.5 * model.geom(f"{side}_sole_pad").size[0]
    assert data.subtree_com[0, 1] == pytest.approx(0.0, abs=1e-4)


def test_neck_turns_the_way_its_names_say(model: mujoco.MjModel) -> None:
    data = standing(model)

    def view() -> tuple[np.ndarray, np.ndarray]:
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        axes = data.camera("head_camera").xmat.reshape(3, 3)
        return -axes[:, 2], axes[:, 0]  # forwards and to the right

    np.testing.assert_allclose(view(), ((1, 0, 0), (0, -1, 0)), atol=1e-6)
    for name, expected in {
        "neck_pitch": ((np.cos(0.2), 0, -np.sin(0.2)), (0, -1, 0)),
        "head_pitch": ((np.cos(0.2), 0, -np.sin(0.2)), (0, -1, 0)),
        "head_yaw": ((np.cos(0.2), np.sin(0.2), 0), (np.sin(0.2), -np.cos(0.2), 0)),
        "head_roll": ((1, 0, 0), (0, -np.cos(0.2), -np.sin(0.2))),
    }.items():
        data.joint(name).qpos[:] = 0.2
        np.testing.assert_allclose(view(), expected, atol=1e-6, err_msg=name)
        data.joint(name).qpos[:] = 0.0


@pytest.mark.parametrize("axis", range(3))
def test_neck_holds_against_a_push(model: mujoco.MjModel, axis: int) -> None:
    """20 N on the head for 0.2 s: it gives way by less than 2 degrees and is back within 0.1 s."""
    data = standing(model)
    upright, neck = data.qpos[:7].copy(), slice(model.joint("neck_pitch").qposadr[0], None)
    angles = []
    for step in range(300):
        data.qpos[:7], data.qvel[:6] = upright, 0.0
        data.body("head").xfrc_applied[axis] = 20.0 if step * model.opt.timestep < 0.2 else 0.0
        mujoco.mj_step(model, data)
        angles.append(data.qpos[neck].copy())
    during, after = np.split(np.abs(angles), [round(0.2 / model.opt.timestep)])
    assert 0.005 < during.max() < np.radians(2.0)
    assert after[round(0.1 / model.opt.timestep) :].max() < 0.005
