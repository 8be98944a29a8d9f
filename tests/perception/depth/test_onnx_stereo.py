"""A stereo network that the test makes: absolute differences over shifts, box filter, smallest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from gaitway.perception.depth.onnx_matcher import OnnxStereoMatcher
from onnx import TensorProto, helper, numpy_helper

from .stereo_scenes import box_pair

_SHIFTS = 32


def write_network(path: Path, size: tuple, one_input: bool = False, channels: int = 1) -> Path:
    """Block matching as a network of grey or RGB inputs of `size`, height and width."""
    constants, nodes, costs = {}, [], []

    def constant(name: str, values: object, dtype: type = np.int64) -> str:
        constants[name] = numpy_helper.from_array(np.array(values, dtype), name)
        return name

    left, right = "left", "right"
    shape = [1, 2 * channels if one_input else channels, *size]
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in (left, right)]
    if one_input:
        inputs = [helper.make_tensor_value_info("pair", TensorProto.FLOAT, shape)]
        split = constant("parts", [channels, channels])
        nodes.append(helper.make_node("Split", ["pair", split], [left, right], axis=1))
    for d in range(_SHIFTS):
        pads = constant(f"pads{d}", [0, 0, 0, d, 0, 0, 0, -d])  # moves the picture right by d columns
        nodes += [
            helper.make_node("Pad", [right, pads], [f"moved{d}"], mode="edge"),
            helper.make_node("Sub", [left, f"moved{d}"], [f"difference{d}"]),
            helper.make_node("Abs", [f"difference{d}"], [f"absolute{d}"]),
            helper.make_node("ReduceMean", [f"absolute{d}", constant(f"axes{d}", [1])], [f"grey{d}"]),
            helper.make_node(
                "AveragePool",
                [f"grey{d}"],
                [f"cost{d}"],
                kernel_shape=[7, 7],
                pads=[3, 3, 3, 3],
                strides=[1, 1],
            ),
        ]
        costs.append(f"cost{d}")
    nodes += [
        helper.make_node("Concat", costs, ["volume"], axis=1),
        helper.make_node("ArgMin", ["volume"], ["index"], axis=1, keepdims=1),
        helper.make_node("Cast", ["index"], ["disparity"], to=TensorProto.FLOAT),
    ]
    output = helper.make_tensor_value_info("disparity", TensorProto.FLOAT, [1, 1, *size])
    graph = helper.make_graph(nodes, "block_matching", inputs, [output], list(constants.values()))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


@pytest.mark.parametrize(
    ("size", "one_input", "channels"),
    [(("height", "width"), False, 1), ((120, 200), True, 3), (("height", "width"), True, 1)],
)
def test_a_network_finds_the_box_and_the_wall(tmp_path, size, one_input, channels):
    left, right, truth = box_pair()
    matcher = OnnxStereoMatcher(write_network(tmp_path / "net.onnx", size, one_input, channels), two_way=True)
    if channels == 3:
        left, right = (np.repeat(picture[..., None], 3, axis=-1) for picture in (left, right))
    found = matcher(left, right)
    assert found.disparity.shape == (120, 200)
    assert found.valid[35:85, 76:88].mean() < 0.2  # hidden from the right camera
    inside = found.valid & (np.abs(np.gradient(truth)[1]) == 0)
    assert inside.mean() > 0.7
    assert (np.abs(found.disparity - truth)[inside] <= 1).mean() > 0.93


def test_a_network_of_fixed_size_scales_its_disparities(tmp_path):
    left, right, truth = box_pair(240, 400, 32, 16)
    found = OnnxStereoMatcher(write_network(tmp_path / "net.onnx", (120, 200)))(left, right)
    assert np.median(found.disparity[found.valid & (truth == 16)]) == pytest.approx(16, abs=0.6)
    assert np.median(found.disparity[found.valid & (truth == 32)]) == pytest.approx(32, abs=0.6)


def test_what_is_no_stereo_network(tmp_path):
    (tmp_path / "text.onnx").write_text("weights")
    with pytest.raises(ValueError, match=r"text\.onnx is no ONNX network"):
        OnnxStereoMatcher(tmp_path / "text.onnx")
    with pytest.raises(ValueError, match=r"net\.onnx takes inputs of shape .*it needs left and right"):
        OnnxStereoMatcher(write_network(tmp_path / "net.onnx", (8, 8), channels=2))
