"""A segmenter with networks made here, whose answers are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from gaitway.perception.network_card import PIXELS, NetworkCard, digest
from gaitway.perception.segmenter import Segmenter
from onnx import TensorProto, helper


def _network(path: Path, shape: tuple, channels: int = 3, classes: int = 1) -> Path:
    """Logits of 20 (red - 1/2), and that of green and blue counts for nothing."""
    row = [20.0] + [0.0] * (channels - 1)
    weights = helper.make_tensor("w", TensorProto.FLOAT, (classes, channels, 1, 1), classes * row)
    bias = helper.make_tensor("b", TensorProto.FLOAT, (classes,), classes * [-10.0])
    graph = helper.make_graph(
        [helper.make_node("Conv", ["picture", "w", "b"], ["logits"])],
        "red",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, (1, classes, *shape[2:]))],
        [weights, bias],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.save(model, path)
    return path


def test_it_finds_what_is_red_at_the_pictures_size(tmp_path: Path) -> None:
    segmenter = Segmenter(_network(tmp_path / "red.onnx", (1, 3, 60, 80)))
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[..., 1] = 255
    picture[40:80, 20:100] = (255, 0, 0)
    found = segmenter(picture)
    assert found.shape == (120, 160)
    truth = picture[..., 0] > 128
    assert ((found > 0.5) == truth).mean() > 0.99
    assert found[60, 60] == pytest.approx(1 / (1 + np.exp(-10)), abs=1e-4)
    assert found[10, 10] == pytest.approx(1 / (1 + np.exp(10)), abs=1e-4)


def test_networks_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ValueError, match=r"text\.onnx is no ONNX network that loads"):
        Segmenter(tmp_path / "text.onnx")
    with pytest.raises(ValueError, match=r"absent\.onnx is missing; give an ONNX network"):
        Segmenter(tmp_path / "absent.onnx")
    with pytest.raises(ValueError, match=r"float32 of shape \(1, 3, height, width\) must be all"):
        Segmenter(_network(tmp_path / "grey.onnx", (1, 1, 60, 80), channels=1))
    with pytest.raises(ValueError, match=r"outputs of shape \[\[1, 2, 60, 80\]\]"):
        Segmenter(_network(tmp_path / "two.onnx", (1, 3, 60, 80), classes=2))
    with pytest.raises(ValueError, match="takes pictures of any size"):
        Segmenter(_network(tmp_path / "any.onnx", (1, 3, "h", "w")))


def test_a_file_that_asks_for_code_of_its_own_is_refused(tmp_path: Path) -> None:
    """ONNX leaves operators of other domains to libraries, and none is ever loaded."""
    path = _network(tmp_path / "own.onnx", (1, 3, 60, 80))
    model = onnx.load(path)
    model.graph.node[0].domain = "my.library"
    model.opset_import.append(helper.make_opsetid("my.library", 1))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ValueError, match=r"own\.onnx is no ONNX network that loads .*my\.library"):
        Segmenter(path)


def test_a_network_is_held_to_its_card(tmp_path: Path) -> None:
    path = _network(tmp_path / "red.onnx", (1, 3, 60, 80))
    assert Segmenter(path).card is None
    card = NetworkCard(digest(path.read_bytes()), 80, 60, PIXELS, ("red",), "by hand", {"pictures": 0})
    card.write(path)
    assert Segmenter(path).card == card
    replace(card, width=160).write(path)
    with pytest.raises(ValueError, match="pictures of 80 x 60 px, its card says 160 x 60"):
        Segmenter(path)
    replace(card, pixels="BGR, 0 to 255").write(path)
    with pytest.raises(ValueError, match="pixels are 'BGR, 0 to 255'; 'RGB, 0 to 1' is all"):
        Segmenter(path)
    card.write(path)
    path.write_bytes(path.read_bytes() + b"\x00")
    with pytest.raises(ValueError, match=r"red\.onnx is not the network that red\.json describes \(SHA-256"):
        Segmenter(path)
    (tmp_path / "red.json").write_text('{"sha256": ')
    with pytest.raises(ValueError, match=r"red\.json is no card of a network, which has sha256, width"):
        Segmenter(path)
