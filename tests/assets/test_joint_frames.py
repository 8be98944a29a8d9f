"""Joints of an imported robot as UsdPhysics defines them: at zero, both frames of a joint coincide."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gaitway.assets.convert import convert_robot
from pxr import Gf, Usd, UsdGeom, UsdPhysics

ARM = """<mujoco><worldbody>
  <body name="a" pos="0 0 0.1"><geom size="0.1"/><joint name="ja" axis="0 0 1"/>
    <body name="b" pos="0.1 0.2 0.3" quat="{}"><geom size="0.1"/>
      <joint name="jb" type="{}" axis="{}" pos="0.01 0.02 0.03" ref="{}"/>
    </body></body>
  </worldbody></mujoco>"""


@pytest.mark.parametrize("kind", ["hinge", "slide"])
@pytest.mark.parametrize("axis", ["0 0 1", "0 -1 0", "0.3 -0.5 0.8"])
@pytest.mark.parametrize("quat", ["1 0 0 0", "0.8 0 0 0.6", "0 1 0 0", "0.1 0.7 -0.5 0.5"])
def test_frames_coincide_where_bodies_stand(kind: str, axis: str, quat: str, tmp_path: Path) -> None:
    """MuJoCo's own reader leaves out a body's turn about its joint's axis."""
    file = tmp_path / "arm.xml"
    file.write_text(ARM.format(quat, kind, axis, 0))
    stage = Usd.Stage.Open(convert_robot(file).layer)
    for name in ("/MuJoCo_Model/a/ja", "/MuJoCo_Model/a/b/jb"):
        frames = frames_of(UsdPhysics.Joint(stage.GetPrimAtPath(name)))
        np.testing.assert_allclose(frames[0], frames[1], atol=1e-6)


def test_a_joint_with_a_reference_stands_at_it(tmp_path: Path) -> None:
    """Of a hinge at 30 degrees, and a slide at 0.4 m, about and along the joint's own axis."""
    for kind, ref in (("hinge", "30"), ("slide", "0.4")):
        file = tmp_path / "arm.xml"
        file.write_text(ARM.format("0.1 0.7 -0.5 0.5", kind, "0.3 -0.5 0.8", ref))
        stage = Usd.Stage.Open(convert_robot(file).layer)
        parent, child = frames_of(UsdPhysics.Joint(stage.GetPrimAtPath("/MuJoCo_Model/a/b/jb")))
        moved = child @ np.linalg.inv(parent)  # rows are multiplied: in the joint's frame, about its z
        c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
        expected = np.eye(4)
        if kind == "hinge":
            expected[:2, :2] = [[c, s], [-s, c]]
        else:
            expected[3, 2] = 0.4
        np.testing.assert_allclose(moved, expected, atol=1e-6)


def frames_of(joint: UsdPhysics.Joint) -> list[np.ndarray]:
    """(4, 4) of both frames of a joint in the world, for rows."""
    stage, cache, frames = joint.GetPrim().GetStage(), UsdGeom.XformCache(), []
    for body, turn, place in (
        (joint.GetBody0Rel(), joint.GetLocalRot0Attr(), joint.GetLocalPos0Attr()),
        (joint.GetBody1Rel(), joint.GetLocalRot1Attr(), joint.GetLocalPos1Attr()),
    ):
        local = Gf.Matrix4d(Gf.Rotation(Gf.Quatd(turn.Get())), Gf.Vec3d(place.Get()))
        targets = body.GetTargets()
        prim = stage.GetPrimAtPath(targets[0]) if targets else stage.GetPseudoRoot()
        frames.append(np.array(local * cache.GetLocalToWorldTransform(prim)))
    return frames
