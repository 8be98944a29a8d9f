"""A bundle of every kind of task: export, check, and the same actions as the network's by the edge code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from gaitway.deploy_jetson.contract import Contract, Provenance
from gaitway.deploy_jetson.main import main
from gaitway.deploy_jetson.targets import Targets
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies import export
from gaitway.policies.checkpoint import Checkpoint
from gaitway.policies.describe import describe
from gaitway.policies.edge_policy import EdgePolicy
from gaitway.policies.evaluation import Policy
from gaitway.policies.reading import as_numpy, reading_of
from gaitway.policies.trainer import Trainer

# Task -> what perception, localisation or an operator gives, whether it follows a velocity, and its drives.
TASKS = {
    "Gaitway/DroidVelocityFlat-v0": ([], True, {"position"}),
    "Gaitway/DroidPerform-v0": (["head_command", "gait_style"], True, {"position"}),
    "Gaitway/QuadrupedRecover-v0": ([], False, {"position"}),
    "Gaitway/ArmReach-v0": (["target", "tool_to_target"], False, {"position"}),
    "Gaitway/AmrNavigation-v0": (["goal", "waypoint", "lidar"], False, {"velocity"}),
    "Gaitway/ForkliftPallet-v0": (
        ["pallet", "steer_and_lift", "drive_speed"],
        False,
        {"position", "velocity"},
    ),
}
PAGE = Path(__file__).resolve().parents[2] / "docs/deploy.md"
SHORT = ["episode_s=0.5"]


def _overrides(task: str) -> list[str]:
    return SHORT


@pytest.fixture(scope="module", params=TASKS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint after one iteration, and its bundle."""
    task, patch = request.param, pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("run")
    env = GaitwayVectorEnv(load_cfg(task, _overrides(task)), 4)
    cfg = PPOCfg(hidden_dims=(16,), num_learning_epochs=1, symmetry=False)
    trainer = Trainer(env, cfg, folder, 0, "a tiny run", _overrides(task))
    checkpoint = trainer.train(lambda trainer: trainer.iteration >= 1, lambda progress: None)
    with patch.context() as patched:
        patched.setattr(export, "WORLDS", 2)
        patched.setattr(export, "TICKS", 60)
        report = export.export_bundle(checkpoint, folder / "bundle")
    assert report.ticks == 120
    return checkpoint, folder / "bundle"


def test_the_edge_code_acts_as_the_network(
    exported: tuple[Path, Path], capsys: pytest.CaptureFixture
) -> None:
    checkpoint, bundle = exported
    contract = Contract.load(bundle / "policy.json")
    env = GaitwayVectorEnv(load_cfg(contract.task, _overrides(contract.task)), 3)
    actor = export.as_policy(export.trained_actor(env, Checkpoint.load(checkpoint), checkpoint))
    assert _largest_difference(env, EdgePolicy(bundle, env), actor) < 1e-5
    with pytest.raises(SystemExit) as status:
        main(["check", str(bundle)])
    assert status.value.code == 0, capsys.readouterr().err


def _largest_difference(env: GaitwayVectorEnv, edge: EdgePolicy, actor: Policy) -> float:
    """Over more than an episode with noise, so that worlds start anew."""
    env.reset(seed=1)
    torch.manual_seed(1)
    worst, clip, starts = 0.0, env.cfg.actions.clip, 0
    with torch.inference_mode():
        for _ in range(env.max_episode_length + 10):
            expected = actor(env)
            assert expected.std() > 1e-3, "a network that says nothing proves nothing"
            worst = max(worst, float((edge(env) - expected.clamp(-clip, clip)).abs().max()))
            # Away from where the mean action leads, so that commands and sensors vary.
            acted = expected + 0.5 * torch.randn_like(expected)
            edge.policy.builder.remember(as_numpy(acted))
            env.step(acted)
            starts += int((env.episode_length == 0).sum())
    assert starts > 0
    return worst


