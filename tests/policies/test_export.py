"""Bundles of a hardly trained actor: what is exported acts as what was trained."""

from __future__ import annotations

import copy
import errno
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from gaitway.deploy_jetson.contract import BundleError, Contract, sha256
from gaitway.deploy_jetson.policy import Policy
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies import ZOO, export
from gaitway.policies.checkpoint import Checkpoint, CheckpointError
from gaitway.policies.edge_policy import EdgePolicy
from gaitway.policies.evaluation import evaluate
from gaitway.policies.trainer import Trainer

TASK = "Gaitway/DroidVelocityFlat-v0"
COMMAND = f"gaitway train {TASK} --minutes 1"
FILES = {"golden.npz", "leapp.yaml", "policy.json", "policy.onnx"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two iterations of training: the normalizer has seen something and the weights are not the first."""
    env = GaitwayVectorEnv(load_cfg(TASK), 16)
    trainer = Trainer(env, PPOCfg(hidden_dims=(32, 32)), tmp_path_factory.mktemp("run"), 3, COMMAND)
    return trainer.train(lambda trainer: trainer.iteration >= 2, lambda progress: None)


@pytest.fixture(scope="module")
def bundle(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "droid"
    report = export.export_bundle(checkpoint, out)
    assert report.ticks == 4000
    assert report.observation_error <= 1e-5 and report.action_error <= 1e-5
    return out


def test_its_files_and_nothing_else(bundle: Path) -> None:
    assert {path.name for path in bundle.iterdir()} == FILES
    assert list(bundle.parent.iterdir()) == [bundle]


def test_no_path_of_this_machine_leaves_it(bundle: Path, checkpoint: Path) -> None:
    golden = np.load(bundle / "golden.npz")["facts"].tobytes()
    for content in ((bundle / "policy.json").read_bytes(), (bundle / "policy.onnx").read_bytes(), golden):
        for folder in (Path(export.__file__).parents[1], Path(torch.__file__).parent, checkpoint.parent):
            assert str(folder).encode() not in content
        assert b"site-packages" not in content


def test_onnx_gives_the_actors_actions(bundle: Path, checkpoint: Path) -> None:
    """The network file alone, in a plain session, against the trainer's module on raw observations."""
    env = GaitwayVectorEnv(load_cfg(TASK), 4)
    actor = export.trained_actor(env, Checkpoint.load(checkpoint), checkpoint)
    session = onnxruntime.InferenceSession(bundle / "policy.onnx")
    policy = export.as_policy(actor)
    for _ in range(50):
        with torch.inference_mode():
            actions = policy(env)
        observations = env.observation_groups["actor"]
        (exported,) = session.run(None, {"obs": observations.numpy()})
        np.testing.assert_allclose(np.asarray(exported), actions.numpy(), atol=1e-5)
        env.step(actions)
    normalizer = actor.obs_normalizer
    assert float(normalizer.mean.abs().max()) > 0.05, "a normalizer that does nothing proves nothing"  # type: ignore[union-attr]


def test_the_network_file_is_standard_onnx(bundle: Path) -> None:
    model = onnx.load(bundle / "policy.onnx")
    onnx.checker.check_model(model, full_check=True)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", export.OPSET)]
    assert {node.domain for node in model.graph.node} == {""}


def test_the_contract_is_the_tasks(bundle: Path) -> None:
    contract = Contract.load(bundle / "policy.json")
    env = GaitwayVectorEnv(load_cfg(TASK), 1)
    assert list(contract.joints.names) == env.state.joint_names
    np.testing.assert_allclose(contract.joints.default_pos, env.state.default_joint_pos, atol=1e-7)
    np.testing.assert_allclose(contract.joints.action_offset, env.state.default_ctrl[:10], atol=1e-7)
    np.testing.assert_allclose(
        np.array([contract.joints.lower, contract.joints.upper]).T, env.state.joint_range
    )
    # What the droid's USD file says, in its own units: N m/deg and deg/s.
    assert contract.joints.kp[1] == pytest.approx(np.degrees(1.39626), rel=1e-5)
    assert contract.joints.velocity_limit[1] == pytest.approx(np.radians(1145.9), rel=1e-5)
    assert contract.joints.effort_limit[1] == 33.5
    assert contract.timing.policy_dt == env.step_dt == 0.02
    assert contract.commands.low == (-0.3, -0.2, -0.7)
    assert [term.name for term in contract.observations] == list(env.cfg.actor)
    assert contract.provenance.command == COMMAND
    assert (contract.provenance.seed, contract.provenance.samples) == (3, 2 * 16 * 24)


def test_the_recording_sees_standing_walking_and_falls(bundle: Path) -> None:
    with np.load(bundle / "golden.npz") as golden:
        moving = np.linalg.norm(golden["command"], axis=-1) > 0
        assert 0.1 < moving.mean() < 0.95
        assert golden["start"].sum() > 1
        assert len(golden["start"]) == 1000


def test_eval_by_the_edge_code_scores_as_the_actor(bundle: Path, checkpoint: Path) -> None:
    cfg = load_cfg(TASK)
    cfg.episode_s = 3.0
    scores = []
    for by_bundle in (True, False):
        env = GaitwayVectorEnv(cfg, 16)
        if by_bundle:
            policy = EdgePolicy(bundle, env)
        else:
            policy = export.as_policy(export.trained_actor(env, Checkpoint.load(checkpoint), checkpoint))
        scores.append({name: estimate.value for name, estimate in evaluate(env, policy, seed=5).items()})
    assert scores[0] == pytest.approx(scores[1], rel=2e-3, abs=2e-3, nan_ok=True)


def test_eval_refuses_a_bundle_of_another_task(bundle: Path) -> None:
    cfg = load_cfg(TASK)
    cfg.actions.scale = 0.4
    with pytest.raises(BundleError, match=r"its joints\.action_scale is not what this task has"):
        EdgePolicy(bundle, GaitwayVectorEnv(cfg, 1))


@pytest.mark.parametrize("shipped", sorted(ZOO.iterdir()), ids=lambda path: path.name)
def test_shipped_bundles_fit_the_code_they_ship_with(shipped: Path) -> None:
    contract = Contract.load(shipped / "policy.json")
    env = GaitwayVectorEnv(load_cfg(contract.task), 1)
    EdgePolicy(shipped, env)
    assert contract.robot.sha256 == sha256(env.cfg.robot.read_bytes())


def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "TICKS", 20)
    monkeypatch.setattr(export, "WORLDS", 2)


