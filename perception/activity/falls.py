"""People who fall over: who stood a moment ago is what lies there now, and stands up again.

A track learns slowly what its thing looks like, so somebody who lies would stand for a minute to it. Instead
it ends where he falls, and another begins that knows of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .classes import STANDS, WORKER, is_prone
from .detections import Detections
from .track import Track

_FALLING = 2.5  # s in which a person falls over
_STAGGER = 1.5  # m/s at which he may get on until he lies, or from where he lay


def differ(tracks: Sequence[Track], detections: Detections) -> np.ndarray:
    """(t, d) bool, tracks of who stands and detections of who lies, and the other way round."""
    stand = np.array([_stands(track) for track in tracks])
    fell = np.array([track.fell for track in tracks])
    lies, is_up = is_prone(detections.height, detections.size), detections.height > STANDS
    return (stand[:, None] & lies) | (fell[:, None] & is_up)


def turned(tracks: Sequence[Track], detections: Detections, row: int, time: float) -> Track | None:
    """Whose track a detection that no track took ends at `time` in s, as he fell or got up; None if nobody's.

    It is the nearest of those within reach that were seen a moment before and are not now.
    """
    one = detections.select(np.array([row]))
    if not (is_prone(one.height, one.size)[0] or one.height[0] > STANDS):
        return None
    within = []
    for track, differs in zip(tracks, differ(tracks, one)[:, 0].tolist() if tracks else [], strict=True):
        gap = time - track.seen
        length = max(float(one.size[0, 0]), float(track.size[0]))
        away = float(np.linalg.norm(track.last_position - one.position[0]))
        if differs and 0 < gap <= _FALLING and away < length / 2 + _STAGGER * gap:
            within.append((away, track))
    return min(within, key=lambda found: found[0])[1] if within else None


def _stands(track: Track) -> bool:
    return track.kind == WORKER and track.height > STANDS
