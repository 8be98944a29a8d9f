"""Proximal policy optimisation (Schulman et al. 2017) on the networks of rsl-rl.

The update is rsl-rl's, step for step (a test holds them equal), made cheap for a CPU: large flat tensors, one
shuffle per iteration, observations normalised once, closed forms for the normal distribution, mirrored
gradients in place of mirrored samples, and a critic that learns beside the actor, in a thread of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from rsl_rl.models import MLPModel
from torch import nn

from ..envs.one_thread import torch_threads
from .critic_learner import CLIP, MAX_GRAD_NORM, CriticLearner
from .elu_mlp import elu_mlp
from .mirrored import MirroredNetworks
from .rollout import Rollout

if TYPE_CHECKING:
    from ..envs.agent import PPOCfg

LEARNING_RATES = (1e-5, 1e-2)
_LOG_2PI = math.log(2 * math.pi)


@dataclass
class _Batch:
    """Samples, the first axis of every tensor. Observations are normalised; `old_*` were acted with."""

    actor_obs: torch.Tensor
    critic_obs: torch.Tensor
    actions: torch.Tensor
    old_means: torch.Tensor
    old_log_prob: torch.Tensor
    old_values: torch.Tensor
    advantages: torch.Tensor
    returns: torch.Tensor

    def rows(self, rows: slice | torch.Tensor) -> _Batch:
        return _Batch(**{name: tensor[rows] for name, tensor in vars(self).items()})


class Learner:
    """Acts, remembers in a rollout what came of it, and learns from that.

    Args:
        actor: network with a normal distribution whose log standard deviation is a parameter.
        critic: network with one output.
        rollout: filled step by step, by `act` and with the rewards.
        cfg: hyper-parameters.
        mirror: keeps both networks symmetric; None where left and right differ.
    """

    def __init__(
        self,
        actor: MLPModel,
        critic: MLPModel,
        rollout: Rollout,
        cfg: PPOCfg,
        mirror: MirroredNetworks | None = None,
    ) -> None:
        self.actor, self.critic, self.rollout, self.cfg, self.mirror = actor, critic, rollout, cfg, mirror
        self.learning_rate = cfg.learning_rate
        self._log_std: nn.Parameter = actor.distribution.log_std_param  # type: ignore[union-attr,assignment]
        self.optimizer = torch.optim.Adam(actor.parameters(), lr=cfg.learning_rate, fused=True)
        self._threads = torch.get_num_threads()
        self._critic_learner = CriticLearner(critic, mirror, max(1, self._threads // 2))

    @property
    def action_std(self) -> float:
        """Standard deviation of the sampled actions, averaged over their components."""
        return float(self._log_std.detach().exp().mean())

    def act(self, groups: dict[str, torch.Tensor]) -> torch.Tensor:
        """Sampled actions (num_envs, actions) for the observation groups `actor` and `critic`."""
        means = elu_mlp(self.actor.mlp, self.actor.obs_normalizer(groups["actor"]))
        actions = torch.addcmul(means, self._log_std.exp(), torch.randn_like(means))
        self.rollout.act(groups, means, actions)
        return actions

    def update(self) -> dict[str, float]:
        """Learn from the finished rollout; returns the mean losses, `value` of the update before this one.

        The critic still learns when this returns; `finish` waits for it.
        """
        cfg = self.cfg
        value = self.finish()
        samples = self._samples()
        size = samples.actions.shape[0] // cfg.num_mini_batches
        order = torch.randperm(size * cfg.num_mini_batches, device=samples.actions.device)
        samples = samples.rows(order)
        old_log_std = self._log_std.detach().clone()
        losses = torch.zeros(2, device=samples.actions.device)
        with torch_threads(self._threads - self._threads // 2):
            for _ in range(cfg.num_learning_epochs):
                for start in range(0, len(order), size):
                    batch = samples.rows(slice(start, start + size))
                    losses += self._descend(batch, old_log_std)
                    self._critic_learner.step(
                        batch.critic_obs, batch.old_values, batch.returns, self.learning_rate
                    )
        self._update_normalizer(self.actor, "actor", self.rollout.actor_obs)
        self._update_normalizer(self.critic, "critic", self.rollout.critic_obs[:-1])
        surrogate, entropy = (losses / (cfg.num_learning_epochs * cfg.num_mini_batches)).tolist()
        return {"surrogate": surrogate, "value": value, "entropy": entropy}

    def finish(self) -> float:
        """Wait until the critic has learned; returns its mean loss, 0 before the first update."""
        return self._critic_learner.finish()

    @torch.no_grad()
    def _samples(self) -> _Batch:
        """The rollout as one batch, with what it is worth by the critic."""
        rollout, cfg = self.rollout, self.cfg
        critic_obs = self.critic.obs_normalizer(rollout.critic_obs.flatten(0, 1))
        values = elu_mlp(self.critic.mlp, critic_obs).view(-1, rollout.num_envs)
        advantages = rollout.advantages(values, cfg.gamma, cfg.lam)
        returns = (advantages + values[:-1]).flatten()
        advantages = advantages.flatten()
        actions, means = rollout.actions.flatten(0, 1), rollout.means.flatten(0, 1)
        return _Batch(
            actor_obs=self.actor.obs_normalizer(rollout.actor_obs.flatten(0, 1)),
            critic_obs=critic_obs[: len(actions)],
            actions=actions,
            old_means=means,
            old_log_prob=_log_prob(actions, means, self._log_std),
            old_values=values[:-1].flatten(),
            advantages=(advantages - advantages.mean()) / (advantages.std() + 1e-8),
            returns=returns,
        )

    def _descend(self, batch: _Batch, old_log_std: torch.Tensor) -> torch.Tensor:
        """One step of the actor's optimizer; returns surrogate loss and entropy."""
        means = elu_mlp(self.actor.mlp, batch.actor_obs)
        self._adapt_learning_rate(batch, means, old_log_std)

        ratio = (_log_prob(batch.actions, means, self._log_std) - batch.old_log_prob).exp()
        clipped = ratio.clamp(1.0 - CLIP, 1.0 + CLIP)
        surrogate = -torch.minimum(batch.advantages * ratio, batch.advantages * clipped).mean()
        entropy = (self._log_std + 0.5 * (1 + _LOG_2PI)).sum()

        self.optimizer.zero_grad()
        (surrogate - self.cfg.entropy_coef * entropy).backward()
        if self.mirror is not None:
            self.mirror.mirror_gradients("actor")
        nn.utils.clip_grad_norm_(self.actor.parameters(), MAX_GRAD_NORM)
        self.optimizer.step()
        return torch.stack((surrogate, entropy)).detach()

    @torch.no_grad()
    def _adapt_learning_rate(self, batch: _Batch, means: torch.Tensor, old_log_std: torch.Tensor) -> None:
        """Learn faster while the policy is nearer than `desired_kl` to the one that acted, else slower."""
        log_ratio = old_log_std - self._log_std
        moved = ((means - batch.old_means) * (-self._log_std).exp()).square().mean(0)
        kl = float((0.5 * ((2 * log_ratio).exp() + moved - 1.0) - log_ratio).sum())
        slowest, fastest = LEARNING_RATES
        if kl > 2.0 * self.cfg.desired_kl:
            self.learning_rate = max(slowest, self.learning_rate / 1.5)
        elif 0.0 < kl < 0.5 * self.cfg.desired_kl:
            self.learning_rate = min(fastest, self.learning_rate * 1.5)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate

    def _update_normalizer(self, model: MLPModel, group: str, observations: torch.Tensor) -> None:
        """Widen the running mean and variance by (steps, num_envs, size) observations."""
        normalizer: Any = model.obs_normalizer
        samples = observations.flatten(0, 1)
        mean = samples.mean(0)
        var = (samples - mean).square().mean(0)
        if self.mirror is not None:
            mean, var = self.mirror.moments(group, mean, var)
        normalizer.count += len(samples)
        rate = len(samples) / normalizer.count
        change = mean - normalizer._mean
        normalizer._mean += rate * change
        normalizer._var += rate * (var - normalizer._var + change * (mean - normalizer._mean))
        normalizer._std = normalizer._var.sqrt()

    def get_policy(self) -> MLPModel:
        """The actor."""
        return self.actor

    def train_mode(self) -> None:
        """Make the networks ready to learn."""
        self.actor.train()
        self.critic.train()

    def eval_mode(self) -> None:
        """Make the networks ready to be used as they are."""
        self.actor.eval()
        self.critic.eval()

    def save(self) -> dict[str, Any]:
        """The state of networks and optimizers."""
        self.finish()
        return {
            "actor_state_dict": self.actor.state_dict(),
            "critic_state_dict": self.critic.state_dict(),
            "actor_optimizer_state_dict": self.optimizer.state_dict(),
            "critic_optimizer_state_dict": self._critic_learner.optimizer.state_dict(),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Go on from what `save` returned."""
        self.finish()
        self.actor.load_state_dict(saved["actor_state_dict"])
        self.critic.load_state_dict(saved["critic_state_dict"])
        self.optimizer.load_state_dict(saved["actor_optimizer_state_dict"])
        self._critic_learner.optimizer.load_state_dict(saved["critic_optimizer_state_dict"])
        self.learning_rate = self.optimizer.param_groups[0]["lr"]


def _log_prob(actions: torch.Tensor, means: torch.Tensor, log_std: torch.Tensor) -> torch.Tensor:
    """Log density (samples) of a normal distribution with independent components."""
    distance = (actions - means) * (-log_std).exp()
    return -0.5 * distance.square().sum(-1) - (log_std + 0.5 * _LOG_2PI).sum()
