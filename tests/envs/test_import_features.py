"""Every feature of MJCF and URDF that robots are written with comes through an import, to the last bit.

The reference is what MuJoCo makes of the original file: fields by `compare_models`, and motion free of any
restart. Each robot is one that the feature moves: without it, the same run ends elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
from gaitway.envs.compare import compare_models
from gaitway.envs.compare_motion import motion_error
from gaitway.envs.import_robot import ImportedRobot, import_robot
from gaitway.envs.stage import load_stage
from pxr import Usd, UsdPhysics
from scipy.spatial.transform import Rotation

# Two arms of two links over a floor, in irrational numbers that 32 bits round.
ARMS = """<mujoco model="arms"><compiler angle="radian"/><option timestep="0.004"/>
  <default><default class="light"><geom density="300.3"/><joint damping="0.0501"/></default></default>
  <worldbody><geom name="floor" type="plane" size="3 3 1"/><site name="nail" pos="0.1 0 1.2"/>
    <body name="left" pos="0 0.1234567891 0.9" euler="0.1 0.2 0.3" childclass="light">
      <joint name="left_1" axis="0 1 0.1" armature="0.0123"/><joint name="left_2" axis="1 0 0"/>
      <geom name="left" type="capsule" fromto="0 0 0 0.3 0 0" size="0.0301"/>
      <body name="left_end" pos="0.3 0 0"><joint name="left_3" axis="0 1 0" range="-1.1 1.1"/>
        <geom name="left_end" type="box" size="0.1 0.02 0.03" pos="0.1 0 0"/>
        <site name="left_tip" pos="0.2 0 0"/>
      </body></body>
    <body name="right" pos="0 -0.1234567891 0.9" childclass="light">
      <joint name="right_1" axis="0 1 0"/>
        <geom name="right" type="cylinder" fromto="0 0 0 0.3 0 0" size="0.03"/>
      <body name="right_end" pos="0.3 0 0"><joint name="right_2" axis="0 1 0" range="-1.1 1.1"/>
        <geom name="right_end" type="ellipsoid" size="0.1 0.02 0.03" pos="0.1 0 0"/>
        <site name="right_tip" pos="0.2 0 0"/>
      </body></body>
    <body name="ball" pos="0.7 0 0.5"><joint type="free" damping="0.0123"/><geom name="ball" size="0.05"/>
        </body>
  </worldbody>
  {}
  <actuator><motor name="m1" joint="left_1" gear="0.7"/><motor name="m2" joint="right_1"/>{}</actuator>
        </mujoco>"""
FEATURES = {
    "weld": '<equality><weld name="grip" body1="right_end" body2="ball" solref="0.013 1"/></equality>',
    "weld to the world": """<equality>
        <weld body1="ball" relpose="0.7 0 0.6 1 0 0 0" torquescale="0.3"/></equality>""",
    "weld of sites": '<equality><weld site1="right_tip" site2="left_tip"/></equality>',
    "connect": '<equality><connect name="c" body1="left_end" body2="right_end" anchor="0.2 0 0"/></equality>',
    "connect of sites": '<equality><connect site1="left_tip" site2="nail" active="true"/></equality>',
    "joints coupled": """<equality>
      <joint joint1="left_3" joint2="right_2" polycoef="0.013 0.7 0.1 0 0"/>
      <joint joint1="left_3" joint2="left_1"/><joint joint1="left_2"/></equality>""",
    "tendons coupled": """<tendon><fixed name="t1"><joint joint="left_1" coef="0.3"/>
        <joint joint="left_3" coef="-1"/></fixed>
      <fixed name="t2"><joint joint="right_1" coef="1"/><joint joint="right_2" coef="0.37"/></fixed>
        </tendon>
      <equality><tendon name="e" tendon1="t1" tendon2="t2" polycoef="0.1 0.9 0 0 0"/></equality>""",
    "tendon around geoms": """<tendon>
        <spatial name="rope" stiffness="90.1" damping="1" springlength="0.3 0.31">
        <site site="nail"/><geom geom="right" sidesite="right_tip"/><site site="right_tip"/>
        <pulley divisor="2.5"/><site site="right_tip"/><geom geom="ball"/><site site="left_tip"/>
      </spatial></tendon>""",
    "pair": """<contact>
        <pair name="hit" geom1="ball" geom2="floor" condim="6" solref="0.031 1" margin="0.0123"
        friction="0.3 0.31 0.01 0.001 0.0011"/></contact>""",
    "exclusion": '<contact><exclude name="x" body1="world" body2="ball"/></contact>',
}
ACTUATORS = {
    "site": '<general name="jet" site="right_tip" refsite="nail" gear="0 0 1.3 0 0 0"/>',
    "muscle before motor": '<muscle name="muscle" joint="right_2" force="7" timeconst="0.013 0.04"/>'
    '<intvelocity name="vel" joint="left_3" kp="3" actrange="-1 1"/>',
    "body": '<adhesion name="suck" body="ball" ctrlrange="0 1" gain="3"/><motor name="m3" joint="right_2"/>',
}


def imported(folder: Path, text: str, suffix: str = ".xml", within: float = 0.0) -> ImportedRobot:
    """Import a robot, and see that it came out equal in every field and in motion (`within` m and rad)."""
    robot = folder / f"robot{suffix}"
    robot.write_text(text)
    result = import_robot(robot, folder / "robot.usda")
    assert result.differences == []
    assert result.motion_error is not None
    assert result.motion_error <= within
    return result


@pytest.mark.parametrize("feature", FEATURES)
def test_feature_comes_through(feature, tmp_path):
    without = mujoco.MjModel.from_xml_string(ARMS.format("", ""))
    result = imported(tmp_path, ARMS.format(FEATURES[feature], ""))
    difference = motion_error(without, result.converted)
    assert difference is not None
    assert difference > 1e-3


@pytest.mark.parametrize("actuator", ACTUATORS)
def test_actuator_comes_through_in_its_place(actuator, tmp_path):
    model = imported(tmp_path, ARMS.format("", ACTUATORS[actuator])).converted
    original = mujoco.MjModel.from_xml_path(str(tmp_path / "robot.xml"))
    names = [[each.actuator(i).name for i in range(each.nu)] for each in (original, model)]
    assert names[0] == names[1]


def test_sensors_measure_the_same(tmp_path):
    sensors = """<sensor><jointpos name="q" joint="left_3" noise="0.1"/>
        <gyro name="w" site="left_tip" cutoff="9.1"/>
      <framepos name="p" objtype="body" objname="left_end" reftype="site" refname="nail"/>
      <touch name="touch" site="right_tip"/><subtreecom name="com" body="left"/>
      <rangefinder name="range" site="nail"/><actuatorfrc name="f" actuator="m1"/>
      <contact name="hits" geom1="ball" num="2" data="found force"/></sensor>"""
    result = imported(tmp_path, ARMS.format("", "").replace("<actuator>", f"{sensors}<actuator>"))
    original = mujoco.MjModel.from_xml_path(str(tmp_path / "robot.xml"))
    one, other = mujoco.MjData(original), mujoco.MjData(result.converted)
    for _ in range(200):
        mujoco.mj_step(original, one)
        mujoco.mj_step(result.converted, other)
    assert np.count_nonzero(one.sensordata) > 10
    np.testing.assert_array_equal(one.sensordata, other.sensordata)


def test_names_that_are_none_in_usd(tmp_path):
    names = (
        ARMS.replace("left_end", "left/end-1")
        .replace("left_3", "3rd")
        .replace('name="ball"', 'name="Materials"')
    )
    feature = FEATURES["connect"].replace("left_end", "left/end-1")
    model = imported(tmp_path, names.format(feature, "")).converted
    assert model.body("left_end_1").id > 0


def test_joint_with_the_name_of_its_body_beside_another_one(tmp_path):
    """Joints of a body with several are siblings of the body on the stage."""
    text = ARMS.format("", ACTUATORS["site"]).replace("left_1", "left")
    result = imported(tmp_path, text)
    assert result.converted.nu == 3
    assert result.converted.joint(result.converted.actuator("m1").trnid[0]).name == "left_joint"


def test_what_frames_hold_is_posed_in_the_body_around(tmp_path):
    """Frames in frames, of a class, with shapes before and after bodies; the second holds a mesh."""
    (tmp_path / "rock.obj").write_text(
        "v 0 0 0\nv 0.1 0 0\nv 0 0.2 0\nv 0 0 0.3\nf 1 3 2\nf 1 2 4\nf 1 4 3\n"
    )
    frames = """<frame pos="0.1 0 0.05" euler="0.3 0.2 0.1" childclass="light">
        <geom name="first" type="box" size="0.02 0.03 0.04" euler="0.1 0 0"/>
        <body name="hand" pos="0.05 0 0" euler="0 0.4 0"><joint name="wrist" axis="1 0.2 0"/>
          <geom name="hand" size="0.03"/></body>
        <frame quat="1 0.1 0.3 0"><site name="eye" pos="0.01 0 0"/><camera name="view" pos="0 0 0.1"/></frame>
      </frame><frame euler="0 0 1"><geom name="rock" type="mesh" mesh="rock" euler="0 1 0" pos="0 0.1 0"/>
        <light pos="0 0 0.1"/></frame>"""
    text = ARMS.format("", "").replace('<site name="right_tip"', f'{frames}<site name="right_tip"')
    mesh = '<asset><mesh name="rock" file="rock.obj"/></asset><worldbody>'
    # The poses of meshes are composed anew: the last bit of a quaternion may be another one.
    model = imported(tmp_path, text.replace("<worldbody>", mesh), within=1e-12).converted
    original = mujoco.MjModel.from_xml_path(str(tmp_path / "robot.xml"))
    for kind, name in (("geom", "first"), ("geom", "rock"), ("body", "hand"), ("site", "eye")):
        for field in ("pos", "quat"):
            wanted, got = (getattr(getattr(each, kind)(name), field) for each in (original, model))
            assert got == pytest.approx(wanted, abs=1e-6), (name, field)
            assert name in ("rock", "eye") or (got == wanted).all(), (name, field)
    assert model.joint("wrist").damping[0] == 0.0501


def test_points_and_frames_without_mass_hang_fast_on_a_body(tmp_path):
    point = """<body name="point"><inertial mass="0.031" pos="0.1 0.2 0.3" diaginertia="0 0 0"/>
        <body name="frame"/></body>"""
    text = ARMS.format("", "").replace('<site name="right_tip"', f'{point}<site name="right_tip"')
    model = imported(tmp_path, text).converted
    assert model.body("point").inertia == pytest.approx([0, 0, 0], abs=0)
    assert model.body("frame").mass == 0
    stage = Usd.Stage.Open(str(tmp_path / "robot.usda"))
    body = next(prim for prim in stage.Traverse() if prim.GetName() == "point")
    assert min(UsdPhysics.MassAPI(body).GetDiagonalInertiaAttr().Get()) > 0  # zero says nothing in USD


def test_camera_and_body_named_like_a_sensor_are_none(tmp_path):
    """A site named `lidar` or `imu` gets sensors by convention; a body and a camera do not."""
    named = '<camera name="lidar"/><body name="imu"><geom name="tool" size="0.01"/></body>'
    text = ARMS.format("", "").replace('<site name="right_tip"', f'{named}<site name="right_tip"')
    model = imported(tmp_path, text).converted
    assert (model.nsite, model.nsensor) == (3, 0)


def test_order_of_shapes_counts_only_among_those_that_collide(tmp_path):
    looks = '<geom name="{}" size="0.01" contype="0" conaffinity="0"/>'
    text = ARMS.format("", "").replace(
        '<site name="right_tip"', f'{looks.format("paint")}<site name="right_tip"'
    )
    model = imported(tmp_path, text).converted
    assert model.geom("paint").id < model.geom("right_end").id
    body = '<worldbody><body><geom name="{}" size="1"/><geom name="{}" size="1"/></body></worldbody>'
    one, other = (
        mujoco.MjModel.from_xml_string(f"<mujoco>{body.format(*names)}</mujoco>") for names in ("ab", "ba")
    )
    assert [difference.field for difference in compare_models(one, other)] == ["order"]


def test_mesh_of_any_scale_comes_through(tmp_path):
    """A mesh that collides: MuJoCo moves it into its own frame, in numbers that depend on the last bit."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(8, 3)).round(6) + np.array([0.3, 0.1, 0])
    (tmp_path / "rock.obj").write_text(
        "".join(f"v {x} {y} {z}\n" for x, y, z in points) + "f 1 2 3\nf 2 3 4\n"
    )
    mesh = """<asset><mesh name="rock" file="rock.obj" scale="0.0513 0.0513 0.0713"
        refpos="0.1 0 0" inertia="convex"/></asset>"""
    text = ARMS.format("", "").replace("<worldbody>", f"{mesh}<worldbody>")
    text = text.replace(
        '<geom name="ball" size="0.05"/>', '<geom name="ball" type="mesh" mesh="rock" euler="1 2 3"/>'
    )
    assert imported(tmp_path, text).converted.nmesh == 1


