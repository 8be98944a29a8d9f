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
      <joint name="jb" type="{}" axis="{}" pos="0.01 0.02 0.03"/>
    </body></body>
  </worldbody></mujoco>"""


@pytest.mark.parametrize("kind", ["hinge", "slide"])
@pytest.mark.parametrize("axis", ["0 0 1", "0 -1 0", "0.3 -0.5 0.8"])
@pytest.mark.parametrize("quat", ["1 0 0 0", "0.8 0 0 0.6", "0 1 0 0", "0.1 0.7 -0.5 0.5"])
def test_frames_coincide_where_bodies_stand(kind: str, axis: str, quat: str, tmp_path: Path) -> None:
    """MuJoCo's own reader leaves out a body's turn about its joint's axis."""
    file = tmp_path / "arm.xml"
    file.write_text(ARM.format(quat, kind, axis))
    stage = Usd.Stage.Open(convert_robot(file).layer)
    cache = UsdGeom.XformCache()
    joints = [UsdPhysics.Joint(prim) for prim in stage.Traverse() if prim.IsA(UsdPhysics.Joint)]
    assert [joint.GetPrim().GetName() for joint in joints] == ["ja", "jb"]
    for joint in joints:
        frames = []
        for body, turn, place in (
            (joint.GetBody0Rel(), joint.GetLocalRot0Attr(), joint.GetLocalPos0Attr()),
            (joint.GetBody1Rel(), joint.GetLocalRot1Attr(), joint.GetLocalPos1Attr()),
        ):
            local = Gf.Matrix4d(Gf.Rotation(Gf.Quatd(turn.Get())), Gf.Vec3d(place.Get()))
            targets = body.GetTargets()
            prim = stage.GetPrimAtPath(targets[0]) if targets else stage.GetPseudoRoot()
            frames.append(np.array(local * cache.GetLocalToWorldTransform(prim)))
        np.testing.assert_allclose(frames[0], frames[1], atol=1e-6)
