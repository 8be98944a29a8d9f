"""`gaitway import`: every robot that Gymnasium ships, a URDF, and what USD has no word for."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest
from gaitway.assets.convert import convert_robot
from gaitway.envs.stage import load_stage

from .command import gaitway

GYMNASIUM = sorted((Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets").glob("*.xml"))

URDF = """<robot name="arm">
  <link name="base"><collision><geometry><box size="0.2 0.2 0.2"/></geometry></collision></link>
  <link name="upper">
    <inertial><origin xyz="0.1 0 0"/><mass value="1.5"/>
      <inertia ixx="0.01" iyy="0.02" izz="0.02" ixy="0.001" ixz="0" iyz="0"/></inertial>
    <collision><origin xyz="0.1 0 0"/><geometry><cylinder radius="0.05" length="0.2"/></geometry></collision>
  </link>
  <link name="hand"><inertial><mass value="0.3"/>
      <inertia ixx="0.001" iyy="0.001" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial></link>
  <joint name="shoulder" type="revolute"><parent link="base"/><child link="upper"/><origin xyz="0 0 0.1"/>
    <axis xyz="0 1 0"/><limit lower="-1" upper="2" effort="9" velocity="1"/><dynamics damping="0.1"/></joint>
  <joint name="reach" type="prismatic"><parent link="upper"/><child link="hand"/><origin xyz="0.2 0 0"/>
    <axis xyz="1 0 0"/><limit lower="0" upper="0.3" effort="5" velocity="1"/></joint>
</robot>"""

# Much of this MuJoCo's own reader for USD leaves out; it comes through nevertheless.
RICH = """<mujoco model="rich">
  <compiler angle="degree"/>
  <option timestep="0.003" integrator="implicitfast" cone="elliptic" impratio="3"/>
  <default><default class="arm">
    <joint damping="0.7" frictionloss="0.05"/><geom friction="0.6 0.01 0.001"/>
  </default></default>
  <asset><mesh name="tetra" file="tetra.obj" scale="2 1 1"/></asset>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 0.1" contype="2" conaffinity="5"/>
    <site name="anchor" pos="0 0 2"/>
    <body name="base" pos="0 0 1"><freejoint name="root"/>
      <geom name="shell" type="box" size="0.1 0.2 0.05" mass="3"/><site name="hook" pos="0 0 0.1"/>
      <body name="upper" pos="0.1 0 0" childclass="arm">
        <joint name="shoulder" axis="0 1 0" range="-90 45" ref="10" springref="5" stiffness="3"/>
        <geom name="shoulder" type="capsule" fromto="0 0 0 0.3 0 0" size="0.03" contype="1" conaffinity="2"/>
        <body name="lower" pos="0.3 0 0" euler="0 20 0">
          <joint name="elbow" axis="0 1 0" range="0 150" actuatorfrcrange="-5 5"/>
          <geom name="lower" type="mesh" mesh="tetra"/>
          <body name="finger" pos="0.2 0 0">
            <inertial pos="0.01 0.02 0" mass="0.2" fullinertia="0.002 0.003 0.004 0.0001 0.0002 0.0003"/>
            <joint name="finger" type="slide" axis="1 0 0" range="0 0.05"/>
          </body></body></body>
      <body name="head" pos="0 0 0.2"><joint name="neck" type="ball" range="0 40" damping="0.2"/>
        <geom name="skull" type="ellipsoid" size="0.05 0.06 0.07"/></body>
      <body name="tail" pos="-0.2 0 0"><joint name="tail_z" axis="0 0 1"/>
        <joint name="tail_y" axis="0 1 0" pos="0.01 0 0"/><geom type="cylinder" size="0.02 0.1"/></body>
    </body>
  </worldbody>
  <contact><exclude body1="base" body2="lower"/></contact>
  <equality><joint joint1="finger" joint2="elbow" polycoef="0.001 0.01 0.002 0 0" solref="0.03 1"/></equality>
  <tendon><fixed name="sum" range="-1 1" stiffness="2"><joint joint="shoulder" coef="1"/>
      <joint joint="elbow" coef="-0.5"/></fixed>
    <spatial name="cable" range="0 3" stiffness="1"><site site="anchor"/><site site="hook"/></spatial>
  </tendon>
  <actuator><position name="shoulder" joint="shoulder" kp="50" kv="2" ctrlrange="-1 1" forcerange="-20 20"/>
    <velocity joint="elbow" kv="3" gear="2"/><motor tendon="cable" gear="10" ctrlrange="-1 1"/></actuator>
  <keyframe><key name="home" qpos="0 0 1 1 0 0 0 0.1 0.2 0.01 1 0 0 0 0.1 0.1" ctrl="0.1 0 0"/></keyframe>
