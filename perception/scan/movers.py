"""What is about a robot that its map does not have: groups of points, followed from scan to scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..poses import Array

_OFF_MAP = 0.15  # m from what the map has, in which it may still be that
_GAP = 0.40  # m between points of one thing: two legs are one
_FEWEST = 2  # points of a thing
_SAME, _FASTEST = 0.5, 2.5  # m, m/s: from scan to scan, a thing is found again
_SMOOTH = 0.5  # s over which velocities are averaged
_MOVES = 0.25  # m/s from which on a thing moves
_ALIVE, _WALKER_ALIVE = 5.0, 60.0  # s for which what has moved, or has gone some way, may move again
_WENT = 1.0  # m from where it was first seen, from which on it has gone some way: no noise of its shape
_FORGOTTEN = 0.5  # s after which what is not seen is forgotten
_SAVED = ("_at", "_velocity", "_first", "_went", "_moved", "_seen", "_time")


@dataclass(frozen=True, eq=False)
class Movers:
    """Things about a robot, as m discs.

    Attributes:
        at: (m, 2) m. velocity: (m, 2) m/s.
        radius: (m,) m.
        alive: (m,) bool, those that moved in the last 5 s, or were not there before; of those that were seen
            to go some way, in the last minute.
    """

    at: Array
    velocity: Array
    radius: Array
    alive: np.ndarray


def off_map(points: Array, boxes: Array) -> np.ndarray:
    """Points (k, 2) bool well off all boxes (w, 6): middles, cosines and sines of their turns, half sides."""
    off = points[:, None] - boxes[:, :2]
    c, s = boxes[:, 2], boxes[:, 3]
    along, across = c * off[..., 0] + s * off[..., 1], c * off[..., 1] - s * off[..., 0]
    outside = np.maximum(np.abs(np.stack([along, across], axis=-1)) - boxes[:, 4:], 0.0)
    return (outside**2).sum(axis=-1).min(axis=1, initial=np.inf) > _OFF_MAP**2


def groups(points: Array) -> tuple[Array, Array]:
    """Discs (m, 2), (m,) about groups of points (k, 2) in the order of their beams, a full turn."""
    if len(points) < _FEWEST:
        return np.zeros((0, 2)), np.zeros(0)
    begins = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1) > _GAP
    if begins.any():  # begin with a group that the first beam does not cut
        first = int(np.argmax(begins))
        points, begins = np.roll(points, -first, axis=0), np.roll(begins, -first)
    discs = []
    for part in np.split(points, np.flatnonzero(begins)[1:]):
        if len(part) >= _FEWEST:
            middle = (part.min(axis=0) + part.max(axis=0)) / 2
            discs.append((*middle, np.linalg.norm(part - middle, axis=1).max()))
    found = np.array(discs).reshape(-1, 3)
    return found[:, :2], found[:, 2]


class MoverTracker:
    """Follows the things about one robot."""

    def __init__(self) -> None:
        self._at, self._velocity, self._first = np.zeros((3, 0, 2))
        self._moved, self._seen = np.zeros((2, 0))
        self._went = np.zeros(0, bool)
        self._time = -1.0

    def state(self) -> dict[str, Array | float]:
        """All that is remembered."""
        return {name: getattr(self, name) for name in _SAVED}

    def restore(self, state: Mapping[str, Array | float]) -> None:
        """Go on from a `state`."""
        for name in _SAVED:
            setattr(self, name, state[name])

    def step(self, time: float, at: Array, radius: Array) -> Movers:
        """Take in the discs (m, 2), (m,) of a scan at `time` in s; those that are there now."""
        passed, self._time = time - self._time, time
        before = _matches(self._at + self._velocity * min(passed, _FORGOTTEN), at, passed)
        known = before >= 0
        velocity, moved = np.zeros_like(at), np.full(len(at), time)
        first, went = at.copy(), np.zeros(len(at), bool)
        if known.any():
            share = min(passed / _SMOOTH, 1.0)
            old = before[known]
            now = (at[known] - self._at[old]) / passed
            velocity[known] = self._velocity[old] + share * (now - self._velocity[old])
            goes = np.linalg.norm(velocity[known], axis=1) > _MOVES
            moved[known] = np.where(goes, time, self._moved[old])
            first[known] = self._first[old]
            went[known] = self._went[old] | (np.linalg.norm(at[known] - first[known], axis=1) > _WENT)
        kept = time - self._seen <= _FORGOTTEN  # hidden for a moment
        kept[before[known]] = False
        self._at = np.concatenate([at, self._at[kept]])
        self._velocity = np.concatenate([velocity, self._velocity[kept]])
        self._first = np.concatenate([first, self._first[kept]])
        self._went = np.concatenate([went, self._went[kept]])
        self._moved = np.concatenate([moved, self._moved[kept]])
        self._seen = np.concatenate([np.full(len(at), time), self._seen[kept]])
        return Movers(at, velocity, radius, time - moved < np.where(went, _WALKER_ALIVE, _ALIVE))


def _matches(expected: Array, at: Array, passed: float) -> np.ndarray:
    """For each disc, which of those before it is, or -1: nearest pairs first."""
    before = np.full(len(at), -1)
    if not len(expected) or not len(at):
        return before
    away = np.linalg.norm(at[:, None] - expected[None], axis=2)
    away[away > max(_SAME, _FASTEST * passed)] = np.inf
    for flat in np.argsort(away, axis=None, kind="stable"):
        i, k = np.unravel_index(flat, away.shape)
        if not np.isfinite(away[i, k]):
            break
        if before[i] < 0 and not (before == k).any():
            before[i] = k
    return before
