"""PPO of a task: its hyper-parameters, and the learner they make."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass

from rsl_rl.models import MLPModel
from tensordict import TensorDict

from ..envs.config import EnvCfg
from ..envs.symmetry import Mirror
from ..envs.vector_env import GaitwayVectorEnv
from .learner import Learner
from .mirrored import MirroredNetworks
from .rollout import Rollout


@dataclass
class PPOCfg:
    """Hyper-parameters; names and meanings are rsl-rl's.

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


def ppo_cfg(task: EnvCfg) -> PPOCfg:
    """The defaults, with what the task's `agent` says otherwise.

    Raises:
        ValueError: `agent` sets what there is not; the sentence names the nearest.
    """
    names = [field.name for field in dataclasses.fields(PPOCfg)]
    for name in task.agent:
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.0)[0]
            raise ValueError(f"{task.task}: agent has no setting '{name}'; did you mean '{nearest}'?")
    return PPOCfg(**task.agent)


def make_ppo(env: GaitwayVectorEnv, cfg: PPOCfg) -> Learner:
    """Build actor, critic, rollout and optimizer for `env`, which must have been reset once."""
    obs, groups = observations(env), {"actor": ["actor"], "critic": ["critic"]}
    spread = {"class_name": "GaussianDistribution", "init_std": cfg.init_std, "std_type": "log"}
    hidden = {"actor": cfg.hidden_dims, "critic": cfg.critic_hidden_dims or cfg.hidden_dims}

    def network(name: str, outputs: int, distribution: dict[str, object] | None) -> MLPModel:
        model = MLPModel(obs, groups, name, outputs, hidden[name], "elu", True, distribution)
        return model.to(env.device)

    actor = network("actor", env.actions.size, spread)
    critic = network("critic", 1, None)
    sizes = {"action": env.actions.size, **{name: group.size for name, group in env.groups.items()}}
    rollout = Rollout(cfg.num_steps_per_env, env.num_envs, sizes, env.device)
    mirror = MirroredNetworks(Mirror(env), actor, critic) if cfg.symmetry and _has_twins(env) else None
    return Learner(actor, critic, rollout, cfg, mirror)


def observations(env: GaitwayVectorEnv) -> TensorDict:
    """The env's observation groups in the container rsl-rl's networks read."""
    return TensorDict(env.observation_groups, batch_size=[env.num_envs], device=env.device)  # type: ignore[arg-type]


def _has_twins(env: GaitwayVectorEnv) -> bool:
    return any(name.startswith("left_") for name in env.state.joint_names)
