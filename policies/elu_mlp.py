"""Multi-layer perceptrons of rsl-rl, evaluated and differentiated in fewer passes over memory.

PyTorch's ELU takes as long on a CPU as the layer before it, and autograd keeps each layer's values before
and after it. Here ELU is a clamp, an exponential and a maximum in place, and its slope comes from its value.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def elu_mlp(network: nn.Sequential, inputs: torch.Tensor) -> torch.Tensor:
    """What `network(inputs)` gives, for linear layers with ELU between them; inputs get no gradient."""
    return _EluMLP.apply(inputs, *network.parameters())  # type: ignore[return-value]


def _elu_(values: torch.Tensor) -> torch.Tensor:
    """ELU in place: exp(x) - 1 >= x everywhere, and the clamp makes it 0 where x > 0."""
    below = values.clamp(max=0.0).exp_().sub_(1.0)
    return torch.maximum(values, below, out=values)


class _EluMLP(torch.autograd.Function):
    """`parameters` are weight and bias of each layer, in order."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        weights, biases = parameters[::2], parameters[1::2]
        values = [inputs]
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            values.append(_elu_(torch.addmm(bias, values[-1], weight.t())))
        ctx.save_for_backward(*values, *weights)
        return torch.addmm(biases[-1], values[-1], weights[-1].t())

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        layers = len(ctx.saved_tensors) // 2
        values, weights = ctx.saved_tensors[:layers], ctx.saved_tensors[layers:]
        (grad,) = grads
        found: list[torch.Tensor] = []
        for layer in reversed(range(layers)):
            found += [grad.sum(0), grad.t() @ values[layer]]
            if layer > 0:
                # The slope of ELU is 1 where its value is positive, and the value plus 1 elsewhere.
                slope = values[layer].clamp(max=0.0).add_(1.0)
                grad = (grad @ weights[layer]).mul_(slope)
        return None, *reversed(found)
