"""Who is who from one time to the next: Kalman filters, Hungarian assignment, and links across gaps.

Position alone is not enough: over ten minutes in a crowd it keeps 0.4 to 0.5 of the identities (IDF1), with
height, footprint and colours 0.99. So appearance is a term of the cost, learnt slowly and not at all while
two things are close.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..poses import Array
from .classes import FLAT, TOP_SPEED
from .colours import hellinger
from .detections import Detections
from .falls import differ, turned
from .linking import Ending, Linker
from .motion import mahalanobis, predict
from .parts import Seeds
from .track import Track

GATE = 9.2
"""Squared Mahalanobis distance that 99 % of the right detections lie within (chi-squared, 2 degrees)."""
CONFIRM = 3
"""Looks until a track is believed."""
COAST = 2.0
"""How long a believed track may go without a look where cameras see, s."""
HIDDEN = 30.0
"""And where none sees, s."""
CLOSE = 0.5
"""Distance between rims at which two things mix their appearance, m."""
MERGE_EVERY = 10.0
"""Seconds between looks at all tracklets for links that were not clear at once."""
_PART = 4  # looks within another's footprint after which a track is one of a part of it
_PATIENCE = 0.8  # s of a track that is not believed
_WEAK = 20  # pixels below which a detection is uncertain: it continues tracks, and begins none
_HEIGHT, _LENGTH, _COLOURS = 0.04, 0.30, 0.12  # what counts as one standard deviation of the appearance
_APPEARANCE = 12.0  # most that appearance may add to the cost
_ALIKE = 4.0  # most that the appearance of the same thing differs
_MOMENT = 1.0  # s
_AT_HAND = 0.7  # m
_FAR = 1e4  # cost of what cannot be
_SLOWING = 0.8  # per step without a look: who is not seen is not believed to go on for long

Sees = Callable[[Array], np.ndarray]
"""Which of the positions (n, 2) some camera sees, (n,)."""


class Tracker:
    """Tracks over one floor.

    Attributes:
        tracks: those that are followed now.
        linker: which tracks are one and the same thing's.
    """

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self.linker = Linker()
        self._time: float | None = None
        self._merged = 0.0
        self._next = 1

    @property
    def believed(self) -> list[Track]:
        """The confirmed tracks."""
        return [track for track in self.tracks if track.confirmed]

    def predict(self, time: float) -> Seeds:
        """Move all tracks to `time` in s, which must rise; where the believed ones should now be.

        Raises:
            ValueError: time does not rise.
        """
        if self._time is not None:
            if time <= self._time:
                raise ValueError(
                    f"Time {time:.6f} s does not come after {self._time:.6f} s; sort the frames."
                )
            for track in self.tracks:
                if track.seen < self._time:
                    track.mean[2:] *= _SLOWING
                track.mean, track.covariance = predict(track.mean, track.covariance, time - self._time)
        self._elapsed = 0.0 if self._time is None else time - self._time
        self._time = time
        believed = self.believed
        return Seeds(
            np.array([track.position for track in believed]).reshape(-1, 2),
            np.array([track.size for track in believed]).reshape(-1, 2),
            np.array([track.heading for track in believed]),
            np.array([track.height for track in believed]),
        )

    def update(self, detections: Detections, sees: Sees) -> None:
        """Match what was detected at the time of the last `predict`."""
        assert self._time is not None, "predict comes first"
        strong = detections.support >= _WEAK
        left = self._match(self.tracks, detections, np.flatnonzero(strong))
        waiting = [track for track in self.tracks if track.seen < self._time]
        self._match(waiting, detections, np.flatnonzero(~strong))
        left = self._recognise(detections, left)
        left = self._turn(detections, left)
        self._absorb()
        self._miss(detections, sees)
        self._link()
        for row in left:
            self.tracks.append(Track.begin(self._next, self._time, detections, int(row)))
            self._next += 1

    def _match(self, tracks: list[Track], detections: Detections, rows: np.ndarray) -> np.ndarray:
        """Give each track its detection; the rows that nobody got."""
        if not tracks or not len(rows):
            return rows
        some = detections.select(rows)
        means = np.array([track.mean for track in tracks])
        covariances = np.array([track.covariance for track in tracks])
        spread = _spread(tracks, some)
        distance, volume = mahalanobis(means, covariances, some.position, spread)
        unlike = _appearance(tracks, some)
        # Close by, a thing may look unlike itself: half hidden, or merged with another.
        is_near = np.linalg.norm(means[:, None, :2] - some.position, axis=2) < _AT_HAND
        distance[(unlike > _APPEARANCE) & ~is_near] = np.inf
        # What stands is not what lies on the floor, wherever it is.
        lies = np.array([track.height for track in tracks]) < FLAT
        distance[lies[:, None] != (some.height < FLAT)] = np.inf
        # Nor is who stands one who lies: he begins anew (`_turn`).
        distance[differ(tracks, some)] = np.inf
        # The logarithm of the likelihood: who is uncertain must not take what another expects.
        cost = distance + volume + np.minimum(unlike, _APPEARANCE)
        # A track that is not believed yields to one that is.
        cost += np.array([0.0 if track.confirmed else 4.0 for track in tracks])[:, None]
        chosen, picks = linear_sum_assignment(np.where(distance < GATE, cost, _FAR))
        taken = distance[chosen, picks] < GATE
        crowded = self._crowded()
        for k, pick in zip(chosen[taken], picks[taken], strict=True):
            track = tracks[k]
            track.see(self._time or 0.0, some, int(pick), float(spread[k, pick]), frozen=track.id in crowded)
        return np.delete(rows, picks[taken])

    def _recognise(self, detections: Detections, rows: np.ndarray) -> np.ndarray:
        """Give tracks that were lost a moment ago what looks like them within reach; the rows nobody got.

        Who turns or brakes harder than the filter expects, or was thought elsewhere after an encounter, is
        known by his looks.
        """
        assert self._time is not None
        lost = [track for track in self.believed if 0 < self._time - track.seen <= _MOMENT]
        if not lost or not len(rows):
            return rows
        some = detections.select(rows)
        gap = self._time - np.array([track.seen for track in lost])
        last = np.array([track.last_position for track in lost])
        away = np.linalg.norm(last[:, None] - some.position, axis=2)
        reach = TOP_SPEED[[track.kind for track in lost]] * gap + _AT_HAND
        cost = np.where((away <= reach[:, None]) & ~some.cut, _appearance(lost, some), _FAR)
        chosen, picks = linear_sum_assignment(cost)
        taken = cost[chosen, picks] < _ALIKE
        for k, pick in zip(chosen[taken], picks[taken], strict=True):
            lost[k].find(self._time, some, int(pick))
        return np.delete(rows, picks[taken])

    def _turn(self, detections: Detections, rows: np.ndarray) -> np.ndarray:
        """End tracks of people who fell or got up, and follow those who fell at once; the rows nobody got."""
        assert self._time is not None
        left = []
        for row in rows.tolist():
            person = turned(self.believed, detections, row, self._time)
            if person is not None:
                self.linker.end(Ending.of(person))
                self.tracks.remove(person)
            if person is None or person.fell:
                left.append(row)
                continue
            fallen = Track.begin(self._next, self._time, detections, row)
            fallen.fell = fallen.confirmed = True
            self.tracks.append(fallen)
            self._next += 1
        return np.array(left, int)

    def _crowded(self) -> set[int]:
        """Ids of the tracks that are close to another."""
        if len(self.tracks) < 2:
            return set()
        at = np.array([track.position for track in self.tracks])
        radius = np.array([track.radius for track in self.tracks])
        gap = np.linalg.norm(at[:, None] - at, axis=2) - radius[:, None] - radius
        np.fill_diagonal(gap, np.inf)
        return {track.id for track, least in zip(self.tracks, gap.min(axis=1), strict=True) if least < CLOSE}

    def _absorb(self) -> None:
        """Forget tracks of parts: nothing else stays within the footprint of a longer thing."""
        seen = [track for track in self.believed if track.seen == self._time]
        at = np.array([track.position for track in seen]).reshape(-1, 2)
        length = np.array([track.size[0] for track in seen])
        inside = np.zeros(len(seen), bool)
        for track in seen:
            inside |= track.covers(at) & (length < track.size[0])
        for track, is_inside in zip(seen, inside, strict=True):
            track.inside = track.inside + 1 if is_inside else 0
        self.tracks = [track for track in self.tracks if track.inside < _PART]

    def _miss(self, detections: Detections, sees: Sees) -> None:
        """Count what was not seen although it could have been, and let go of what is gone."""
        assert self._time is not None
        missing = [track for track in self.tracks if track.seen < self._time]
        if missing:
            at = np.array([track.position for track in missing])
            visible = sees(at)
            if len(detections):
                # What something else stands on is hidden, too.
                reach = np.linalg.norm(at[:, None] - detections.position, axis=2) - detections.size[:, 0] / 2
                visible &= reach.min(axis=1) > 0.2
            for track, could in zip(missing, visible, strict=True):
                track.missed += self._elapsed if could else 0.0
        for track in self.tracks:
            self._judge(track)
        self.tracks = [track for track in self.tracks if track.missed < np.inf]

    def _judge(self, track: Track) -> None:
        assert self._time is not None
        unseen = self._time - track.seen
        limit = COAST if track.confirmed else _PATIENCE
        if track.missed > limit or unseen > HIDDEN:
            if track.confirmed:
                self.linker.end(Ending.of(track))
            track.missed = np.inf

    def _link(self) -> None:
        assert self._time is not None
        fresh = [track for track in self.tracks if not track.confirmed and track.hits >= CONFIRM]
        hidden = [track for track in self.believed if self._time - track.seen > COAST]
        merging = self._time - self._merged >= MERGE_EVERY
        if merging:
            self._merged = self._time
        for track in fresh:
            track.confirmed = True
        found = self.linker.link(fresh, hidden, self.believed if merging else [], self._time)
        self.tracks = [track for track in self.tracks if track.id not in found]


def _spread(tracks: list[Track], detections: Detections) -> Array:
    """How well each place is known (t, d), m: of what is cut off, which end is seen is not known."""
    missing = np.array([track.size[0] for track in tracks])[:, None] - detections.size[:, 0]
    return detections.spread + np.where(detections.cut, np.maximum(missing, 0.0) / 2, 0.0)


def _appearance(tracks: list[Track], detections: Detections) -> Array:
    """How unlike tracks and detections look, (t, d), squared and in standard deviations."""
    height = np.array([track.height for track in tracks])[:, None] - detections.height
    length = np.array([track.size[0] for track in tracks])[:, None] - detections.size[:, 0]
    # A part of a thing is no higher and no longer than the thing.
    height, length = (np.where(detections.cut, np.minimum(x, 0.0), x) for x in (height, length))
    colours = hellinger(np.array([track.colours for track in tracks]), detections.colours)
    return (height / _HEIGHT) ** 2 + (length / _LENGTH) ** 2 + (colours / _COLOURS) ** 2
