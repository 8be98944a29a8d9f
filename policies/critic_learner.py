"""The critic's half of PPO, learned in a thread beside the actor's.

The halves share nothing but the learning rate, and matrices of these sizes do not keep two cores busy: two
threads with a core each are faster than two cores for one after the other. What the critic has not learned
when the actor is done, it learns while the next rollout is collected, which does not need it.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import torch
from rsl_rl.models import MLPModel
from torch import nn

from .elu_mlp import elu_mlp
from .mirrored import MirroredNetworks

CLIP = 0.2
MAX_GRAD_NORM = 1.0


class CriticLearner:
    """Fits `critic` to returns by Adam, with a value loss clipped as in rsl-rl, on `threads` cores.

    Call `finish` before the critic or `optimizer` is read: until then they change.
    """

    def __init__(self, critic: MLPModel, mirror: MirroredNetworks | None, threads: int) -> None:
        self._critic, self._mirror = critic, mirror
        self.optimizer = torch.optim.Adam(critic.parameters(), fused=True)
        self._thread = ThreadPoolExecutor(1, "critic", torch.set_num_threads, (threads,))
        self._steps: list[Future[float]] = []
        self._loss = 0.0

    def step(
        self,
        observations: torch.Tensor,
        old_values: torch.Tensor,
        returns: torch.Tensor,
        learning_rate: float,
    ) -> None:
        """Take one more step: normalised observations (samples, size), values and returns (samples,)."""
        self._steps.append(
            self._thread.submit(self._descend, observations, old_values, returns, learning_rate)
        )

    def finish(self) -> float:
        """Wait for all steps; returns the mean loss of those since the last call, or what it was then."""
        if self._steps:
            losses = [step.result() for step in self._steps]
            self._loss = sum(losses) / len(losses)
            self._steps = []
        return self._loss

    def _descend(
        self, observations: torch.Tensor, old_values: torch.Tensor, returns: torch.Tensor, rate: float
    ) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        values = elu_mlp(self._critic.mlp, observations).squeeze(-1)
        near = old_values + (values - old_values).clamp(-CLIP, CLIP)
        loss = torch.maximum((values - returns).square(), (near - returns).square()).mean()
        self.optimizer.zero_grad()
        loss.backward()
        if self._mirror is not None:
            self._mirror.mirror_gradients("critic")
        nn.utils.clip_grad_norm_(self._critic.parameters(), MAX_GRAD_NORM)
        self.optimizer.step()
        return float(loss.detach())
