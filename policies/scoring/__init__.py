"""What an evaluation measures: one module per kind of task, named by `EnvCfg.scorer`."""

from __future__ import annotations

from ...envs.vector_env import GaitwayVectorEnv
from .goal import GoalScorer
from .reach import ReachScorer
from .recover import RecoverScorer
from .scorer import Scorer
from .velocity import VelocityScorer

SCORERS: dict[str, type[Scorer]] = {
    "velocity": VelocityScorer,
    "goal": GoalScorer,
    "reach": ReachScorer,
    "recover": RecoverScorer,
}


def scorer_class(name: str) -> type[Scorer]:
    """The scorer that tasks call `name`.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in SCORERS:
        raise ValueError(f"There is no scorer '{name}'; a task's cfg.scorer is one of {', '.join(SCORERS)}.")
    return SCORERS[name]


def make_scorer(env: GaitwayVectorEnv) -> Scorer:
    """The scorer that the task of `env` names, before its first step."""
    return scorer_class(env.cfg.scorer)(env)
