"""Labelled pictures in other people's layouts, read by other people's programs."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import trimesh
from gaitway.perception.camera import Camera
from gaitway.perception.datasets.bop import BopWriter
from gaitway.perception.datasets.bop_reader import BopScene, read_models
from gaitway.perception.datasets.coco import CocoWriter
from gaitway.perception.datasets.labels import LabelledObject, LabelledPicture, LabelWriter, box_around
from gaitway.perception.datasets.yolo import YoloWriter
from gaitway.perception.pose.model import CadModel
from gaitway.perception.poses import pose_of, rotation_exp, transform
from pycocotools.coco import COCO
from scipy.ndimage import binary_fill_holes

CAMERA = Camera(160, 120, 200.0, 200.0, 79.5, 59.5)
_BOX = trimesh.creation.box((0.2, 0.1, 0.06))
_CAN = trimesh.creation.cylinder(0.03, 0.12)
MODELS = [
    CadModel("carton", np.array(_BOX.vertices), np.array(_BOX.faces), np.diag([-1.0, -1.0, 1.0, 1.0])[None]),
    CadModel("can", np.array(_CAN.vertices), np.array(_CAN.faces), axes=np.array([[0.0, 0, 1, 0, 0, 0.01]])),
]


def _picture(shift: int) -> LabelledPicture:
    """A disc before a square that the right border cuts off, and something behind all."""
    rows, columns = np.mgrid[:120, :160]
    disc = (rows - 50) ** 2 + (columns - 90 - shift) ** 2 < 15**2
    square = (abs(rows - 60) < 30) & (columns >= 85)
    hidden = np.zeros_like(disc)
    turned = pose_of(np.array([0.1, -0.02, 0.8]), rotation_exp(np.array([0.4, 0.2, -1.0])))
    objects = [
        LabelledObject("can", turned, disc, disc, int(disc.sum()), box_around(disc)),
        LabelledObject("carton", turned, square, square & ~disc, 2 * int(square.sum()), (85, 31, 150, 59)),
        LabelledObject("carton", turned, hidden, hidden, 40, (-9, 20, 8, 5)),  # beyond the border
    ]
    depth = np.where(disc, 0.8, np.where(square, 1.23456, 0.0)).astype(np.float32)
    rgb = np.stack([disc * 255, square * 200, columns], axis=2).astype(np.uint8)
    world = pose_of(np.array([1.0, 2.0, 3.0]), rotation_exp(np.array([0.1, 2.0, 0.3])))
    return LabelledPicture(CAMERA, world, rgb, depth, objects)


def _write(writer: LabelWriter) -> None:
    for scene in (1, 0):
        writer.write_scene(scene, (_picture(10 * scene + k) for k in range(2)))
    writer.finish()


def test_pycocotools_reads_masks_and_boxes(tmp_path: Path) -> None:
    _write(CocoWriter(tmp_path, MODELS))
    coco = COCO(str(tmp_path / "annotations.json"))
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == ["carton", "can"]
    images: list[Any] = list(coco.loadImgs(coco.getImgIds()))
    assert len(images) == 4
    for image, shift in zip(images, (0, 1, 10, 11), strict=True):
        expected = _picture(shift)
        picture = cv2.imread(str(tmp_path / image["file_name"]))
        np.testing.assert_array_equal(picture[..., ::-1], expected.rgb)
        labels: list[Any] = list(coco.loadAnns(coco.getAnnIds(imgIds=image["id"])))
        assert len(labels) == 2  # what is hidden has no annotation
        for label, item in zip(labels, expected.objects, strict=False):
            np.testing.assert_array_equal(coco.annToMask(label), item.visible)
            x, y, width, height = label["bbox"]
            outside = item.visible.copy()
            outside[y : y + height, x : x + width] = False
            assert not outside.any()
            assert label["area"] == item.visible.sum() == coco.annToMask(label).sum()
        assert labels[0]["visib_fract"] == 1.0
        depth = cv2.imread(str(tmp_path / image["depth"]), cv2.IMREAD_UNCHANGED)
        np.testing.assert_allclose(depth / 1000, expected.depth, atol=0.0006)
        semantic = cv2.imread(str(tmp_path / image["semantic"]), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(semantic == 2, expected.objects[0].visible)


def test_yolo_outlines_fill_the_masks(tmp_path: Path) -> None:
    _write(YoloWriter(tmp_path, MODELS))
    pictures = sorted((tmp_path / "images/train").rglob("*.png"))
    assert len(pictures) == 4
    for path, shift in zip(pictures, (0, 1, 10, 11), strict=True):
        lines = Path(str(path).replace("/images/", "/labels/")).with_suffix(".txt").read_text().splitlines()
        assert [int(line.split()[0]) for line in lines] == [1, 0]
        for line, item in zip(lines, _picture(shift).objects, strict=False):
            points = np.array(line.split()[1:], float).reshape(-1, 2)
            assert points.min() >= 0 and points.max() <= 1
            # Filled at eight times the size, pixel c being from c to c + 1.
            filled = np.zeros((960, 1280), np.uint8)
            cv2.fillPoly(filled, [np.rint(points * [1280, 960]).astype(int)], 1)
            drawn = filled[4::8, 4::8] > 0
            whole = np.asarray(binary_fill_holes(item.visible), bool)  # an outline cannot have holes
            assert (drawn ^ whole).sum() <= 0.02 * whole.sum()
    assert "  0: carton\n  1: can\n" in (tmp_path / "data.yaml").read_text()


def test_bop_has_the_toolkits_names_units_and_conventions(tmp_path: Path) -> None:
    _write(BopWriter(tmp_path, MODELS))
    scene, expected = tmp_path / "train/000000", _picture(1)
    camera = json.loads((scene / "scene_camera.json").read_text())["1"]
    truth = json.loads((scene / "scene_gt.json").read_text())["1"]
    info = json.loads((scene / "scene_gt_info.json").read_text())["1"]
    assert [item["obj_id"] for item in truth] == [2, 1, 1]
    depth = cv2.imread(str(scene / "depth/000001.png"), cv2.IMREAD_UNCHANGED)
    assert depth.dtype == np.uint16
    np.testing.assert_allclose(depth * camera["depth_scale"], 1000 * expected.depth, atol=0.051)
    for k, item in enumerate(expected.objects):
        for folder, mask in (("mask", item.mask), ("mask_visib", item.visible)):
            read = cv2.imread(str(scene / f"{folder}/000001_{k:06d}.png"), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(read, 255 * mask)

    # A point of the model in mm goes to its pixel by K [R | t], as the format's description has it.
    mesh = trimesh.load(tmp_path / "models/obj_000002.ply", process=False)
    np.testing.assert_allclose(np.ptp(mesh.vertices, axis=0), [60, 60, 120], atol=0.3)
    matrix = np.reshape(camera["cam_K"], (3, 3))
    rotation, position = np.reshape(truth[0]["cam_R_m2c"], (3, 3)), np.array(truth[0]["cam_t_m2c"])
    seen = (mesh.vertices @ rotation.T + position) @ matrix.T
    ours = CAMERA.project(transform(expected.objects[0].pose, MODELS[1].vertices))
    np.testing.assert_allclose(seen[:, :2] / seen[:, 2:], ours, atol=1e-3)
    world_to_camera = np.reshape(camera["cam_R_w2c"], (3, 3)) @ [1000, 2000, 3000] + camera["cam_t_w2c"]
    np.testing.assert_allclose(world_to_camera, 0, atol=1e-6)

    # The toolkit's own arithmetic of calc_gt_info.py and calc_2d_bbox.
    rows, columns = np.nonzero(expected.objects[0].visible)
    box = [columns.min(), rows.min(), np.ptp(columns), np.ptp(rows)]
    assert info[0]["bbox_visib"] == info[0]["bbox_obj"] == box
    assert info[1]["bbox_obj"] == [85, 31, 149, 58]
    assert info[1]["visib_fract"] == pytest.approx(info[1]["px_count_visib"] / info[1]["px_count_all"])
    assert info[1]["px_count_valid"] == expected.objects[1].mask.sum()
    assert info[2]["bbox_obj"] == info[2]["bbox_visib"] == [-1, -1, -1, -1]
    assert info[2]["visib_fract"] == 0.0

    models = json.loads((tmp_path / "models/models_info.json").read_text())
    assert models["1"]["diameter"] == pytest.approx(1000 * np.sqrt(0.2**2 + 0.1**2 + 0.06**2))
    assert [models["1"][f"{kind}_y"] for kind in ("min", "size")] == pytest.approx([-50, 100])
    assert (
        np.reshape(models["1"]["symmetries_discrete"], (-1, 4, 4)).tolist() == MODELS[0].symmetries.tolist()
    )
    assert models["2"]["symmetries_continuous"] == [{"axis": [0, 0, 1], "offset": [0, 0, 10]}]
    assert json.loads((tmp_path / "camera.json").read_text())["width"] == 160


def test_bop_is_read_back(tmp_path: Path) -> None:
    _write(BopWriter(tmp_path, MODELS))
    models = read_models(tmp_path / "models")
    for k, model in enumerate(MODELS, 1):
        np.testing.assert_allclose(models[k].vertices, model.vertices, atol=1e-6)
        np.testing.assert_allclose(models[k].symmetries, model.symmetries)
        np.testing.assert_allclose(models[k].axes, model.axes)
    scene = BopScene(tmp_path / "train/000001", {k: model.name for k, model in models.items()})
    assert len(scene) == 2
    for read, shift in zip(scene, (10, 11), strict=True):
        written = _picture(shift)
        np.testing.assert_array_equal(read.rgb, written.rgb)
        np.testing.assert_allclose(read.depth, written.depth, atol=5.1e-5)
        np.testing.assert_allclose(read.world_from_camera, written.world_from_camera, atol=1e-12)
        np.testing.assert_allclose(read.camera.matrix, written.camera.matrix)
        for after, before in zip(read.objects, written.objects, strict=True):
            box = before.box if before.visible.any() else None
            assert (after.name, after.silhouette_px, after.box) == (before.name, before.silhouette_px, box)
            np.testing.assert_allclose(after.pose, before.pose, atol=1e-12)
            np.testing.assert_array_equal(after.mask, before.mask)
            np.testing.assert_array_equal(after.visible, before.visible)
    (tmp_path / "train/000001/scene_gt.json").write_text("{\n'0': []}")
    with pytest.raises(ValueError, match=r"scene_gt\.json, line 2: is no JSON"):
        BopScene(tmp_path / "train/000001")


def test_a_scene_that_fails_is_not_there(tmp_path: Path) -> None:
    def broken():
        yield _picture(0)
        raise RuntimeError("the power is gone")

    for kind in (BopWriter, CocoWriter, YoloWriter):
        writer = kind(tmp_path / kind.__name__, MODELS)
        with pytest.raises(RuntimeError):
            writer.write_scene(0, broken())
        assert not writer.has(0) and not list(writer.folder(0).parent.iterdir())
