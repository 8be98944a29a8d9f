"""The learner against rsl-rl's own PPO, on the same networks and the same samples."""

from __future__ import annotations

import copy

import pytest
import torch
from gaitway.envs.agent import PPOCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.symmetry import Mirror
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.learner import Learner
from gaitway.policies.ppo import make_ppo, observations
from rsl_rl.algorithms import PPO
from rsl_rl.extensions import Symmetry
from rsl_rl.models import MLPModel
from rsl_rl.storage import RolloutStorage
from tensordict import TensorDict

TASK = "Gaitway/DroidVelocityFlat-v0"
CFG = PPOCfg(hidden_dims=(32, 15), critic_hidden_dims=(24,), num_steps_per_env=12, num_mini_batches=3)


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    env = GaitwayVectorEnv(load_cfg(TASK), 32)
    env.reset(seed=0)
    return env


class _MirroredBatches(Symmetry):
    """Doubles each mini-batch of rsl-rl by its mirror image."""

    def __init__(self, mirror: Mirror) -> None:
        self.use_data_augmentation, self.use_mirror_loss, self._mirror = True, False, mirror

    def augment_batch(self, batch: RolloutStorage.Batch, original_batch_size: int) -> None:
        obs = batch.observations
        assert obs is not None and batch.actions is not None
        image = {name: self._mirror(name, values) for name, values in obs.items()}  # type: ignore[arg-type]
        batch.observations = torch.cat((obs, TensorDict(image, obs.batch_size)))  # type: ignore[arg-type]
        batch.actions = torch.cat((batch.actions, self._mirror("action", batch.actions)))
        for name in ("old_actions_log_prob", "values", "advantages", "returns"):
            setattr(batch, name, getattr(batch, name).repeat(2, 1))

    def compute_loss(
        self, actor: MLPModel, batch: RolloutStorage.Batch, original_batch_size: int
    ) -> torch.Tensor:
        return torch.zeros(())


def _twin(env: GaitwayVectorEnv, learner: Learner, symmetry: bool) -> PPO:
    """rsl-rl's PPO with the learner's networks and settings."""
    cfg = learner.cfg
    obs = observations(env)
    storage = RolloutStorage("rl", env.num_envs, cfg.num_steps_per_env, obs, [env.actions.size])
    algorithm = PPO(
        copy.deepcopy(learner.actor),
        copy.deepcopy(learner.critic),
        storage,
        learning_rate=cfg.learning_rate,
        desired_kl=cfg.desired_kl,
        entropy_coef=cfg.entropy_coef,
        num_learning_epochs=cfg.num_learning_epochs,
        num_mini_batches=cfg.num_mini_batches,
        gamma=cfg.gamma,
        lam=cfg.lam,
    )
    if symmetry:
        algorithm.symmetry = _MirroredBatches(Mirror(env))
    return algorithm


def _collect(env: GaitwayVectorEnv, learner: Learner, twin: PPO) -> None:
    """Fill both storages with the same steps; episodes end at random, so that both kinds of end occur."""
    dice = torch.Generator().manual_seed(1)
    for _ in range(learner.cfg.num_steps_per_env):
        obs = observations(env)
        with torch.no_grad():
            actions = learner.act(env.observation_groups)
            twin.act(obs)
            twin.transition.actions = actions
            twin.transition.actions_log_prob = twin.actor.get_output_log_prob(actions)
            _, reward, *_ = env.step(actions)
            done = torch.rand(env.num_envs, generator=dice) < 0.2
            time_out = done & (torch.rand(env.num_envs, generator=dice) < 0.5)
            learner.rollout.reward(reward, done, time_out)
            twin.process_env_step(obs, reward, done, {"time_outs": time_out})
    learner.rollout.finish(env.observation_groups)
    with torch.no_grad():
        twin.compute_returns(observations(env))


@pytest.mark.parametrize("symmetry", [False, True])
def test_update_is_that_of_rsl_rl(env: GaitwayVectorEnv, symmetry: bool) -> None:
    """Twice in a row, so that the second has moved weights, normalisers and moments of the optimizer."""
    torch.manual_seed(0)
    cfg = copy.copy(CFG)
    cfg.symmetry = symmetry
    learner = make_ppo(env, cfg)
    before = copy.deepcopy(learner.actor.state_dict())
    twin = _twin(env, learner, symmetry)
    for _ in range(2):
        _collect(env, learner, twin)
        state = torch.get_rng_state()
        losses = learner.update() | {"value": learner.finish()}
        torch.set_rng_state(state)
        expected = twin.update()
        for name, loss in losses.items():
            assert loss == pytest.approx(expected[name], rel=1e-4, abs=1e-5)
        assert learner.learning_rate == pytest.approx(twin.learning_rate)
        if symmetry:
            # rsl-rl's normaliser knows nothing of mirror images.
            for ours, theirs in ((learner.actor, twin.actor), (learner.critic, twin.critic)):
                theirs.obs_normalizer.load_state_dict(ours.obs_normalizer.state_dict())
        for ours, theirs in ((learner.actor, twin.actor), (learner.critic, twin.critic)):
            for (name, value), other in zip(
                ours.state_dict().items(), theirs.state_dict().values(), strict=True
            ):
                torch.testing.assert_close(value, other, rtol=0, atol=1e-5, msg=name)
    moved = (learner.actor.state_dict()["mlp.0.weight"] - before["mlp.0.weight"]).abs().max()
    assert moved > 1e-3, "nothing was learned, so nothing was compared"


def test_symmetric_networks_stay_so(env: GaitwayVectorEnv) -> None:
    """What they do at the mirror image is the mirror image of what they do, to the last bit but rounding."""
    torch.manual_seed(1)
    learner, mirror = make_ppo(env, CFG), Mirror(env)
    for _ in range(3):
        _collect(env, learner, _twin(env, learner, symmetry=False))
        learner.update()
        learner.finish()
    obs = env.observation_groups
    image = TensorDict({name: mirror(name, values) for name, values in obs.items()}, [env.num_envs])  # type: ignore[arg-type]
    with torch.no_grad():
        actions = learner.actor(observations(env))
        torch.testing.assert_close(learner.actor(image), mirror("action", actions), rtol=0, atol=1e-5)
        torch.testing.assert_close(
            learner.critic(image), learner.critic(observations(env)), rtol=0, atol=1e-5
        )
    assert (actions - mirror("action", actions)).abs().max() > 1e-3, "the states were symmetric themselves"


def test_moments_are_those_of_samples_and_images(env: GaitwayVectorEnv) -> None:
    learner, mirror = make_ppo(env, CFG), Mirror(env)
    samples = torch.randn(100, env.groups["critic"].size) * 3 + 1
    assert learner.mirror is not None
    mean, var = learner.mirror.moments("critic", samples.mean(0), samples.var(0, unbiased=False))
    both = torch.cat((samples, mirror("critic", samples)))
    torch.testing.assert_close(mean, both.mean(0), rtol=0, atol=1e-5)
    torch.testing.assert_close(var, both.var(0, unbiased=False), rtol=1e-5, atol=0)
