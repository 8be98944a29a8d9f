"""`gaitway eval` on a policy that has learnt nothing: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.trainer import Trainer

from .command import gaitway

TASK = "Gaitway/DroidVelocityFlat-v0"
PROMISED = {
    *("task", "policy", "episodes", "seed", "samples", "git_commit"),
    *("survival_rate", "lin_vel_error", "yaw_rate_error", "return_mean", "action_rate_mean"),
    *("swing_time_mean", "swing_apex_mean", "touchdowns_per_s", "tilt_mean"),
    *("power_mean", "cost_of_transport", "seeds", "confidence", "intervals", "by_seed", "overrides"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of no iterations."""
    folder = tmp_path_factory.mktemp("run")
    Trainer(GaitwayVectorEnv(load_cfg(TASK), 2), PPOCfg(hidden_dims=(8,)), folder, 0, "").save()
    return folder


def test_result_has_every_promised_field(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results" / "out.json"
    short = ["--env.episode_s", "1", "--episodes", "4", "--seed", "7", "--seeds", "2"]
    arguments = ["eval", TASK, "--policy", str(run), *short, "--json", str(out)]
    assert gaitway(monkeypatch, *arguments) == 0
    result = json.loads(out.read_text(encoding="utf-8"))
    assert set(result) >= PROMISED
    assert (result["task"], result["policy"], result["episodes"], result["seed"]) == (TASK, str(run), 4, 7)
    assert (result["seeds"], result["samples"], result["confidence"]) == (2, 0, 0.95) and result["git_commit"]
    for name, interval in result["intervals"].items():
        assert len(result["by_seed"][name]) == 2
        if result[name] is not None:
            assert interval[0] - 1e-9 <= result[name] <= interval[1] + 1e-9, name
    assert 0.0 <= result["survival_rate"] <= 1.0
    assert result["survival_rate"] == pytest.approx(sum(result["by_seed"]["survival_rate"]) / 2)
    table = capsys.readouterr().out
    assert "survival_rate" in table and "m/s" in table
    assert [path.name for path in out.parent.iterdir()] == ["out.json"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Gaitway/DroidVelocityFlt-v0", "--policy", "{run}"], "did you mean"),
        ([TASK, "--policy", "nowhere"], "nowhere: there is no such run"),
        ([TASK, "--policy", "{run}", "--episodes", "0"], "--episodes is 0"),
        ([TASK, "--policy", "{run}", "--seeds", "0"], "--seeds is 0"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    arguments: list[str],
    sentence: str,
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    filled = [argument.format(run=run) for argument in arguments]
    assert gaitway(monkeypatch, "eval", *filled, "--json", "out.json") == 1
    message = capsys.readouterr().err
    assert sentence in message and message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
