"""Bundle -> engine -> actions, against stand-ins for TensorRT 10 and 11 and CUDA."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import BundleError, Contract
from gaitway.deploy_jetson.golden import Golden
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.trt import build as trt_build
from gaitway.deploy_jetson.trt.builder import TensorRtError, build_engine, import_tensorrt
from gaitway.deploy_jetson.trt.cache import EngineCache
from gaitway.deploy_jetson.trt.cuda import Cuda, CudaError
from gaitway.deploy_jetson.trt.engine import EngineNetwork
from onnx import TensorProto, helper

VERSIONS = ("10.3.0", "10.13.3.9", "11.4.0.106")


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> EngineCache:
    return EngineCache(tmp_path_factory.mktemp("cache") / "engines")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_engine_acts_like_the_network(
    bundle: Path, fake: ModuleType, cache: EngineCache, version: str
) -> None:
    trt, cudart = fake.FakeTensorRt(version), fake.FakeCudart()
    policy, note = trt_build.load(trt_build.prepare(bundle), 8, cache, trt, Cuda(cudart))
    assert note == ""
    assert isinstance(policy.network, EngineNetwork)
    reference = trt_build.prepare(bundle).policy.network
    observations = np.random.default_rng(0).normal(size=(8, 17)).astype(np.float32)
    for count in (8, 1, 3):  # a smaller batch must not show the values of the larger one
        np.testing.assert_allclose(
            policy.network(observations[:count]), reference(observations[:count]), atol=1e-5
        )
    policy.network.close()
    assert not cudart.blocks


@pytest.mark.parametrize("version", VERSIONS)
def test_networks_are_strongly_typed_and_full_precision(
    bundle: Path, fake: ModuleType, cache: EngineCache, version: str
) -> None:
    trt = fake.FakeTensorRt(version)
    trt_build.build(trt_build.prepare(bundle), 1, cache, trt, Cuda(fake.FakeCudart()))
    assert ("strongly_typed", True) in trt.calls
    assert ("built", set()) in trt.calls  # TF32, on by default, was cleared; no precision flag was set


def test_an_engine_is_built_once_per_gpu_version_bundle_and_precision(
    bundle: Path, fake: ModuleType, cache: EngineCache
) -> None:
    cuda = Cuda(fake.FakeCudart())
    old, new = fake.FakeTensorRt("10.3.0"), fake.FakeTensorRt("11.4.0.106")
    graph, half = trt_build.prepare(bundle), trt_build.prepare(bundle, "fp16")
    built = [
        trt_build.build(*arguments)
        for arguments in (
            (graph, 1, cache, old, cuda),
            (graph, 1, cache, old, cuda),
            (graph, 1, cache, new, cuda),
            (half, 1, cache, new, cuda),
            (graph, 4, cache, new, cuda),
        )
    ]
    assert [b.fresh for b in built] == [True, False, True, True, True]
    assert len({b.path for b in built}) == 4
    assert built[0].key.device == "sm87-16sm"
    assert cache.folder.stat().st_mode & 0o077 == 0
    # The second build for one GPU and version begins with the timing cache of the first.
    timings = [content for name, content in new.calls if name == "timing"]
    assert timings[0] == b"" and timings[1].endswith(b"timing")


def test_a_damaged_engine_is_built_again(bundle: Path, fake: ModuleType, cache: EngineCache) -> None:
    arguments = (trt_build.prepare(bundle), 1, cache, fake.FakeTensorRt("10.3.0"), Cuda(fake.FakeCudart()))
    path = trt_build.build(*arguments).path
    path.write_bytes(path.read_bytes()[:-9])
    assert trt_build.build(*arguments).fresh
    assert not trt_build.build(*arguments).fresh


def test_an_engine_that_acts_otherwise_is_neither_kept_nor_run(
    bundle: Path, fake: ModuleType, cache: EngineCache
) -> None:
    arguments = (1, cache, fake.FakeTensorRt("10.3.0", offset=1e-3), Cuda(fake.FakeCudart()))
    graph = trt_build.prepare(bundle)
    with pytest.raises(
        BundleError, match=r"on this GPU, fp32 changes an action by 1\.0e-03, more than 1e-04"
    ):
        trt_build.build(graph, *arguments)
    assert not list(cache.folder.glob("*.engine"))
    policy, note = trt_build.load(graph, *arguments)
    assert policy is graph.policy
    assert note.endswith("The policy runs in ONNX Runtime instead.")


def test_an_engine_of_another_version_is_refused(bundle: Path, fake: ModuleType) -> None:
    old, cuda = fake.FakeTensorRt("10.3.0"), Cuda(fake.FakeCudart())
    engine, _ = build_engine(old, (bundle / "policy.onnx").read_bytes(), 1)
    with pytest.raises(TensorRtError, match="another version or for another GPU"):
        EngineNetwork(fake.FakeTensorRt("11.4.0.106"), cuda, engine)


@pytest.mark.parametrize("count", [0, 9])
def test_batches_outside_the_profile_are_refused(bundle: Path, fake: ModuleType, count: int) -> None:
    trt = fake.FakeTensorRt("10.3.0")
    engine, _ = build_engine(trt, (bundle / "policy.onnx").read_bytes(), 8)
    network = EngineNetwork(trt, Cuda(fake.FakeCudart()), engine)
    with pytest.raises(ValueError, match=f"takes 1 to 8 observations at once, not {count}"):
        network(np.zeros((count, 17), np.float32))


def test_what_the_parser_refuses_is_named(fake: ModuleType) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])
    graph = helper.make_graph([helper.make_node("Unsupported", ["x"], ["x2"])], "g", [value], [value])
    with pytest.raises(TensorRtError, match=r"cannot read policy\.onnx: no importer for Unsupported"):
        build_engine(fake.FakeTensorRt("11.4.0.106"), helper.make_model(graph).SerializeToString(), 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"devices": 0}, "finds no GPU"), ({"failing": "cudaMallocManaged"}, r"failed: out of memory \(2\)")],
)
def test_cuda_errors_are_said(fake: ModuleType, options: dict, sentence: str) -> None:
    with pytest.raises(CudaError, match=sentence):
        Cuda(fake.FakeCudart(**options)).array((1, 2))


def test_a_machine_without_tensorrt_falls_back(bundle: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(TensorRtError):
        import_tensorrt()
    with pytest.raises(SystemExit) as status:
        main(["build-trt", str(bundle)])
    assert status.value.code == 1
    assert "cannot be imported" in (message := capsys.readouterr().err)
    assert message.endswith("No engine: ONNX Runtime serves.\n")
    graph = trt_build.prepare(bundle)
    assert trt_build.load(graph)[0] is graph.policy


def test_int8_is_refused_unless_a_bound_is_stated(bundle: Path) -> None:
    with pytest.raises(BundleError, match="state the largest error in an action that you accept"):
        trt_build.prepare(bundle, "int8")
    with pytest.raises(BundleError, match=r"emulated here, int8 changes an action by .*, more than 1e-06"):
        trt_build.prepare(bundle, "int8", 1e-6)
    assert 1e-6 < trt_build.prepare(bundle, "int8", 0.5).action_error < 0.5


def test_an_error_that_is_no_number_is_above_every_bound(
    bundle: Path, contract: Contract, golden: Golden, rewrite: Callable, network_of: Callable
) -> None:
    graph = dataclasses.replace(trt_build.prepare(bundle), bound=1.0)
    with pytest.raises(BundleError):
        trt_build._require_within(graph, float("nan"), "here,")
