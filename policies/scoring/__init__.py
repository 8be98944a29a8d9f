"""What an evaluation measures: one module per kind of task, named by `EnvCfg.scorer`."""

from __future__ import annotations

from operator import attrgetter

from ...envs.robot_state import MissingPart
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


def check_scorer(env: GaitwayVectorEnv) -> None:
    """Refuse a task whose episodes its scorer cannot score, but another could.

    A task of a new kind, which none fits, can be trained before somebody writes its scorer.

    Raises:
        ValueError: there is no such scorer, or the task's command or robot lacks what it reads.
    """
    name = env.cfg.scorer
    lacks = _lacks(env, scorer_class(name))
    others = [other for other, scorer in SCORERS.items() if _lacks(env, scorer) is None]
    if lacks is not None and others:
        raise ValueError(
            f"{env.cfg.task}: the scorer '{name}' reads {lacks}, which this task does not have; "
            f"cfg.scorer may be {' or '.join(others)}."
        )


def _lacks(env: GaitwayVectorEnv, scorer: type[Scorer]) -> str | None:
    """The first thing that `scorer` reads and `env` does not have."""
    for need in scorer.needs:
        try:
            attrgetter(need)(env)
        except (AttributeError, MissingPart):
            return need
    return None


def make_scorer(env: GaitwayVectorEnv) -> Scorer:
    """The scorer that the task of `env` names, before its first step.

    Raises:
        ValueError: it does not fit the task.
    """
    check_scorer(env)
    return scorer_class(env.cfg.scorer)(env)