def test_edited_usd_wins_over_what_was_imported(tmp_path):
    imported(tmp_path, ARMS.format(FEATURES["weld"], ""))
    stage = Usd.Stage.Open(str(tmp_path / "robot.usda"))
    ball = next(
        prim for prim in stage.Traverse() if prim.GetName() == "ball" and prim.HasAPI(UsdPhysics.MassAPI)
    )
    UsdPhysics.MassAPI(ball).GetMassAttr().Set(7.0)
    stage.Save()
    loaded = load_stage(tmp_path / "robot.usda")
    assert loaded.compile().body("ball").mass == 7.0
    assert any("gaitway:body:mass gave way" in line for line in loaded.report.remarks)


def test_imported_robot_keeps_its_elements_under_another_prim(tmp_path):
    """A reference to it moves paths: what refers to prims follows."""
    imported(tmp_path, ARMS.format(FEATURES["tendon around geoms"] + FEATURES["weld"], ACTUATORS["body"]))
    scene = tmp_path / "scene.usda"
    scene.write_text(
        '#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n'
        'def Xform "Hall"\n{\n    def Xform "Robot" (\n'
        "        prepend references = @robot.usda@\n    )\n    {\n    }\n}\n"
    )
    model, alone = load_stage(scene).compile(), load_stage(tmp_path / "robot.usda").compile()
    assert (model.neq, model.ntendon, model.nu) == (alone.neq, alone.ntendon, alone.nu)
    assert motion_error(alone, model) == 0.0


