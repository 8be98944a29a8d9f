"""TensorRT 10 and 11 as far as our code calls them, over onnx's reference executor; and the CUDA runtime.

`test_fake.py` holds names and parameters to those of the real modules. It is strict where they are: flags
that a version lacks do not exist, a network is weakly typed in 10 unless asked otherwise, an engine refuses
other versions and GPUs, nothing runs before its memory is set.
"""

from __future__ import annotations

import ctypes
import enum
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

API = json.loads((Path(__file__).parent / "tensorrt_api.json").read_text())
WORST = 1e-7  # what a GPU's order of additions changes, about


class FakeTensorRt(SimpleNamespace):
    """A module `tensorrt` of `version` for a GPU of `device`; `calls` lists what was asked of the builder."""

    def __init__(self, version: str, device: str = "sm87-16sm", offset: float = WORST) -> None:
        super().__init__()
        self.__version__ = version
        self.calls: list[tuple[str, Any]] = []
        self.mark = f"{version}|{device}|".encode()
        self.offset = offset
        for name, members in API[version]["enums"].items():
            setattr(self, name, enum.IntEnum(name, {member: i for i, member in enumerate(members)}))
        for cls in (
            Builder, OnnxParser, ParserError, INetworkDefinition, ITensor, IBuilderConfig, ITimingCache,
            IOptimizationProfile, Runtime, ICudaEngine, IExecutionContext,
        ):  # fmt: skip
            setattr(self, cls.__name__, type(cls.__name__, (cls,), {"trt": self}))
        self.Logger = Logger


class Logger:
    ERROR = 1

    def __init__(self, min_severity: int = 2) -> None:
        pass


class _OfModule:
    trt: FakeTensorRt


