"""`robot_defaults`: what a robot says itself stays, what it does not is derived from its model."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.robot_defaults import RobotError, complete_robot
from gaitway.envs.stage import load_stage

GYMNASIUM = Path(gymnasium.__file__).parent / "envs" / "mujoco" / "assets"
FOOT_SENSORS = ("pos", "linvel", "zaxis", "contact")

# A biped of boxes: hips that roll and pitch, on one side named against all custom; arms that hang free.
BIPED = """<mujoco><compiler angle="radian"/><worldbody><body name="pelvis" pos="0 0 2">
  <freejoint/><geom type="box" size="0.1 0.1 0.1" mass="5"/><site name="chip_imu" pos="0.05 0 0"/>
  <body name="a" pos="0 0.1 -0.1"><joint name="a1" axis="1 0 0" armature="0.01" actuatorfrcrange="-50 50"/>
    <geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.02" mass="1"/>
    <body name="b" pos="0 0 -0.3"><joint name="a2" axis="0 1 0"/>
      <geom type="box" size="0.1 0.05 0.02" pos="0.03 0 -0.02" mass="0.5"/></body></body>
  <body name="c" pos="0 -0.1 -0.1"><joint name="c1" axis="1 0 0" armature="0.01"/>
    <geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.02" mass="1"/>
    <body name="d" pos="0 0 -0.3"><joint name="c2" axis="0 1 0"/>
      <geom type="box" size="0.1 0.05 0.02" pos="0.03 0 -0.02" mass="0.5"/></body></body>
  <body name="arm" pos="0 0.2 0.1"><joint name="shoulder" axis="0 1 0"/><geom size="0.03" mass="0.2"/>
    <body name="hand" pos="0 0 -0.2"><joint name="elbow" axis="0 1 0"/><geom size="0.03" mass="0.2"/></body>
  </body></body></worldbody>
  <actuator><motor joint="a1" gear="3" ctrlrange="-10 10"/><motor joint="c1" forcerange="-8 8" gear="2"/>
    <position joint="a2" kp="20" kv="1" forcerange="-40 40"/><motor joint="c2" gear="7" ctrlrange="-1 1"/>
  </actuator></mujoco>"""


def complete(xml: str) -> tuple[mujoco.MjModel, object]:
    spec = mujoco.MjSpec.from_string(xml)
    found = complete_robot(spec, "robot.xml")
    return spec.compile(), found


def test_soles_lie_in_the_middle_of_what_touches_the_ground():
    model, found = complete(BIPED)
    assert found.feet == {"left_sole": ["a1", "a2"], "right_sole": ["c1", "c2"]}
    for foot in found.feet:
        assert model.site(foot).pos == pytest.approx([0.03, 0, -0.04])
        assert {f"{foot}_{name}" for name in FOOT_SENSORS} <= {
            model.sensor(i).name for i in range(model.nsensor)
        }
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    mujoco.mj_forward(model, data)
    for foot in found.feet:
        assert data.site(foot).xpos[2] == pytest.approx(0, abs=1e-9)
        assert data.sensor(f"{foot}_zaxis").data == pytest.approx([0, 0, 1])
    assert model.key("stand").qpos[2] == pytest.approx(0.44)


def test_imu_takes_the_place_of_a_site_that_says_so():
    model, found = complete(BIPED)
    assert model.site("imu").pos == pytest.approx([0.05, 0, 0])
    assert {"imu_gyro", "imu_acc", "imu_quat"} <= {model.sensor(i).name for i in range(model.nsensor)}
    assert any("chip_imu" in line for line in found.derived)


def test_gains_and_scales_follow_armature_and_effort():
    model, found = complete(BIPED)
    natural = (2 * np.pi * 10) ** 2
    gains = {model.joint(model.actuator_trnid[i, 0]).name: i for i in range(model.nu)}
    row = gains["a1"]  # armature 0.01; the motor gives 30 N m, the joint takes 50
    assert model.actuator_forcerange[row] == pytest.approx([-30, 30])
    assert model.actuator_gainprm[row, 0] == pytest.approx(min(0.01 * natural, 30))
    assert -model.actuator_biasprm[row, 2] == pytest.approx(2 * 2 * np.sqrt(30 * 0.01))
    row = gains["c1"]  # the force range is before the gear
    assert model.actuator_forcerange[row] == pytest.approx([-16, 16])
    row = gains["a2"]  # a servo already: left alone
    assert model.actuator_gainprm[row, 0] == 20
    assert found.action_scale["a2"] == pytest.approx(0.25 * 40 / 20)
    assert found.action_scale["c2"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("stiffness", "step"),
    [(20, 0.25 * 40 / 20), (45, 0.25), (60, 0.25), (400, 0.5 * 40 / 400)],
)
def test_stiff_servos_move_by_up_to_half_their_effort(stiffness: float, step: float):
    """Those of the Menagerie's G1 have 500 N m/rad: a quarter of 50 N m would be 0.025 rad."""
    _, found = complete(BIPED.replace('kp="20"', f'kp="{stiffness}"'))
    assert found.action_scale["a2"] == pytest.approx(step)


