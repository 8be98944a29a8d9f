"""Point instancers and instances against USD's own transforms."""

from __future__ import annotations

import itertools

import mujoco
import numpy as np
import pytest
from gaitway.envs.stage import load_stage
from pxr import Gf, Usd, UsdGeom

PROPS = """
    def Xform "aisle"
    {
        float3 xformOp:rotateXYZ = (0, 0, 30)
        double3 xformOp:translate = (5, 0, 1)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ"]
        def PointInstancer "props"
        {
            int64[] ids = [7, 8, 9, 10]
            int64[] invisibleIds = [9]
            rel prototypes = [</R/aisle/props/Prototypes/pallet>, </R/aisle/props/Prototypes/drum>]
            int[] protoIndices = [0, 1, 0, 0]
            point3f[] positions = [(0, 0, 0), (1, 2, 3), (4, 0, 0), (0, 7, 0)]
            quath[] orientations = [(1, 0, 0, 0), (0.5, 0.5, 0.5, 0.5), (0.7071, 0, 0, 0.7071), (1, 0, 0, 0)]
            float3[] scales = [(1, 1, 1), (1, 1, 1), (1, 2, 3), (1, 1, 1)]
            def Scope "Prototypes"
            {
                def Xform "pallet"
                {
                    double3 xformOp:translate = (0, 0, 0.25)
                    uniform token[] xformOpOrder = ["xformOp:translate"]
                    def Cube "deck" (prepend apiSchemas = ["PhysicsCollisionAPI"])
                    {
                        double size = 1
                        double3 xformOp:translate = (0.5, 0, 0)
                        float3 xformOp:scale = (1.2, 0.8, 0.15)
                        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
                    }
                    def Cube "label"
                    {
                        double size = 0.1
                    }
                    def Mesh "wrap"
                    {
                    }
                }
                def Cylinder "drum" (prepend apiSchemas = ["PhysicsCollisionAPI"])
                {
                    uniform token axis = "X"
                    double radius = 0.3
                    double height = 0.9
                }
            }
        }
    }"""


def usd_boxes(path) -> list[np.ndarray]:
    """Corners (8, 3) in the world of every cube and cylinder of every instance, by USD's transforms."""
    stage = Usd.Stage.Open(str(path))
    instancer = UsdGeom.PointInstancer(stage.GetPrimAtPath("/R/aisle/props"))
    now, cache, boxes = Usd.TimeCode.Default(), UsdGeom.XformCache(), []
    placements = instancer.ComputeInstanceTransformsAtTime(
        now, now, UsdGeom.PointInstancer.IncludeProtoXform, UsdGeom.PointInstancer.IgnoreMask
    )
    targets = instancer.GetPrototypesRel().GetTargets()
    for index, placement in zip(instancer.GetProtoIndicesAttr().Get(), placements, strict=True):
        root = stage.GetPrimAtPath(targets[index])
        for prim in Usd.PrimRange(root):
            if prim.GetTypeName() not in ("Cube", "Cylinder"):
                continue
            half = (
                (0.45, 0.3, 0.3)
                if prim.GetTypeName() == "Cylinder"
                else (prim.GetAttribute("size").Get() / 2,) * 3
            )
            to_root = cache.GetLocalToWorldTransform(prim) * cache.GetLocalToWorldTransform(root).GetInverse()
            matrix = to_root * placement * cache.GetLocalToWorldTransform(instancer.GetPrim())
            signs = itertools.product((-1, 1), repeat=3)
            corners = [
                matrix.Transform(Gf.Vec3d(*(s * h for s, h in zip(sign, half, strict=True))))
                for sign in signs
            ]
            boxes.append(np.array(corners))
    return boxes


def model_boxes(model: mujoco.MjModel) -> list[np.ndarray]:
    """Corners (8, 3) of every geom; those of a cylinder are its bounding box."""
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    signs = np.array(list(itertools.product((-1, 1), repeat=3)))
    boxes = []
    for i in range(model.ngeom):
        size = model.geom_size[i]
        half = size[[0, 0, 1]] if model.geom_type[i] == mujoco.mjtGeom.mjGEOM_CYLINDER else size
        boxes.append(data.geom_xpos[i] + signs * half @ data.geom_xmat[i].reshape(3, 3).T)
    return boxes


