"""What a model lacks is said by prim path, and the rest compiles."""

from __future__ import annotations

import pytest

JOINTS = {
    "a joint that breaks": ("float physics:breakForce = 9", "", "do not break"),
    "an acceleration drive": (
        'uniform token drive:angular:physics:type = "acceleration"',
        '"PhysicsDriveAPI:angular"',
        "'acceleration'",
    ),
    "a target velocity beside a stiffness": (
        "float drive:angular:physics:stiffness = 1\nfloat drive:angular:physics:targetVelocity = 1",
        '"PhysicsDriveAPI:angular"',
        "targetVelocity",
    ),
    "a drive along a degree that is not there": (
        "float drive:linear:physics:stiffness = 1",
        '"PhysicsDriveAPI:linear"',
        "no such degree",
    ),
}


@pytest.mark.parametrize("shape", ["Cone", "BasisCurves", "Points", "NurbsPatch", "TetMesh", "Capsule_1"])
def test_unknown_shapes(shape, load, usd):
    box = 'def Cube "box" (prepend apiSchemas = ["PhysicsCollisionAPI"])\n{\n}\n'
    loaded = load(f'def {shape} "x"\n{{\n}}\n' + usd.body("base", box, usd.ROOT))
    assert shape in loaded.report.not_carried["/R/x"]
    assert loaded.compile().ngeom == 1


@pytest.mark.parametrize("loss", JOINTS)
def test_joints(loss, load, usd):
    text, apis, reason = JOINTS[loss]
    loaded = load(usd.pair(usd.joint("PhysicsRevoluteJoint", text, apis)))
    assert reason in loaded.report.not_carried["/R/j"]
    assert loaded.compile().joint("j").type[0] == 3


def test_one_sided_limit_and_elliptic_cone(load, usd):
    one_sided = "float limit:rotX:physics:low = -90\nfloat limit:rotX:physics:high = inf"
    loaded = load(usd.pair(usd.joint("PhysicsJoint", one_sided, '"PhysicsLimitAPI:rotX"')))
    assert "one-sided" in loaded.report.not_carried["/R/j"]
    cone = "float physics:coneAngle0Limit = 30\nfloat physics:coneAngle1Limit = 40"
    loaded = load(usd.pair(usd.joint("PhysicsSphericalJoint", cone)))
    assert "elliptic" in loaded.report.not_carried["/R/j"]


def test_referenced_file_in_other_units_is_remarked(write_stage):
    from gaitway.envs.stage import load_stage

    write_stage('def Cube "box"\n{\n}', "cm.usda", meters=0.01)
    path = write_stage('def "part" (prepend references = @cm.usda@)\n{\n}', "scene.usda")
    assert "units of 0.01 m" in load_stage(path).report.remarks[0]
