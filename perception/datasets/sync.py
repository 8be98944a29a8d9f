"""Which pictures of several cameras belong together."""

from __future__ import annotations

import numpy as np

from ..poses import Array
from ..trajectory import nearest
from .checks import warn

STEREO = 0.005
"""Pictures of a stereo pair no further apart, s, are one frame; they should be taken together."""
RGBD = 0.02
"""As for colour and depth, which most cameras take in turns; as TUM's own scripts have it."""
_TOGETHER = 0.001


def in_step(stamps: list[Array], tolerance: float, source: object) -> np.ndarray:
    """Rows (n, cameras) of pictures no further apart than `tolerance`, beside those of the first camera.

    Args:
        stamps: of each camera's pictures, s, rising.
        tolerance: STEREO or RGBD.
        source: names the recording in messages.

    Raises:
        ValueError: less than half of the pictures have one of the other camera beside them.
    """
    first = stamps[0]
    rows = np.stack([nearest(first, other) for other in stamps], axis=1)
    beside = np.stack([other[rows[:, k]] for k, other in enumerate(stamps)], axis=1)
    apart = np.abs(beside - first[:, None]).max(axis=1)
    kept = apart <= tolerance
    if kept.sum() < 0.5 * len(first):
        raise ValueError(
            f"{source}: only {kept.sum()} of {len(first)} pictures of the first camera have one of the other "
            "camera at the same time; the cameras are out of sync."
        )
    if not kept.all():
        warn(f"{source}: {(~kept).sum()} of {len(first)} pictures have no partner at that time; left out.")
    late = float(np.median(apart[kept]))
    if tolerance == STEREO and late > _TOGETHER:
        warn(
            f"{source}: the pictures of a pair are {1e3 * late:.1f} ms apart (median) and taken as of one "
            "time; motion will look like depth. Trigger the cameras together."
        )
    return rows[kept]
