"""The one interface of every scorer."""

from __future__ import annotations

from typing import ClassVar, Protocol

import torch

from ...envs.vector_env import GaitwayVectorEnv
from .episodes import Episodes


class Scorer(Protocol):
    """Watches one episode in every world of an env."""

    headline: ClassVar[str]
    """The rate that says whether an episode went well."""

    needs: ClassVar[tuple[str, ...]]
    """Parts of the env that it reads and that not every task has."""

    def __init__(self, env: GaitwayVectorEnv) -> None: ...

    def before_step(self) -> None:
        """Note what the env asks for in the step that is about to be taken."""
        ...

    def after_step(self, alive: torch.Tensor, counted: torch.Tensor) -> None:
        """Take in the step just taken, by masks (num_envs,) of the worlds still in their first episode.

        `alive` were before the step, `counted` are after it, too. The others were reset by the env: their
        state is already that of another episode.
        """
        ...

    def episodes(self) -> Episodes:
        """What each world's episode adds to each measure."""
        ...
