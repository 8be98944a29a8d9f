"""A serialized engine made callable: observations in, actions out."""

from __future__ import annotations

from typing import Any

import numpy as np

from .builder import TensorRtError
from .cuda import Cuda


class EngineNetwork:
    """An engine with one input (N, observations) and one output (N, actions), both float32, N <= max_batch.

    Takes the place of `policy.Network`. One thread at a time.

    Raises:
        TensorRtError: the engine is of another TensorRT version or GPU, or not of this form.
    """

    def __init__(self, trt: Any, cuda: Cuda, engine: bytes) -> None:
        self._logger = trt.Logger(trt.Logger.ERROR)
        self._runtime = trt.Runtime(self._logger)
        self._engine = self._runtime.deserialize_cuda_engine(engine)
        if self._engine is None:
            raise TensorRtError(
                "TensorRT refuses the engine: it was built by another version or for another GPU."
            )
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        inputs = [n for n in names if self._engine.get_tensor_mode(n) == trt.TensorIOMode.INPUT]
        outputs = [n for n in names if self._engine.get_tensor_mode(n) == trt.TensorIOMode.OUTPUT]
        if len(inputs) != 1 or len(outputs) != 1:
            raise TensorRtError(f"the engine has inputs {inputs} and outputs {outputs}, not one of each.")
        if any(self._engine.get_tensor_dtype(name) != trt.DataType.FLOAT for name in names):
            raise TensorRtError("the engine's input or output is not float32.")
        self._name = inputs[0]
        self.max_batch = int(self._engine.get_tensor_profile_shape(self._name, 0)[2][0])
        self._context = self._engine.create_execution_context()
        if self._context is None:
            raise TensorRtError("TensorRT has no memory for an execution context.")
        self._cuda, self._stream = cuda, cuda.stream()
        self._observations = cuda.array((self.max_batch, self._engine.get_tensor_shape(self._name)[1]))
        self._actions = cuda.array((self.max_batch, self._engine.get_tensor_shape(outputs[0])[1]))
        for name, array in ((self._name, self._observations), (outputs[0], self._actions)):
            if not self._context.set_tensor_address(name, array.address):
                raise TensorRtError(f"TensorRT refuses the memory of '{name}'.")

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Raw actions (N, n) for observations (N, size).

        Raises:
            ValueError: N is 0 or more than `max_batch`.
            TensorRtError: inference failed.
        """
        count = len(observations)
        if not 1 <= count <= self.max_batch:
            raise ValueError(f"the engine takes 1 to {self.max_batch} observations at once, not {count}.")
        self._observations.values[:count] = observations
        if not self._context.set_input_shape(self._name, (count, observations.shape[1])):
            raise TensorRtError(f"TensorRT refuses observations of shape {observations.shape}.")
        if not self._context.execute_async_v3(self._stream):
            raise TensorRtError("TensorRT's inference failed; its message is above.")
        self._cuda.wait(self._stream)
        return self._actions.values[:count].copy()

    def close(self) -> None:
        """Free the memory shared with the GPU."""
        self._observations.close()
        self._actions.close()
