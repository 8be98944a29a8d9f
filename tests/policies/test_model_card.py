"""Cards of bundles: what is written, for which run, and what an export does to them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.policy import Policy
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies import export, frame_sheet
from gaitway.policies.candidate import Candidate
from gaitway.policies.checkpoint import Checkpoint
from gaitway.policies.frame_sheet import record_rollout
from gaitway.policies.model_card import CardError, write_card
from gaitway.policies.run_dir import last_checkpoint
from gaitway.policies.run_log import RunLog
from gaitway.policies.trainer import Trainer
from PIL import Image

TASK = "Gaitway/DroidVelocityFlat-v0"
SHORT = ["episode_s=1", "commands.lin_vel_x=0 0.5"]
COMMAND = f"gaitway train {TASK} --minutes 1 --env.episode_s 1 --env.commands.lin_vel_x 0 0.5"
FILES = {"golden.npz", "leapp.yaml", "policy.json", "policy.onnx"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few iterations on episodes of 1 s: each world finishes some."""
    folder = tmp_path_factory.mktemp("run")
    env = GaitwayVectorEnv(load_cfg(TASK, SHORT), 8)
    log = RunLog(folder)
    Trainer(env, PPOCfg(hidden_dims=(16,)), folder, 3, COMMAND, SHORT).train(
        lambda trainer: trainer.iteration >= 3, log.write
    )
    log.close()
    return folder


@pytest.fixture(scope="module")
def bundle(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "droid"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "TICKS", 60)
        export.export_bundle(last_checkpoint(run), out)
    return out


def test_the_card_says_how_it_was_made_and_how_good_it_is(run: Path, bundle: Path) -> None:
    card = write_card(bundle, run, 4, "2 cores of something", seeds=2).read_text(encoding="utf-8")
    files = {path.name for path in bundle.iterdir()}
    assert files == FILES | {"README.md", "curve.png", "frames.png", "score.json"}
    assert list(bundle.parent.iterdir()) == [bundle]
    assert f"```\n{COMMAND}\n```" in card and "2 cores of something" in card
    made = json.loads((bundle / "policy.json").read_text())["provenance"]
    assert f"{made['samples']:,} env steps" in card and made["git_commit"] in card
    measures = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+?) \|", card, re.MULTILINE)
    assert {"survival_rate", "lin_vel_error"} <= {name for name, *_ in measures}
    assert {name: interval for name, _, interval in measures}["survival_rate"].count("to") == 1
    assert "`velocity_command`" in card and "`lin_vel_x` 0 to 0.5 m/s" in card
    for picture in re.findall(r"!\[.*?\]\((.+?)\)", card):
        assert min(Image.open(bundle / picture).size) > 200
    assert str(bundle.parent) not in card
    Policy.load(bundle)  # a card is no part of the contract


def test_a_new_export_leaves_no_old_card(bundle: Path, tmp_path: Path) -> None:
    contract = Contract.load(bundle / "policy.json")
    network, golden = ((bundle / name).read_bytes() for name in ("policy.onnx", "golden.npz"))
    out = tmp_path / "droid"
    export.write_bundle(out, contract, network, golden)
    for name in ("README.md", "curve.png", "frames.png"):
        (out / name).write_text("of an older policy")
    export.write_bundle(out, contract, network, golden)
    assert {path.name for path in out.iterdir()} == FILES


def test_a_card_of_another_run_is_refused(run: Path, bundle: Path, tmp_path: Path) -> None:
    other = Checkpoint.load(last_checkpoint(run))
    other.iteration, other.samples = 7, 7000
    other.save(tmp_path / "model_7.pt")
    with pytest.raises(CardError, match=r"was exported from iteration 3, .*model_7\.pt is of 7"):
        write_card(bundle, tmp_path, 4, "here")


def test_frames_are_of_one_robot_told_to_go_forward(bundle: Path) -> None:
    """The states are those of a world of the same seed, stepped here by the bundle itself."""
    rollout = record_rollout(Candidate(TASK, bundle, ["commands.lin_vel_x=0 0.5"]), seed=0)
    assert rollout.command == (0.5, 0.0, 0.0)
    assert rollout.times == pytest.approx(0.2 * np.arange(len(rollout.times)))
    assert 1 <= len(rollout.states) <= frame_sheet.FRAMES
    w, x, y, z = rollout.states[0, 3:7]
    assert abs(np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))) < 0.4
    steps = np.diff(rollout.states[:, :2], axis=0)
    assert np.linalg.norm(steps, axis=1).max(initial=0.0) < 0.5, "a jump: two episodes in one sheet"
