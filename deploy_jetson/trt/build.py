"""Bundle -> checked engine in the cache, and a policy that runs on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract import GOLDEN_FILE, NETWORK_FILE, BundleError, sha256
from ..golden import Golden, replay
from ..policy import Network, Policy
from .builder import TensorRtError, build_engine, import_tensorrt
from .cache import EngineCache, Key
from .cuda import Cuda, CudaError
from .engine import EngineNetwork
from .precision import reference_network, to_fp16, to_int8
from .support import require_supported

BOUNDS = {"fp32": 1e-4, "fp16": 1e-2}
"""Largest difference allowed in any recorded action. float32 products in a GPU's order round differently
from the recording's; float16 is off by up to 5e-3 on the policies that come with Gaitway."""


@dataclass(frozen=True)
class Graph:
    """A bundle's network in a precision. `action_error` is the largest of an emulation on this processor."""

    policy: Policy
    golden: Golden
    content: bytes
    precision: str
    bound: float
    action_error: float


@dataclass(frozen=True)
class Built:
    """An engine that reproduces the recording. `fresh`: it was built now, not found in the cache."""

    path: Path
    key: Key
    action_error: float
    fresh: bool


def prepare(bundle: Path, precision: str = "fp32", bound: float | None = None) -> Graph:
    """Load and convert a bundle's network. Needs no TensorRT and no GPU.

    Args:
        bundle: its folder.
        precision: fp32, fp16 or int8.
        bound: largest action error allowed; that of `BOUNDS` if None.

    Raises:
        BundleError: the bundle is no good, its graph does not fit JetPack's libraries, no bound is given for
            int8, or the error in this precision is above the bound.
    """
    if bound is None and precision not in BOUNDS:
        raise BundleError(
            f"{bundle}: {precision} changes actions too much to go unasked (by up to 1.6 on the zoo's arm); "
            "state the largest error in an action that you accept with --max-error."
        )
    bound = BOUNDS[precision] if bound is None else bound
    policy = Policy.load(bundle)
    content = (bundle / NETWORK_FILE).read_bytes()
    golden = Golden.from_bytes((bundle / GOLDEN_FILE).read_bytes(), bundle / GOLDEN_FILE)
    if precision == "fp16":
        content = to_fp16(content)
        infer = reference_network(content)
    elif precision == "int8":
        content = to_int8(content, golden.observations)
        infer = Network(content, policy.contract, bundle / NETWORK_FILE)
    else:
        infer = policy.network
    require_supported(content, str(bundle / NETWORK_FILE))
    error = replay(policy.contract, golden, infer).action_error
    graph = Graph(policy, golden, content, precision, bound, error)
    _require_within(graph, error, f"{bundle}: emulated here,")
    return graph


def build(
    graph: Graph,
    max_batch: int = 1,
    cache: EngineCache | None = None,
    trt: Any = None,
    cuda: Cuda | None = None,
) -> Built:
    """Build the engine on this machine's GPU, or find it in the cache; either way its actions are checked.

    Raises:
        TensorRtError, CudaError: there is no TensorRT or GPU here, or the build failed.
        BundleError: the engine's actions are not the recording's.
    """
    trt, cuda, cache = trt or import_tensorrt(), cuda or Cuda(), cache or EngineCache()
    key = _key(graph, max_batch, trt, cuda)
    engine = cache.load(key)
    if fresh := engine is None:
        engine, timing = build_engine(trt, graph.content, max_batch, cache.timing(key))
        cache.store_timing(key, timing)
    network = EngineNetwork(trt, cuda, engine)
    try:
        error = replay(graph.policy.contract, graph.golden, network).action_error
    finally:
        network.close()
    _require_within(graph, error, f"{cache.path(key)}: on this GPU,")
    path = cache.store(key, engine, error) if fresh else cache.path(key)
    return Built(path, key, error, fresh)


def load(
    graph: Graph,
    max_batch: int = 1,
    cache: EngineCache | None = None,
    trt: Any = None,
    cuda: Cuda | None = None,
) -> tuple[Policy, str]:
    """The policy on its engine, or on ONNX Runtime and a note that says why.

    The note is empty if the engine runs.
    """
    try:
        trt, cuda, cache = trt or import_tensorrt(), cuda or Cuda(), cache or EngineCache()
        built = build(graph, max_batch, cache, trt, cuda)
        network = EngineNetwork(trt, cuda, built.path.read_bytes())
    except (TensorRtError, CudaError, BundleError, OSError) as error:
        return graph.policy, f"{error} The policy runs in ONNX Runtime instead."
    return Policy(graph.policy.contract, network, graph.policy.report), ""  # type: ignore[arg-type]


def _key(graph: Graph, max_batch: int, trt: Any, cuda: Cuda) -> Key:
    return Key(cuda.device(), str(trt.__version__), sha256(graph.content), graph.precision, max_batch)


def _require_within(graph: Graph, error: float, where: str) -> None:
    if not (math.isfinite(error) and error <= graph.bound):
        raise BundleError(
            f"{where} {graph.precision} changes an action by {error:.1e}, more than {graph.bound:.0e}; "
            "it would not act as trained."
        )
