"""The arm against its published kinematics and dynamics, and its drives and gripper against physics."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import RobotPlacement, load_stage

# Modified Denavit-Hartenberg parameters a, d (m), alpha (rad), as published for the Franka Emika Panda.
DENAVIT_HARTENBERG = [
    (0.0, 0.333, 0.0),
    (0.0, 0.0, -np.pi / 2),
    (0.0, 0.316, np.pi / 2),
    (0.0825, 0.0, np.pi / 2),
    (-0.0825, 0.384, -np.pi / 2),
    (0.0, 0.0, np.pi / 2),
    (0.088, 0.0, np.pi / 2),
]
FLANGE, TOOL = 0.107, 0.1034
LIMITS = [
    *((-2.8973, 2.8973), (-1.7628, 1.7628), (-2.8973, 2.8973), (-3.0718, -0.0698)),
    *((-2.8973, 2.8973), (-0.0175, 3.7525), (-2.8973, 2.8973)),
]
# Link -> mass, centre of mass, (xx, yy, zz, xy, xz, yz) about it, in the link's frame (Gaz et al. 2019).
IDENTIFIED = {
    "link1": (
        *(4.970684, (3.875e-3, 2.081e-3, -0.04762)),
        (0.70337, 0.70661, 9.117e-3, -1.39e-4, 6.772e-3, 0.019169),
    ),
    "link3": (
        *(3.228604, (0.027518, 0.039252, -0.066502)),
        (0.037242, 0.036155, 0.01083, -4.761e-3, -0.011396, -0.012805),
    ),
    "link6": (
        *(1.666555, (0.060149, -0.014117, -0.010517)),
        (1.964e-3, 4.354e-3, 5.433e-3, 1.09e-4, -1.158e-3, 3.41e-4),
    ),
}
ARM = [f"joint{i}" for i in range(1, 8)]


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    robot = RobotPlacement(ASSETS / "robots" / "arm.usda")
    return load_stage(ASSETS / "scenes" / "flat.usda", [robot]).compile()


def at_home(model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("home").id)
    mujoco.mj_forward(model, data)
    return data


def published_tool(angles: np.ndarray) -> np.ndarray:
    """Pose of the tool (4, 4) by the published parameters: Craig's product of four elementary motions."""

    def about_x(angle: float, along: float) -> np.ndarray:
        cos, sin = np.cos(angle), np.sin(angle)
        return np.array([[1, 0, 0, along], [0, cos, -sin, 0], [0, sin, cos, 0], [0, 0, 0, 1]])

    def about_z(angle: float, along: float) -> np.ndarray:
        cos, sin = np.cos(angle), np.sin(angle)
        return np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, along], [0, 0, 0, 1]])

    pose = np.eye(4)
    for angle, (a, d, alpha) in zip(angles, DENAVIT_HARTENBERG, strict=True):
        pose = pose @ about_x(alpha, a) @ about_z(angle, d)
    return pose @ about_z(-np.pi / 4, FLANGE + TOOL)


def test_nothing_is_lost_on_import() -> None:
    assert load_stage(ASSETS / "robots" / "arm.usda").report.not_carried == {}


def test_its_base_is_fixed(model: mujoco.MjModel) -> None:
    names = [model.joint(i).name for i in range(model.njnt)]
    assert names == [*ARM, "finger_left", "finger_right"]
    assert [model.actuator(i).name for i in range(model.nu)] == [*ARM, "finger_left"]


def test_forward_kinematics_are_the_published_ones(model: mujoco.MjModel) -> None:
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    for angles in rng.uniform(*np.array(LIMITS).T, size=(50, 7)):
        data.qpos[:7] = angles
        mujoco.mj_forward(model, data)
        expected = published_tool(angles)
        np.testing.assert_allclose(data.sensor("tool_pos").data, expected[:3, 3], atol=1e-6)
        np.testing.assert_allclose(data.site("tool").xmat.reshape(3, 3), expected[:3, :3], atol=1e-6)


def test_limits_are_the_published_ones(model: mujoco.MjModel) -> None:
    np.testing.assert_allclose(model.jnt_range[:7], LIMITS, atol=1e-6)
    np.testing.assert_allclose(model.jnt_user[:7, 0], [2.175] * 4 + [2.61] * 3, rtol=1e-5)
    np.testing.assert_allclose(model.actuator_forcerange[:7, 1], [87] * 4 + [12] * 3)


