"""A whole env step as one CUDA graph: the host says "again", and the GPU does the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch.utils import _pytree as pytree

if TYPE_CHECKING:
    from .vector_env import GaitwayVectorEnv

_EAGER_STEPS = 3  # before the capture: Warp loads kernels, torch its libraries, which a capture forbids


class Capture(Protocol):
    """Records what a function does on the device, once, and does it again at each `replay`."""

    def record(self, function: Callable[[], Any], generator: torch.Generator) -> Any:
        """Run `function` without effect; returns its result, whose tensors every `replay` fills anew.

        What it draws from `generator` is drawn anew, too.
        """
        ...

    def replay(self) -> None:
        """Do all of it, in the same memory."""
        ...


class StepGraph:
    """Replays the step of an env that never waits.

    The graph holds addresses and the host's decisions of the step it was recorded in. So everything that a
    step hands to the next one is written in place, and `discard` makes a new recording necessary: after a
    reset, or when the step itself shall be another.

    Args:
        env: its `never_waits` is true.
        capture: makes an empty recording.
    """

    def __init__(self, env: GaitwayVectorEnv, capture: Callable[[], Capture]) -> None:
        self._env, self._new_capture = env, capture
        self._actions = torch.zeros(env.num_envs, env.actions.size, device=env.device)
        self._capture: Capture | None = None
        self._keeps_final_obs = env.keeps_final_obs
        self._results: Any = None
        self._eager_steps = 0

    def discard(self) -> None:
        """Record anew at the next step."""
        self._capture = self._results = None

    def step(self, actions: torch.Tensor) -> Any:
        """What the env's own step returns, in tensors that belong to the caller."""
        if self._eager_steps < _EAGER_STEPS:
            self._eager_steps += 1
            return self._env.step_eagerly(actions)
        self._actions.copy_(actions)
        self._env.world.before_step()
        if self._capture is None or self._keeps_final_obs != self._env.keeps_final_obs:
            self._record()
        assert self._capture is not None
        self._capture.replay()
        result, groups = pytree.tree_map_only(torch.Tensor, torch.clone, self._results)
        self._env.observation_groups = groups
        return result

    def _record(self) -> None:
        self._keeps_final_obs = self._env.keeps_final_obs
        self._capture = self._new_capture()

        def step() -> Any:
            result = self._env.step_eagerly(self._actions)
            return result, self._env.observation_groups

        self._results = self._capture.record(step, self._env.generator)