URDF = """<robot name="gripper">
  <link name="palm"/>
  <link name="wheel"><inertial><mass value="0.31"/>
        <inertia ixx="0.001" iyy="0.001" izz="0.002" ixy="0" ixz="0" iyz="0"/>
    </inertial><visual><geometry><mesh filename="package://gripper/meshes/wheel.dae"/></geometry></visual>
    <collision><geometry><mesh filename="package://gripper/meshes/tetra.obj" scale="0.5 0.5 0.5"/>
        </geometry></collision></link>
  <link name="finger"><inertial><mass value="0.1"/>
        <inertia ixx="0.001" iyy="0.001" izz="0.001" ixy="0" ixz="0" iyz="0"/>
    </inertial></link>
  <joint name="spin" type="continuous"><parent link="palm"/><child link="wheel"/><axis xyz="0 1 0"/></joint>
  <joint name="slide" type="prismatic"><parent link="palm"/><child link="finger"/><axis xyz="1 0 0"/>
    <limit lower="-1" upper="1" effort="5" velocity="1"/>
        <mimic joint="spin" multiplier="0.25" offset="0.1"/></joint>
</robot>"""


def test_urdf_with_mimic_and_continuous_joints_and_package_meshes(tmp_path):
    (tmp_path / "meshes").mkdir()
    (tmp_path / "meshes" / "tetra.obj").write_text(
        "v 0 0 0\nv 0.1 0 0\nv 0 0.2 0\nv 0 0 0.3\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
    )
    (tmp_path / "urdf").mkdir()
    model = imported(tmp_path / "urdf", URDF, ".urdf").converted
    assert not model.jnt_limited[model.joint("spin").id]
    data = mujoco.MjData(model)
    data.qvel[model.joint("spin").dofadr[0]] = 1.0
    for _ in range(300):
        mujoco.mj_step(model, data)
    spin, slide = data.joint("spin").qpos[0], data.joint("slide").qpos[0]
    assert abs(spin) > 0.1
    assert slide == pytest.approx(0.1 + 0.25 * spin, abs=2e-3)


