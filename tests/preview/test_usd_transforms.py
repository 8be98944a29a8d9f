"""Robots in other units and axes, scaled, body within body: their USD shapes stand where MuJoCo's do."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.preview.usd_live.assembly import assemble
from gaitway.preview.usd_live.frame import Frame
from gaitway.preview.usd_live.overlay import OverlayText
from gaitway.preview.usd_live.transforms import PrimTransforms
from pxr import Gf, Sdf, Usd, UsdGeom, UsdPhysics

Vec = tuple[float, float, float]


def _body(stage: Usd.Stage, path: str, position: Vec, scale: float = 1.0) -> UsdGeom.Xform:
    """A rigid body with a ball off its origin."""
    body = UsdGeom.Xform.Define(stage, path)
    body.AddTranslateOp().Set(Gf.Vec3d(*position))
    body.AddRotateXYZOp().Set(Gf.Vec3f(10, 20, 30))
    if scale != 1.0:
        body.AddScaleOp().Set(Gf.Vec3f(scale))
    UsdPhysics.RigidBodyAPI.Apply(body.GetPrim())
    UsdPhysics.MassAPI.Apply(body.GetPrim()).CreateMassAttr(1.0)
    ball = UsdGeom.Sphere.Define(stage, f"{path}/{path.rpartition('/')[2]}_ball")
    ball.CreateRadiusAttr(3)
    ball.AddTranslateOp().Set(Gf.Vec3d(4, 5, 6))
    UsdPhysics.CollisionAPI.Apply(ball.GetPrim())
    return body


def _hinge(stage: Usd.Stage, path: str, parent: UsdGeom.Xform, child: UsdGeom.Xform) -> None:
    """A hinge at the child's origin."""
    cache = UsdGeom.XformCache()
    frames = [cache.GetLocalToWorldTransform(body.GetPrim()) for body in (parent, child)]
    anchor = frames[1] * frames[0].GetInverse()
    turn = (frames[1].RemoveScaleShear() * frames[0].RemoveScaleShear().GetInverse()).ExtractRotationQuat()
    hinge = UsdPhysics.RevoluteJoint.Define(stage, path)
    hinge.CreateBody0Rel().SetTargets([parent.GetPath()])
    hinge.CreateBody1Rel().SetTargets([child.GetPath()])
    hinge.CreateAxisAttr("X")
    hinge.CreateLocalPos0Attr(Gf.Vec3f(anchor.ExtractTranslation()))
    hinge.CreateLocalRot0Attr(Gf.Quatf(turn))
    hinge.CreateLocalPos1Attr(Gf.Vec3f(0))
    hinge.CreateLocalRot1Attr(Gf.Quatf(1))


def _write_robot(file: Path, up: str, meters: float, scale: float) -> None:
    """A base, and an arm of two bodies: one inside another one's prim, an unmoved prim between them."""
    stage = Usd.Stage.CreateNew(str(file))
    UsdGeom.SetStageUpAxis(stage, up)
    UsdGeom.SetStageMetersPerUnit(stage, meters)
    root = UsdGeom.Xform.Define(stage, "/Robot")
    root.AddTranslateOp().Set(Gf.Vec3d(7, 8, 9))
    UsdPhysics.ArticulationRootAPI.Apply(root.GetPrim())
    stage.SetDefaultPrim(root.GetPrim())
    base = _body(stage, "/Robot/base", (0, 50, 0), scale)
    upper = _body(stage, "/Robot/upper", (20, 60, 0), scale)
    UsdGeom.Xform.Define(stage, "/Robot/upper/between").AddTranslateOp().Set(Gf.Vec3d(1, 2, 3))
    lower = _body(stage, "/Robot/upper/between/lower", (10, 0, 0))
    _hinge(stage, "/Robot/shoulder", base, upper)
    _hinge(stage, "/Robot/elbow", upper, lower)
    stage.Save()


def _write_scene(file: Path, up: str, meters: float) -> None:
    stage = Usd.Stage.CreateNew(str(file))
    UsdGeom.SetStageUpAxis(stage, up)
    UsdGeom.SetStageMetersPerUnit(stage, meters)
    world = UsdGeom.Xform.Define(stage, "/World")
    world.AddTranslateOp().Set(Gf.Vec3d(1, 2, 3))
    stage.SetDefaultPrim(world.GetPrim())
    _body(stage, "/World/Thing/box", (4, 5, 6))
    stage.Save()


@pytest.mark.parametrize(
    ("scene_is", "robot_is", "scale"),
    [
        (("Z", 1.0), ("Z", 1.0), 1.0),
        (("Z", 1.0), ("Y", 0.01), 1.0),
        (("Y", 0.01), ("Z", 1.0), 1.0),
        (("Y", 0.01), ("Y", 0.01), 2.0),
        (("Z", 1.0), ("Z", 1.0), 0.5),
    ],
    ids=[
        "as ours",
        "robot in cm, Y up",
        "scene in cm, Y up",
        "both, base scaled by 2",
        "base scaled by half",
    ],
)
def test_shapes_stand_where_the_model_has_them(
    scene_is: tuple[str, float], robot_is: tuple[str, float], scale: float, tmp_path: Path
) -> None:
    scene, robot = tmp_path / "scene.usda", tmp_path / "robot.usda"
    _write_scene(scene, *scene_is)
    _write_robot(robot, *robot_is, scale)
    loaded = load_stage(scene, [RobotPlacement(robot)])
    model = loaded.compile()
    data = mujoco.MjData(model)
    rng = np.random.default_rng(0)
    mujoco.mj_integratePos(model, data.qpos, rng.normal(size=model.nv), 0.7)
    mujoco.mj_kinematics(model, data)

    assembly = assemble(scene, robot, loaded.body_prims, np.zeros((1, 3)))
    rows = [model.body(name).id for name in assembly.bodies]
    assert len(rows) == model.nbody - 1 == 4
    frame = Frame(0.0, np.zeros(1), np.zeros((1, 0)), data.xpos[None, rows], data.xquat[None, rows])
    text = OverlayText(assembly.moving_paths, assembly.robot_paths, 0)
    overlay = Sdf.Layer.CreateAnonymous("overlay.usda")
    overlay.ImportFromString(
        text.format(PrimTransforms(assembly).local(frame.xpos, frame.xquat), frame).decode()
    )
    assembly.layer.subLayerPaths.insert(0, overlay.identifier)

    up, meters = scene_is
    cache = UsdGeom.XformCache()
    for prim in assembly.stage.Traverse():
        if prim.IsA(UsdGeom.Sphere):
            x, y, z = meters * np.array(cache.GetLocalToWorldTransform(prim).Transform(Gf.Vec3d(0)))
            seen = (x, -z, y) if up == "Y" else (x, y, z)
            np.testing.assert_allclose(
                seen, data.geom(prim.GetName()).xpos, atol=1e-6, err_msg=str(prim.GetPath())
            )
