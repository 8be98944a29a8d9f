"""How a bundle that was tampered with is refused: one sentence, exit status 1."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import sha256
from gaitway.deploy_jetson.main import main

Damage = Callable[[Path], object]
FILES = ("policy.json", "policy.onnx", "golden.npz")


def check(bundle: Path, capsys: pytest.CaptureFixture) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as status:
        main(["check", str(bundle)])
    return int(status.value.code or 0), capsys.readouterr().err


def assert_refused(bundle: Path, capsys: pytest.CaptureFixture, what: object) -> str:
    status, message = check(bundle, capsys)
    assert status == 1, what
    assert message.startswith("gaitway-edge check: ") and message.count("\n") == 1, (what, message)
    assert "Traceback" not in message and len(message) < 700, (what, message)
    assert message.rstrip("\n").isprintable(), (what, message)
    return message


def reseal(bundle: Path) -> None:
    """Make digests and the recording's copy of the contract right, as one does who knows the format."""
    data = json.loads((bundle / "policy.json").read_text())
    facts = {name: value for name, value in data.items() if name != "files"}
    with np.load(bundle / "golden.npz") as file:
        arrays = {**file, "facts": np.frombuffer(json.dumps(facts).encode(), np.uint8)}
    np.savez(bundle / "golden.npz", **arrays)
    redigest(bundle)


def redigest(bundle: Path) -> None:
    data = json.loads((bundle / "policy.json").read_text())
    data["files"] = {
        "policy_onnx": sha256((bundle / "policy.onnx").read_bytes()),
        "golden_npz": sha256((bundle / "golden.npz").read_bytes()),
    }
    (bundle / "policy.json").write_text(json.dumps(data))
