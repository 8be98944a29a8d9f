"""One thing on the floor over time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..poses import Array
from .classes import KindBelief, log_likelihood
from .detections import COLOURS, Detections
from .motion import first_state, update

PAUSE = 1.0
"""How long a thing stays in one place until it stands, s."""
_PLACE = 0.10  # m about where it is that are one place
_STAY = 0.25  # m it may seem to wander while it stands
_LOOKS = 2  # in a row that may find it farther away, and be wrong
_LEARN = 0.05
_QUICK = 0.34  # weight of a look while there were few


@dataclass(eq=False)
class Track:
    """A thing that is followed.

    Attributes:
        id: of this track; `Tracker.identity` says whose track it is.
        mean, covariance: state (4,) x, y, vx, vy in m and m/s, and (4, 4).
        size, height, heading, colours: running means of what it looks like.
        born, seen: times of the first and last look, s.
        hits: looks so far.
        missed: s without a look although the place is in view.
        first_position, last_position: where the first and the last look found it, (2,) m.
        moved: greatest distance from where it was first seen, m.
        still_since: since when it has been standing, s; None while it moves.
        confirmed: whether it is believed.
        inside: looks in a row in which its middle was within another's footprint.
        fell: whether a person who stood a moment before lay there at the first look.
    """

    id: int
    mean: Array
    covariance: Array
    born: float
    seen: float
    size: Array = field(default_factory=lambda: np.zeros(2))
    height: float = 0.0
    heading: float = 0.0
    colours: Array = field(default_factory=lambda: np.zeros(COLOURS))
    hits: int = 0
    missed: float = 0.0
    moved: float = 0.0
    still_since: float | None = None
    confirmed: bool = False
    inside: int = 0
    fell: bool = False
    belief: KindBelief = field(default_factory=KindBelief)
    first_position: Array = field(default_factory=lambda: np.zeros(2))
    last_position: Array = field(default_factory=lambda: np.zeros(2))
    _whole: int = 0
    _anchor: Array = field(default_factory=lambda: np.zeros(2))
    _way: list[tuple[float, Array]] = field(default_factory=list)
    _stayed: float = 0.0
    _strayed: int = 0

    @classmethod
    def begin(cls, track_id: int, time: float, detections: Detections, row: int) -> Track:
        """A track of one look."""
        position = detections.position[row]
        mean, covariance = first_state(position, float(detections.spread[row]))
        track = cls(track_id, mean, covariance, time, time)
        track.first_position = track._anchor = position.copy()
        track.still_since = track._stayed = time
        track._look(time, detections, row, frozen=False)
        return track

    @property
    def position(self) -> Array:
        """(2,) m."""
        return self.mean[:2]

    @property
    def velocity(self) -> Array:
        """(2,) m/s."""
        return self.mean[2:]

    @property
    def speed(self) -> float:
        """In m/s."""
        return float(np.hypot(*self.mean[2:]))

    @property
    def radius(self) -> float:
        """Mean radius of the footprint, m."""
        return float(self.size.mean()) / 2

    @property
    def kind(self) -> int:
        """Index of `classes.KINDS`."""
        return self.belief.kind(self.moved)

    def find(self, time: float, detections: Detections, row: int) -> None:
        """Take one look where it was not expected: how it moves begins anew."""
        position = detections.position[row]
        velocity = (position - self.last_position) / (time - self.seen)
        self.mean, self.covariance = first_state(position, float(detections.spread[row]))
        self.mean[2:] = velocity
        self._look(time, detections, row, frozen=True)

    def covers(self, places: Array) -> np.ndarray:
        """Which of the places (n, 2) lie within its footprint."""
        c, s = np.cos(self.heading), np.sin(self.heading)
        offset = (places - self.position) @ np.array([[c, -s], [s, c]])
        return np.all(abs(offset) < self.size / 2, axis=1)

    def still_for(self, time: float) -> float:
        """How long it has been standing at `time`, s; 0 if the last look found it elsewhere."""
        if self.still_since is None:
            return 0.0
        return time - self.still_since if self._stayed == self.seen else 0.0

    def see(self, time: float, detections: Detections, row: int, spread: float, frozen: bool) -> None:
        """Take one look, whose place is known to `spread` m.

        `frozen` keeps the appearance, as two things that are close mix theirs.
        """
        self.mean, self.covariance = update(self.mean, self.covariance, detections.position[row], spread)
        self._look(time, detections, row, frozen)

    def _look(self, time: float, detections: Detections, row: int, frozen: bool) -> None:
        self.hits += 1
        self.seen, self.missed = time, 0.0
        self.last_position = self.position.copy()
        is_whole = not bool(detections.cut[row])
        # Nothing is known until the first look, and little until it is seen whole.
        if self.hits == 1 or (not frozen and (is_whole or not self._whole)):
            self._learn(detections, row, first=self.hits == 1 or (is_whole and not self._whole))
            self._whole += is_whole
        if is_whole or not self._whole:
            self.heading = float(detections.heading[row])
        self._watch_motion(time)

    def _learn(self, detections: Detections, row: int, first: bool) -> None:
        """Take over what it looks like; `first` forgets what was thought before."""
        weight = 1.0 if first else _QUICK if self.hits < 6 else _LEARN
        if first:
            self.belief = KindBelief()
        self.size = self.size + weight * (detections.size[row] - self.size)
        self.height += weight * (float(detections.height[row]) - self.height)
        if detections.colours[row].any():
            unknown = not self.colours.any()
            self.colours = self.colours + (1.0 if unknown else weight) * (
                detections.colours[row] - self.colours
            )
        look = log_likelihood(detections.height[row : row + 1], detections.size[row : row + 1])[0]
        self.belief.add(look, int(detections.kind[row]))

    def _watch_motion(self, time: float) -> None:
        self.moved = max(self.moved, float(np.linalg.norm(self.position - self.first_position)))
        way = [*self._way, (time, self.last_position)]
        away = [k for k, (_, place) in enumerate(way) if np.linalg.norm(place - self.position) > _PLACE]
        self._way = way[away[-1] + 1 :] if away else way
        wandered = float(np.linalg.norm(self.position - self._anchor))
        # A look or two may be wrong: half hidden, or beside another.
        self._strayed = self._strayed + 1 if wandered > _STAY else 0
        if wandered <= _PLACE and self.still_since is not None:
            self._stayed = time
        elif time - self._way[0][0] >= PAUSE:
            # Since the first look that found it here: its speed is known to be nought only later.
            if self.still_since is None or self._strayed:
                self.still_since = self._way[0][0]
            self._stayed = time
            self._anchor = np.mean([place for _, place in self._way], axis=0)
        elif self._strayed > _LOOKS:
            self.still_since = None
