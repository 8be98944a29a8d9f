"""What an ONNX file would make ONNX Runtime do, read from its bytes before a session is made.

The runtime has no `onnx` package, so this reads Protocol Buffers itself: the few fields of ModelProto,
GraphProto, NodeProto, AttributeProto and TensorProto that tell where weights lie and whose operators run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

STANDARD_DOMAINS = ("", "ai.onnx")

_ORT_FORMAT = b"ORTM"
"""ONNX Runtime tells by these bytes that a file is no protocol buffer."""

# Wire types.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# Field numbers of onnx.proto.
_MODEL_GRAPH, _MODEL_METADATA, _MODEL_FUNCTION = 7, 14, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_SPARSE_TENSORS = (1, 2)
_TENSOR_EXTERNAL_DATA, _TENSOR_DATA_LOCATION = 13, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2


class OnnxError(ValueError):
    """The file is no ONNX model, or asks for more than a policy may; the message is a clause."""


@dataclass
class OnnxFile:
    """`operators` lists (domain, name) of every node, `branches` those with a graph of their own.

    `external`: a tensor lies in another file. `functions`: the model defines operators.
    """

    operators: list[tuple[str, str]] = field(default_factory=list)
    branches: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    external: bool = False
    functions: bool = False


def require_self_contained(content: bytes) -> None:
    """Refuse a model that reads other files or runs operators that are not ONNX's own.

    Raises:
        OnnxError: it does, or it is no ONNX model.
    """
    if content[4:8] == _ORT_FORMAT:
        raise OnnxError("is in ONNX Runtime's own format; export plain ONNX")
    model = read(content)
    if not model.operators:
        raise OnnxError("is not an ONNX model with a graph in it")
    if model.external:
        raise OnnxError("keeps weights in another file; save the model with its weights inside")
    for domain, name in model.operators:
        if domain not in STANDARD_DOMAINS:
            raise OnnxError(f"uses the operator {name!a} of {domain!a}; a policy has standard operators only")
    if model.functions:
        raise OnnxError("defines operators of its own; inline them before the export")
    if model.branches:
        raise OnnxError(f"has a {model.branches[0]!a} node, so that nobody knows how long a tick takes")


def read(content: bytes) -> OnnxFile:
    """Walk through a model.

    Raises:
        OnnxError: the bytes are no ONNX model, or are cut off.
    """
    found = OnnxFile()
    for number, value in _fields(content):
        if number == _MODEL_GRAPH:
            _read_graph(_bytes(value), found)
        elif number == _MODEL_METADATA:
            entry = dict(_fields(_bytes(value)))
            found.metadata[_text(entry.get(_ENTRY_KEY, b""))] = _text(entry.get(_ENTRY_VALUE, b""))
        elif number == _MODEL_FUNCTION:
            found.functions = True
    return found


def _read_graph(graph: memoryview, found: OnnxFile) -> None:
    for number, value in _fields(graph):
        if number == _GRAPH_NODE:
            _read_node(_bytes(value), found)
        elif number == _GRAPH_INITIALIZER:
            _read_tensor(_bytes(value), found)
        elif number == _GRAPH_SPARSE:
            _read_sparse(_bytes(value), found)


def _read_node(node: memoryview, found: OnnxFile) -> None:
    domain = name = ""
    attributes = []
    for number, value in _fields(node):
        if number == _NODE_OPERATOR:
            name = _text(value)
        elif number == _NODE_DOMAIN:
            domain = _text(value)
        elif number == _NODE_ATTRIBUTE:
            attributes.append(_bytes(value))
    found.operators.append((domain, name))
    for attribute in attributes:
        _read_attribute(attribute, found, name)


def _read_attribute(attribute: memoryview, found: OnnxFile, node: str) -> None:
    for number, value in _fields(attribute):
        if number in _ATTRIBUTE_TENSORS:
            _read_tensor(_bytes(value), found)
        elif number in _ATTRIBUTE_GRAPHS:
            found.branches.append(node)
        elif number in _ATTRIBUTE_SPARSE:
            _read_sparse(_bytes(value), found)


def _read_sparse(tensor: memoryview, found: OnnxFile) -> None:
    for number, value in _fields(tensor):
        if number in _SPARSE_TENSORS:
            _read_tensor(_bytes(value), found)


def _read_tensor(tensor: memoryview, found: OnnxFile) -> None:
    for number, value in _fields(tensor):
        if number == _TENSOR_EXTERNAL_DATA or (number == _TENSOR_DATA_LOCATION and value != 0):
            found.external = True


def _fields(content: bytes | memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a message; a fixed-size number's value is 0, nobody asks for it."""
    view, at = memoryview(content), 0
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        value: int | memoryview = 0
        if wire == _VARINT:
            value, at = _varint(view, at)
        elif wire == _BYTES:
            length, at = _varint(view, at)
            value = view[at : at + length]
            at += length
        elif wire in (_FIXED64, _FIXED32):
            at += 8 if wire == _FIXED64 else 4
        else:
            raise OnnxError("is not an ONNX model")
        if at > len(view):
            raise OnnxError("is cut off or not an ONNX model")
        if number == 0 or key >> 32:
            raise OnnxError("is not an ONNX model")
        yield number, value


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift < 70:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise OnnxError("is cut off or not an ONNX model")


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise OnnxError("is not an ONNX model")
    return value


def _text(value: int | memoryview | bytes) -> str:
    if isinstance(value, int):
        raise OnnxError("is not an ONNX model")
    return bytes(value).decode("utf-8", "replace")
