"""The mobile picker is its two parts, and its file for planning is of the same robot."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.planning.kinematics.forward_numba import tip_poses
from gaitway.planning.robot.file import load_robot
from gaitway.planning.robot.group import select_group

ROBOTS = ASSETS / "robots"


def compiled(name: str) -> mujoco.MjModel:
    return load_stage(ASSETS / "scenes" / "flat.usda", [RobotPlacement(ROBOTS / f"{name}.usda")]).compile()


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return compiled("mobile_picker")


def test_it_is_its_parts(model: mujoco.MjModel) -> None:
    amr, arm = compiled("amr"), compiled("picker")
    assert model.body_mass.sum() == pytest.approx(amr.body_mass.sum() + arm.body_mass.sum())
    names = [model.actuator(i).name for i in range(model.nu)]
    assert names == [part.actuator(i).name for part in (amr, arm) for i in range(part.nu)]


def test_it_rests_with_the_arm_stretched_forward(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    data.joint("joint2").qpos[:] = data.actuator("joint2").ctrl[:] = 1.4
    data.joint("joint4").qpos[:] = data.actuator("joint4").ctrl[:] = -0.2
    mujoco.mj_step(model, data, round(2.0 / model.opt.timestep))
    up = data.body("base").xmat.reshape(3, 3)[2, 2]
    assert np.degrees(np.arccos(min(up, 1.0))) < 0.5, "it does not tip over"


def test_planning_and_physics_have_the_tool_at_the_same_place(model: mujoco.MjModel) -> None:
    group = select_group(load_robot(ROBOTS / "mobile_picker.json").tree, "link0", "tool")
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    joints = [model.joint(name).qposadr[0] for name in group.joint_names]
    for q in rng.uniform(group.limits.lower, group.limits.upper, (20, group.dof)):
        data.qpos[joints] = q
        mujoco.mj_kinematics(model, data)
        base, tool = data.body("link0"), data.site("tool")
        turn = base.xmat.reshape(3, 3)
        pose = tip_poses(group, q[None])[0]
        np.testing.assert_allclose(pose[:3, 3], turn.T @ (tool.xpos - base.xpos), atol=1e-5)
        np.testing.assert_allclose(pose[:3, :3], turn.T @ tool.xmat.reshape(3, 3), atol=1e-5)


def test_its_camera_looks_along_the_hand_past_the_fingers(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_kinematics(model, data)
    mujoco.mj_camlight(model, data)
    camera, tool = data.camera("wrist_camera"), data.site("tool")
    turn = camera.xmat.reshape(3, 3)
    np.testing.assert_allclose(-turn[:, 2], tool.xmat.reshape(3, 3)[:, 2], atol=1e-6)
    right, up, back = turn.T @ (tool.xpos - camera.xpos)
    assert np.degrees(np.arctan2(-up, -back)) > model.camera("wrist_camera").fovy[0] / 2
    assert right == pytest.approx(0.0, abs=1e-6)
