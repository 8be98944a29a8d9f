"""PPO of rsl-rl, configured for CPU-sized runs."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Any

import torch
from rsl_rl.algorithms import PPO
from rsl_rl.extensions import Symmetry
from rsl_rl.models import MLPModel
from rsl_rl.storage import RolloutStorage
from tensordict import TensorDict

from ..envs.symmetry import Mirror
from ..envs.vector_env import GaitwayVectorEnv


@dataclass
class PPOCfg:
    """Hyper-parameters; names and meanings are rsl-rl's."""

    num_steps_per_env: int = 24
    hidden_dims: tuple[int, ...] = (128, 128, 128)
    init_std: float = 0.8
    learning_rate: float = 1e-3
    desired_kl: float = 0.01
    entropy_coef: float = 0.004
    num_learning_epochs: int = 4
    num_mini_batches: int = 4
    gamma: float = 0.99
    lam: float = 0.95
    symmetry: bool = True


def make_ppo(env: GaitwayVectorEnv, cfg: PPOCfg) -> PPO:
    """Build actor, critic, storage and optimizer for `env`, which must have been reset once."""
    model = {
        "class_name": "rsl_rl.models.MLPModel",
        "hidden_dims": list(cfg.hidden_dims),
        "activation": "elu",
        "obs_normalization": True,
    }
    distribution = {"class_name": "GaussianDistribution", "init_std": cfg.init_std, "std_type": "log"}
    settings: dict[str, Any] = {
        "num_steps_per_env": cfg.num_steps_per_env,
        "obs_groups": {"actor": ["actor"], "critic": ["critic"]},
        "multi_gpu": None,
        "actor": {**model, "distribution_cfg": distribution},
        "critic": dict(model),
        "algorithm": {
            "class_name": "PPO",
            "learning_rate": cfg.learning_rate,
            "desired_kl": cfg.desired_kl,
            "entropy_coef": cfg.entropy_coef,
            "num_learning_epochs": cfg.num_learning_epochs,
            "num_mini_batches": cfg.num_mini_batches,
            "gamma": cfg.gamma,
            "lam": cfg.lam,
        },
    }
    with contextlib.redirect_stdout(io.StringIO()):  # rsl-rl prints its modules
        algorithm = PPO.construct_algorithm(observations(env), _Sizes(env), settings, str(env.device))  # type: ignore[arg-type]
    if cfg.symmetry:
        algorithm.symmetry = _MirroredBatches(Mirror(env))
    return algorithm


def observations(env: GaitwayVectorEnv) -> TensorDict:
    """The env's observation groups in the container rsl-rl reads."""
    return TensorDict(env.observation_groups, batch_size=[env.num_envs], device=env.device)  # type: ignore[arg-type]


class _Sizes:
    """The two numbers rsl-rl asks of an env while it builds its networks."""

    def __init__(self, env: GaitwayVectorEnv) -> None:
        self.num_envs = env.num_envs
        self.num_actions = env.actions.size


class _MirroredBatches(Symmetry):
    """Appends the mirror image of every mini-batch.

    rsl-rl's own also evaluates the actor on the doubled batch once more, to log a loss.
    """

    def __init__(self, mirror: Mirror) -> None:
        self.use_data_augmentation, self.use_mirror_loss = True, False
        self._mirror = mirror

    def augment_batch(self, batch: RolloutStorage.Batch, original_batch_size: int) -> None:
        """Double the batch in place; a mirrored action was as likely as the original one."""
        mirror, obs = self._mirror, batch.observations
        assert obs is not None and batch.actions is not None
        mirrored = {name: mirror(name, values) for name, values in obs.items()}  # type: ignore[arg-type]
        batch.observations = torch.cat((obs, TensorDict(mirrored, obs.batch_size)))  # type: ignore[arg-type]
        batch.actions = torch.cat((batch.actions, mirror("action", batch.actions)))
        for name in ("old_actions_log_prob", "values", "advantages", "returns"):
            setattr(batch, name, getattr(batch, name).repeat(2, 1))

    def compute_loss(
        self, actor: MLPModel, batch: RolloutStorage.Batch, original_batch_size: int
    ) -> torch.Tensor:
        """Nothing beyond what the doubled batch contributes."""
        return torch.zeros(())
