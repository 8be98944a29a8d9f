"""Requests that schemathesis makes of the service's OpenAPI page: none may break it, or what the page says.

`make fuzz` sets FUZZ_EXAMPLES to make many more, each time others.
"""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.serve.app import make_app
from hypothesis import HealthCheck
from schemathesis import GenerationMode

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
PATHS = ("/v1/act", "/v1/health", "/v1/health/ready", "/v1/metadata", "/metrics")
ZOO = Path(__file__).resolve().parents[2] / "policies/zoo"
FUZZED = hypothesis.settings(
    max_examples=EXAMPLES or 15,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def api() -> schemathesis.BaseSchema:
    app = make_app(Policy.load(ZOO / "droid-velocity-flat"))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_the_page_names_every_path(api: schemathesis.BaseSchema) -> None:
    assert {result.ok().path for result in api.get_all_operations()} == set(PATHS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("path", PATHS)
def test_no_request_breaks_the_service(api: schemathesis.BaseSchema, path: str, mode: GenerationMode) -> None:
    """Requests as the page wants them, and requests that it does not want."""
    operation = api[path]["POST" if path == "/v1/act" else "GET"]

    @FUZZED
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate()

    try:
        ask()
    except hypothesis.errors.Unsatisfiable:
        assert path != "/v1/act", "the others take nothing that could be wrong"
