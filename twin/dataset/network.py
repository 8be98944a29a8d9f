"""A small U-Net that marks objects, and its export as ONNX."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from ...assets.whole_file import whole_file
from ...perception.network_card import PIXELS, NetworkCard, digest

WIDTH, HEIGHT = 192, 144
"""Of its input, px."""
_CHANNELS = (16, 32, 64, 128)
"""Multiples of the 16 float32 that an AVX-512 register holds."""


class UNet(nn.Module):
    """After Ronneberger et al., MICCAI 2015, from half of the input's size on; `seed` is of the weights.

    What is skipped is added and not appended (Chaurasia and Culurciello, LinkNet, VCIP 2017), which spares a
    third of the multiplications.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.stem = _block(3, _CHANNELS[0], stride=2)
        pairs = list(pairwise(_CHANNELS))
        self.down = nn.ModuleList(nn.Sequential(_block(a, b, stride=2), _block(b, b)) for a, b in pairs)
        self.middle = nn.Sequential(*(_block(_CHANNELS[-1], _CHANNELS[-1]) for _ in range(2)))
        self.narrow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in reversed(pairs))
        self.up = nn.ModuleList(_block(a, a) for a, _ in reversed(pairs))
        # Four values a pixel of half the size are one a pixel of the whole (Shi et al., CVPR 2016).
        self.head = nn.Sequential(nn.Conv2d(_CHANNELS[0], 4, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, picture: Tensor) -> Tensor:
        """Logits (n, 1, height, width) of pictures (n, 3, height, width), RGB from 0 to 1."""
        x = self.stem(2.0 * picture - 1.0)
        skipped = []
        for down in self.down:
            skipped.append(x)
            x = down(x)
        x = self.middle(x)
        for narrow, up, skip in zip(self.narrow, self.up, reversed(skipped), strict=True):
            x = up(skip + nn.functional.interpolate(narrow(x), scale_factor=2.0, mode="nearest"))
        return self.head(x)


def _block(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
    )


def export(network: UNet, path: Path, command: str, training: Mapping[str, Any]) -> None:
    """Write the network as ONNX, and its card beside it, each whole or not at all."""
    network = network.eval()
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                (torch.zeros(1, 3, HEIGHT, WIDTH),),
                input_names=["picture"],
                output_names=["logits"],
                dynamo=True,
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    model = program.model_proto  # type: ignore[union-attr]
    # The exporter notes its source lines, with this machine's paths.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_bytes(content)
    NetworkCard(digest(content), WIDTH, HEIGHT, PIXELS, ("object",), command, training).write(path)
