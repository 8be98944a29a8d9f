"""Cameras without depth, detectors and segmentations, on prisms projected by OpenCV."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from gaitway.perception.activity.calibration import Calibration, pixels_of
from gaitway.perception.activity.classes import KINDS, WORKER
from gaitway.perception.activity.pipeline import ActivityMap
from gaitway.perception.activity.regions import OnnxDetector, Region, merged, place, regions_of
from gaitway.perception.activity.view import CameraView, Picture
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of
from onnx import TensorProto, helper

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
VEST = (230, 110, 20)


def camera_at(x: float, y: float) -> Camera:
    return Camera(320, 240, 112.0, 112.0, 159.5, 119.5, body_from_camera=pose_of([x, y, 9.0], DOWN))


def outline(camera: Camera, x: float, y: float, half: float = 0.22, height: float = 1.75) -> np.ndarray:
    """Corners of the picture of an upright prism."""
    corners = [[x + i * half, y + j * half, z] for i in (-1, 1) for j in (-1, 1) for z in (0.0, height)]
    pixels, _ = pixels_of(camera, np.array(corners))
    return cv2.convexHull(pixels.round().astype(np.int32))[:, 0]


def colour_picture(camera: Camera, people: list[tuple[float, float]], seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = np.full((240, 320, 3), 128, np.uint8)
    for x, y in people:
        cv2.fillConvexPoly(image, outline(camera, x, y), VEST)
    return np.clip(image + rng.normal(scale=3, size=image.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("at", [(0.0, 4.0), (3.0, -3.5), (-4.5, 1.0)])
def test_foot_of_a_person_is_where_it_stands(at):
    camera = camera_at(0, 0)
    mask = np.zeros((240, 320), np.uint8)
    cv2.fillConvexPoly(mask, outline(camera, *at), 1)
    regions = regions_of(np.flatnonzero(mask), 240, 320)
    assert len(regions) == 1
    found = place(camera, regions, colour_picture(camera, [at], 0))
    np.testing.assert_allclose(found.position[0], at, atol=0.2)
    assert found.height[0] == pytest.approx(1.75, abs=0.25)
    assert found.colours[0].argmax() < 8  # the vest has a hue


def test_two_cameras_see_one_person_and_one_camera_two():
    first, second = camera_at(0, 0), camera_at(6, 2)
    people = [(3.0, 1.0), (3.3, 1.1)]
    of_cameras = []
    for camera, seen in ((first, people), (second, people[:1])):
        regions = [Region(outline(camera, *at).astype(float)) for at in seen]
        of_cameras.append(place(camera, regions, colour_picture(camera, seen, 1)))
    found = merged(of_cameras)
    assert sorted(found.cameras.tolist()) == [1, 2]


def test_colour_cameras_follow_a_person():
    cameras = {"a": camera_at(0, 0), "b": camera_at(5, 2)}
    calibration = Calibration(cameras, (-10.0, -10.0, 15.0, 12.0))
    learning = {
        name: [Picture(rgb=colour_picture(camera, [], k)) for k in range(5)]
        for name, camera in cameras.items()
    }
    activity_map = ActivityMap(calibration, learning)
    things, at = [], (0.0, 0.0)
    for k in range(12):
        at = (0.5 + 0.4 * k, 2.0)
        pictures = {name: Picture(rgb=colour_picture(camera, [at], k)) for name, camera in cameras.items()}
        things = activity_map.step(0.5 * k, pictures).things
    (person,) = things
    assert person.kind == "worker"
    np.testing.assert_allclose(person.position, at, atol=0.25)
    assert np.hypot(*person.velocity) == pytest.approx(0.8, abs=0.2)


def write_detector(path: Path, box: list[float], score: float, outputs: tuple[str, ...]) -> None:
    """A network that finds the same box in every picture."""
    values = {"boxes": ([box], [1, 4]), "scores": ([score], [1]), "labels": ([float(WORKER)], [1])}
    nodes, infos = [], []
    for name in outputs:
        numbers, shape = values[name]
        tensor = helper.make_tensor(name + "_value", TensorProto.FLOAT, shape, np.ravel(numbers))
        nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 240, 320])
    graph = helper.make_graph(nodes, "detector", [images], infos)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def test_a_detector_of_ones_own(tmp_path):
    camera, at = camera_at(0, 0), (0.5, 3.5)
    corners = outline(camera, *at)
    box = [*corners.min(axis=0).astype(float), *corners.max(axis=0).astype(float)]
    write_detector(tmp_path / "d.onnx", box, 0.9, ("boxes", "scores", "labels"))
    detector = OnnxDetector(tmp_path / "d.onnx")
    rgb = colour_picture(camera, [at], 0)
    activity_map = ActivityMap(
        Calibration({"a": camera}, (-9, -9, 9, 9)), {"a": [Picture(rgb=rgb)]}, detector
    )
    things = [activity_map.step(0.5 * k, {"a": Picture(rgb=rgb)}).things for k in range(4)]
    (person,) = things[-1]
    assert person.kind == "worker"
    np.testing.assert_allclose(person.position, at, atol=0.3)
    write_detector(tmp_path / "unsure.onnx", box, 0.2, ("boxes", "scores", "labels"))
    assert OnnxDetector(tmp_path / "unsure.onnx")(rgb) == []


def test_what_is_no_detector_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is no file"):
        OnnxDetector(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ValueError, match="is no ONNX network"):
        OnnxDetector(tmp_path / "text.onnx")
    write_detector(tmp_path / "half.onnx", [0, 0, 1, 1], 0.9, ("boxes", "scores"))
    with pytest.raises(ValueError, match="a detector takes 'images'"):
        OnnxDetector(tmp_path / "half.onnx")


def test_segmentation_finds_what_never_moved():
    """A person who stands from the first picture on is background to depth alone."""
    camera = camera_at(0, 0)
    depth = np.full((240, 320), 9.0, np.float32)
    labels = np.zeros((240, 320), np.uint8)
    cv2.fillConvexPoly(labels, outline(camera, 1.0, 1.5), WORKER + 1)
    depth[labels > 0] = 7.4
    view = CameraView("a", camera, [Picture(depth)] * 4)
    assert not len(view.look(Picture(depth)).points)
    look = view.look(Picture(depth, segmentation=labels))
    assert len(look.points) == (labels > 0).sum()
    assert {KINDS[k] for k in look.kind.tolist()} == {"worker"}
