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
from gaitway.twin.dataset.augment import augmented
from gaitway.twin.dataset.generate import DatasetCfg, pictures
from gaitway.twin.dataset.network import HEIGHT, WIDTH, UNet, export
from gaitway.twin.dataset.score_segmenter import score_in_bins


def test_a_data_set_is_loaded_with_the_masks_of_its_objects(tmp_path: Path) -> None:
    taken: list[LabelledPicture] = list(pictures(DatasetCfg("floor", n=3, views=3, objects=3), 0))
    writer = CocoWriter(tmp_path, [cad_model(item.name) for item in taken[0].objects])
    writer.write_scene(0, taken[:2])
    writer.finish()
    with pytest.raises(ValueError, match="has one scene only, and one has to be held out"):
        train.load(tmp_path)
    writer.write_scene(1, taken[2:])
    writer.finish()
    training, held_out = train.load(tmp_path)
    assert training.pictures.shape == (2, HEIGHT, WIDTH, 3) and len(held_out) == 1
    for part, expected in ((training, taken[:2]), (held_out, taken[2:])):
        for picture, mask, small in zip(expected, part.masks, part.pictures, strict=True):
            union = np.any([item.visible for item in picture.objects], axis=0)
            assert mask.mean() / 255 == pytest.approx(union.mean(), abs=0.002)
            assert np.abs(small.mean(axis=(0, 1)) - picture.rgb.mean(axis=(0, 1))).max() < 2
    with pytest.raises(ValueError, match=r"annotations\.json is missing; make a data set"):
        train.load(tmp_path / "scenes")


def test_masks_are_augmented_as_their_pictures_are() -> None:
    rng = np.random.default_rng(0)
    agreement = []
    for coarse in 255 * rng.integers(0, 2, (20, 6, 8), np.uint8):
        mask = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
        colours, target = augmented(np.repeat(mask[..., None], 3, axis=2), mask, rng)
        assert colours.shape == (HEIGHT, WIDTH, 3) and target.shape == (HEIGHT, WIDTH)
        assert colours.dtype == target.dtype == np.float32
        assert colours.min() >= 0 and colours.max() <= 1 and target.max() <= 1
        agreement.append(np.corrcoef(colours.mean(axis=2).ravel(), target.ravel())[0, 1])
    assert np.median(agreement) > 0.9  # shadows and noise take the rest


def test_the_bundle_gives_what_the_network_gives(tmp_path: Path) -> None:
    network = UNet(seed=1)
    export(network, tmp_path / "net.onnx", "gaitway segmenter", {"batches": 0})
    session = onnxruntime.InferenceSession(str(tmp_path / "net.onnx"))
    picture = torch.rand(1, 3, HEIGHT, WIDTH)
    with torch.no_grad():
        expected = network.eval()(picture).numpy()
    logits = np.asarray(session.run(None, {"picture": picture.numpy()})[0])
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    assert str(Path.cwd()) not in str(onnx.load(tmp_path / "net.onnx"))

    segmenter = Segmenter(tmp_path / "net.onnx")
    assert segmenter.card and (segmenter.card.width, segmenter.card.height) == (WIDTH, HEIGHT)
    assert segmenter.card.command == "gaitway segmenter" and segmenter.card.training == {"batches": 0}
    rgb = np.rint(255 * picture[0].permute(1, 2, 0).numpy()).astype(np.uint8)
    with torch.no_grad():
        expected = torch.sigmoid(network(torch.from_numpy(rgb).permute(2, 0, 1)[None] / 255))[0, 0].numpy()
    np.testing.assert_allclose(segmenter(rgb), expected, atol=1e-4)


def test_training_lowers_the_loss() -> None:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 60, (8, HEIGHT, WIDTH, 3), np.uint8)
    masks = np.zeros((8, HEIGHT, WIDTH), np.uint8)
    for k in range(8):
        x, y = rng.integers(20, 100, 2)
        rgb[k, y : y + 40, x : x + 60] += 150
        masks[k, y : y + 40, x : x + 60] = 255
    network, examples = UNet(), train.Examples(rgb, masks)
    inputs, targets = train._batch(examples, np.random.default_rng(1))
    before = float(train._loss(network(inputs), targets).detach())
    list(train.train(network, examples, minutes=9.0, clock=count().__next__))  # 8 batches
    assert float(train._loss(network(inputs), targets).detach()) < before - 0.05


def test_the_shipped_network_finds_objects_in_a_style_it_has_not_seen() -> None:
    scores = list(score_in_bins(Segmenter(), range(5000, 5002)))
    assert sum(score.intersection for score in scores) / sum(score.union for score in scores) > 0.6
    # Far better than to call the whole bin, or nothing, an object.
    assert all(score.iou > 1.5 * score.truth.mean() for score in scores)
