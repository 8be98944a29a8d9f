"""Projection onto the floor against OpenCV and by closed form, and the calibration file."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from gaitway.perception.activity.calibration import (
    Calibration,
    Line,
    Zone,
    floor_points,
    homography,
    pixel_rays,
    pixels_of,
    read_calibration,
    write_calibration,
)
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of, rotation_exp

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])


def tilted(distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)) -> Camera:
    pose = pose_of([2.0, -3.0, 8.0], DOWN @ rotation_exp([0.2, -0.1, 0.3]))
    return Camera(320, 240, 112.0, 113.0, 158.0, 121.0, distortion, pose)


@pytest.mark.parametrize("distortion", [(0.0,) * 4, (-0.12, 0.02, 0.001, -0.001)])
def test_pixels_of_the_floor_lead_back_to_it(distortion):
    camera = tilted(distortion)
    floor = np.random.default_rng(0).uniform([-3, -7], [6, 1], (50, 2))
    world = np.column_stack([floor, np.zeros(50)])
    turn = camera.body_from_camera[:3, :3].T
    by_opencv, _ = cv2.projectPoints(
        world,
        cv2.Rodrigues(turn)[0],
        -turn @ camera.body_from_camera[:3, 3],
        camera.matrix,
        np.array(distortion),
    )
    pixels, depth = pixels_of(camera, world)
    np.testing.assert_allclose(pixels, by_opencv[:, 0], atol=1e-9)
    np.testing.assert_allclose(floor_points(camera, pixels), floor, atol=1e-3 if any(distortion) else 1e-9)
    assert (depth > 0).all()


def test_homography_takes_the_floor_to_pixels():
    camera = tilted()
    floor = np.array([[0.0, 0.0], [1.5, -4.0], [4.0, -1.0]])
    image = np.column_stack([floor, np.ones(3)]) @ homography(camera).T
    pixels, _ = pixels_of(camera, np.column_stack([floor, np.zeros(3)]))
    np.testing.assert_allclose(image[:, :2] / image[:, 2:], pixels, atol=1e-9)


def test_rays_of_pixels_by_closed_form():
    rays = pixel_rays(tilted())
    np.testing.assert_allclose(rays[10, 20], [(20 - 158) / 112, (10 - 121) / 113, 1.0], atol=1e-9)


def test_ray_above_the_horizon_meets_no_floor():
    pose = pose_of([0.0, 0.0, 3.0], np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]))
    camera = Camera(100, 100, 50.0, 50.0, 50.0, 50.0, body_from_camera=pose)
    points = floor_points(camera, np.array([[50.0, 10.0], [50.0, 100.0]]))
    assert np.isnan(points[0]).all()
    np.testing.assert_allclose(points[1], [3.0, 0.0], atol=1e-9)


def test_zone_contains_by_even_odd_rule():
    bent = Zone("l", "zone", np.array([[0, 0], [4, 0], [4, 1], [1, 1], [1, 4], [0, 4]], float))
    inside = bent.contains(np.array([[0.5, 3.0], [3.0, 0.5], [2.0, 2.0], [-0.1, 0.5]]))
    assert inside.tolist() == [True, True, False, False]


def test_file_keeps_everything(tmp_path):
    camera = tilted((-0.1, 0.01, 0.0, 0.0))
    zone = Zone("aisle", "aisle", np.array([[0, 0], [1, 0], [1, 2.5]]))
    line = Line("door", np.array([[0.0, 1.0], [2.0, 1.0]]))
    write_calibration(tmp_path / "c.json", Calibration({"a": camera}, (-5.0, -6.0, 7.0, 8.0), [zone], [line]))
    back = read_calibration(tmp_path / "c.json")
    assert back.bounds == (-5.0, -6.0, 7.0, 8.0)
    np.testing.assert_allclose(back.cameras["a"].body_from_camera, camera.body_from_camera, atol=1e-12)
    assert back.cameras["a"].distortion == camera.distortion
    assert (back.zones[0].kind, back.lines[0].name) == ("aisle", "door")
    sensor = json.loads((tmp_path / "c.json").read_text())["sensors"][0]
    product = np.array(sensor["intrinsicMatrix"]) @ np.array(sensor["extrinsicMatrix"])
    np.testing.assert_allclose(sensor["cameraMatrix"], product)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("sensors"), "needs the fields 'sensors' and 'bounds'"),
        (lambda d: d.update(sensors=[]), "'sensors' is empty"),
        (lambda d: d.update(bounds=[0, 0, -1, 1]), "are no floor"),
        (lambda d: d["sensors"].append(d["sensors"][0]), "two sensors are called 'a'"),
        (lambda d: d["sensors"][0].pop("frameWidth"), "sensor 'a': the field 'frameWidth' is missing"),
        (lambda d: d["sensors"][0]["intrinsicMatrix"].pop(), "intrinsicMatrix must be 3 x 3 finite numbers"),
        (lambda d: d["sensors"][0]["extrinsicMatrix"][0].__setitem__(0, 5), "is no rotation"),
        (lambda d: d["sensors"][0]["extrinsicMatrix"][2].__setitem__(3, 8000), "positions in m"),
        (lambda d: d["sensors"][0].update(frameWidth=40), "principal point"),
        (lambda d: d["rois"][0]["roiCoordinates"].pop(), "at least 3 finite corners"),
        (lambda d: d["tripwires"][0]["wire"].__setitem__(0, {"x": 1}), "list of {x, y} in m"),
    ],
)
def test_bad_file_is_named(tmp_path, change, message):
    path = tmp_path / "calibration.json"
    zone = Zone("z", "aisle", np.array([[0, 0], [1, 0], [1, 2.5]]))
    write_calibration(path, Calibration({"a": tilted()}, (0, 0, 1, 1), [zone], [Line("w", np.eye(2))]))
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=message) as error:
        read_calibration(path)
    assert str(path) in str(error.value)


def test_file_that_is_not_json(tmp_path):
    (tmp_path / "c.json").write_text('{"sensors": [\n')
    with pytest.raises(ValueError, match=r"c\.json, line 2: this is not JSON"):
        read_calibration(tmp_path / "c.json")
    with pytest.raises(ValueError, match="is missing"):
        read_calibration(tmp_path / "none.json")
