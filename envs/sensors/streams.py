"""Warp launches in the order of torch's own work."""

from __future__ import annotations

import torch
import warp as wp


def stream_of(device: torch.device) -> wp.Stream | None:
    """torch's current stream on a CUDA device; None on the CPU, which has none."""
    return wp.stream_from_torch(torch.cuda.current_stream(device)) if device.type == "cuda" else None