def test_the_contract_says_what_has_to_be_given(exported: tuple[Path, Path]) -> None:
    contract = Contract.load(exported[1] / "policy.json")
    external, follows_velocity, drives = TASKS[contract.task]
    assert [term.name for term in contract.external] == external
    assert (contract.commands is not None) == (contract.gait_clock is not None) == follows_velocity
    assert set(contract.joints.drive) == drives
    for kp, drive in zip(contract.joints.kp, contract.joints.drive, strict=True):
        assert (kp == 0) == (drive == "velocity")
    assert (contract.robot.base_height is None) == (not contract.robot.imu) == ("Arm" in contract.task)
    assert contract.robot.falls == ("Recover" in contract.task)
    assert all(term.layout and term.unit for term in contract.observations)


def test_targets_are_what_the_env_sends_to_its_drives(exported: tuple[Path, Path]) -> None:
    _, bundle = exported
    contract = Contract.load(bundle / "policy.json")
    env = GaitwayVectorEnv(load_cfg(contract.task, _overrides(contract.task)), 2, noise=False)
    env.reset(seed=2)
    edge = EdgePolicy(bundle, env)
    reading = reading_of(env, [term.name for term in contract.external])
    actions = edge(env)
    base = reading.joint_pos if contract.joints.relative else np.array(contract.joints.action_offset)
    env.step(actions)
    sent = as_numpy(env.world.view("ctrl"))[:, env.state.actuators]
    command = None if contract.commands is None else np.zeros((2, 3))
    edge.policy.actions = lambda *_: as_numpy(actions)  # type: ignore[method-assign]
    np.testing.assert_allclose(edge.policy.act(reading, command), sent, atol=1e-5)
    at_once = [rate is None for rate in contract.joints.rate_limit]
    wanted = base + as_numpy(actions) * contract.joints.action_scale
    np.testing.assert_allclose(wanted[:, at_once], sent[:, at_once], atol=1e-5)


def test_run_refuses_what_it_cannot_give(exported: tuple[Path, Path], capsys: pytest.CaptureFixture) -> None:
    _, bundle = exported
    external, follows_velocity, _ = TASKS[Contract.load(bundle / "policy.json").task]
    if follows_velocity and not external:
        pytest.skip("the simulated robot gives all that it needs")
    with pytest.raises(SystemExit) as status:
        main(["run", str(bundle), "--robot", "sim", "--vx", "0.2"])
    assert status.value.code == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    if follows_velocity:
        assert all(f"'{name}'" in message for name in external)
    else:
        assert "follows no velocity command; leave out --vx" in message


def test_the_page_on_external_observations_runs(
    exported: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    _, bundle = exported
    if "Navigation" not in Contract.load(bundle / "policy.json").task:
        pytest.skip("the page's example is an AMR's")
    code = PAGE.read_text(encoding="utf-8").split("### What comes from outside")[1]
    code = code.split("```python\n")[1].split("```")[0]
    (tmp_path / "amr_bundle").symlink_to(bundle)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/deploy.md", "exec"), {"__name__": "__main__"})
    assert "lidar 54 ranges / 10.0 m" in capsys.readouterr().out


def test_limited_speed_is_kept_as_in_training(tmp_path: Path) -> None:
    """The forklift's lift over 60 random actions and a new start: the targets are the env's own."""
    env = GaitwayVectorEnv(load_cfg("Gaitway/ForkliftPallet-v0"), 3, noise=False)
    env.reset(seed=4)
    contract = describe(env, Provenance("training", "", 0, 0, 0, 0.0, "", {}))
    lift = contract.joints.names.index("lift")
    assert [contract.joints.names[i] for i, r in enumerate(contract.joints.rate_limit) if r] == ["lift"]
    targets = Targets(contract)
    targets.reset(3)
    torch.manual_seed(0)
    slowed = 0
    for tick in range(60):
        actions = (2.0 * torch.randn(3, 3)).clamp(-1.0, 1.0)
        joint_pos = as_numpy(env.measurements.joint_pos)
        env.step(actions)
        if (env.episode_length == 0).any():
            targets.reset(3)
            env.reset(seed=tick)
            continue
        found, sent = targets(joint_pos, as_numpy(actions)), as_numpy(env.world.view("ctrl"))
        np.testing.assert_allclose(found, sent[:, env.state.actuators], atol=1e-6)
        slowed += int((np.abs(targets.wanted(joint_pos, as_numpy(actions)) - found)[:, lift] > 1e-3).sum())
    assert slowed > 60
