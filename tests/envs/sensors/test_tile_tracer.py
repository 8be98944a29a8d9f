"""The tile tracer meets what `mj_ray` meets, and gives it the colours of its texture."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from gaitway.envs.sensors.lens import OPTICAL, Pinhole
from gaitway.envs.sensors.tile_tracer import TileTracer

LENS = Pinhole(96, 64, 60.0, 60.0, 47.5, 31.5)
SHAPES = """
<mujoco>
  <asset>
    <mesh name="wedge" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/>
  </asset>
  <worldbody>
    <geom type="plane" size="6 5 1"/>
    <geom type="box" size=".5 .3 .4" pos="2 0 .6" euler="10 20 30"/>
    <geom type="box" size="3 .1 .05" pos="0 1.2 .3" euler="0 0 80"/>
    <geom type="sphere" size=".3" pos="2 1 .5"/>
    <geom type="capsule" size=".1 .4" pos="1.5 -1 .5" euler="70 0 20"/>
    <geom type="cylinder" size=".3 .2" pos="3 -1 .7" euler="40 0 0"/>
    <geom type="ellipsoid" size=".2 .4 .1" pos="2.5 -.5 1.3"/>
    <geom type="mesh" mesh="wedge" pos="3 1 .2"/>
    <geom type="box" size="9 9 .1" pos="0 0 1" group="3"/>
  </worldbody>
</mujoco>
"""


def camera_pose(eye: tuple[float, float, float], target: tuple[float, float, float]) -> np.ndarray:
    """World pose (4, 4) of an optical frame at `eye` that looks at `target`."""
    pose = np.eye(4)
    forward = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = eye
    return pose


def placed(model: mujoco.MjModel) -> mujoco.MjData:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return data


@pytest.mark.parametrize(
    ("eye", "target"),
    [
        ((-1.0, 0.2, 1.2), (2.0, 0.0, 0.6)),
        ((1.2, -0.3, 0.9), (2.2, 0.3, 0.6)),
        ((2.0, 0.05, 3.0), (2.1, 0.0, 0.0)),
    ],
)
def test_every_pixel_is_what_mujoco_s_ray_meets(eye, target):
    model = mujoco.MjModel.from_xml_string(SHAPES)
    data, pose = placed(model), camera_pose(eye, target)
    tracer = TileTracer(model, LENS)
    tracer.draw(data.geom_xpos, data.geom_xmat, pose)
    drawn, geom = np.array([1, 1, 1, 0, 0, 0], np.uint8), np.zeros(1, np.int32)
    for row in range(0, LENS.height, 3):
        for column in range(0, LENS.width, 3):
            ray = pose[:3, :3] @ [(column - LENS.cx) / LENS.fx, (row - LENS.cy) / LENS.fy, 1.0]
            length = np.linalg.norm(ray)
            hit = mujoco.mj_ray(model, data, pose[:3, 3], ray / length, drawn, 1, -1, geom, None)
            expected = hit / length if hit > 0 else 0.0
            assert tracer.depth[row, column] == pytest.approx(expected, abs=1e-4), (row, column)
            assert tracer.seen[row, column] == geom[0]
    assert len(np.unique(tracer.seen)) > 3


def test_a_picture_in_bands_is_the_whole_picture():
    model = mujoco.MjModel.from_xml_string(SHAPES)
    data, pose = placed(model), camera_pose((-1.0, 0.2, 1.2), (2.0, 0.0, 0.6))
    whole, bands = TileTracer(model, LENS), TileTracer(model, LENS)
    whole.draw(data.geom_xpos, data.geom_xmat, pose)
    for first in range(0, LENS.height, 16):
        bands.draw(data.geom_xpos, data.geom_xmat, pose, (first, first + 16))
    np.testing.assert_array_equal(bands.depth, whole.depth)
    np.testing.assert_array_equal(bands.radiance, whole.radiance)


def textured(tmp_path, pixels: np.ndarray, uniform: bool) -> mujoco.MjModel:
    from PIL import Image

    Image.fromarray(pixels).save(tmp_path / "t.png")
    return mujoco.MjModel.from_xml_string(f"""
    <mujoco><asset>
      <texture name="t" type="2d" file="{tmp_path / "t.png"}"/>
      <material name="m" texture="t" texrepeat="1 1" texuniform="{str(uniform).lower()}"/>
    </asset><worldbody><geom type="box" size=".5 .5 .5" material="m"/></worldbody></mujoco>
    """)


def test_a_face_shows_its_texture_upright(tmp_path):
    """Seen from +X, the texture's left is on the viewer's left, its top on top."""
    quarters = np.zeros((64, 64, 3), np.uint8)
    quarters[:32, :32], quarters[:32, 32:], quarters[32:, :32] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    model = textured(tmp_path, quarters, uniform=False)
    data, tracer = placed(model), TileTracer(model, LENS, channels=3)
    tracer.draw(data.geom_xpos, data.geom_xmat, camera_pose((2.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    light = 0.42 + 0.22 * 0.6202  # of a wall that faces +X
    for row, column, colour in (
        (22, 38, (1, 0, 0)),
        (22, 58, (0, 1, 0)),
        (42, 38, (0, 0, 1)),
        (42, 58, (0, 0, 0)),
    ):
        expected = np.array(colour) * light * 250 / 255
        np.testing.assert_allclose(tracer.radiance[row, column], expected, atol=1e-3)


def test_a_texture_from_afar_is_its_mean(tmp_path):
    """Without mip levels, a pixel would show one texel: 0 or 200."""
    checks = np.where(np.indices((256, 256)).sum(0) % 2, 200, 0).astype(np.uint8)
    model = textured(tmp_path, checks, uniform=False)
    data, tracer = placed(model), TileTracer(model, LENS)
    tracer.draw(data.geom_xpos, data.geom_xmat, camera_pose((6.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    plain = mujoco.MjModel.from_xml_string(
        '<mujoco><worldbody><geom type="box" size=".5 .5 .5" rgba="1 1 1 1"/></worldbody></mujoco>'
    )
    white = TileTracer(plain, LENS)
    white.draw(data.geom_xpos, data.geom_xmat, camera_pose((6.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    inside = tracer.seen == 0
    np.testing.assert_allclose((tracer.radiance / white.radiance)[inside], 100 / 255, atol=0.01)


def test_grey_is_the_luma_of_colour():
    model = mujoco.MjModel.from_xml_string(SHAPES.replace('type="sphere"', 'type="sphere" rgba=".8 .2 .1 1"'))
    data, pose = placed(model), camera_pose((-1.0, 0.2, 1.2), (2.0, 0.0, 0.6))
    grey, colour = TileTracer(model, LENS), TileTracer(model, LENS, channels=3)
    for tracer in (grey, colour):
        tracer.draw(data.geom_xpos, data.geom_xmat, pose)
    seen = grey.seen >= 0
    luma = colour.radiance @ [0.2126, 0.7152, 0.0722]
    np.testing.assert_allclose(grey.radiance[seen][:, 0], luma[seen], rtol=1e-4)


def test_two_channels_are_refused():
    model = mujoco.MjModel.from_xml_string(SHAPES)
    with pytest.raises(ValueError, match="2 channels"):
        TileTracer(model, LENS, channels=2)


def test_optical_axes_turn_usd_s_camera_into_opencv_s():
    np.testing.assert_array_equal(OPTICAL @ [0, 0, 1], [0, 0, -1])
    np.testing.assert_array_equal(OPTICAL @ [0, 1, 0], [0, -1, 0])
