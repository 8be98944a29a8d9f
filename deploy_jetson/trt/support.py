"""Does a graph fit what JetPack's libraries read? Checked before a robot is at hand."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract import BundleError
from .precision import import_onnx


@dataclass(frozen=True)
class Library:
    """The newest opset and IR version of ONNX that a library reads."""

    name: str
    opset: int
    ir_version: int


# The oldest that this project takes: JetPack 6 and 7 bring no older ones. ONNX Runtime by its table of ONNX
# versions, TensorRT by its ONNX parser's operators.md, which says "opset 9 to opset 20" from 10.0 on.
LIBRARIES = (Library("ONNX Runtime 1.18", 21, 10), Library("TensorRT 10", 20, 10))

# What a policy may be made of, of the operators that the same operators.md supports.
_OPERATORS = """
Abs Add BatchNormalization Cast Ceil Clip Concat Constant Cos DequantizeLinear Div Dropout Elu Erf Exp Expand
Flatten Floor GRU Gather Gelu Gemm Identity InstanceNormalization LSTM LayerNormalization LeakyRelu Log MatMul
Max Min Mul Neg Pad Pow QuantizeLinear RNN Reciprocal ReduceMean ReduceSum Relu Reshape Selu Sigmoid Sin Slice
Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Transpose Unsqueeze Where
"""
TENSORRT_OPERATORS = frozenset(_OPERATORS.split())


def require_supported(content: bytes, path: str) -> None:
    """Refuse a graph that a library of JetPack 6 or 7 cannot read; `path` is named in errors.

    Raises:
        BundleError: the opset or the IR version is too new, or an operator is not known to TensorRT's parser.
    """
    model = import_onnx().load_model_from_string(content)
    if others := sorted({entry.domain for entry in model.opset_import} - {"", "ai.onnx"}):
        raise BundleError(f"{path}: uses operators of '{others[0]}', which no JetPack brings.")
    opset = max(entry.version for entry in model.opset_import)
    for library in LIBRARIES:
        for name, found, newest in (
            ("opset", opset, library.opset),
            ("IR version", model.ir_version, library.ir_version),
        ):
            if found > newest:
                raise BundleError(
                    f"{path}: is of ONNX {name} {found}; {library.name} on a Jetson reads up to {newest}. "
                    "Export it again with an older one."
                )
    if unknown := sorted({node.op_type for node in model.graph.node} - TENSORRT_OPERATORS):
        raise BundleError(f"{path}: TensorRT's parser is not known to take {', '.join(unknown)}.")
