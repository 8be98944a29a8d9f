"""The rig's cameras: calibration of the USD file, exposure times, rows of a rolling shutter, blur."""

from __future__ import annotations

import math
from dataclasses import replace

import mujoco
import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.envs.sensors.camera_rig import RigCamera, RigCameraCfg
from gaitway.envs.sensors.imager import Exposure, ImagerCfg, electrons_of
from gaitway.envs.stage import RobotPlacement, load_stage
from pxr import Gf, Usd, UsdGeom

AMR = ASSETS / "robots/amr.usda"
CFG = RigCameraCfg(width=64, height=48, imager=None, depth=None)


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return load_stage(ASSETS / "scenes/warehouse_block.usda", [RobotPlacement(AMR)]).compile()


class Turning:
    """The AMR turns on the spot at `rate` rad/s."""

    def __init__(self, model: mujoco.MjModel, rate: float) -> None:
        self.model, self.data, self.rate = model, mujoco.MjData(model), rate
        self.asked: list[float] = []

    def __call__(self, time: float) -> mujoco.MjData:
        self.asked.append(time)
        yaw = self.rate * time
        self.data.qpos[:] = self.model.qpos0
        self.data.qpos[3:7] = [math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)]
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)
        return self.data


def test_calibration_is_that_of_the_usd_camera(model):
    stage = Usd.Stage.Open(str(AMR))
    prim = next(prim for prim in stage.Traverse() if prim.GetName() == "stereo_left")
    usd = UsdGeom.Camera(prim)
    camera = RigCamera(model, replace(CFG, width=640, height=480), [0])
    focal, across = usd.GetFocalLengthAttr().Get(), usd.GetHorizontalApertureAttr().Get()
    assert camera.lens.fx == pytest.approx(640 * focal / across, rel=1e-6)
    assert camera.lens.fy == pytest.approx(480 * focal / usd.GetVerticalApertureAttr().Get(), rel=1e-6)
    assert (camera.lens.cx, camera.lens.cy) == (319.5, 239.5)
    data = Turning(model, 0.0)(0.0)
    base = UsdGeom.XformCache().GetLocalToWorldTransform(prim)
    pose = camera.pose(data)
    np.testing.assert_allclose(pose[:3, 3], base.ExtractTranslation(), atol=1e-6)
    # USD's camera looks along -Z with +Y up; an optical frame along +z with y down.
    for optical, direction in ((pose[:3, 2], Gf.Vec3d(0, 0, -1)), (pose[:3, 1], Gf.Vec3d(0, -1, 0))):
        np.testing.assert_allclose(optical, base.TransformDir(direction), atol=1e-6)


def test_rows_of_a_rolling_shutter_are_read_one_after_another(model):
    camera = RigCamera(model, replace(CFG, row_time=1e-3), [0])
    times = camera.row_times(5.0)
    np.testing.assert_allclose(np.diff(times), 1e-3)
    assert times.mean() == pytest.approx(5.0)


def test_a_rolling_shutter_shows_each_band_as_it_was_then(model):
    scene = Turning(model, 0.8)
    camera, still = RigCamera(model, replace(CFG, row_time=2e-3), [0]), RigCamera(model, CFG, [0])
    rolled = camera.picture(scene, 0.5)
    times = camera.row_times(0.5)
    for first in range(0, CFG.height, 16):
        then = still.picture(scene, float(times[first : first + 16].mean()))
        np.testing.assert_array_equal(rolled[first : first + 16], then[first : first + 16])
    assert (rolled != still.picture(scene, 0.5)).any()


def test_blur_is_the_mean_of_the_sub_frames(model):
    scene = Turning(model, 15.0)
    imager = ImagerCfg(read_noise=0.0)
    camera, still = RigCamera(model, replace(CFG, imager=imager), [0]), RigCamera(model, CFG, [0])
    camera.exposure = Exposure(0.01)
    times = camera.subframe_times(scene, 0.5)
    assert len(times) > 1 and times.mean() == pytest.approx(0.5)
    assert times[0] > 0.495 and times[-1] < 0.505
    blurred = camera.picture(scene, 0.5).astype(float)
    mean = np.mean([still.picture(scene, float(time)) / 255 for time in times], axis=0)
    electrons = electrons_of(mean, 0.01, imager)
    expected = np.minimum(electrons, imager.full_well) * 255 / imager.full_well
    sigma = np.sqrt(electrons) * 255 / imager.full_well
    inside = electrons < 0.9 * imager.full_well
    assert np.abs(blurred - expected)[inside].mean() < 2 * sigma[inside].mean()
    assert abs((blurred - expected)[inside].mean()) < 0.3


def test_a_picture_at_rest_is_drawn_once(model):
    camera = RigCamera(model, RigCameraCfg(width=64, height=48), [0])
    camera.picture(Turning(model, 0.0), 0.5)
    assert camera.traces == 1


def test_equal_seeds_give_equal_pictures_and_others_others(model):
    def pictures(seed: int) -> np.ndarray:
        camera = RigCamera(model, RigCameraCfg(width=64, height=48), [seed])
        return np.stack([camera.picture(Turning(model, 0.5), time) for time in (0.5, 0.55)])

    np.testing.assert_array_equal(pictures(1), pictures(1))
    assert (pictures(1) != pictures(2)).any()


def test_depth_and_segments_are_the_scene_s(model):
    scene = Turning(model, 0.0)
    depth, segments = RigCamera(model, CFG, [0]).depth_and_segments(scene, 0.0)
    assert depth.shape == segments.shape == (48, 64)
    np.testing.assert_array_equal(depth > 0, segments >= 0)
    floor = int(np.flatnonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_PLANE)[0])
    low = segments[-1] == floor
    assert low.any()
    # The camera is 0.235 m above the floor, which the last row meets at a slope of 23.5 / 32.
    np.testing.assert_allclose(depth[-1][low], 0.235 / (23.5 / 32), rtol=1e-3)


def test_a_camera_that_is_not_there_is_named(model):
    with pytest.raises(ValueError, match="no camera 'nose'"):
        RigCamera(model, replace(CFG, name="nose"), [0])
