"""What the network is trained on, and that its ONNX file says what it says."""

from itertools import count
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from gaitway.perception.datasets.coco import CocoWriter
from gaitway.perception.datasets.labels import LabelledPicture
from gaitway.perception.segmenter import Segmenter
from gaitway.twin.bins.models import cad_model
from gaitway.twin.dataset import train
from gaitway.twin.dataset.generate import DatasetCfg, pictures
from gaitway.twin.dataset.network import HEIGHT, WIDTH, UNet, export


def test_a_data_set_is_loaded_with_the_masks_of_its_objects(tmp_path: Path) -> None:
    taken: list[LabelledPicture] = list(pictures(DatasetCfg("floor", n=2, views=2, objects=3), 0))
    writer = CocoWriter(tmp_path, [cad_model(item.name) for item in taken[0].objects])
    writer.write_scene(0, taken)
    writer.finish()
    rgb, masks = train.load(tmp_path)
    assert rgb.shape == (2, HEIGHT, WIDTH, 3)
    for picture, mask, small in zip(taken, masks, rgb, strict=True):
        union = np.any([item.visible for item in picture.objects], axis=0)
        assert mask.mean() == pytest.approx(union.mean(), abs=0.005)
        assert np.abs(small.mean(axis=(0, 1)) - picture.rgb.mean(axis=(0, 1))).max() < 2
    with pytest.raises(ValueError, match=r"annotations\.json is missing; make a data set"):
        train.load(tmp_path / "scenes")


def test_masks_are_augmented_as_their_pictures_are() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 2, (8, 6, 8), np.uint8)
    masks = np.stack([cv2.resize(m, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST) for m in coarse])
    inputs, targets = train._augmented(np.repeat(255 * masks[..., None], 3, axis=3), masks, rng)
    assert inputs.shape == (8, 3, HEIGHT, WIDTH) and targets.shape == (8, 1, HEIGHT, WIDTH)
    bright = inputs.mean(dim=1, keepdim=True) > 0.25
    assert (bright == (targets > 0.5)).float().mean() > 0.95


def test_the_onnx_file_gives_what_the_network_gives(tmp_path: Path) -> None:
    network = UNet(seed=1)
    export(network, tmp_path / "net.onnx", {"data": "none"})
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))
    picture = torch.rand(1, 3, HEIGHT, WIDTH)
    with torch.no_grad():
        expected = network.eval()(picture).numpy()
    logits = np.asarray(session.run(None, {"picture": picture.numpy()})[0])
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    model = onnx.load(tmp_path / "net.onnx")
    assert {entry.key: entry.value for entry in model.metadata_props} == {"data": "none"}
    assert str(Path.cwd()) not in str(model)


def test_training_lowers_the_loss() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 60, (8, HEIGHT, WIDTH, 3), np.uint8)
    masks = np.zeros((8, HEIGHT, WIDTH), np.uint8)
    for k in range(8):
        x, y = rng.integers(20, 100, 2)
        rgb[k, y : y + 40, x : x + 60] += 150
        masks[k, y : y + 40, x : x + 60] = 1
    network = UNet()
    inputs, targets = train._augmented(rgb, masks, np.random.default_rng(1))
    before = float(train._loss(network(inputs), targets).detach())
    list(train.train(network, rgb, masks, minutes=1.0, clock=count(step=6.0).__next__))  # 10 batches
    assert float(train._loss(network(inputs), targets).detach()) < before - 0.05


def test_the_shipped_network_finds_objects_in_a_style_it_has_not_seen() -> None:
    scores = list(train.score_in_bins(Segmenter(), range(5000, 5002)))
    assert sum(score.intersection for score in scores) / sum(score.union for score in scores) > 0.6
    # Far better than to call the whole bin, or nothing, an object.
    assert all(score.iou > 1.5 * score.truth.mean() for score in scores)
