"""Hyper-parameters of the learner: plain values that a task's config holds and `policies/` trains by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class PPOCfg:
    """Hyper-parameters of PPO; names and meanings are rsl-rl's.

    `hidden_dims` are the layers of the actor, and of the critic too unless it has `critic_hidden_dims`.
    `symmetry` makes left and right learn from each other, on a robot that has both.
    """

    num_steps_per_env: int = 24
    hidden_dims: tuple[int, ...] = (128, 128, 128)
    critic_hidden_dims: tuple[int, ...] | None = None
    init_std: float = 0.8
    learning_rate: float = 1e-3
    desired_kl: float = 0.01
    entropy_coef: float = 0.004
    num_learning_epochs: int = 4
    num_mini_batches: int = 4
    gamma: float = 0.99
    lam: float = 0.95
    symmetry: bool = True
