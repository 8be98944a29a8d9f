"""The critic's half of PPO, learned in a thread while the next rollout is collected.

Nothing that happens between two updates reads the critic, and an environment leaves a processor idle while it
computes what is not physics. The result is to the last bit that of learning at once.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import torch
from rsl_rl.models import MLPModel
from torch import nn

from .elu_mlp import elu_mlp
from .mirrored import MirroredNetworks

CLIP = 0.2
MAX_GRAD_NORM = 1.0


class CriticLearner:
    """Fits `critic` to returns by Adam, with a value loss clipped as in rsl-rl.

    Call `finish` before the critic or `optimizer` is read: until then they change.
    """

    def __init__(self, critic: MLPModel, learning_rate: float, mirror: MirroredNetworks | None) -> None:
        self._critic, self._mirror = critic, mirror
        self.optimizer = torch.optim.Adam(critic.parameters(), lr=learning_rate, fused=True)
        self._thread = ThreadPoolExecutor(1, "critic", _in_the_background)
        self._learning: Future[float] | None = None
        self._loss = 0.0

    def start(
        self,
        observations: torch.Tensor,
        old_values: torch.Tensor,
        returns: torch.Tensor,
        learning_rates: Sequence[float],
        batch_size: int,
    ) -> None:
        """Begin to learn from normalised observations (samples, size) and (samples,) values and returns.

        One step of the optimizer for each learning rate; the batches go through the samples in their order,
        again and again.
        """
        self.finish()
        batches = list(zip(*(x.split(batch_size) for x in (observations, old_values, returns)), strict=True))
        self._learning = self._thread.submit(self._learn, batches, list(learning_rates))

    def finish(self) -> float:
        """Wait for the end of learning; returns the mean loss of what was learned last, 0 before that."""
        if self._learning is not None:
            learning, self._learning = self._learning, None
            self._loss = learning.result()
        return self._loss

    def _learn(self, batches: list[tuple[torch.Tensor, ...]], learning_rates: list[float]) -> float:
        total = torch.zeros((), device=batches[0][0].device)
        for step, rate in enumerate(learning_rates):
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            total += self._descend(*batches[step % len(batches)])
        return float(total) / len(learning_rates)

    def _descend(
        self, observations: torch.Tensor, old_values: torch.Tensor, returns: torch.Tensor
    ) -> torch.Tensor:
        values = elu_mlp(self._critic.mlp, observations).squeeze(-1)
        near = old_values + (values - old_values).clamp(-CLIP, CLIP)
        loss = torch.maximum((values - returns).square(), (near - returns).square()).mean()
        self.optimizer.zero_grad()
        loss.backward()
        if self._mirror is not None:
            self._mirror.mirror_gradients("critic")
        nn.utils.clip_grad_norm_(self._critic.parameters(), MAX_GRAD_NORM)
        self.optimizer.step()
        return loss.detach()


def _in_the_background() -> None:
    """Take only what physics leaves: a step of all worlds is over when its slowest thread is."""
    torch.set_num_threads(1)
    with contextlib.suppress(AttributeError, OSError):  # a priority per thread is Linux's
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
