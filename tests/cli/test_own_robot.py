"""A run of a robot of one's own is scored, filmed and exported with that robot, without naming it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gaitway.deploy_jetson.policy import Policy
from gaitway.envs.agent import PPOCfg
from gaitway.envs.import_robot import import_robot
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.trainer import Trainer

from .command import gaitway

TASK = "Gaitway/VelocityFlat-v0"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gymnasium's ant, which states no speed limits, untrained."""
    gymnasium = pytest.importorskip("gymnasium")
    folder = tmp_path_factory.mktemp("ant")
    import_robot(Path(gymnasium.__file__).parent / "envs/mujoco/assets/ant.xml", folder / "ant.usda", seed=0)
    overrides = [f"robot={folder / 'ant.usda'}"]
    env = GaitwayVectorEnv(load_cfg(TASK, overrides), 2)
    (folder / "run").mkdir()
    Trainer(env, PPOCfg(hidden_dims=(8,)), folder / "run", 0, "", overrides).save()
    return folder / "run"


def test_the_run_knows_its_robot(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    score, film = tmp_path / "score.json", tmp_path / "film.mp4"
    ask = ["--policy", str(run)]
    few = ["--episodes", "2", "--seeds", "1", "--env.episode_s", "1", "--json", str(score)]
    assert gaitway(monkeypatch, "eval", TASK, *ask, *few) == 0
    (robot, _) = json.loads(score.read_text())["overrides"]
    assert robot == f"robot={run.parent / 'ant.usda'}"
    assert gaitway(monkeypatch, "play", TASK, *ask, "--video", str(film), "--seconds", "0.1") == 0
    assert film.stat().st_size > 0


def test_its_bundle_is_that_robots(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert gaitway(monkeypatch, "export", str(run), "--out", str(tmp_path / "bundle")) == 0
    contract = Policy.load(tmp_path / "bundle").contract
    assert contract.action_size == 8
    assert set(contract.joints.velocity_limit) == {None}
    assert contract.robot.name == "ant"