@pytest.mark.parametrize("link", IDENTIFIED)
def test_inertias_are_the_identified_ones(model: mujoco.MjModel, link: str) -> None:
    mass, centre, (xx, yy, zz, xy, xz, yz) = IDENTIFIED[link]
    body, axes = model.body(link), np.zeros(9)
    mujoco.mju_quat2Mat(axes, body.iquat)
    axes = axes.reshape(3, 3)
    assert body.mass[0] == pytest.approx(mass)
    np.testing.assert_allclose(body.ipos, centre, atol=1e-7)
    expected = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
    np.testing.assert_allclose(axes @ np.diag(body.inertia) @ axes.T, expected, atol=1e-6)


def test_it_stays_at_home_under_gravity(model: mujoco.MjModel) -> None:
    data = at_home(model)
    home = data.sensor("tool_pos").data.copy()
    mujoco.mj_step(model, data, round(3.0 / model.opt.timestep))
    assert np.linalg.norm(data.sensor("tool_pos").data - home) < 1e-3
    assert np.abs(data.qvel).max() < 1e-3


def test_it_settles_where_it_is_sent(model: mujoco.MjModel) -> None:
    data = at_home(model)
    target = np.array([0.5, 0.1, -0.4, -1.8, 0.3, 2.0, 0.2])
    data.ctrl[:7] = target
    mujoco.mj_step(model, data, round(4.0 / model.opt.timestep))
    np.testing.assert_allclose(data.qpos[:7], target, atol=2e-3)


def test_fingers_close_together(model: mujoco.MjModel) -> None:
    data = at_home(model)
    for opening in (0.0, 0.03):
        data.actuator("finger_left").ctrl[:] = opening
        mujoco.mj_step(model, data, round(2.5 / model.opt.timestep))
        left, right = (data.geom(f"{side}_finger") for side in ("left", "right"))
        across = data.site("tool").xmat.reshape(3, 3)[:, 1]
        middle = (left.xpos + right.xpos) / 2 - data.site("tool").xpos
        thickness = 2 * model.geom("left_finger").size[1]
        gap = (left.xpos - right.xpos) @ across - thickness
        assert gap == pytest.approx(2 * opening, abs=5e-4)
        assert middle @ across == pytest.approx(0.0, abs=5e-4)


def test_gripper_lifts_what_friction_can_hold(model: mujoco.MjModel) -> None:
    """A 0.2 kg cube between the pads; MuJoCo's soft friction lets what is held creep by some millimetres."""
    robot = load_stage(ASSETS / "robots" / "arm.usda").spec
    tool = at_home(model).sensor("tool_pos").data.copy()
    cube = robot.worldbody.add_body(name="cube", pos=tool)
    cube.add_freejoint()
    cube.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.02, 0.02, 0.02], mass=0.2, friction=[1, 0.005, 1e-4]
    )
    for key in list(robot.keys):
        robot.delete(key)
    held = robot.compile()
    data = mujoco.MjData(held)
    data.qpos[:9], data.ctrl[:] = model.key("home").qpos, model.key("home").ctrl
    data.qpos[7:9] = 0.0201
    data.actuator("finger_left").ctrl[:] = 0.0
    mujoco.mj_step(held, data, round(0.5 / held.opt.timestep))
    data.ctrl[1] -= 0.3
    mujoco.mj_step(held, data, round(2.0 / held.opt.timestep))
    assert data.site("tool").xpos[2] - tool[2] > 0.05, "the arm rose"
    assert np.linalg.norm(data.body("cube").xpos - data.site("tool").xpos) < 0.01, "and the cube with it"


def test_wrist_camera_sees_between_the_fingers(model: mujoco.MjModel) -> None:
    data = at_home(model)
    camera = data.camera("wrist_camera")
    seen = camera.xmat.reshape(3, 3).T @ (data.site("tool").xpos - camera.xpos)
    half_height = np.tan(np.radians(model.camera("wrist_camera").fovy[0]) / 2)
    assert seen[2] < 0, "in front of the camera"
    assert abs(seen[1] / seen[2]) < half_height
    assert abs(seen[0]) < 1e-6, "in its middle column"
