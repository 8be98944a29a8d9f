"""The stand-in for TensorRT has the names and parameters of the real modules, for each version we mean."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

VERSIONS = ("10.3.0", "10.13.3.9", "11.4.0.106")


def _parameters(function: object) -> list[str]:
    parameters = list(inspect.signature(function).parameters.values())[1:]  # type: ignore[arg-type]
    return [p.name + ("" if p.default is p.empty else "=") for p in parameters]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_member_of_the_fake_is_one_of_tensorrt(fake: ModuleType, version: str) -> None:
    trt, classes = fake.FakeTensorRt(version), fake.API[version]["classes"]
    compared = 0
    for name, members in classes.items():
        cls = getattr(trt, name)
        base = cls if name == "Logger" else cls.__base__
        own = {m: v for m, v in vars(base).items() if inspect.isfunction(v) or isinstance(v, property)}
        made_by_tensorrt = ("INetworkDefinition", "ITensor", "ParserError", "IBuilderConfig", "ITimingCache")
        made_by_tensorrt += ("IOptimizationProfile", "ICudaEngine", "IExecutionContext")
        own = {
            m: v
            for m, v in own.items()
            if not (m == "__init__" and name in made_by_tensorrt) and (m == "__init__" or m[0] != "_")
        }
        assert set(own) <= set(members), name
        for member, value in own.items():
            real = members[member]
            if isinstance(value, property):
                assert real == "property", f"{name}.{member}"
            else:
                # A fake may leave out parameters that have defaults, as its caller does.
                overloads = [[p for p in overload if p[-1] != "="] for overload in real]
                mine = _parameters(value)
                required = [p for p in mine if p[-1] != "="]
                assert mine in real or required in overloads, f"{name}.{member}: {mine}, not {real}"
            compared += 1
    assert compared >= 30


def test_version_11_has_no_precision_flags(fake: ModuleType) -> None:
    """So a builder that sets one fails here as it would on a JetPack with TensorRT 11."""
    assert hasattr(fake.FakeTensorRt("10.3.0").BuilderFlag, "FP16")
    for flag in ("FP16", "INT8", "OBEY_PRECISION_CONSTRAINTS"):
        assert not hasattr(fake.FakeTensorRt("11.4.0.106").BuilderFlag, flag)
