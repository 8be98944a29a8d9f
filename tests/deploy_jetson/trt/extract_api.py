"""Writes `tensorrt_api.json`: the part of TensorRT's Python API that `fake_tensorrt.py` stands in for.

The wheels carry no type stubs, but their compiled modules state every signature in docstrings. Importing one
only registers classes, so empty libraries that export the names it links to are enough: no GPU, no driver.

    pip download --no-deps --python-version 3.11 --only-binary=:all: --platform manylinux_2_28_x86_64 \
        tensorrt-cu12-bindings==11.4.0.106        # unpack each into a folder; Python and gcc must fit
    python extract_api.py FOLDER... > tensorrt_api.json
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARIES = ("nvinfer", "nvonnxparser", "nvinfer_plugin")
OURS = re.compile(r" U ((?:create|get|init)\w+)$", re.MULTILINE)
CLASSES = {
    "Logger": ["__init__"],
    "Builder": [
        "__init__", "create_network", "create_builder_config", "create_optimization_profile",
        "build_serialized_network",
    ],
    "OnnxParser": ["__init__", "parse", "num_errors", "get_error"],
    "ParserError": ["desc"],
    "INetworkDefinition": ["get_input", "num_inputs"],
    "ITensor": ["name", "shape"],
    "IBuilderConfig": [
        "set_memory_pool_limit", "set_flag", "clear_flag", "create_timing_cache", "set_timing_cache",
        "get_timing_cache", "add_optimization_profile",
    ],
    "ITimingCache": ["serialize"],
    "IOptimizationProfile": ["set_shape"],
    "Runtime": ["__init__", "deserialize_cuda_engine"],
    "ICudaEngine": [
        "num_io_tensors", "get_tensor_name", "get_tensor_mode", "get_tensor_dtype", "get_tensor_shape",
        "get_tensor_profile_shape", "create_execution_context",
    ],
    "IExecutionContext": ["set_input_shape", "set_tensor_address", "execute_async_v3"],
}  # fmt: skip
ENUMS = ("BuilderFlag", "NetworkDefinitionCreationFlag", "MemoryPoolType", "TensorIOMode", "DataType")


def with_stand_ins(folder: Path, library_folder: Path) -> dict[str, str]:
    """An environment in which the module of an unpacked wheel finds libraries of empty functions."""
    module = folder / "tensorrt_bindings/tensorrt.so"
    symbols = subprocess.run(["nm", "-D", module], capture_output=True, text=True, check=True).stdout
    major = re.search(r"-(\d+)\.", next(folder.glob("*.dist-info")).name).group(1)
    # Whatever object the module asks for has a table of functions, all of which are null.
    body = "static void *t[512], *o[64]; o[0] = t; return o;"
    code = "\n".join(f"void *{name}() {{ {body} }}" for name in sorted(set(OURS.findall(symbols))))
    source = library_folder / "stand_in.c"
    source.write_text(code)
    for name in LIBRARIES:
        file = library_folder / f"lib{name}.so.{major}"
        options = ["-w", "-shared", "-fPIC", f"-Wl,-soname,{file.name}"]
        subprocess.run(["gcc", *options, "-o", file, source], check=True)
    return {**os.environ, "LD_LIBRARY_PATH": str(library_folder), "PYTHONPATH": str(folder)}


def parameters(member: object) -> list[list[str]] | str:
    """Names of the parameters of each overload, a default marked by `=`; `property` for a property."""
    if isinstance(member, property):
        return "property"
    overloads = []
    for line in (member.__doc__ or "").splitlines():
        if match := re.match(r"(?:\d+\. )?\w+\(self: [\w.]+(?:, (.*))?\) -> ", line):
            texts = re.split(r", (?=\w+: )", match.group(1)) if match.group(1) else []
            overloads.append([text.partition(":")[0] + ("=" if " = " in text else "") for text in texts])
    return overloads


def describe() -> dict[str, object]:
    """The API of the module that this process can import."""
    import tensorrt_bindings as trt  # pyright: ignore[reportMissingImports]

    classes = {
        name: {member: parameters(getattr(getattr(trt, name), member)) for member in members}
        for name, members in CLASSES.items()
    }
    enums = {name: sorted(getattr(trt, name).__members__) for name in ENUMS}
    return {"classes": classes, "enums": enums}


def main() -> None:
    if sys.argv[1:] == ["--here"]:
        print(json.dumps(describe()))
        return
    api = {}
    for folder in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as libraries:
            environment = with_stand_ins(folder.resolve(), Path(libraries))
            command = [sys.executable, __file__, "--here"]
            result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        version = re.search(r"-([\d.]+)\.dist-info", next(folder.glob("*.dist-info")).name).group(1)
        api[version] = json.loads(result.stdout)
    text = json.dumps(api, indent=1, sort_keys=True)
    print(re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda match: f"[{' '.join(match.group(1).split())}]", text))


if __name__ == "__main__":
    main()