def test_heavy_armature_gives_the_ten_hertz_joint():
    model, _ = complete(BIPED.replace('ctrlrange="-10 10"', 'ctrlrange="-100 100"'))
    kp = 0.01 * (2 * np.pi * 10) ** 2  # 39 N m/rad, below the effort limit of 50 N m
    assert model.actuator_gainprm[0, 0] == pytest.approx(kp)
    assert -model.actuator_biasprm[0, 2] == pytest.approx(2 * 2.0 * np.sqrt(kp * 0.01))


def test_robot_without_actuators_gets_one_per_joint():
    start = BIPED.index("<actuator>")
    model, found = complete(BIPED[:start] + "</mujoco>")
    assert model.nu == 6
    weight = model.body_mass.sum() * 9.81
    assert model.actuator_forcerange[1] == pytest.approx([-weight * 0.22, weight * 0.22], rel=1e-6)
    assert model.actuator_forcerange[0] == pytest.approx([-50, 50])
    assert any("effort limit" in line for line in found.derived)


def test_keyframe_of_another_name_becomes_the_stance():
    pose = "0 0 0.5 1 0 0 0 0.1 0.2 0.1 0.2 0 0"
    model, _ = complete(
        BIPED.replace("</mujoco>", f'<keyframe><key name="home" qpos="{pose}"/></keyframe></mujoco>')
    )
    assert model.key("stand").qpos == pytest.approx(np.array(pose.split(), float))
    assert model.key("stand").ctrl == pytest.approx([0.1, 0.1, 0.2, 0.2])  # in the actuators' order


@pytest.mark.parametrize(
    ("xml", "complaint"),
    [
        (BIPED.replace("<freejoint/>", ""), "no body with joints floats freely"),
        ("<mujoco><worldbody><body><freejoint/><geom size='1'/></body></worldbody></mujoco>", "no body with"),
        (BIPED.replace("<geom", '<geom contype="0" conaffinity="0"'), "no feet found"),
    ],
)
def test_what_cannot_be_derived_is_one_sentence(xml, complaint):
    with pytest.raises(RobotError, match=complaint) as error:
        complete(xml)
    assert str(error.value).startswith("robot.xml: ")


@pytest.mark.parametrize(("robot", "feet", "joints"), [("ant", 4, 2), ("humanoid", 2, 7)])
def test_robots_of_gymnasium(robot, feet, joints):
    spec = mujoco.MjSpec.from_file(str(GYMNASIUM / f"{robot}.xml"))
    found = complete_robot(spec, robot)
    model = spec.compile()
    assert (found.base, len(found.feet)) == ("torso", feet)
    assert {len(leg) for leg in found.feet.values()} == {joints}
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, model.key("stand").id)
    height = data.qpos[2]
    for _ in range(round(1 / model.opt.timestep)):
        mujoco.mj_step(model, data)
    assert data.qpos[2] > 0.9 * height  # it stands


def test_hopper_has_no_floating_base():
    with pytest.raises(RobotError, match="no body with joints floats freely"):
        complete_robot(mujoco.MjSpec.from_file(str(GYMNASIUM / "hopper.xml")), "hopper.xml")


def test_our_droid_says_everything_itself():
    plain = load_stage(ASSETS / "robots" / "droid.usda").compile()
    spec = load_stage(ASSETS / "robots" / "droid.usda").spec
    found = complete_robot(spec, "droid.usda")
    model = spec.compile()
    assert found.derived == []
    assert (found.base, found.keyframe, set(found.feet)) == ("base", "stand", {"left_sole", "right_sole"})
    legs = ("hip_yaw", "hip_roll", "hip_pitch", "knee", "ankle")
    assert found.feet["left_sole"] == [f"left_{joint}" for joint in legs]
    assert (model.nu, model.nsensor, model.nkey) == (plain.nu, plain.nsensor, plain.nkey)
    np.testing.assert_array_equal(model.actuator_gainprm, plain.actuator_gainprm)
    np.testing.assert_array_equal(model.key("stand").ctrl, plain.key("stand").ctrl)


def test_feet_of_the_droid_are_found_where_it_marks_them():
    spec = load_stage(ASSETS / "robots" / "droid.usda").spec
    marked = {site.name: np.array(site.pos) for site in spec.sites if site.name.endswith("_sole")}
    for sensor in [sensor for sensor in spec.sensors if "_sole" in sensor.name]:
        spec.delete(sensor)
    for site in [site for site in spec.sites if site.name in marked]:
        spec.delete(site)
    complete_robot(spec, "droid.usda")
    assert len(marked) == 2
    for name, position in marked.items():
        assert spec.site(name).pos == pytest.approx(position, abs=1e-3)
