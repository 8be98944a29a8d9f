"""Networks that act on a mirrored observation as the mirror image of how they act on the original.

Training on every sample and its mirror image doubles the work (Mittal et al., "Symmetry Considerations for
Learning Task Symmetric Robot Policies", ICRA 2024). A network that is its own mirror image need not see the
image: its gradient there is the mirrored gradient. So weights start symmetric, each gradient is averaged
with its own mirror image, and the networks stay symmetric, learning exactly what they would learn from twice
the samples. Hidden units mirror by their order: the first is the twin of the last.
"""

from __future__ import annotations

import math

import torch
from rsl_rl.models import MLPModel
from torch import nn

from ..envs.symmetry import Mirror

_Map = tuple[torch.Tensor, torch.Tensor]
"""Where each mirrored value comes from, and its sign."""


class MirroredNetworks:
    """Makes a new actor and critic their own mirror images, and keeps them so.

    `mirror` maps observations and actions.
    """

    def __init__(self, mirror: Mirror, actor: MLPModel, critic: MLPModel) -> None:
        self._mirror = mirror
        deviation: torch.Tensor = actor.distribution.log_std_param  # type: ignore[union-attr,assignment]
        action = self._map("action", len(deviation), deviation.device)
        self._images: dict[str, list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]] = {}
        self._add_layers(actor, "actor", action)
        value = (torch.zeros(1, dtype=torch.long, device=action[0].device), torch.ones_like(action[1][:1]))
        self._add_layers(critic, "critic", value)
        self._symmetrize()
        # The same for all actions at first, so symmetric already.
        self._images["actor"].append((deviation, action[0], torch.ones_like(action[1])))

    def _map(self, group: str, size: int, device: torch.device) -> _Map:
        image = self._mirror(group, torch.arange(1.0, size + 1, device=device))
        return image.abs().long() - 1, image.sign()

    def _add_layers(self, model: MLPModel, group: str, outputs: _Map) -> None:
        layers = [layer for layer in model.mlp if isinstance(layer, nn.Linear)]
        columns = self._map(group, layers[0].in_features, outputs[0].device)
        images = self._images[group] = []
        for layer in layers:
            rows = outputs if layer is layers[-1] else _reversed(layer.out_features, outputs[0].device)
            index = rows[0].unsqueeze(1) * layer.in_features + columns[0]
            images.append((layer.weight, index, rows[1].unsqueeze(1) * columns[1]))
            images.append((layer.bias, *rows))
            columns = rows

    @torch.no_grad()
    def _symmetrize(self) -> None:
        # The sum of two independent weights spreads by sqrt(2) more than one.
        for parameter, index, sign in (image for images in self._images.values() for image in images):
            parameter.add_(parameter.take(index) * sign).div_(math.sqrt(2.0))

    def mirror_gradients(self, network: str) -> None:
        """Average each gradient of the `actor` or the `critic` with its mirror image."""
        for parameter, index, sign in self._images[network]:
            grad = parameter.grad
            assert grad is not None
            parameter.grad = grad.take(index).mul_(sign).add_(grad).mul_(0.5)

    def moments(self, group: str, mean: torch.Tensor, var: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and variance of observations and their mirror images, from those of the observations alone."""
        image = self._mirror(group, mean)
        # A sign does not change a variance.
        return (mean + image) / 2, (var + self._mirror(group, var).abs()) / 2 + ((mean - image) / 2).square()


def _reversed(size: int, device: torch.device) -> _Map:
    return torch.arange(size - 1, -1, -1, device=device), torch.ones(size, device=device)
