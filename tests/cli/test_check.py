"""`gaitway check`: reports, and one sentence for what cannot be loaded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from gaitway.assets import ASSETS

from .command import gaitway

HEADER = '#usda 1.0\n(\n    defaultPrim = "R"\n    metersPerUnit = 1\n    upAxis = "Z"\n)\n'
ROBOT = """def Xform "R"
{
    def Xform "base" (prepend apiSchemas = [ROOT"PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    {
        float physics:mass = MASS
        float3 physics:diagonalInertia = INERTIA
    }
    def Xform "arm" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    {
        float physics:mass = 1
        float3 physics:diagonalInertia = (1, 1, 1)
    }
    def PhysicsRevoluteJoint "elbow"
    {
        rel physics:body0 = </R/base>
        rel physics:body1 = CHILD
    }
}
"""


def robot(root='"PhysicsArticulationRootAPI", ', mass="1", inertia="(1, 1, 1)", child="</R/arm>") -> bytes:
    """A robot of two bodies, wrong where the arguments say so."""
    values = {"ROOT": root, "MASS": mass, "INERTIA": inertia, "CHILD": child}
    text = HEADER + ROBOT
    for key, value in values.items():
        text = text.replace(key, value)
    return text.encode()


def refer(target: str) -> bytes:
    """A stage whose only prim refers to `target`."""
    return f'{HEADER}def Xform "R" (references = {target})\n{{\n}}\n'.encode()


BAD = {
    "no-root.usda": (robot(root=""), "no articulation root"),
    "zero-mass.usda": (robot(mass="0"), "prim /R/base has physics:mass 0"),
    "negative-mass.usda": (robot(mass="-2"), "prim /R/base has physics:mass -2"),
    "no-child.usda": (robot(child="</R/leg>"), "joint /R/elbow has physics:body1 </R/leg>"),
    "no-bodies.usda": (robot(child="[]").replace(b"</R/base>", b"[]"), "joint /R/elbow names no body"),
    "flat-inertia.usda": (robot(inertia="(1, 0, 1)"), "prim /R/base has physics:diagonalInertia"),
    "triangle.usda": (robot(inertia="(1, 1, 3)"), "prim /R/base has physics:diagonalInertia"),
    "no-reference.usda": (refer("@nowhere.usda@"), "prim /R refers to something that is not there"),
    "no-prim.usda": (refer("</Nowhere>"), "prim /R refers to something that is not there"),
    "cycle.usda": (refer("@cycle.usda@"), "prim /R references itself in a cycle"),
    "binary.usd": (os.urandom(3000), "is not a USD file"),
    "binary.usdc": (os.urandom(3000), "is not a USD file"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + os.urandom(100), "is not a USD file"),
    "syntax.usda": ((HEADER + 'def Xform "R"\n{\n    double = \n}\n').encode(), "(line 9:"),
    "cut.usda": (robot()[:300], "is not a USD file"),
    "empty.usda": (b"", "it is empty"),
    "robot.xml": (b"<mujoco/>", "gaitway import"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_stage_is_one_sentence(name, tmp_path, monkeypatch, capfd):
    content, complaint = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    assert gaitway(monkeypatch, "check", path) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"gaitway check: {path}")
    assert complaint in err
    assert err.count("\n") == 1


def test_folder_and_missing_file(tmp_path, monkeypatch, capfd):
    for path, complaint in ((tmp_path, "is a folder"), (tmp_path / "none.usda", "no such file")):
        assert gaitway(monkeypatch, "check", path) == 1
        assert complaint in capfd.readouterr().err


def test_good_robot_of_the_bad_ones_compiles(tmp_path, monkeypatch, capfd):
    """What the list above breaks is whole before it is broken."""
    path = tmp_path / "robot.usda"
    path.write_bytes(robot())
    assert gaitway(monkeypatch, "check", path) == 0
    assert capfd.readouterr().err == ""


def test_wrong_units_and_up_axis_are_converted_and_said(tmp_path, monkeypatch, capfd):
    path = tmp_path / "robot.usda"
    path.write_bytes(robot().replace(b'"Z"', b'"Y"').replace(b"= 1\n    up", b"= 0.01\n    up"))
    assert gaitway(monkeypatch, "check", path) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "converted from 0.01 m" in out
    assert "converted from Y up to Z up" in out


def test_table_and_json_tell_the_same(monkeypatch, capfd):
    droid = ASSETS / "robots" / "droid.usda"
    assert gaitway(monkeypatch, "check", droid) == 0
    table, err = capfd.readouterr()
    assert err == ""
    assert gaitway(monkeypatch, "check", droid, "--json") == 0
    report = json.loads(capfd.readouterr().out)
    assert report["model"]["actuators"] == report["added"]["drives"] == 14
    assert report["model"]["mass_kg"] == pytest.approx(15.4)
    assert not report["not_carried"]
    for line in ("actuators", "15.4", "drives"):
        assert line in table


def test_what_is_not_carried_is_listed_by_prim(tmp_path, monkeypatch, capfd):
    path = tmp_path / "robot.usda"
    path.write_bytes(robot().replace(b"PhysicsRevoluteJoint", b"PhysicsDistanceJoint"))
    assert gaitway(monkeypatch, "check", Path(path), "--json") == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert "distance joints" in json.loads(out)["not_carried"]["/R/elbow"]


def test_a_file_that_is_not_there_is_named(monkeypatch, capsys):
    files = ["--left", "nowhere.png", "--right", "nowhere.png", "--calib", "nowhere.txt", "--out", "out.npy"]
    assert gaitway(monkeypatch, "perceive", "depth", *files) == 1
    assert capsys.readouterr().err.strip() == "gaitway perceive: nowhere.txt: No such file or directory."
