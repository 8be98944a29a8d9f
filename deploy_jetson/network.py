"""`policy.onnx` in ONNX Runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from .contract import BundleError, Contract
from .onnx_file import OnnxError, require_self_contained


class Network:
    """`policy.onnx` in ONNX Runtime on one thread: more threads cost tail latency on nets this small.

    Raises:
        BundleError: the file is no ONNX model, needs other files or operators that are not ONNX's own, or its
            input or output does not fit the contract.
    """

    def __init__(self, content: bytes, contract: Contract, path: Path) -> None:
        try:
            require_self_contained(content)
        except OnnxError as error:
            raise BundleError(f"{path}: {error}.") from error
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what is fatal is raised, too
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            inputs = [_Port(port) for port in self._session.get_inputs()]
            outputs = [_Port(port) for port in self._session.get_outputs()]
        except Exception as error:  # ONNX Runtime's own exception classes share no public base
            raise BundleError(f"{path}: ONNX Runtime cannot load it ({_one_line(error)}).") from error
        if len(inputs) != 1 or len(outputs) != 1:
            raise BundleError(
                f"{path}: has {len(inputs)} inputs and {len(outputs)} outputs, not one of each; a network "
                "that is given a state or a time step is not supported."
            )
        for port, size, field in (
            (inputs[0], contract.observation_size, "observation_size"),
            (outputs[0], contract.action_size, "action_size"),
        ):
            if len(port.shape) != 2 or port.shape[1] != size:
                raise BundleError(f"{path}: {port.name!a} has shape {port.shape}, {field} is {size}.")
            if port.type != "tensor(float)":
                raise BundleError(f"{path}: {port.name!a} is a {port.type}, not a tensor of float32.")
        self._path = path
        self._input, self._output = inputs[0].name, [outputs[0].name]

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Raw actions (N, n) for observations (N, size), float32.

        Raises:
            BundleError: a node of the graph fails on them.
        """
        try:
            return np.asarray(self._session.run(self._output, {self._input: observations})[0])
        except Exception as error:  # as above
            raise BundleError(f"{self._path}: ONNX Runtime cannot run it ({_one_line(error)}).") from error


class _Port:
    """Name, shape and type of an input or output; reading them may raise."""

    def __init__(self, port: Any) -> None:
        self.name: str = port.name
        self.shape: list[Any] = [size if isinstance(size, int) else ascii(size) for size in port.shape]
        self.type: str = port.type


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else f"{text[:300]}..."
