"""Which tracks are one and the same thing's: links across gaps in what cameras see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..poses import Array
from .classes import TOP_SPEED
from .colours import hellinger
from .track import Track

LONGEST = 60.0
"""Longest gap that is bridged, s."""
_SLACK = 0.6  # m that a thing may seem to have jumped
_CLEAR, _LIKELY = 4.0, 6.0  # greatest cost of a link at once, and of one that had time to be compared
_HEIGHT, _LENGTH, _COLOURS = 0.06, 0.30, 0.12
_PER_SECOND = 0.05  # cost of a gap
_PER_METRE = 0.25  # cost of being where nobody expected it


@dataclass(frozen=True, eq=False)
class Ending:
    """The last that was seen of a track."""

    id: int
    time: float
    position: Array
    height: float
    size: Array
    colours: Array
    kind: int
    moved: float

    @classmethod
    def of(cls, track: Track) -> Ending:
        """Of a track that is lost or hidden."""
        return cls(
            track.id, track.seen, track.last_position, track.height, track.size, track.colours, track.kind,
            track.moved,
        )  # fmt: skip


class Linker:
    """Chains of tracks.

    A track that begins is compared with those that ended, at once and, as it may take some looks to know
    what it looks like, every few seconds with all that began within the last minute.
    """

    def __init__(self) -> None:
        self._endings: dict[int, Ending] = {}
        self._earlier: dict[int, int] = {}

    def end(self, ending: Ending) -> None:
        """Note that a track is lost."""
        self._endings[ending.id] = ending

    def identity(self, track_id: int) -> int:
        """The first track of the chain: the name of the thing."""
        while track_id in self._earlier:
            track_id = self._earlier[track_id]
        return track_id

    def link(
        self, fresh: Sequence[Track], hidden: Sequence[Track], all_of_them: Sequence[Track], time: float
    ) -> set[int]:
        """Link tracks that began to tracks that ended before; ids of hidden tracks that were found again.

        Args:
            fresh: tracks that are believed as of now.
            hidden: tracks that wait where no camera sees.
            all_of_them: all believed tracks if it is time to compare all, else none.
            time: now, s.
        """
        self._endings = {k: e for k, e in self._endings.items() if time - e.time <= 2 * LONGEST}
        recent = [t for t in all_of_them if t.id not in self._earlier and time - t.born <= LONGEST]
        found: set[int] = set()
        for starts, limit in ((fresh, _CLEAR), (recent, _LIKELY)):
            endings = [
                *self._endings.values(),
                *(Ending.of(track) for track in hidden if track.id not in found),
            ]
            found |= self._assign(list(starts), endings, limit)
        return found & {track.id for track in hidden}

    def _assign(self, starts: list[Track], endings: list[Ending], limit: float) -> set[int]:
        starts = [track for track in starts if track.id not in self._earlier]
        if not starts or not endings:
            return set()
        cost = np.minimum(_costs(starts, endings), 1e3)
        linked = set()
        for row, column in zip(*linear_sum_assignment(cost), strict=True):
            if cost[row, column] <= limit:
                self._earlier[starts[row].id] = endings[column].id
                # What moved once is no obstacle, though it was lost and stands where it was found.
                starts[row].moved = max(starts[row].moved, endings[column].moved)
                self._endings.pop(endings[column].id, None)
                linked.add(endings[column].id)
        return linked


def _costs(starts: list[Track], endings: list[Ending]) -> Array:
    """(s, e): how unlikely each start follows each ending; inf if it cannot."""
    born = np.array([track.born for track in starts])[:, None]
    gap = born - np.array([ending.time for ending in endings])
    at = np.array([track.first_position for track in starts])[:, None]
    last = np.array([ending.position for ending in endings])
    distance = np.linalg.norm(at - last, axis=2)
    speed = TOP_SPEED[[ending.kind for ending in endings]]
    possible = (gap > 0) & (gap <= LONGEST) & (distance <= speed * gap + _SLACK)
    height = np.array([t.height for t in starts])[:, None] - np.array([e.height for e in endings])
    length = np.array([t.size[0] for t in starts])[:, None] - np.array([e.size[0] for e in endings])
    colours = hellinger(np.array([t.colours for t in starts]), np.array([e.colours for e in endings]))
    unlike = (height / _HEIGHT) ** 2 + (length / _LENGTH) ** 2 + (colours / _COLOURS) ** 2
    return np.where(possible, unlike + _PER_SECOND * gap + _PER_METRE * distance, np.inf)