def sorted_corners(box: np.ndarray) -> np.ndarray:
    """Corners in an order of their own."""
    return box[np.lexsort(np.round(box, 3).T)]


def test_every_instance_stands_where_usd_puts_it(write_stage):
    path = write_stage(PROPS)
    loaded = load_stage(path)
    expected, found = usd_boxes(path), model_boxes(loaded.compile())
    assert len(expected) == len(found) == 7
    for box in expected:
        centers = [
            np.linalg.norm(other.mean(0) - box.mean(0)) + abs(np.ptp(other) - np.ptp(box)) for other in found
        ]
        match = found[int(np.argmin(centers))]
        np.testing.assert_allclose(sorted_corners(match), sorted_corners(box), atol=2e-3)  # half-float turns
    assert loaded.report.added["point instances"] == 4
    assert "Mesh" in loaded.report.not_carried["/R/aisle/props/Prototypes/pallet/wrap"]


def test_invisible_instances_are_not_drawn_and_labels_do_not_collide(write_stage):
    model = load_stage(write_stage(PROPS)).compile()
    collides = model.geom_contype != 0
    assert collides.sum() == 4
    assert (model.geom_group == 3).sum() == 2  # deck and label of instance 9
    physics = load_stage(write_stage(PROPS), visuals=False).compile()
    assert physics.ngeom == 4


def test_inactive_instances_are_left_out(write_stage):
    path = write_stage(PROPS)
    stage = Usd.Stage.Open(str(path))
    UsdGeom.PointInstancer(stage.GetPrimAtPath("/R/aisle/props")).DeactivateId(8)
    stage.GetRootLayer().Save()
    loaded = load_stage(path, visuals=False)
    assert loaded.report.added["point instances"] == 3
    assert loaded.compile().ngeom == 3


def test_instancer_on_a_body_is_reported(load, usd):
    inside = PROPS.replace("/R/", "/R/base/")
    loaded = load(usd.body("base", inside, usd.ROOT))
    assert "moving body" in loaded.report.not_carried["/R/base/aisle/props"]


def test_nested_instances_and_payloads_come_in(write_stage, tmp_path):
    write_stage('def Sphere "ball" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\n}', "ball.usda")
    write_stage(
        'def "one" (instanceable = true; prepend references = @ball.usda@)\n{\n}\n'
        'def "two" (payload = @ball.usda@)\n{\n}',
        "pair.usda",
    )
    path = write_stage('def "x" (instanceable = true; prepend references = @pair.usda@)\n{\n}', "scene.usda")
    before = path.read_text()
    assert load_stage(path).compile().ngeom == 2
    assert path.read_text() == before


def test_scale_of_a_body_moves_into_its_shapes(load, usd):
    """A robot in centimetres under a scale of 0.01 is the robot in metres, joints and children included."""
    arm = 'def Sphere "ball" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\ndouble radius = 20\n}\n'
    text = usd.body("base", arm, usd.ROOT, at=(100, 0, 0)) + usd.body("arm", arm, at=(100, 50, 0))
    text += usd.joint("PhysicsRevoluteJoint", "point3f physics:localPos1 = (0, -10, 0)")
    text = text.replace("</R/", "</R/cm/")
    scaled = f"""def Xform "cm"
    {{
        float3 xformOp:scale = (0.01, 0.01, 0.01)
        uniform token[] xformOpOrder = ["xformOp:scale"]
        {text}
    }}"""
    model = load(scaled).compile()
    assert model.body("base").pos == pytest.approx([1, 0, 0])
    assert model.body("arm").pos == pytest.approx([0, 0.5, 0])
    assert model.joint("j").pos == pytest.approx([0, -0.1, 0])
    assert model.geom_size[:, 0] == pytest.approx([0.2, 0.2])


def test_no_slower_with_props_than_their_count_of_colliders(write_stage):
    """What slows a step is geoms: a model for physics has the colliders and nothing else."""
    model = load_stage(write_stage(PROPS), visuals=False).compile()
    assert (model.geom_contype != 0).all()
    assert (model.nbody, model.ncam) == (1, 0)