def test_urdf_with_links_fixed_at_an_angle(tmp_path):
    """MuJoCo fuses them, and leaves frames where they were."""
    fixed = """<link name="plate"><collision><origin rpy="0 0.3 0" xyz="0 0 0.1"/><geometry>
        <box size="0.1 0.2 0.3"/></geometry></collision></link><joint name="weld" type="fixed">
        <origin xyz="0.2 0 0.1" rpy="0.1 0.2 0.3"/><parent link="palm"/><child link="plate"/></joint>"""
    text = (
        URDF.replace("</robot>", f"{fixed}</robot>")
        .replace('parent link="palm"/><child link="finger"', 'parent link="plate"/><child link="finger"')
        .replace(
            '<mesh filename="package://gripper/meshes/tetra.obj" scale="0.5 0.5 0.5"/>',
            "<sphere radius='1'/>",
        )
    )
    model = imported(tmp_path, text, ".urdf", within=1e-12).converted
    turn = Rotation.from_euler("xyz", (0.1, 0.2, 0.3))
    finger = model.body("finger")
    assert finger.pos == pytest.approx([0.2, 0, 0.1])
    assert finger.quat == pytest.approx(turn.as_quat(scalar_first=True))


def test_missing_mesh_of_a_collider_is_named(tmp_path):
    robot = tmp_path / "robot.urdf"
    robot.write_text(URDF)
    with pytest.raises(ValueError, match=r"tetra.obj is not there") as error:
        import_robot(robot, tmp_path / "robot.usda")
    assert str(error.value).startswith(str(robot))
    assert not (tmp_path / "robot.usda").exists()
