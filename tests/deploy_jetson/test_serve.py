"""The HTTP service: its answers against the policy itself, and what it refuses."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from gaitway.deploy_jetson.golden import Golden
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.serve.app import MAX_BATCH, MAX_BODY_BYTES, make_app

TOKEN = "a-token-of-enough-characters"
ROW = [0.1] * 17


@pytest.fixture
def client(bundle: Path) -> TestClient:
    return TestClient(make_app(Policy.load(bundle)), raise_server_exceptions=False)


def test_actions_are_those_of_the_recording(client: TestClient, golden: Golden, bundle: Path) -> None:
    answer = client.post("/v1/act", json={"observations": golden.observations.tolist()}).json()
    np.testing.assert_allclose(answer["actions"], golden.actions, atol=1e-5)
    np.testing.assert_allclose(answer["targets"], golden.actions * [0.5, 0.25] + [0.15, -0.25], atol=1e-5)
    facts = client.get("/v1/metadata").json()["contract"]
    assert facts["joints"]["names"] == ["left_knee", "right_knee"]
    metrics = client.get("/metrics").text
    assert 'gaitway_requests_total{path="/v1/act",status="200"} 1.0' in metrics
    assert f"gaitway_observations_total {len(golden)}.0" in metrics


@pytest.mark.parametrize("path", ["/v1/health", "/v1/health/ready"])
def test_health(client: TestClient, path: str) -> None:
    assert client.get(path).json() == {"status": "ok", "task": "Test/TwoJoints-v0"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"not json", 400),
        (json.dumps({"observations": [[float("nan")] * 17]}).encode(), 400),
        (json.dumps({"observations": [[float("-inf")] * 17]}).encode(), 400),
        (b'{"observations": [[1e999]]}', 400),
        (b"[" * 100_000, 400),
        (json.dumps({"observations": [[1e308] * 17]}).encode(), 422),
        (json.dumps({"observations": []}).encode(), 422),
        (json.dumps({"observations": [ROW, ROW[:-1]]}).encode(), 422),
        (json.dumps({"observations": [[*ROW, 0.0]]}).encode(), 422),
        (json.dumps({"observations": [ROW] * (MAX_BATCH + 1)}).encode(), 422),
        (json.dumps({"observations": ["0" * 17]}).encode(), 422),
        (json.dumps({"observations": [[[0.0]] * 17]}).encode(), 422),
        (json.dumps({"observations": [[True] * 17]}).encode(), 422),
        (json.dumps({"observations": [ROW], "more": 1}).encode(), 422),
        (b'{"observations": [' + b" " * MAX_BODY_BYTES + b"]}", 413),
    ],
)
def test_bad_bodies_are_refused_in_a_sentence(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/act", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert len(answer.json()["detail"]) < 500
    assert client.post("/v1/act", json={"observations": [ROW]}).status_code == 200


def test_a_token_opens_all_but_health(bundle: Path) -> None:
    client = TestClient(make_app(Policy.load(bundle), TOKEN))
    for path in ("/v1/metadata", "/metrics", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get(path, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.post("/v1/act", json={"observations": [ROW]}).status_code == 401
    assert client.get("/v1/health").status_code == 200


def _complaint(arguments: list[str], capsys: pytest.CaptureFixture) -> str:
    with pytest.raises(SystemExit) as status:
        main(["serve", *arguments])
    assert status.value.code == 1
    return capsys.readouterr().err


def test_an_open_address_needs_a_token(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert "name a file with a token" in _complaint([str(bundle), "--host", "0.0.0.0"], capsys)
    (file := tmp_path / "token").write_text("short\n")
    options = [str(bundle), "--host", "0.0.0.0", "--token-file", str(file)]
    assert "16 is the least" in _complaint(options, capsys)


def test_a_token_file_that_is_not_there_is_named(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    missing = str(tmp_path / "token")
    assert f"{missing}: the token cannot be read" in _complaint(
        [str(bundle), "--token-file", missing], capsys
    )


def test_a_port_in_use_is_said(bundle: Path, capsys: pytest.CaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"cannot listen on 127.0.0.1:{port}" in _complaint([str(bundle), "--port", port], capsys)
