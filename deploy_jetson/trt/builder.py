"""ONNX graph -> serialized TensorRT engine, by one code path for TensorRT 10 and 11.

Networks are strongly typed: each tensor has the type that the graph gives it. TensorRT 11 knows nothing
else, and has no builder flags for precisions any more; in TensorRT 10 a flag at creation asks for it.
"""

from __future__ import annotations

from typing import Any

WORKSPACE_BYTES = 64 << 20  # a policy's layers need far less; a Jetson shares its memory with everything


class TensorRtError(RuntimeError):
    """TensorRT is missing or too old, or cannot build or run this network."""


def import_tensorrt() -> Any:
    """The `tensorrt` module of this machine.

    Raises:
        TensorRtError: it is not installed, or is older than 10.
    """
    try:
        import tensorrt  # pyright: ignore[reportMissingImports]
    except (ImportError, OSError) as error:
        raise TensorRtError(
            f"TensorRT's Python module cannot be imported ({error}); on a Jetson, 'apt install "
            "python3-libnvinfer' has it, and a virtual environment sees it with --system-site-packages."
        ) from error
    if int(str(tensorrt.__version__).partition(".")[0]) < 10:
        raise TensorRtError(
            f"TensorRT {tensorrt.__version__} is too old; 10 or newer is needed, which JetPack 6.1 brings."
        )
    return tensorrt


def build_engine(trt: Any, model: bytes, max_batch: int, timing: bytes = b"") -> tuple[bytes, bytes]:
    """The engine for batches from 1 to `max_batch`, tuned for 1, and the timing cache with what it learned.

    `timing` is the timing cache of earlier builds on this device; it saves time and makes builds agree.

    Raises:
        TensorRtError: the graph has a node TensorRT does not take, or building failed.
    """
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(model):
        reasons = "; ".join(parser.get_error(i).desc() for i in range(parser.num_errors))
        raise TensorRtError(f"TensorRT {trt.__version__} cannot read policy.onnx: {reasons}.")
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    # TF32 keeps 10 bits of each factor: actions would be off by as much as in FP16, unasked.
    config.clear_flag(trt.BuilderFlag.TF32)
    config.set_timing_cache(config.create_timing_cache(timing), ignore_mismatch=False)
    profile = builder.create_optimization_profile()
    tensor = network.get_input(0)
    width = tensor.shape[1]
    profile.set_shape(tensor.name, (1, width), (1, width), (max_batch, width))
    config.add_optimization_profile(profile)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise TensorRtError(f"TensorRT {trt.__version__} could not build an engine; its message is above.")
    return bytes(engine), bytes(config.get_timing_cache().serialize())
