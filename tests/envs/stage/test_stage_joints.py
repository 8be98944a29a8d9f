"""Joints and drives against their definitions in UsdPhysics."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest

ANGULAR = '"PhysicsDriveAPI:angular"'


def test_drive_gains_are_per_radian(load, usd):
    text = """
        uniform token physics:axis = "Y"
        float drive:angular:physics:stiffness = 2
        float drive:angular:physics:damping = 0.5
        float drive:angular:physics:maxForce = 7
        float drive:angular:physics:targetPosition = 90"""
    model = load(usd.pair(usd.joint("PhysicsRevoluteJoint", text, ANGULAR))).compile()
    degrees = 180 / math.pi
    assert model.actuator_gainprm[0, 0] == pytest.approx(2 * degrees)
    assert model.actuator_biasprm[0, :3] == pytest.approx([0, -2 * degrees, -0.5 * degrees])
    assert model.actuator_forcerange[0] == pytest.approx([-7, 7])
    assert model.key("targets").ctrl == pytest.approx(math.pi / 2)


def test_position_drive_follows_the_closed_form_of_a_damped_oscillator(load, usd):
    stiffness, damping = 4.0, 0.8  # N m/rad, N m s/rad on 1 kg m^2
    text = f"""
        uniform token physics:axis = "X"
        float drive:angular:physics:stiffness = {math.radians(stiffness)}
        float drive:angular:physics:damping = {math.radians(damping)}"""
    arm = usd.body("arm", apis=usd.ROOT) + usd.joint("PhysicsRevoluteJoint", text, ANGULAR)
    model = load(arm.replace("rel physics:body0 = </R/base>", "")).compile()
    model.opt.timestep, model.opt.integrator = 1e-4, mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    data = mujoco.MjData(model)
    data.ctrl[0] = 0.5
    mujoco.mj_step(model, data, 8000)
    decay, t = damping / 2, 0.8
    rate = math.sqrt(stiffness - decay**2)
    expected = 0.5 - 0.5 * math.exp(-decay * t) * (math.cos(rate * t) + decay / rate * math.sin(rate * t))
    assert data.qpos[0] == pytest.approx(expected, abs=2e-4)


def test_velocity_and_effort_drives(load, usd):
    text = """
        float drive:angular:physics:stiffness = 0
        float drive:angular:physics:damping = {damping}
        float drive:angular:physics:targetVelocity = {velocity}"""
    velocity = text.format(damping=3, velocity=180)
    model = load(usd.pair(usd.joint("PhysicsRevoluteJoint", velocity, ANGULAR))).compile()
    gain = 3 * 180 / math.pi
    assert model.actuator_gainprm[0, 0] == pytest.approx(gain)
    assert model.actuator_biasprm[0, :3] == pytest.approx([0, 0, -gain])
    assert model.key("targets").ctrl == pytest.approx(math.pi)

    effort = text.format(damping=0, velocity=0)
    model = load(usd.pair(usd.joint("PhysicsRevoluteJoint", effort, ANGULAR))).compile()
    assert model.actuator_gainprm[0, 0] == 1
    assert not model.actuator_biasprm[0].any()


def limits(**ranges: tuple[float, float]) -> tuple[str, str]:
    """Schemas and attributes that limit the named degrees of a D6 joint."""
    apis = ", ".join(f'"PhysicsLimitAPI:{degree}"' for degree in ranges)
    text = "\n".join(
        f"float limit:{degree}:physics:low = {low}\nfloat limit:{degree}:physics:high = {high}"
        for degree, (low, high) in ranges.items()
    )
    return apis, text


LOCKED = (1, -1)


def test_d6_joint_has_the_degrees_that_are_not_locked(load, usd):
    apis, text = limits(transX=(-0.1, 0.3), transY=LOCKED, transZ=LOCKED, rotX=LOCKED, rotY=LOCKED)
    text += (
        "\npoint3f physics:localPos1 = (0.1, 0, 0)\nquatf physics:localRot1 = (0.70710678, 0, 0.70710678, 0)"
    )
    text += "\nfloat drive:rotZ:physics:stiffness = 1"
    model = load(usd.pair(usd.joint("PhysicsJoint", text, apis + ', "PhysicsDriveAPI:rotZ"'))).compile()
    slide, hinge = model.joint("j_transX"), model.joint("j_rotZ")
    assert model.body("arm").jntnum[0] == 2
    assert slide.type[0] == mujoco.mjtJoint.mjJNT_SLIDE
    assert slide.range == pytest.approx([-0.1, 0.3])
    # The joint frame is turned by 90 degrees about Y: its X axis is the body's -Z, its Z axis the body's X.
    assert slide.axis == pytest.approx([0, 0, -1], abs=1e-6)
    assert hinge.type[0] == mujoco.mjtJoint.mjJNT_HINGE
    assert not hinge.limited[0]
    assert hinge.axis == pytest.approx([1, 0, 0], abs=1e-6)
    assert hinge.pos == pytest.approx([0.1, 0, 0])
    assert model.actuator("j_rotZ").gainprm[0] == pytest.approx(180 / math.pi)


def test_d6_joint_with_one_degree_in_degrees(load, usd):
    degrees = dict.fromkeys(("transX", "transY", "transZ", "rotX", "rotY"), LOCKED) | {"rotZ": (-30, 60)}
    apis, text = limits(**degrees)
    model = load(usd.pair(usd.joint("PhysicsJoint", text, apis))).compile()
    assert model.joint("j_rotZ").range == pytest.approx(np.radians([-30, 60]))
    assert model.body("arm").dofnum[0] == 1


def test_d6_joint_with_every_degree_locked_is_fixed(load, usd):
    names = ("transX", "transY", "transZ", "rotX", "rotY", "rotZ")
    apis, text = limits(**dict.fromkeys(names, LOCKED))
    model = load(usd.pair(usd.joint("PhysicsJoint", text, apis))).compile()
    assert model.body("arm").dofnum[0] == 0
    assert model.body("arm").parentid[0] == model.body("base").id


def test_spherical_joint_is_a_ball_with_a_cone(load, usd):
    text = "float physics:coneAngle0Limit = 30\nfloat physics:coneAngle1Limit = 30"
    loaded = load(usd.pair(usd.joint("PhysicsSphericalJoint", text)))
    ball = loaded.compile().joint("j")
    assert ball.type[0] == mujoco.mjtJoint.mjJNT_BALL
    assert ball.range == pytest.approx([0, math.radians(30)])
    assert not loaded.report.not_carried


def test_mimic_joint_is_an_equality(load, usd):
    follower = usd.body("finger") + usd.joint(
        "PhysicsRevoluteJoint",
        "rel newton:mimicJoint = </R/j>\nfloat newton:mimicCoef1 = 2",
        '"NewtonMimicAPI"',
        "k",
    ).replace("/R/arm", "/R/finger")
    model = load(usd.pair(usd.joint("PhysicsRevoluteJoint")) + follower).compile()
    assert model.eq_type[0] == mujoco.mjtEq.mjEQ_JOINT
    assert [model.joint(int(i[0])).name for i in (model.eq_obj1id, model.eq_obj2id)] == ["k", "j"]
    assert model.eq_data[0, 1] == 2
