"""Runs a policy over whole episodes of its task and scores them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..envs.config import EnvCfg
from ..envs.one_thread import one_thread
from ..envs.vector_env import GaitwayVectorEnv
from .scoring import make_scorer
from .scoring.effort import metered
from .scoring.episodes import Episodes, Measure, Score, score

Policy = Callable[[GaitwayVectorEnv], torch.Tensor]
"""Maps an env that has just been observed to actions (num_envs, joints)."""


def undisturbed(cfg: EnvCfg) -> EnvCfg:
    """The task without pushes: what is scored is how well commands are followed."""
    cfg.events = {name: term for name, term in cfg.events.items() if term.mode != "interval"}
    return cfg


def over_all_levels(cfg: EnvCfg) -> EnvCfg:
    """The task with worlds spread evenly over its terrain, from the easiest to the hardest patch."""
    if cfg.terrain is not None:
        cfg.terrain.start_level = cfg.terrain.levels - 1
        cfg.curricula = {}
    return cfg


def evaluate(env: GaitwayVectorEnv, policy: Policy, seed: int) -> Score:
    """Run one episode in every world of `env` and score it; sensor noise follows `env.noise`."""
    return score(run_episodes(env, policy, seed))


@torch.inference_mode()
@one_thread()
def run_episodes(
    env: GaitwayVectorEnv,
    policy: Policy,
    seed: int,
    prepare: Callable[[], None] = lambda: None,
    watch: Callable[[torch.Tensor], None] = lambda counted: None,
) -> Episodes:
    """One episode in every world of `env`, as what each adds to each measure.

    `prepare` is called once after the reset, `watch` after every step with the mask (num_envs,) of worlds
    whose first episode goes on.
    """
    env.reset(seed=seed)
    prepare()
    alive = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
    returns = torch.zeros(env.num_envs, device=env.device)
    with metered(env):
        scorer = make_scorer(env)
        for _ in range(env.max_episode_length):
            scorer.before_step()
            _, reward, terminated, truncated, _ = env.step(policy(env))
            ended = terminated | truncated
            counted = alive & ~ended
            scorer.after_step(alive, counted)
            watch(counted)
            returns += reward * alive
            alive = counted
            if not alive.any():
                break
    return scorer.episodes() | {"return_mean": Measure.of_episodes(returns)}
