"""Networks that reach out of the bundle, hold code or never end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from .refusal import assert_refused, redigest


def _model(
    nodes: list[Any], size: int = 17, inputs: int = 1, kind: int = TensorProto.FLOAT, **more: Any
) -> Any:
    names = ["obs", *(f"more{i}" for i in range(1, inputs))]
    graph = helper.make_graph(
        nodes,
        "hostile",
        [helper.make_tensor_value_info(name, kind, ["batch", size]) for name in names],
        [helper.make_tensor_value_info("actions", kind, ["batch", 2])],
        more.pop("initializers", [_weights()]),
    )
    opsets = [helper.make_opsetid("", more.pop("opset", 18)), helper.make_opsetid("evil", 1)]
    opsets.append(helper.make_opsetid("com.microsoft", 1))
    return helper.make_model(graph, opset_imports=opsets, **{"ir_version": 10} | more)


def _weights(value: float | None = None, kind: Any = np.float32) -> Any:
    matrix = np.ones((17, 2)) if value is None else np.full((17, 2), value)
    return onnx.numpy_helper.from_array(matrix.astype(kind), "w")


MATMUL = helper.make_node("MatMul", ["obs", "w"], ["actions"])


def _external(location: str, in_attribute: bool = False) -> bytes:
    """Weights that lie in another file, as an initializer or as the value of a Constant node."""
    tensor = _weights()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "136")):
        tensor.external_data.add(key=key, value=value)
    if in_attribute:
        constant = helper.make_node("Constant", [], ["w"], value=tensor)
        return _model([constant, MATMUL], initializers=[]).SerializeToString()
    return _model([MATMUL], initializers=[tensor]).SerializeToString()


def _branching() -> bytes:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, [])],
    )
    forever = helper.make_node("Loop", ["", "yes"], [], body=body)
    yes = helper.make_node(
        "Constant", [], ["yes"], value=helper.make_tensor("t", TensorProto.BOOL, [], [True])
    )
    return _model([yes, forever, MATMUL]).SerializeToString()


def _own_function() -> bytes:
    model = _model([helper.make_node("Mine", ["obs"], ["h"], domain="evil"), MATMUL])
    function = helper.make_function(
        "evil", "Mine", ["x"], ["y"], [helper.make_node("Relu", ["x"], ["y"])], [helper.make_opsetid("", 18)]
    )
    model.functions.append(function)
    return model.SerializeToString()


def _unlimited() -> bytes:
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [1 << 40, 1 << 20])
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["big"]),
        helper.make_node("ReduceSum", ["big"], ["sum"]),
        helper.make_node("MatMul", ["obs", "w"], ["h"]),
        helper.make_node("Add", ["h", "sum"], ["actions"]),
    ]
    return _model(nodes, initializers=[_weights(), shape]).SerializeToString()


NETWORKS: dict[str, Callable[[], bytes]] = {
    "weights beside it": lambda: _external("weights.bin"),
    "weights outside the bundle": lambda: _external("../weights.bin"),
    "weights at an absolute path": lambda: _external("/etc/passwd"),
    "weights of the working directory": lambda: _external("here.bin"),
    "a constant outside the bundle": lambda: _external("../weights.bin", in_attribute=True),
    "weights in memory": lambda: _external("*/_ORT_MEM_ADDR_/*"),
    "a custom operator": lambda: _model(
        [helper.make_node("Shell", ["obs"], ["actions"], domain="evil")]
    ).SerializeToString(),
    "an operator of Microsoft's": lambda: _model(
        [helper.make_node("FusedMatMul", ["obs", "w"], ["actions"], domain="com.microsoft")]
    ).SerializeToString(),
    "an operator that there is not": lambda: _model(
        [helper.make_node("Shell", ["obs"], ["actions"])]
    ).SerializeToString(),
    "a function of its own": _own_function,
    "an endless loop": _branching,
    "a constant of a million terabytes": _unlimited,
    "a newer opset": lambda: _model([MATMUL], opset=999).SerializeToString(),
    "a newer format": lambda: _model([MATMUL], ir_version=999).SerializeToString(),
    "two inputs": lambda: _model([MATMUL], inputs=2).SerializeToString(),
    "an input of another size": lambda: _model([MATMUL], size=18).SerializeToString(),
    "double precision": lambda: _model(
        [MATMUL], kind=TensorProto.DOUBLE, initializers=[_weights(kind=np.float64)]
    ).SerializeToString(),
    "weights that are NaN": lambda: _model([MATMUL], initializers=[_weights(np.nan)]).SerializeToString(),
    "weights that are infinite": lambda: _model(
        [MATMUL], initializers=[_weights(np.inf)]
    ).SerializeToString(),
    "weights that overflow": lambda: _model([MATMUL], initializers=[_weights(3e38)]).SerializeToString(),
    "other weights": lambda: _model([MATMUL]).SerializeToString(),
    "no weights": lambda: _model([MATMUL], initializers=[]).SerializeToString(),
    "no nodes": lambda: _model([]).SerializeToString(),
    "nothing": lambda: b"",
    "zeros": lambda: b"\x00" * 1000,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
    "a pickle": lambda: b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system",
    "ONNX Runtime's own format": lambda: b"\x18\x00\x00\x00ORTM" + b"\x00" * 100,
    "a tag beyond 32 bits": lambda: b"\xff" * 9 + b"\x01" + b"\x00" * 10,
    "a length beyond the file": lambda: b"\x3a\xff\xff\xff\xff\x0f" + b"\x00" * 10,
    "a group": lambda: b"\x3b" * 30,
}


@pytest.mark.parametrize("name", NETWORKS)
def test_hostile_networks_are_refused(
    bundle: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Wherever external weights are looked for, they are there: only the check keeps them out.
    for folder in (bundle, bundle.parent):
        (folder / "weights.bin").write_bytes(np.ones((17, 2), np.float32).tobytes())
    (bundle / "here.bin").write_bytes(np.ones((17, 2), np.float32).tobytes())
    monkeypatch.chdir(bundle)
    (bundle / "policy.onnx").write_bytes(NETWORKS[name]())
    redigest(bundle)
    message = assert_refused(bundle, capsys, name)
    if "weights of" in name or "outside" in name:
        assert "keeps weights in another file" in message


@pytest.mark.parametrize("share", [i / 20 for i in range(1, 20)])
def test_truncated_networks_are_refused(bundle: Path, capsys: pytest.CaptureFixture, share: float) -> None:
    content = (bundle / "policy.onnx").read_bytes()
    (bundle / "policy.onnx").write_bytes(content[: int(share * len(content))])
    redigest(bundle)
    assert_refused(bundle, capsys, share)
