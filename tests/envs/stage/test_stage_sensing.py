"""Cameras against USD's own camera mathematics, and sensors by naming convention."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
from gaitway.envs.stage import load_stage
from pxr import Gf, Usd, UsdGeom

CAMERA = """
    def Camera "{name}"
    {{
        float focalLength = 18
        float horizontalAperture = 24
        float verticalAperture = 13.5
        token projection = "{projection}"
        double3 xformOp:translate = (1, 2, 3)
        float3 xformOp:rotateXYZ = (50, -20, 70)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ"]
    }}"""
PERSPECTIVE = CAMERA.format(name="eye", projection="perspective")


def test_camera_pose_and_field_of_view_are_those_of_usd(write_stage, usd):
    path = write_stage(usd.body("base", PERSPECTIVE, usd.ROOT, at=(0.5, 0, 1)))
    model = load_stage(path).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    stage = Usd.Stage.Open(str(path))
    frustum = UsdGeom.Camera(stage.GetPrimAtPath("/R/base/eye")).GetCamera().frustum
    vertical = frustum.GetWindow().GetSize()[1]
    assert model.cam_fovy[0] == pytest.approx(math.degrees(2 * math.atan(vertical / 2)), rel=1e-5)
    assert data.cam_xpos[0] == pytest.approx(np.array(frustum.GetPosition()))
    axes = data.cam_xmat[0].reshape(3, 3)
    assert -axes[:, 2] == pytest.approx(np.array(frustum.ComputeViewDirection()), abs=1e-6)
    assert axes[:, 1] == pytest.approx(np.array(frustum.ComputeUpVector()), abs=1e-6)


def test_orthographic_camera_is_reported_and_cameras_are_no_part_of_physics(load):
    loaded = load(PERSPECTIVE + CAMERA.format(name="flat", projection="orthographic"))
    assert [camera.name for camera in loaded.spec.cameras] == ["eye"]
    assert "orthographic" in loaded.report.not_carried["/R/flat"]
    assert load(PERSPECTIVE, visuals=False).compile().ncam == 0


MOUNT = """
    def Xform "{name}"
    {{
        double3 xformOp:translate = (0.1, 0, -0.2)
        float3 xformOp:rotateXYZ = (0, 0, 90)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ"]
    }}"""


def test_imu_measures_in_its_own_frame(load, usd):
    model = load(usd.body("base", MOUNT.format(name="imu"), usd.ROOT)).compile()
    data = mujoco.MjData(model)
    data.qvel[3:] = (1, 2, 3)  # rad/s in the body's frame
    mujoco.mj_forward(model, data)
    # The IMU's X axis is the body's Y axis, its Y axis the body's -X.
    assert data.sensor("imu_gyro").data == pytest.approx([2, -1, 3])
    assert data.sensor("imu_quat").data == pytest.approx([math.sqrt(0.5), 0, 0, math.sqrt(0.5)])
    # In free fall an accelerometer feels the centripetal acceleration alone.
    omega, arm = np.array([1, 2, 3.0]), np.array([0.1, 0, -0.2])
    felt = np.cross(omega, np.cross(omega, arm))
    assert data.sensor("imu_acc").data == pytest.approx([felt[1], -felt[0], felt[2]], abs=1e-6)


def test_sole_feels_its_weight(load, usd):
    ball = 'def Sphere "ball" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\ndouble radius = 0.1\n}\n'
    foot = usd.body("foot", ball + MOUNT.format(name="left_sole"), usd.ROOT, at=(0, 0, 0.1))
    floor = 'def Plane "floor" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\n}\n'
    model = load(floor + foot).compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 1000)
    contact = data.sensor("left_sole_contact").data
    assert contact[0] == 1
    assert np.linalg.norm(contact[1:]) == pytest.approx(9.81, rel=1e-3)
    assert data.sensor("left_sole_pos").data == pytest.approx([0.1, 0, -0.1], abs=1e-3)
    assert data.sensor("left_sole_linvel").data == pytest.approx([0, 0, 0], abs=1e-4)


def test_sensor_on_nothing_is_reported(load):
    loaded = load(MOUNT.format(name="imu"))
    assert loaded.compile().nsensor == 0
    assert "no rigid body" in loaded.report.not_carried["/R/imu"]


def test_gf_frustum_looks_down_minus_z():
    """The convention on which camera poses carry over unchanged."""
    assert Gf.Camera().frustum.ComputeViewDirection() == Gf.Vec3d(0, 0, -1)


def test_tool_is_measured_in_the_world(load, usd):
    joint = usd.joint("PhysicsRevoluteJoint", 'uniform token physics:axis = "Z"')
    model = load(usd.pair(joint, MOUNT.format(name="tool"))).compile()
    data = mujoco.MjData(model)
    data.joint("j").qpos[:], data.joint("j").qvel[:] = math.pi / 2, 2.0
    mujoco.mj_forward(model, data)
    # The arm's X axis is the world's Y axis now, and the tool's the world's -X.
    assert data.sensor("tool_pos").data == pytest.approx([0, 0.1, -0.2], abs=1e-6)
    assert data.sensor("tool_linvel").data == pytest.approx([-0.2, 0, 0], abs=1e-6)
    assert data.sensor("tool_quat").data == pytest.approx([0, 0, 0, 1], abs=1e-6)


def test_a_body_can_be_kept_from_gravity(load, usd):
    weightless = "bool physxRigidBody:disableGravity = 1"
    loaded = load(usd.body("still", weightless, usd.ROOT) + usd.body("falling", at=(5, 0, 0)))
    model = loaded.compile()
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, 100)
    fallen = 0.5 * 9.81 * (100 * model.opt.timestep) ** 2
    assert data.body("still").xpos[2] == 0.0
    assert data.body("falling").xpos[2] == pytest.approx(-fallen, rel=0.02)
    assert loaded.report.added["weightless bodies"] == 1