def test_a_network_that_differs_is_not_written(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _short(monkeypatch)
    honest = export.to_onnx

    def without_normalizer(actor: torch.nn.Module) -> bytes:
        raw = copy.deepcopy(actor)
        raw.obs_normalizer = torch.nn.Identity()
        return honest(raw)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "to_onnx", without_normalizer)
    with pytest.raises(BundleError, match=r"differs from the trained one.*nothing was written"):
        export.export_bundle(checkpoint, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("file", ["policy.onnx", "golden.npz", "policy.json"])
def test_a_full_disk_leaves_things_as_they_were(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, existing: bool
) -> None:
    contract = Contract.load(bundle / "policy.json")
    network, golden = ((bundle / name).read_bytes() for name in ("policy.onnx", "golden.npz"))
    out = tmp_path / "bundle"
    if existing:
        export.write_bundle(out, contract, network, golden)

    def full(method: str) -> None:
        honest = getattr(Path, method)

        def write(self: Path, content: object, *args: object, **kwargs: object) -> object:
            if self.name == file:
                raise OSError(errno.ENOSPC, "No space left on device")
            return honest(self, content, *args, **kwargs)

        monkeypatch.setattr(Path, method, write)

    full("write_bytes")
    full("write_text")
    with pytest.raises(BundleError, match=r"could not be written .*No space left on device.*free some space"):
        export.write_bundle(out, contract, network, golden)
    assert list(tmp_path.iterdir()) == ([out] if existing else [])
    if existing:
        Policy.load(out)


def test_a_newer_bundle_replaces_an_older_one(bundle: Path, tmp_path: Path) -> None:
    contract = Contract.load(bundle / "policy.json")
    network, golden = ((bundle / name).read_bytes() for name in ("policy.onnx", "golden.npz"))
    out = tmp_path / "deep/bundle"
    for _ in range(2):
        export.write_bundle(out, contract, network, golden)
    assert Policy.load(out).report.ok
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_with_other_things_is_left_alone(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BundleError, match=re.escape(f"{tmp_path}: exists and is not a bundle")):
        export.export_bundle(checkpoint, tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_checkpoint_of_another_size_is_refused(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _short(monkeypatch)
    other = Checkpoint.load(checkpoint)
    other.observation_sizes["actor"] = 40
    other.save(tmp_path / "model_1.pt")
    with pytest.raises(CheckpointError, match="its actor observation has 40 values, the task's has 41"):
        export.export_bundle(tmp_path / "model_1.pt", tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
