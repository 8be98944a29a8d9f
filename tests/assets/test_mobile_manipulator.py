"""The mobile manipulator is its two parts, and moves as one robot."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage

ROBOTS = ASSETS / "robots"


def compiled(name: str) -> mujoco.MjModel:
    return load_stage(ASSETS / "scenes" / "flat.usda", [RobotPlacement(ROBOTS / f"{name}.usda")]).compile()


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return compiled("mobile_manipulator")


def standing(model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_forward(model, data)
    return data


def test_nothing_is_lost_on_import() -> None:
    assert load_stage(ROBOTS / "mobile_manipulator.usda").report.not_carried == {}


def test_it_is_its_parts(model: mujoco.MjModel) -> None:
    amr, arm = compiled("amr"), compiled("arm")
    assert model.body_mass.sum() == pytest.approx(amr.body_mass.sum() + arm.body_mass.sum())
    assert (model.nv, model.nu, model.neq) == (amr.nv + arm.nv, amr.nu + arm.nu, arm.neq)
    free = [i for i in range(model.njnt) if model.jnt_type[i] == mujoco.mjtJoint.mjJNT_FREE]
    assert free == [0], "one free base"
    names = [model.actuator(i).name for i in range(model.nu)]
    assert names == [part.actuator(i).name for part in (amr, arm) for i in range(part.nu)]
    assert model.nkey == 1


def test_the_arm_stands_on_the_deck(model: mujoco.MjModel) -> None:
    arm, data = compiled("arm"), standing(model)
    alone = mujoco.MjData(arm)
    mujoco.mj_resetDataKeyframe(arm, alone, arm.key("home").id)
    mujoco.mj_forward(arm, alone)
    offset = data.sensor("tool_pos").data - alone.sensor("tool_pos").data
    np.testing.assert_allclose(offset, (0.18, 0.0, 0.3), atol=1e-6)
    deck = max(
        data.geom_xpos[i, 2] + model.geom_size[i, 2]
        for i in range(model.ngeom)
        if model.geom_bodyid[i] == model.body("base").id and model.geom_contype[i]
    )
    assert deck == pytest.approx(data.body("link0").xpos[2], abs=1e-6)


def test_it_rests_with_the_arm_stretched_forward(model: mujoco.MjModel) -> None:
    data = standing(model)
    data.joint("joint2").qpos[:] = data.actuator("joint2").ctrl[:] = 1.4
    data.joint("joint4").qpos[:] = data.actuator("joint4").ctrl[:] = -0.2
    mujoco.mj_step(model, data, round(2.0 / model.opt.timestep))
    assert data.site("tool").xpos[0] > 0.9
    up = data.body("base").xmat.reshape(3, 3)[2, 2]
    assert np.degrees(np.arccos(min(up, 1.0))) < 0.5, "it does not tip over"
    assert np.abs(data.qvel).max() < 2e-3


def test_it_drives_with_its_arm(model: mujoco.MjModel) -> None:
    data = standing(model)
    data.actuator("left_wheel_joint").ctrl[:] = data.actuator("right_wheel_joint").ctrl[:] = 5.0
    mujoco.mj_step(model, data, round(3.0 / model.opt.timestep))
    assert data.qvel[0] == pytest.approx(0.5, rel=0.02)
    np.testing.assert_allclose(data.qpos[9:16], model.key("stand").qpos[9:16], atol=0.01)
