"""Scores of multi-object tracking on the floor: HOTA, IDF1, MOTA and switches.

Two things are alike by 1 - distance / (2 radius), at least 0, so that the customary threshold of 0.5 is a
distance of `radius`. HOTA (Luiten et al., "HOTA: A higher order metric for evaluating multi-object tracking",
2021) averages over 19 thresholds from 0.05 to 0.95; CLEAR (Bernardin and Stiefelhagen, 2008) and identity
scores (Ristani et al., "Performance measures and a data set for multi-target, multi-camera tracking", 2016)
count at 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..poses import Array

RADIUS = 0.5
"""Distance on the floor within which a track is right, m."""
_ALPHAS = np.arange(0.05, 0.99, 0.05)
_EPSILON = np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class TrackedFrame:
    """Who is where at one time: ids (n,) int, each once, and positions (n, 2) in m."""

    ids: np.ndarray
    positions: Array


@dataclass(frozen=True)
class TrackingScores:
    """How well tracks follow the truth.

    Attributes:
        hota, det_a, ass_a, loc_a: HOTA and its parts detection, association and localisation, 0-1.
        mota: multi-object tracking accuracy, at most 1.
        idf1: F1 of identities, 0-1.
        switches: how often a true thing changes its track.
        misses, false_alarms: things and tracks without a partner, over all frames.
        position_error: mean distance of the matched, m.
        objects: true things, over all frames.
    """

    hota: float
    det_a: float
    ass_a: float
    loc_a: float
    mota: float
    idf1: float
    switches: int
    misses: int
    false_alarms: int
    position_error: float
    objects: int


@dataclass(frozen=True, eq=False)
class _Matched:
    """Frames as indices of things and tracks, with their similarity."""

    truth: list[np.ndarray]
    tracks: list[np.ndarray]
    alike: list[Array]
    things: int
    names: int


def score_tracks(
    truth: Sequence[TrackedFrame], tracks: Sequence[TrackedFrame], radius: float = RADIUS
) -> TrackingScores:
    """Score tracks against the truth at the same times.

    Raises:
        ValueError: another number of frames, an id twice in one, or shapes that do not fit.
    """
    if len(truth) != len(tracks):
        raise ValueError(
            f"{len(truth)} frames of truth and {len(tracks)} of tracks; give both at the same times."
        )
    matched = _match(truth, tracks, radius)
    det_a, ass_a, loc_a = _hota(matched)
    clear = _clear(matched)
    objects = sum(map(len, matched.truth))
    return TrackingScores(
        hota=float(np.sqrt(det_a * ass_a).mean()),
        det_a=float(det_a.mean()),
        ass_a=float(ass_a.mean()),
        loc_a=float(loc_a.mean()),
        mota=(clear.hits - clear.false_alarms - clear.switches) / max(objects, 1),
        idf1=_idf1(matched),
        switches=clear.switches,
        misses=objects - clear.hits,
        false_alarms=clear.false_alarms,
        position_error=2 * radius * clear.unlike / max(clear.hits, 1),
        objects=objects,
    )


def _match(truth: Sequence[TrackedFrame], tracks: Sequence[TrackedFrame], radius: float) -> _Matched:
    things, names = _numbers(truth), _numbers(tracks)
    alike = [
        np.maximum(
            0.0,
            1.0 - np.linalg.norm(a.positions[:, None] - b.positions[None], axis=2) / (2 * radius),
        )
        for a, b in zip(truth, tracks, strict=True)
    ]
    return _Matched(
        [np.searchsorted(things, frame.ids) for frame in truth],
        [np.searchsorted(names, frame.ids) for frame in tracks],
        alike,
        len(things),
        len(names),
    )


def _numbers(frames: Sequence[TrackedFrame]) -> np.ndarray:
    for k, frame in enumerate(frames):
        if frame.positions.shape != (len(frame.ids), 2):
            raise ValueError(
                f"Frame {k}: {len(frame.ids)} ids and positions of shape {frame.positions.shape}."
            )
        if len(np.unique(frame.ids)) != len(frame.ids):
            raise ValueError(f"Frame {k} has an id twice; give each thing one position.")
    return np.unique(np.concatenate([frame.ids for frame in frames])) if frames else np.zeros(0, int)


def _hota(matched: _Matched) -> tuple[Array, Array, Array]:
    """DetA, AssA and LocA (19,) at each threshold."""
    common = np.zeros((matched.things, matched.names))
    seen, tracked = np.zeros((matched.things, 1)), np.zeros((1, matched.names))
    for a, b, alike in zip(matched.truth, matched.tracks, matched.alike, strict=True):
        either = alike.sum(axis=0) + alike.sum(axis=1)[:, None] - alike
        common[np.ix_(a, b)] += np.divide(alike, either, out=np.zeros_like(alike), where=either > _EPSILON)
        seen[a] += 1
        tracked[:, b] += 1
    alignment = common / np.maximum(seen + tracked - common, _EPSILON)
    counts = np.zeros((len(_ALPHAS), matched.things, matched.names))
    hits, likeness = np.zeros(len(_ALPHAS)), np.zeros(len(_ALPHAS))
    for a, b, alike in zip(matched.truth, matched.tracks, matched.alike, strict=True):
        rows, columns = linear_sum_assignment(-alignment[np.ix_(a, b)] * alike)
        of_match = alike[rows, columns]
        enough = of_match >= _ALPHAS[:, None] - _EPSILON
        counts[:, a[rows], b[columns]] += enough
        hits += enough.sum(axis=1)
        likeness += (enough * of_match).sum(axis=1)
    missed, extra = seen.sum() - hits, tracked.sum() - hits
    det_a = hits / np.maximum(hits + missed + extra, 1)
    share = counts / np.maximum(1, seen + tracked - counts)
    ass_a = (counts * share).sum(axis=(1, 2)) / np.maximum(hits, 1)
    return det_a, ass_a, np.maximum(likeness, 1e-10) / np.maximum(hits, 1e-10)


@dataclass
class _Clear:
    hits: int = 0
    false_alarms: int = 0
    switches: int = 0
    unlike: float = 0.0


def _clear(matched: _Matched) -> _Clear:
    """CLEAR's counts: a pair of the last frame stays one as long as it is near enough."""
    result = _Clear()
    ever, before = np.full(matched.things, -1), np.full(matched.things, -1)
    for a, b, alike in zip(matched.truth, matched.tracks, matched.alike, strict=True):
        stays = (b[None] == before[a][:, None]) & (before[a][:, None] >= 0)
        score = np.where(alike >= 0.5 - _EPSILON, alike + 1000 * stays, 0.0)
        rows, columns = linear_sum_assignment(-score)
        good = score[rows, columns] > _EPSILON
        rows, columns = rows[good], columns[good]
        who, by = a[rows], b[columns]
        result.switches += int(((ever[who] >= 0) & (ever[who] != by)).sum())
        ever[who] = by
        before[:] = -1
        before[who] = by
        result.hits += len(who)
        result.false_alarms += len(b) - len(who)
        result.unlike += float((1 - alike[rows, columns]).sum())
    return result


def _idf1(matched: _Matched) -> float:
    """F1 of the identities under the assignment of whole tracks to whole things that is best for it."""
    overlap = np.zeros((matched.things, matched.names))
    for a, b, alike in zip(matched.truth, matched.tracks, matched.alike, strict=True):
        overlap[np.ix_(a, b)] += alike >= 0.5
    rows, columns = linear_sum_assignment(-overlap)
    hits = overlap[rows, columns].sum()
    total = sum(map(len, matched.truth)) + sum(map(len, matched.tracks))
    return float(2 * hits / total) if total else 1.0
