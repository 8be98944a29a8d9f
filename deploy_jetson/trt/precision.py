"""The precision of an engine, put into its ONNX graph: strongly typed networks know no other way.

Needs the `onnx` package (`pip install 'gaitway[trt]'`), which is imported on use.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..contract import BundleError

MATRIX_OPERATORS = ("Gemm", "MatMul")


def import_onnx() -> Any:
    """The `onnx` module.

    Raises:
        BundleError: it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise BundleError(f"reading the graph needs onnx ({error}): pip install 'gaitway[trt]'.") from error
    return onnx


def to_fp16(content: bytes) -> bytes:
    """The same graph with float16 from its first matrix product on. Input and output stay float32.

    So does what is before, the normalizer: it subtracts means from raw values that float16 would round.
    """
    onnx = import_onnx()
    model = onnx.shape_inference.infer_shapes(onnx.load_model_from_string(content))
    graph = model.graph
    half = onnx.TensorProto.FLOAT16
    constants = {tensor.name: tensor for tensor in graph.initializer}
    is_float = _float_values(onnx, graph)
    nodes: list[Any] = []
    made: dict[str, Any] = {}
    cast: dict[str, str] = {}
    halves: set[str] = set()
    started = False
    for node in graph.node:
        started = started or node.op_type in MATRIX_OPERATORS
        if started and node.op_type != "Constant":
            for i, name in enumerate(node.input):
                if name in constants and name in is_float:
                    made[name] = _half_constant(onnx, constants[name])
                    node.input[i] = made[name].name
                elif name in is_float and name not in halves:
                    if name not in cast:
                        cast[name] = f"{name}_fp16"
                        nodes.append(onnx.helper.make_node("Cast", [name], [cast[name]], to=half))
                    node.input[i] = cast[name]
            halves |= set(node.output) & is_float
        nodes.append(node)
    _cast_outputs_back(onnx, graph, nodes, halves)
    kept = {name for node in nodes for name in node.input}
    initializers = [t for t in (*graph.initializer, *made.values()) if t.name in kept]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(initializers)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _float_values(onnx: Any, graph: Any) -> set[str]:
    """Names of all float32 values of a graph whose shapes were inferred."""
    single = onnx.TensorProto.FLOAT
    values = (*graph.input, *graph.output, *graph.value_info)
    names = {value.name for value in values if value.type.tensor_type.elem_type == single}
    return names | {tensor.name for tensor in graph.initializer if tensor.data_type == single}


def _half_constant(onnx: Any, tensor: Any) -> Any:
    values = onnx.numpy_helper.to_array(tensor)
    return onnx.numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}_fp16")


def _cast_outputs_back(onnx: Any, graph: Any, nodes: list[Any], halves: set[str]) -> None:
    """Keep the graph's outputs float32, under their names."""
    for output in graph.output:
        if output.name not in halves:
            continue
        inner = f"{output.name}_fp16"
        for node in nodes:
            for names in (node.input, node.output):
                for i, name in enumerate(names):
                    if name == output.name:
                        names[i] = inner
        cast = onnx.helper.make_node("Cast", [inner], [output.name], to=onnx.TensorProto.FLOAT)
        nodes.append(cast)


def to_int8(content: bytes, observations: np.ndarray) -> bytes:
    """The same graph with 8-bit matrix products, calibrated on `observations` (N, size).

    Quantize and dequantize nodes are written into the graph, symmetric, weights per channel, biases in
    float: the form that TensorRT takes.
    """
    import_onnx()
    from onnxruntime import quantization

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "fp32.onnx"), Path(folder, "int8.onnx")
        source.write_bytes(content)
        # It recommends a preparation that changes nothing in graphs as small as these.
        logging.disable(logging.WARNING)
        try:
            quantization.quantize_static(
                source,
                target,
                _Calibration(_input_name(content), observations),  # type: ignore[arg-type]
                quant_format=quantization.QuantFormat.QDQ,
                op_types_to_quantize=list(MATRIX_OPERATORS),
                per_channel=True,
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                extra_options={
                    "ActivationSymmetric": True,
                    "WeightSymmetric": True,
                    "AddQDQPairToWeight": True,
                    "QuantizeBias": False,
                },
            )
        finally:
            logging.disable(logging.NOTSET)
        return target.read_bytes()


class _Calibration:
    """Feeds the quantizer one batch."""

    def __init__(self, name: str, observations: np.ndarray) -> None:
        self._batches = iter([{name: observations.astype(np.float32)}])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._batches, None)


def _input_name(content: bytes) -> str:
    return import_onnx().load_model_from_string(content).graph.input[0].name


def reference_network(content: bytes) -> Callable[[np.ndarray], np.ndarray]:
    """The graph as a function, worked out by onnx's own reference: float16 where the graph says float16.

    ONNX Runtime has no float16 products on most processors and rounds less than a GPU would.
    """
    onnx = import_onnx()
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_model_from_string(content)
    evaluator, name = ReferenceEvaluator(model), model.graph.input[0].name
    return lambda observations: np.asarray(evaluator.run(None, {name: observations})[0])  # type: ignore[index]
