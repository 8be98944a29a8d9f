"""A policy that is shown while its training goes on."""

from __future__ import annotations

from pathlib import Path

import torch
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.follow import FollowedPolicy, task_of
from gaitway.policies.ppo import observations
from gaitway.policies.trainer import Trainer

TASK = "Gaitway/DroidVelocityFlat-v0"
SMALL = PPOCfg(hidden_dims=(16,), num_steps_per_env=8, num_learning_epochs=1, num_mini_batches=2)
ZOO = Path(__file__).parents[2] / "policies/zoo"


def _env() -> GaitwayVectorEnv:
    return GaitwayVectorEnv(load_cfg(TASK), 8)


@torch.inference_mode()
def _actions(policy: FollowedPolicy, env: GaitwayVectorEnv) -> torch.Tensor:
    return policy(env).clone()


@torch.inference_mode()
def _walk(policy: FollowedPolicy, env: GaitwayVectorEnv) -> None:
    for _ in range(3):
        env.step(policy(env))


def test_takes_the_newest_checkpoint_and_keeps_the_worlds(tmp_path: Path) -> None:
    trainer = Trainer(_env(), SMALL, tmp_path, 0, "", ["commands.standing=0.5"])
    trainer.save()
    assert task_of(tmp_path) == (TASK, ("commands.standing=0.5",))
    env = _env()
    policy = FollowedPolicy(tmp_path, env)
    assert policy.may_change and "model_0.pt, 0.00 M samples" in policy.refresh()
    _walk(policy, env)
    before = _actions(policy, env)
    trainer.train(lambda trainer: trainer.iteration >= 2, lambda progress: None)
    assert torch.equal(_actions(policy, env), before), "nothing changes until it is asked to look"
    assert policy.refresh().startswith("model_2.pt") and policy.samples == trainer.samples
    trainer.algorithm.eval_mode()
    with torch.inference_mode():
        assert torch.equal(_actions(policy, env), trainer.algorithm.get_policy()(observations(env)))
    assert not torch.equal(_actions(policy, env), before)
    assert (env.episode_length == 3).all(), "the worlds went on"


def test_a_bad_checkpoint_leaves_the_old_policy(tmp_path: Path) -> None:
    trainer = Trainer(_env(), SMALL, tmp_path, 0, "")
    trainer.save()
    env = _env()
    policy = FollowedPolicy(tmp_path, env)
    before = _actions(policy, env)
    (tmp_path / "model_7.pt").write_bytes(b"half a checkpoint")
    said = policy.refresh()
    assert said.startswith("model_0.pt") and "model_7.pt: " in said
    assert torch.equal(_actions(policy, env), before)


def test_a_bundle_says_its_task() -> None:
    assert task_of(ZOO / "arm-reach") == ("Gaitway/ArmReach-v0", ())
