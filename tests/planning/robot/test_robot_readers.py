"""Robots from URDF, against MuJoCo's reading of the same file, and what is refused."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh
from gaitway.planning.errors import PlanningError, RobotFileError, RobotModelError
from gaitway.planning.kinematics.forward_numba import link_poses
from gaitway.planning.robot.group import all_joints, select_group
from gaitway.planning.robot.joint_limits import DEFAULT_VELOCITY
from gaitway.planning.robot.read import read_robot
from gaitway.planning.robot.urdf import read_urdf

INERTIA = '<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
ROBOT = f"""<robot name="crane">
  <link name="base"><collision><geometry><box size="0.4 0.2 0.1"/></geometry></collision></link>
  <link name="mast">{INERTIA}<collision><origin xyz="0 0 0.2" rpy="0.3 0 0.1"/>
    <geometry><cylinder radius="0.05" length="0.4"/></geometry></collision></link>
  <link name="boom">{INERTIA}<visual><geometry><sphere radius="0.1"/></geometry></visual></link>
  <link name="slide">{INERTIA}<collision><geometry><mesh filename="package://crane/tri.stl" scale="1 1 2"/>
    </geometry></collision></link>
  <link name="left">{INERTIA}</link>
  <link name="right">{INERTIA}</link>
  <link name="hook"/>
  <joint name="turn" type="continuous"><parent link="base"/><child link="mast"/>
    <origin xyz="0.1 -0.2 0.3" rpy="0.2 -0.4 1.1"/><axis xyz="0 0 1"/><limit velocity="2" effort="9"/></joint>
  <joint name="lift" type="revolute"><parent link="mast"/><child link="boom"/>
    <origin xyz="0 0 0.4" rpy="1.2 0 0"/><axis xyz="1 2 -0.5"/>
    <limit lower="-1" upper="0.5" velocity="0" effort="0"/></joint>
  <joint name="reach" type="prismatic"><parent link="boom"/><child link="slide"/>
    <origin rpy="0 0.7 0"/><axis xyz="0 -1 1"/><limit lower="0.1" upper="0.6"/></joint>
  <joint name="grip" type="prismatic"><parent link="slide"/><child link="left"/>
    <axis xyz="0 1 0"/><limit lower="0" upper="0.1"/></joint>
  <joint name="grip_too" type="prismatic"><parent link="slide"/><child link="right"/>
    <axis xyz="0 1 0"/><limit lower="-1" upper="1"/>
    <mimic joint="grip" multiplier="-1" offset="0.01"/></joint>
  <joint name="eye" type="fixed"><parent link="slide"/><child link="hook"/><origin xyz="0 0 -0.1"/>
    <mimic joint="grip"/></joint>
</robot>"""
TETRAHEDRON = trimesh.Trimesh(0.1 * np.eye(4, 3, -1), [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def write_robot(folder: Path, text: str = ROBOT) -> Path:
    """The robot's file, with the tetrahedron that it names."""
    TETRAHEDRON.export(folder / "tri.stl")
    path = folder / "crane.urdf"
    path.write_text(text)
    return path


def test_links_are_where_mujoco_has_them(tmp_path: Path) -> None:
    tree = read_urdf(write_robot(tmp_path)).tree
    group = all_joints(tree)
    spelled = ROBOT.replace("package://crane/", "").replace(
        "<link", '<mujoco><compiler fusestatic="false"/></mujoco><link', 1
    )
    model = mujoco.MjModel.from_xml_string(spelled, {"tri.stl": (tmp_path / "tri.stl").read_bytes()})
    data = mujoco.MjData(model)
    q = np.random.default_rng(0).uniform(-1, 1, (10, group.dof))
    for values, poses in zip(q, link_poses(group, q), strict=True):
        named = dict(zip(group.joint_names, values, strict=True))
        for name, value in (*named.items(), ("grip_too", 0.01 - named["grip"])):
            data.joint(name).qpos = value
        mujoco.mj_kinematics(model, data)
        for link, pose in zip(tree.link_names[1:], poses[1:], strict=True):
            np.testing.assert_allclose(pose[:3, 3], data.body(link).xpos, atol=1e-12, err_msg=link)
            np.testing.assert_allclose(pose[:3, :3].ravel(), data.body(link).xmat, atol=1e-12)


