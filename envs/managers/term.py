"""Calling terms of a config so that an error says which term it was."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ..robot_state import MissingPart

if TYPE_CHECKING:
    from ..config import CurriculumTerm, EventTerm, ObservationTerm, RewardTerm, TerminationTerm
    from ..vector_env import GaitwayVectorEnv

    Term = ObservationTerm | RewardTerm | TerminationTerm | EventTerm | CurriculumTerm


def evaluate(env: GaitwayVectorEnv, group: str, name: str, term: Term, *args: Any) -> Any:
    """What `term`, the entry `name` of the config's `group`, returns.

    Raises:
        ValueError: the robot or the scene does not fit the term.
    """
    try:
        return term.func(env, *args, **term.params)
    except MissingPart as error:
        remedy = f"or leave the term out: --env.{group}.{name} off."
        raise MissingPart(f"{env.cfg.robot}: {group}.{name}: {str(error).rstrip('.')}, {remedy}") from error
    except ValueError as error:
        raise ValueError(f"{env.cfg.robot}: {group}.{name}: {error}") from error


def check_params(env: GaitwayVectorEnv, group: str, terms: dict[str, Any], *args: Any) -> None:
    """Refuse terms whose `params` their function does not take.

    Raises:
        ValueError: the sentence names the term and the parameter.
    """
    for name, term in terms.items():
        signature = inspect.signature(term.func)
        try:
            signature.bind(env, *args, **term.params)
        except TypeError as error:
            takes = ", ".join(list(signature.parameters)[1 + len(args) :]) or "none"
            raise ValueError(f"{group}.{name}.params: {error}; it takes {takes}.") from None
