"""A segmenter with networks made here, whose answers are known."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from gaitway.perception.segmenter import Segmenter
from onnx import TensorProto, helper


def _network(path: Path, shape: tuple, channels: int = 3) -> Path:
    """Logits of 20 (red - 1/2), and that of green and blue counts for nothing."""
    weights = helper.make_tensor("w", TensorProto.FLOAT, (1, channels, 1, 1), [20.0] + [0.0] * (channels - 1))
    bias = helper.make_tensor("b", TensorProto.FLOAT, (1,), [-10.0])
    graph = helper.make_graph(
        [helper.make_node("Conv", ["picture", "w", "b"], ["logits"])],
        "red",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, (1, 1, *shape[2:]))],
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
    with pytest.raises(ValueError, match=r"it must be \(1, 3, height, width\)"):
        Segmenter(_network(tmp_path / "grey.onnx", (1, 1, 60, 80), channels=1))
    with pytest.raises(ValueError, match="takes pictures of any size"):
        Segmenter(_network(tmp_path / "any.onnx", (1, 3, "h", "w")))