def test_limits_and_what_they_are_by_default(tmp_path: Path) -> None:
    tree = read_urdf(write_robot(tmp_path)).tree
    turn, lift, reach = (tree.joint(name) for name in ("turn", "lift", "reach"))
    assert tree.limits.lower[turn] == -np.inf
    assert (tree.limits.velocity[turn], tree.limits.effort[turn]) == (2, 9)
    assert (tree.limits.lower[lift], tree.limits.upper[lift]) == (-1, 0.5)
    assert tree.limits.velocity[lift] == DEFAULT_VELOCITY["revolute"]
    assert tree.limits.velocity[reach] == DEFAULT_VELOCITY["prismatic"]
    assert tree.limits.effort[reach] == np.inf
    assert [tree.joint_names[row] for row in tree.moving] == ["turn", "lift", "reach", "grip"]


def test_shapes(tmp_path: Path) -> None:
    description = read_urdf(write_robot(tmp_path))
    shapes = dict(zip(description.tree.link_names, description.shapes, strict=True))
    assert [shape.kind for shape in shapes["base"]] == ["box"]
    np.testing.assert_allclose(shapes["base"][0].size, [0.2, 0.1, 0.05])
    assert shapes["mast"][0].size == (0.05, 0.2)
    assert shapes["boom"][0].kind == "sphere"  # is drawn, and nothing else is there
    np.testing.assert_allclose(shapes["slide"][0].vertices.max(axis=0), [0.1, 0.1, 0.2])


def test_a_chain_and_what_is_held(tmp_path: Path) -> None:
    tree = read_urdf(write_robot(tmp_path)).tree
    group = select_group(tree, "mast", "hook", {"turn": 0.3, "grip": 0.05})
    assert group.joint_names == ("lift", "reach")
    q = np.array([[0.2, 0.3]])
    whole = all_joints(tree)
    poses = link_poses(whole, [0.3, 0.2, 0.3, 0.05])[0]
    expected = np.linalg.inv(poses[tree.link("mast")]) @ poses
    np.testing.assert_allclose(link_poses(group, q)[0], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<robot", "<!DOCTYPE robot [<!ENTITY a 'b'>]><robot", "document type or entities"),
        ('type="continuous"', 'type="floating"', "joint turn: its type is floating"),
        ('upper="0.5"', 'upper="-1"', "joint lift: its limits are -1 to -1"),
        ('upper="0.5"', 'upper="nan"', 'joint lift: upper="nan"'),
        ('xyz="1 2 -0.5"', 'xyz="0 0 0"', "joint lift: its axis"),
        ('xyz="1 2 -0.5"', 'xyz="1 2"', "should be 3 numbers"),
        ('<parent link="boom"/>', '<parent link="bom"/>', "has no link 'bom'"),
        ('joint="grip"', 'joint="grap"', "follows 'grap'"),
        ('"package://crane/tri.stl"', '"gone.stl"', "mesh gone.stl is not there"),
        ('size="0.4 0.2 0.1"', 'size="0.4 0 0.1"', "must be positive"),
        ('<link name="hook"/>', '<link name="hook"/><link name="adrift"/>', "2 links without a joint above"),
        ('<link name="hook"/>', '<link name="left"/>', "'left' is there 2 times"),
        ('velocity="2"', 'velocity="-2"', "velocity limit is -2"),
        ("</robot>", "", "is no XML"),
    ],
)
def test_what_is_refused_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in ROBOT
    with pytest.raises(PlanningError, match=r"crane\.urdf: ") as caught:
        read_urdf(write_robot(tmp_path, ROBOT.replace(old, new, 1)))
    assert words in str(caught.value)


def test_files_that_are_no_robots(tmp_path: Path) -> None:
    with pytest.raises(RobotFileError, match="there is no such file"):
        read_robot(tmp_path / "gone.urdf")
    with pytest.raises(RobotFileError, match="no URDF or USD file by its name"):
        read_robot(tmp_path / "robot.step")
    (tmp_path / "bad.usda").write_text("#usda 1.0\nnonsense")
    with pytest.raises(RobotFileError, match="is no USD file"):
        read_robot(tmp_path / "bad.usda")


def test_groups_that_cannot_be(tmp_path: Path) -> None:
    tree = read_urdf(write_robot(tmp_path)).tree
    for base, tip, held, words in (
        ("base", "hok", {}, "has no link 'hok'"),
        ("hook", "base", {}, "does not hang from"),
        ("slide", "hook", {}, "no joint between"),
        ("base", "hook", {"lift": 0.0}, "cannot be held"),
        ("base", "hook", {"grip": np.nan}, "cannot be held at nan"),
    ):
        with pytest.raises(RobotModelError, match=words):
            select_group(tree, base, tip, held)
