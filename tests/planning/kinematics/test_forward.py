"""Forward kinematics and Jacobians against MuJoCo, a closed form, finite differences and Warp."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.stage import load_stage
from gaitway.planning.errors import ConfigurationError
from gaitway.planning.kinematics.forward_numba import link_poses, tip_jacobians, tip_poses
from gaitway.planning.kinematics.forward_warp import WarpKinematics
from gaitway.planning.robot.group import JointGroup, select_group
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.robot.usd import read_usd

# Robot file -> base, tip as a body of MuJoCo's.
ROBOTS = {"arm": ("link0", "hand"), "mobile_manipulator": ("base", "finger_left")}


@pytest.fixture(scope="module", params=ROBOTS)
def robot(request: pytest.FixtureRequest) -> tuple[JointGroup, mujoco.MjModel, dict[str, str]]:
    """A group, MuJoCo's model of the same file, and its bodies by the last part of their names."""
    path = ASSETS / "robots" / f"{request.param}.usda"
    group = select_group(read_usd(path).tree, *ROBOTS[request.param])
    model = load_stage(path).compile()
    bodies = {model.body(i).name.rpartition("/")[2]: model.body(i).name for i in range(1, model.nbody)}
    return group, model, bodies


def samples(group: JointGroup, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(group.limits.lower, group.limits.upper, (count, group.dof))


def set_joints(group: JointGroup, model: mujoco.MjModel, q: np.ndarray) -> mujoco.MjData:
    """MuJoCo at a configuration, followers included."""
    data = mujoco.MjData(model)
    joints = {model.joint(i).name.rpartition("/")[2]: model.joint(i) for i in range(model.njnt)}
    for name, value in zip(group.joint_names, q, strict=True):
        data.qpos[joints[name].qposadr[0]] = value
    if "finger_left" in group.joint_names:
        data.qpos[joints["finger_right"].qposadr[0]] = q[group.joint_names.index("finger_left")]
    mujoco.mj_kinematics(model, data)
    mujoco.mj_comPos(model, data)
    return data


def pose_of(data: mujoco.MjData, body: str) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = data.body(body).xmat.reshape(3, 3), data.body(body).xpos
    return pose


def test_every_link_is_where_mujoco_has_it(robot) -> None:
    group, model, bodies = robot
    tree, q = group.tree, samples(group, 21)
    poses = link_poses(group, q)
    known = [row for row, name in enumerate(tree.link_names) if name in bodies]
    assert len(known) >= 11
    for values, ours in zip(q, poses, strict=True):
        data = set_joints(group, model, values)
        base = pose_of(data, bodies[tree.link_names[group.base]])
        for row in known:
            theirs = np.linalg.inv(base) @ pose_of(data, bodies[tree.link_names[row]])
            np.testing.assert_allclose(ours[row], theirs, atol=1e-6, err_msg=tree.link_names[row])


def test_jacobians_are_those_of_mujoco(robot) -> None:
    group, model, bodies = robot
    q = samples(group, 17)
    columns = [
        model.joint(i).dofadr[0]
        for name in group.joint_names
        for i in range(model.njnt)
        if model.joint(i).name.rpartition("/")[2] == name
    ]
    for values, ours in zip(q, tip_jacobians(group, q), strict=True):
        data = set_joints(group, model, values)
        theirs = np.zeros((6, model.nv))
        body = model.body(bodies[group.tree.link_names[group.tip]]).id
        mujoco.mj_jacBody(model, data, theirs[:3], theirs[3:], body)
        base = pose_of(data, bodies[group.tree.link_names[group.base]])[:3, :3]
        turned = np.concatenate([base.T @ theirs[:3], base.T @ theirs[3:]])
        np.testing.assert_allclose(ours, turned[:, columns], atol=1e-6)


def two_links(follows: bool = False) -> JointGroup:
    """Two links of 0.5 and 0.3 m that turn about z; the second follows the first if asked to."""

    def along(x: float) -> np.ndarray:
        pose = np.eye(4)
        pose[0, 3] = x
        return pose

    mimic = ("a", -2.0, 0.1) if follows else None
    joints = [
        JointRecord("a", "revolute", "base", "upper", lower=-3, upper=3),
        JointRecord("b", "revolute", "upper", "lower", along(0.5), lower=-3, upper=3, mimic=mimic),
        JointRecord("end", "fixed", "lower", "tip", along(0.3)),
    ]
    return select_group(build_tree("planar", ["base", "upper", "lower", "tip"], joints), "base", "tip")


def test_two_links_in_closed_form() -> None:
    group = two_links()
    q = samples(group, 40)
    a, b = q[:, 0], q[:, 0] + q[:, 1]
    poses, jacobians = tip_poses(group, q), tip_jacobians(group, q)
    np.testing.assert_allclose(poses[:, 0, 3], 0.5 * np.cos(a) + 0.3 * np.cos(b), atol=1e-14)
    np.testing.assert_allclose(poses[:, 1, 3], 0.5 * np.sin(a) + 0.3 * np.sin(b), atol=1e-14)
    np.testing.assert_allclose(jacobians[:, 0, 1], -0.3 * np.sin(b), atol=1e-14)
    np.testing.assert_allclose(jacobians[:, 5], 1.0)


def test_followers_move_with_their_leader() -> None:
    group = two_links(follows=True)
    assert group.joint_names == ("a",)
    q = samples(group, 20)
    angle = -q[:, 0] + 0.1  # a + (-2 a + 0.1)
    np.testing.assert_allclose(tip_poses(group, q)[:, 1, 0], np.sin(angle), atol=1e-14)
    np.testing.assert_allclose(tip_jacobians(group, q)[:, 5, 0], -1.0)


def test_jacobians_are_finite_differences() -> None:
    group = select_group(read_usd(ASSETS / "robots" / "arm.usda").tree, "link0", "finger_left")
    q, h = samples(group, 5), 1e-6
    jacobians = tip_jacobians(group, q)
    for joint in range(group.dof):
        step = h * np.eye(group.dof)[joint]
        ahead, behind = tip_poses(group, q + step), tip_poses(group, q - step)
        np.testing.assert_allclose(jacobians[:, :3, joint], (ahead - behind)[:, :3, 3] / (2 * h), atol=1e-8)


def test_large_batches_are_shared_and_equal_small_ones() -> None:
    group = two_links()
    q = samples(group, 5001)
    np.testing.assert_array_equal(tip_poses(group, q)[-3:], tip_poses(group, q[-3:]))


@pytest.mark.parametrize(
    ("q", "words"),
    [
        ([0.0, np.nan], "joint b: nan"),
        ([0.0, 1.0, 2.0], "2 joints: a, b"),
        ([["x", "y"]], "no array of numbers"),
    ],
)
def test_bad_configurations_are_refused(q, words) -> None:
    with pytest.raises(ConfigurationError, match=words):
        tip_poses(two_links(), q)


def test_warp_kernels_equal_the_lanes() -> None:
    group = select_group(read_usd(ASSETS / "robots" / "arm.usda").tree, "link0", "finger_left")
    q = samples(group, 10000)
    warp = WarpKinematics(group, "cpu")
    np.testing.assert_allclose(warp.link_poses(q).numpy(), link_poses(group, q), atol=1e-12)
    np.testing.assert_allclose(warp.tip_jacobians(q).numpy(), tip_jacobians(group, q), atol=1e-12)