</mujoco>"""
TETRAHEDRON = "v 0 0 0\nv 0.1 0 0\nv 0 0.2 0\nv 0 0 0.3\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"


@pytest.mark.parametrize("robot", GYMNASIUM, ids=lambda path: path.stem)
def test_robots_of_gymnasium_come_out_equal(robot, tmp_path, monkeypatch, capfd):
    out = tmp_path / "robot.usda"
    assert gaitway(monkeypatch, "import", robot, "--out", out) == 0
    text, err = capfd.readouterr()
    assert "Equal to" in text
    assert err == ""
    assert [path.name for path in tmp_path.iterdir()] == ["robot.usda"]


@pytest.mark.parametrize("robot", GYMNASIUM, ids=lambda path: path.stem)
def test_original_that_is_compared_is_the_file_itself(robot):
    """Spelling out names and defaults changes not one number."""
    spelled, plain = convert_robot(robot).spelled.compile(), mujoco.MjModel.from_xml_path(str(robot))
    prefixes = ("body_", "jnt_", "dof_", "geom_", "site_", "actuator_", "tendon_", "wrap_", "eq_", "qpos")
    # Sizes that a shape does not have are written as zero.
    fields = [field for field in dir(plain) if field.startswith(prefixes) and not field.endswith("_size")]
    assert len(fields) > 100
    for field in fields:
        np.testing.assert_allclose(
            getattr(spelled, field), getattr(plain, field), rtol=1e-9, atol=1e-12, err_msg=field
        )
    used = spelled.geom_size > 0
    np.testing.assert_allclose(spelled.geom_size[used], plain.geom_size[used])
    assert str(spelled.opt) == str(plain.opt)


def test_urdf(tmp_path, monkeypatch, capfd):
    robot = tmp_path / "arm.urdf"
    robot.write_text(URDF)
    assert gaitway(monkeypatch, "import", robot, "--out", tmp_path / "arm.usda") == 0
    model = load_stage(tmp_path / "arm.usda").compile()
    assert model.joint("shoulder").range == pytest.approx([-1, 2])
    assert model.body("upper").mass == pytest.approx(1.5)
    assert model.joint("reach").range == pytest.approx([0, 0.3])


def test_rich_robot_comes_out_equal_and_self_contained(tmp_path, monkeypatch, capfd):
    folder = tmp_path / "mjcf"
    folder.mkdir()
    (folder / "tetra.obj").write_text(TETRAHEDRON)
    (folder / "rich.xml").write_text(RICH)
    out = tmp_path / "usd" / "rich.usda"
    assert gaitway(monkeypatch, "import", folder / "rich.xml", "--out", out) == 0, capfd.readouterr().out
    (folder / "tetra.obj").unlink()
    model = load_stage(out).compile()
    assert (model.nmesh, model.ntendon, model.neq, model.nu, model.nkey) == (1, 2, 1, 3, 1)


def test_what_usd_cannot_say_is_listed_by_name(tmp_path, monkeypatch, capfd):
    (tmp_path / "tetra.obj").write_text(TETRAHEDRON)
    robot = tmp_path / "robot.xml"
    field = '<asset><hfield name="hills" nrow="2" ncol="2" size="1 1 1 1" elevation="0 1 1 0"/>'
    ground = '<worldbody><geom name="ground" type="hfield" hfield="hills"/>'
    robot.write_text(RICH.replace("<asset>", field).replace("<worldbody>", ground))
    monkeypatch.setenv("COLUMNS", "200")
    assert gaitway(monkeypatch, "import", robot, "--out", tmp_path / "robot.usda") == 1
    out, err = capfd.readouterr()
    assert "geom ground" in out
    assert err == ""
    assert (tmp_path / "robot.usda").exists()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("none.xml", None, "there is no such file"),
        ("broken.xml", "<mujoco><worldbody>", "MuJoCo cannot read it"),
        (
            "wrong.xml",
            "<mujoco><worldbody><body><joint/></body></worldbody></mujoco>",
            "MuJoCo cannot read it",
        ),
    ],
)
def test_bad_robot_is_one_sentence_and_leaves_no_file(name, content, complaint, tmp_path, monkeypatch, capfd):
    robot, out = tmp_path / name, tmp_path / "out" / "robot.usda"
    if content is not None:
        robot.write_text(content)
    assert gaitway(monkeypatch, "import", robot, "--out", out) == 1
    err = capfd.readouterr().err
    assert err.startswith(f"gaitway import: {robot}: ")
    assert complaint in err
    assert err.count("\n") == 1
    assert not out.parent.exists()


def test_out_must_be_usd(tmp_path, monkeypatch, capfd):
    assert gaitway(monkeypatch, "import", GYMNASIUM[0], "--out", tmp_path / "robot.txt") == 1
    assert ".usda" in capfd.readouterr().err
