"""Which pictures of several cameras belong together."""

from __future__ import annotations

import numpy as np

from ..poses import Array
from .checks import warn


def in_step(stamps: list[Array], tolerance: float, source: object) -> np.ndarray:
    """Rows (n, cameras) of pictures no further apart than `tolerance`, beside those of the first camera.

    Raises:
        ValueError: less than half of the pictures have one of the other camera beside them.
    """
    first = stamps[0]
    rows = np.stack([_nearest(first, other) for other in stamps], axis=1)
    apart = np.stack([np.abs(other[rows[:, k]] - first) for k, other in enumerate(stamps)], axis=1).max(
        axis=1
    )
    kept = apart <= tolerance
    if kept.sum() < 0.5 * len(first):
        raise ValueError(
            f"{source}: only {kept.sum()} of {len(first)} pictures of the first camera have one of the other "
            "camera at the same time; the cameras are out of sync."
        )
    if not kept.all():
        warn(f"{source}: {(~kept).sum()} of {len(first)} pictures have no partner at their time; left out.")
    return rows[kept]


def _nearest(times: Array, among: Array) -> np.ndarray:
    after = np.clip(np.searchsorted(among, times), 1, max(len(among) - 1, 1))
    after = np.minimum(after, len(among) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(among[before] - times) <= np.abs(among[after] - times), before, after)
