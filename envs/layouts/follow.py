"""Reading a field of lengths: how far it is from here, and where the way leads. One Warp thread per world."""

from __future__ import annotations

import torch
import warp as wp

from ..sensors.streams import stream_of
from . import way_kernels
from .pool import LayoutPool


def follow(
    pool: LayoutPool, fields: torch.Tensor, points: torch.Tensor, lookahead: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Length in m of the way from `points` (n, 2) to goals `fields` (n,), (n,); and where to go.

    The second, (n, 2), is the point about `lookahead` m along the way that the map alone shows.
    """
    length = torch.empty(len(points), device=points.device)
    waypoint = torch.empty(len(points), 2, device=points.device)
    wp.launch(
        way_kernels.follow,
        dim=len(points),
        inputs=[
            wp.from_torch(pool.lengths),
            wp.from_torch(pool.map_lengths),
            wp.from_torch(fields.int()),
            wp.from_torch(pool.goals[fields].contiguous(), dtype=wp.vec2),
            wp.from_torch(points.contiguous(), dtype=wp.vec2),
            lookahead,
            wp.from_torch(length),
            wp.from_torch(waypoint, dtype=wp.vec2),
        ],
        device=wp.device_from_torch(points.device),
        stream=stream_of(points.device),
    )
    return length, waypoint
