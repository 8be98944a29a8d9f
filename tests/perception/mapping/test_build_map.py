"""Depth pictures of recordings: from stereo pairs, through lens distortion, by the body's pose."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from gaitway.perception.camera import Camera
from gaitway.perception.mapping.build import build_map, depth_views
from gaitway.perception.mapping.mesh import extract_mesh
from gaitway.perception.mapping.tsdf import TsdfMap
from gaitway.perception.poses import pose_of
from gaitway.perception.recording import Frame, Recording
from gaitway.perception.trajectory import Trajectory

AHEAD = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])  # body from camera: body x is where the camera looks
BODY_FROM_CAMERA = pose_of([0.2, 0.0, 0.5], AHEAD)
CAMERA = Camera(200, 120, 150.0, 150.0, 99.5, 59.5, body_from_camera=BODY_FROM_CAMERA)


def still(times, position=(1.0, 2.0, 0.0)):
    """A body that stands at a place, turned as the world."""
    return Trajectory(np.array(times), np.stack([pose_of(position, np.eye(3))] * len(times)))


def test_a_wall_seen_by_a_stereo_pair_stands_where_it_is():
    """Texture 15 px apart in both pictures: 150 px x 0.2 m / 15 px = 2 m before the cameras."""
    rng = np.random.default_rng(0)
    wide = cv2.GaussianBlur(rng.integers(0, 256, (120, 260)).astype(np.float32), (0, 0), 1.0)
    wide = (255 * (wide - wide.min()) / np.ptp(wide)).astype(np.uint8)
    left, right = wide[:, 15:215], wide[:, 30:230]
    beside = pose_of(BODY_FROM_CAMERA[:3, 3] + [0, -0.2, 0], AHEAD)
    cameras = {"left": CAMERA, "right": replace(CAMERA, body_from_camera=beside)}
    frames = [Frame(0.1 * k, {"left": left, "right": right}) for k in range(4)]
    tsdf = TsdfMap(0.05)
    build_map(depth_views(Recording(frames, cameras, truth=still([0.0, 0.3])), disparities=32), tsdf)
    vertices = extract_mesh(tsdf, 0.5).vertices
    np.testing.assert_allclose(np.median(vertices[:, 0]), 1.0 + 0.2 + 2.0, atol=0.03)
    np.testing.assert_allclose(np.median(vertices[:, 2]), 0.5, atol=0.1)


def test_lens_distortion_is_taken_out_of_depth():
    """A post at 10 degrees beside the axis, drawn through the lens."""
    lens = (-0.3, 0.1, 0.0, 0.0)
    camera = replace(CAMERA, distortion=lens)
    points = np.array([[np.tan(0.4), y, 1.0] for y in np.linspace(-0.2, 0.2, 200)])
    depth = np.zeros((120, 200), np.float32)
    for u, v in np.rint(camera.project(points)).astype(int):
        depth[v, u - 1 : u + 2] = 3.0
    frame = Frame(0.0, {"depth": depth})
    (view,) = depth_views(Recording([frame], {"depth": camera}), still([0.0, 1.0]))
    columns = np.nonzero(view.depth)[1]
    assert np.abs(columns - (99.5 + 150 * np.tan(0.4))).max() < 2.5
    assert set(np.unique(view.depth)) == {0.0, 3.0}  # never a mean with what is not there
    assert not any(view.camera.distortion)
    np.testing.assert_allclose(view.world_from_camera, pose_of([1.2, 2.0, 0.5], AHEAD))


def test_what_cannot_be_mapped():
    frame = Frame(5.0, {"left": np.zeros((120, 200), np.uint8)})
    recording = Recording([frame], {"left": CAMERA})
    with pytest.raises(ValueError, match="no ground truth"):
        list(depth_views(recording))
    with pytest.raises(ValueError, match="has the cameras left; a map needs"):
        list(depth_views(recording, still([4.0, 6.0])))
    depth = Recording([Frame(5.0, {"depth": np.zeros((120, 200), np.float32)})], {"depth": CAMERA})
    with pytest.raises(
        ValueError, match=r"the frames are of 5\.000 to 5\.000 s, the trajectory is of 7\.000"
    ):
        list(depth_views(depth, still([7.0, 8.0])))
