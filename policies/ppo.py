"""The learner that PPO's hyper-parameters make."""

from __future__ import annotations

from rsl_rl.models import MLPModel
from tensordict import TensorDict

from ..envs.agent import PPOCfg
from ..envs.symmetry import Mirror, has_twins
from ..envs.vector_env import GaitwayVectorEnv
from .learner import Learner
from .mirrored import MirroredNetworks
from .rollout import Rollout


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
    mirror = MirroredNetworks(Mirror(env), actor, critic) if cfg.symmetry and has_twins(env) else None
    return Learner(actor, critic, rollout, cfg, mirror)


def observations(env: GaitwayVectorEnv) -> TensorDict:
    """The env's observation groups in the container rsl-rl's networks read."""
    return TensorDict(env.observation_groups, batch_size=[env.num_envs], device=env.device)  # type: ignore[arg-type]