class Builder(_OfModule):
    def __init__(self, logger: Logger) -> None:
        pass

    def create_network(self, flags: int = 0) -> INetworkDefinition:
        strongly = 1 << int(self.trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
        self.trt.calls.append(("strongly_typed", bool(flags & strongly) or self.trt.__version__ >= "11"))
        return self.trt.INetworkDefinition()

    def create_builder_config(self) -> IBuilderConfig:
        return self.trt.IBuilderConfig()

    def create_optimization_profile(self) -> IOptimizationProfile:
        return self.trt.IOptimizationProfile()

    def build_serialized_network(self, network: INetworkDefinition, config: IBuilderConfig) -> bytes | None:
        if network.model is None or not config.profiles:
            return None  # a batch of free size needs a profile
        config.timing.content = self.trt.mark + b"timing"
        self.trt.calls.append(("built", {flag.name for flag in config.flags}))
        shapes = config.profiles[0].shapes[network.get_input(0).name]
        return self.trt.mark + json.dumps(shapes).encode() + b"|" + network.model.SerializeToString()


class INetworkDefinition(_OfModule):
    model: onnx.ModelProto | None = None

    @property
    def num_inputs(self) -> int:
        return 0 if self.model is None else len(self.model.graph.input)

    def get_input(self, index: int) -> ITensor:
        assert self.model is not None
        return self.trt.ITensor(self.model.graph.input[index])


class ITensor(_OfModule):
    def __init__(self, value: onnx.ValueInfoProto) -> None:
        self._value = value

    @property
    def name(self) -> str:
        return self._value.name

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(dim.dim_value or -1 for dim in self._value.type.tensor_type.shape.dim)


class OnnxParser(_OfModule):
    def __init__(self, network: INetworkDefinition, logger: Logger) -> None:
        self._network, self._errors = network, []

    def parse(self, model: bytes, path: str | None = None) -> bool:
        parsed = onnx.load_model_from_string(model)
        self._errors = [node for node in parsed.graph.node if node.op_type == "Unsupported"]
        self._network.model = None if self._errors else parsed
        return not self._errors

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> ParserError:
        return self.trt.ParserError(self._errors[index])


class ParserError(_OfModule):
    def __init__(self, node: onnx.NodeProto) -> None:
        self._node = node

    def desc(self) -> str:
        return f"no importer for {self._node.op_type}"


class IBuilderConfig(_OfModule):
    def __init__(self) -> None:
        self.flags = {self.trt.BuilderFlag.TF32}
        self.profiles: list[IOptimizationProfile] = []

    def set_memory_pool_limit(self, pool: int, pool_size: int) -> None:
        assert pool_size > 0

    def set_flag(self, flag: enum.IntEnum) -> None:
        self.flags.add(flag)

    def clear_flag(self, flag: enum.IntEnum) -> None:
        self.flags.discard(flag)

    def create_timing_cache(self, serialized_timing_cache: bytes) -> ITimingCache:
        return self.trt.ITimingCache(serialized_timing_cache)

    def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
        self.trt.calls.append(("timing", cache.content))
        self.timing = cache
        return not cache.content or cache.content.startswith(self.trt.mark)

    def get_timing_cache(self) -> ITimingCache:
        return self.timing

    def add_optimization_profile(self, profile: IOptimizationProfile) -> int:
        self.profiles.append(profile)
        return len(self.profiles) - 1


class ITimingCache(_OfModule):
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content


class IOptimizationProfile(_OfModule):
    def __init__(self) -> None:
        self.shapes: dict[str, list[tuple[int, ...]]] = {}

    def set_shape(self, input: str, min: tuple, opt: tuple, max: tuple) -> None:
        self.shapes[input] = [min, opt, max]


class Runtime(_OfModule):
    def __init__(self, logger: Logger) -> None:
        pass

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
        if not serialized_engine.startswith(self.trt.mark):
            return None
        shapes, _, model = serialized_engine.removeprefix(self.trt.mark).partition(b"|")
        return self.trt.ICudaEngine(json.loads(shapes), onnx.load_model_from_string(model))


class ICudaEngine(_OfModule):
    def __init__(self, shapes: list, model: onnx.ModelProto) -> None:
        self.profile, self.model = shapes, model
        self.tensors = [*model.graph.input, *model.graph.output]

    @property
    def num_io_tensors(self) -> int:
        return len(self.tensors)

    def get_tensor_name(self, index: int) -> str:
        return self.tensors[index].name

    def get_tensor_mode(self, name: str) -> int:
        mode = self.trt.TensorIOMode
        return mode.INPUT if name in [value.name for value in self.model.graph.input] else mode.OUTPUT

    def get_tensor_dtype(self, name: str) -> int:
        kinds = {onnx.TensorProto.FLOAT: "FLOAT", onnx.TensorProto.FLOAT16: "HALF"}
        return self.trt.DataType[kinds[self._tensor(name).type.tensor_type.elem_type]]  # type: ignore

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.trt.ITensor(self._tensor(name)).shape

    def get_tensor_profile_shape(self, name: str, profile_index: int) -> list[tuple[int, ...]]:
        assert profile_index == 0
        return self.profile

    def create_execution_context(self) -> IExecutionContext:
        return self.trt.IExecutionContext(self)

    def _tensor(self, name: str) -> onnx.ValueInfoProto:
        return next(value for value in self.tensors if value.name == name)


class IExecutionContext(_OfModule):
    def __init__(self, engine: ICudaEngine) -> None:
        self._engine, self._evaluator = engine, ReferenceEvaluator(engine.model)
        self._addresses: dict[str, int] = {}
        self._shape: tuple[int, ...] | None = None

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        lowest, _, highest = self._engine.profile
        fits = all(low <= n <= high for low, n, high in zip(lowest, shape, highest, strict=True))
        self._shape = shape if fits else None
        return fits

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self._addresses[name] = memory
        return memory % 256 == 0

    def execute_async_v3(self, stream_handle: int) -> bool:
        names = [tensor.name for tensor in self._engine.tensors]
        if self._shape is None or stream_handle == 0 or set(names) != set(self._addresses):
            return False
        observations = _memory(self._addresses[names[0]], self._shape)
        actions: Any = self._evaluator.run(None, {names[0]: observations})[0]  # type: ignore
        _memory(self._addresses[names[1]], actions.shape)[:] = actions + np.float32(self.trt.offset)
        return True


def _memory(address: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.ctypeslib.as_array(ctypes.cast(address, ctypes.POINTER(ctypes.c_float)), shape)


class FakeCudart:
    """`libcudart` for a GPU of compute capability 8.7 with 16 multiprocessors."""

    def __init__(self, devices: int = 1, failing: str = "") -> None:
        self.devices, self.failing = devices, failing
        self.blocks: dict[int, Any] = {}
        self.cudaGetErrorString = _Function(lambda status: b"out of memory")

    def cudaGetDeviceCount(self, count: Any) -> int:
        count._obj.value = self.devices
        return 0

    def cudaSetDevice(self, device: ctypes.c_int) -> int:
        return int(device.value >= self.devices)

    def cudaDeviceGetAttribute(self, value: Any, attribute: ctypes.c_int, device: ctypes.c_int) -> int:
        value._obj.value = {75: 8, 76: 7, 16: 16}[attribute.value]
        return 0

    def cudaMallocManaged(self, pointer: Any, size: ctypes.c_size_t, flags: ctypes.c_uint) -> int:
        if self.failing == "cudaMallocManaged":
            return 2
        assert flags.value == 1
        block = ctypes.create_string_buffer(size.value + 256)
        pointer._obj.value = -(-ctypes.addressof(block) // 256) * 256
        self.blocks[pointer._obj.value] = block
        return 0

    def cudaFree(self, pointer: ctypes.c_void_p) -> int:
        del self.blocks[pointer.value or 0]
        return 0

    def cudaStreamCreate(self, stream: Any) -> int:
        stream._obj.value = 0x5EED
        return 0

    def cudaStreamSynchronize(self, stream: ctypes.c_void_p) -> int:
        return int(stream.value != 0x5EED)


class _Function:
    """A C function whose result type can be set."""

    def __init__(self, function: Any) -> None:
        self._function, self.restype = function, ctypes.c_int

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)
