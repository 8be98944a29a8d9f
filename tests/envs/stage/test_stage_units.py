"""A robot in centimetres and Y up compiles to the model of the same robot in metres and Z up."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

ROBOT = """
    def PhysicsScene "Scene"
    {{
    }}
    def Cube "floor" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {{
        double3 xformOp:translate = {floor}
        float3 xformOp:scale = {floor_size}
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }}
    def Xform "base" (
        prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsArticulationRootAPI", "PhysicsMassAPI"]
    )
    {{
        float physics:mass = 3
        float3 physics:diagonalInertia = ({inertia}, {inertia}, {inertia})
        double3 xformOp:translate = {base}
        quatf xformOp:orient = {upright}
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:orient"]
        def Mesh "shell" (prepend apiSchemas = ["PhysicsCollisionAPI"])
        {{
            point3f[] points = [(0, 0, 0), ({side}, 0, 0), (0, {side}, 0), (0, 0, {side})]
            int[] faceVertexCounts = [3, 3, 3, 3]
            int[] faceVertexIndices = [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]
        }}
        def Camera "eye"
        {{
            double3 xformOp:translate = ({side}, 0, 0)
            uniform token[] xformOpOrder = ["xformOp:translate"]
        }}
        def Xform "imu"
        {{
            double3 xformOp:translate = (0, {side}, 0)
            uniform token[] xformOpOrder = ["xformOp:translate"]
        }}
        def Xform "arm" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
        {{
            float physics:mass = 2
            double3 xformOp:translate = ({side}, 0, 0)
            uniform token[] xformOpOrder = ["xformOp:translate"]
            def Sphere "ball" (prepend apiSchemas = ["PhysicsCollisionAPI"])
            {{
                double radius = {radius}
            }}
            def Xform "finger" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
            {{
                def Capsule "tip" (prepend apiSchemas = ["PhysicsCollisionAPI"])
                {{
                    double radius = {radius}
                    double height = {side}
                }}
            }}
        }}
    }}
    def PhysicsRevoluteJoint "elbow" (prepend apiSchemas = ["PhysicsDriveAPI:angular", "NewtonJointAPI"])
    {{
        rel physics:body0 = </R/base>
        rel physics:body1 = </R/base/arm>
        point3f physics:localPos1 = (0, {radius}, 0)
        float physics:lowerLimit = -30
        float physics:upperLimit = 30
        float newton:armature = {armature}
        float newton:damping = {turn_damping}
        float newton:friction = {torque}
        float drive:angular:physics:stiffness = {turn_stiffness}
        float drive:angular:physics:maxForce = {torque}
        float drive:angular:physics:targetPosition = 10
    }}
    def PhysicsPrismaticJoint "reach" (prepend apiSchemas = ["PhysicsDriveAPI:linear", "NewtonJointAPI"])
    {{
        rel physics:body0 = </R/base/arm>
        rel physics:body1 = </R/base/arm/finger>
        float physics:lowerLimit = 0
        float physics:upperLimit = {side}
        float newton:damping = 5
        float newton:velocityLimit = {side}
        float drive:linear:physics:stiffness = 40
        float drive:linear:physics:maxForce = {force}
        float drive:linear:physics:targetPosition = {radius}
    }}
    def MjcKeyframe "home"
    {{
        double[] mjc:qpos = [{keyframe}]
    }}
    def PointInstancer "crates"
    {{
        rel prototypes = [</R/crates/crate>]
        int[] protoIndices = [0, 0]
        point3f[] positions = [{base}, {floor}]
        def Cube "crate" (prepend apiSchemas = ["PhysicsCollisionAPI"])
        {{
            double size = {side}
        }}
    }}
"""


def robot(unit: float, y_up: bool) -> str:
    """The robot in units of `unit` metres."""

    def vector(x: float, y: float, z: float) -> tuple[float, float, float]:
        return (x / unit, z / unit, -y / unit) if y_up else (x / unit, y / unit, z / unit)

    half = 0.70710678118
    position = vector(1.0, 2.0, 0.5)
    quaternion = (half, -half, 0, 0) if y_up else (1, 0, 0, 0)
    size = (1.0 / unit, 0.1 / unit, 2.0 / unit) if y_up else (1.0 / unit, 2.0 / unit, 0.1 / unit)
    return ROBOT.format(
        floor=vector(0, 0, -0.1),
        floor_size=size,
        base=position,
        upright=quaternion,
        side=0.2 / unit,
        radius=0.05 / unit,
        inertia=0.02 / unit**2,
        armature=0.01 / unit**2,
        turn_damping=0.002 / unit**2,
        turn_stiffness=0.3 / unit**2,
        torque=4 / unit**2,
        force=6 / unit,
        keyframe=", ".join(map(str, (*position, *quaternion, 0.3, 0.04 / unit))),
    )


FIELDS = [
    *(
        "body_mass",
        "body_inertia",
        "body_pos",
        "body_quat",
        "body_ipos",
        "geom_pos",
        "geom_size",
        "geom_contype",
    ),
    *("jnt_pos", "jnt_axis", "jnt_range", "jnt_user", "dof_armature", "dof_damping", "dof_frictionloss"),
    *("actuator_gainprm", "actuator_biasprm", "actuator_forcerange", "key_qpos", "key_ctrl"),
    *("cam_pos", "cam_fovy", "site_pos", "mesh_vert"),
]


def test_centimetres_and_y_up(load):
    plain = load(robot(1.0, False), name="m.usda").compile()
    loaded = load(robot(0.01, True), name="cm.usda", meters=0.01, up="Y")
    converted = loaded.compile()
    assert len(loaded.report.conversions) == 2
    for field in FIELDS:
        expected, actual = getattr(plain, field), getattr(converted, field)
        if field == "geom_size":  # boxes on the world are turned with it: their half sizes change places
            expected, actual = np.sort(expected), np.sort(actual)
        if field == "body_quat":  # q and -q are one rotation
            expected, actual = np.abs(expected), np.abs(actual)
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6, err_msg=field)
    np.testing.assert_allclose(converted.opt.gravity, [0, 0, -9.81], atol=1e-5)


def test_both_move_alike(load):
    models = [
        load(robot(1.0, False), name="m.usda").compile(),
        load(robot(0.01, True), name="cm.usda", meters=0.01, up="Y").compile(),
    ]
    states = []
    for model in models:
        data = mujoco.MjData(model)
        mujoco.mj_resetDataKeyframe(model, data, model.key("home").id)
        mujoco.mj_step(model, data, 100)
        states.append(data.qpos.copy())
    np.testing.assert_allclose(states[1], states[0], atol=1e-4)
    assert np.abs(states[0] - models[0].key_qpos[0]).max() > 0.05


def test_unset_units_are_said(tmp_path, write_stage):
    from gaitway.envs.stage import load_stage

    path = write_stage('def Cube "box" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\n}')
    path.write_text(path.read_text().replace("    metersPerUnit = 1.0\n", ""))
    loaded = load_stage(path)
    assert "metersPerUnit is not set" in loaded.report.conversions[0]
    assert loaded.compile().geom("box").size == pytest.approx([0.01] * 3)
