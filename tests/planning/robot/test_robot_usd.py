"""Robots from USD: units, joints that point at their parents, names that are there twice, what is refused."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.assets.convert import convert_robot
from gaitway.cli.plan_robot import main as plan_robot
from gaitway.planning.errors import RobotFileError, RobotModelError
from gaitway.planning.kinematics.forward_numba import link_poses
from gaitway.planning.robot.file import load_robot
from gaitway.planning.robot.group import all_joints
from gaitway.planning.robot.usd import read_stage
from pxr import Usd

# In centimetres. `swing` names its parent as body 1; both arms hold a `pad`.
STAGE = """#usda 1.0
(
    defaultPrim = "Robot"
    metersPerUnit = 0.01
)
def Xform "Robot"
{
    def Xform "trunk" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        def Cube "block" (prepend apiSchemas = ["PhysicsCollisionAPI"])
        {
            double size = 2
            float3 xformOp:scale = (10, 5, 1)
            uniform token[] xformOpOrder = ["xformOp:scale"]
        }
    }
    def Xform "arm" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        double3 xformOp:translate = (50, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Capsule "rod" (prepend apiSchemas = ["PhysicsCollisionAPI"])
        {
            uniform token axis = "X"
            double radius = 2
            double height = 20
        }
        def Xform "pad"
        {
        }
    }
    def Xform "fore" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        double3 xformOp:translate = (80, 0, 0)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Sphere "ball"
        {
            double radius = 3
        }
        def Xform "pad"
        {
            double3 xformOp:translate = (0, 0, 7)
            uniform token[] xformOpOrder = ["xformOp:translate"]
        }
    }
    def PhysicsRevoluteJoint "swing"
    {
        uniform token physics:axis = "Z"
        rel physics:body0 = </Robot/arm>
        rel physics:body1 = </Robot/trunk>
        point3f physics:localPos0 = (-40, 0, 0)
        point3f physics:localPos1 = (10, 0, 0)
        float physics:lowerLimit = -90
        float physics:upperLimit = 60
    }
    def PhysicsPrismaticJoint "slide"
    {
        uniform token physics:axis = "X"
        rel physics:body0 = </Robot/arm>
        rel physics:body1 = </Robot/fore>
        point3f physics:localPos0 = (30, 0, 0)
        float physics:lowerLimit = 0
        float physics:upperLimit = 20
    }
    def PhysicsFixedJoint "mount"
    {
        rel physics:body1 = </Robot/trunk>
    }
}
"""


def opened(text: str = STAGE) -> Usd.Stage:
    stage = Usd.Stage.CreateInMemory()
    stage.GetRootLayer().ImportFromString(text)
    return stage


def test_units_directions_and_names() -> None:
    description = read_stage(opened())
    tree = description.tree
    assert tree.link_names[0] == "trunk"
    assert set(tree.link_names) == {"trunk", "arm", "fore", "arm/pad", "fore/pad"}
    group = all_joints(tree)
    assert group.joint_names == ("swing", "slide")
    np.testing.assert_allclose(group.limits.lower, [np.deg2rad(-90), 0])
    np.testing.assert_allclose(group.limits.upper, [np.deg2rad(60), 0.2], rtol=1e-6)
    # Body 0 turns by -q against body 1, as the joint's value is that of body 1 in body 0.
    q, x = 0.4, 0.15
    turn = np.array([[np.cos(q), np.sin(q), 0], [-np.sin(q), np.cos(q), 0], [0, 0, 1]])
    expected = np.array([0.1, 0, 0]) + turn @ [0.4 + 0.3 + x, 0, 0.07]
    pad = link_poses(group, [q, x], tree.link("fore/pad"))[0, 0]
    np.testing.assert_allclose(pad[:3, 3], expected, atol=1e-7)
    np.testing.assert_allclose(pad[:3, :3], turn, atol=1e-7)


def test_shapes_in_metres() -> None:
    description = read_stage(opened())
    shapes = dict(zip(description.tree.link_names, description.shapes, strict=True))
    np.testing.assert_allclose(shapes["trunk"][0].size, [0.1, 0.05, 0.01])
    assert shapes["arm"][0].kind == "capsule"
    np.testing.assert_allclose(shapes["arm"][0].size, [0.02, 0.1])
    np.testing.assert_allclose(np.abs(shapes["arm"][0].pose[:3, 2]), [1, 0, 0])
    assert shapes["fore"][0].kind == "sphere"  # collides with nothing, and is drawn


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ('defaultPrim = "Robot"', "", RobotFileError, "no defaultPrim"),
        ("PhysicsPrismaticJoint", "PhysicsSphericalJoint", RobotFileError, "PhysicsSphericalJoint"),
        ("upperLimit = 20", "upperLimit = 0", RobotModelError, "joint slide: its limits are 0 to 0"),
        ("body1 = </Robot/fore>", "body1 = </Robot/gone>", RobotFileError, "/Robot/gone, which is not there"),
        ("double radius = 2\n", "double radius = 0\n", RobotFileError, "rod: its capsule has the size"),
    ],
)
def test_what_is_refused_is_named(old: str, new: str, error: type, words: str) -> None:
    assert old in STAGE
    with pytest.raises(error, match=words):
        read_stage(opened(STAGE.replace(old, new)))


MJCF = """<mujoco><worldbody><body name="base"><geom size="0.1"/>
  <body name="a" pos="0 0 0.2" quat="0 0 0.707107 0.707107">
    <joint name="one" axis="0 0 1" ref="20"/><geom size="0.1"/>
    <body name="b" pos="0.1 0.2 0" quat="0 0 0 1"><joint name="two" axis="0 1 0" type="slide"/>
      <geom size="0.1"/>
</body></body></body></worldbody></mujoco>"""


def test_mjcf_through_usd_is_where_mujoco_has_it(tmp_path) -> None:
    """Bodies that are turned, and a joint that has 20 degrees where they stand."""
    (tmp_path / "robot.xml").write_text(MJCF)
    conversion = convert_robot(tmp_path / "robot.xml")
    tree = read_stage(Usd.Stage.Open(conversion.layer)).tree
    group = all_joints(tree)
    data = mujoco.MjData(conversion.original)
    data.joint("one").qpos, data.joint("two").qpos = 0.7, 0.3
    mujoco.mj_kinematics(conversion.original, data)
    poses = link_poses(group, [0.7, 0.3])[0]
    for body in ("a", "b"):
        pose = poses[tree.link(body)]
        np.testing.assert_allclose(pose[:3, 3], data.body(body).xpos, atol=1e-6)
        np.testing.assert_allclose(pose[:3, :3].ravel(), data.body(body).xmat, atol=1e-6)


def test_the_command_writes_a_model_and_a_picture(tmp_path, capsys) -> None:
    (tmp_path / "robot.usda").write_text(STAGE)
    plan_robot(tmp_path / "robot.usda", tmp_path / "robot.json", tmp_path / "robot.png")
    assert "2 joints: swing, slide" in capsys.readouterr().out
    assert load_robot(tmp_path / "robot.json").tree.link("fore/pad") > 0
    assert (tmp_path / "robot.png").read_bytes().startswith(b"\x89PNG")
