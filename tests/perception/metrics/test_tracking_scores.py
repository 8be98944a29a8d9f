"""HOTA, IDF1 and MOTA against trackeval and motmetrics, and by hand."""

from __future__ import annotations

import motmetrics
import numpy as np
import pytest
from gaitway.perception.metrics.tracking import RADIUS, TrackedFrame, score_tracks
from trackeval.metrics import CLEAR, HOTA, Identity


def wandering(seed: int, frames: int = 60, things: int = 7) -> tuple[list[TrackedFrame], list[TrackedFrame]]:
    """Things that wander in a small room, and tracks of them with errors of every sort."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 4, (things, 2))
    names = np.arange(things) + 100
    truth, tracks = [], []
    for _ in range(frames):
        at = at + rng.normal(scale=0.15, size=at.shape)
        here = rng.random(things) < 0.9
        truth.append(TrackedFrame(np.flatnonzero(here), at[here]))
        if rng.random() < 0.15:
            first, second = rng.choice(things, 2, replace=False)
            names[[first, second]] = names[[second, first]]
        if rng.random() < 0.1:
            names[rng.integers(things)] = 200 + len(tracks)
        seen = rng.random(things) < 0.85
        ghosts = rng.integers(0, 2)
        ids = np.concatenate([names[seen], 500 + np.arange(ghosts)])
        places = np.concatenate(
            [at[seen] + rng.normal(scale=0.25, size=(seen.sum(), 2)), rng.uniform(0, 4, (ghosts, 2))]
        )
        tracks.append(TrackedFrame(ids, places))
    return truth, tracks


def for_trackeval(truth, tracks):
    names = [np.unique(np.concatenate([f.ids for f in frames])) for frames in (truth, tracks)]
    numbered = [
        [np.searchsorted(known, frame.ids) for frame in frames]
        for known, frames in zip(names, (truth, tracks), strict=True)
    ]
    alike = [
        np.maximum(0, 1 - np.linalg.norm(a.positions[:, None] - b.positions, axis=2) / (2 * RADIUS))
        for a, b in zip(truth, tracks, strict=True)
    ]
    return {
        "gt_ids": numbered[0],
        "tracker_ids": numbered[1],
        "similarity_scores": alike,
        "num_gt_ids": len(names[0]),
        "num_tracker_ids": len(names[1]),
        "num_gt_dets": sum(map(len, numbered[0])),
        "num_tracker_dets": sum(map(len, numbered[1])),
        "num_timesteps": len(truth),
    }


@pytest.mark.parametrize("seed", range(4))
def test_scores_are_trackevals(seed, capsys):
    truth, tracks = wandering(seed)
    ours, data = score_tracks(truth, tracks), for_trackeval(truth, tracks)
    quiet = {"PRINT_CONFIG": False}
    hota = HOTA().eval_sequence(data)
    clear = CLEAR(quiet).eval_sequence(data)
    identity = Identity(quiet).eval_sequence(data)
    assert ours.hota == pytest.approx(hota["HOTA"].mean(), abs=1e-9)
    assert ours.det_a == pytest.approx(hota["DetA"].mean(), abs=1e-9)
    assert ours.ass_a == pytest.approx(hota["AssA"].mean(), abs=1e-9)
    assert ours.loc_a == pytest.approx(hota["LocA"].mean(), abs=1e-9)
    assert ours.idf1 == pytest.approx(identity["IDF1"], abs=1e-9)
    assert ours.mota == pytest.approx(clear["MOTA"], abs=1e-9)
    assert (ours.switches, ours.misses, ours.false_alarms) == (
        clear["IDSW"], clear["CLR_FN"], clear["CLR_FP"],
    )  # fmt: skip
    assert 0.2 < ours.hota < 0.9
    assert ours.switches > 5


@pytest.mark.parametrize("seed", range(2))
def test_identity_score_is_motmetrics(seed):
    truth, tracks = wandering(seed)
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for a, b in zip(truth, tracks, strict=True):
        distance = motmetrics.distances.norm2squared_matrix(a.positions, b.positions, max_d2=RADIUS**2)
        accumulator.update(a.ids, b.ids, distance)
    summary = motmetrics.metrics.create().compute(accumulator, metrics=["idf1"])
    assert score_tracks(truth, tracks).idf1 == pytest.approx(summary["idf1"].iloc[0], abs=1e-9)


def test_one_swap_by_hand():
    """Two things that stand, whose tracks swap their names in the middle of four frames."""
    places = np.array([[0.0, 0.0], [3.0, 0.0]])
    truth = [TrackedFrame(np.array([0, 1]), places)] * 4
    tracks = [TrackedFrame(np.array(ids), places) for ids in ([7, 8], [7, 8], [8, 7], [8, 7])]
    scores = score_tracks(truth, tracks)
    # Of each pair that is ever matched, 2 of 4 + 4 - 2 frames are common: AssA is 1/3.
    assert (scores.det_a, scores.ass_a) == pytest.approx((1.0, 1 / 3))
    assert scores.hota == pytest.approx((1 / 3) ** 0.5)
    assert scores.idf1 == pytest.approx(0.5)
    assert (scores.switches, scores.mota) == (2, pytest.approx(1 - 2 / 8))
    assert scores.position_error == 0.0


def test_nobody_and_nothing():
    empty = TrackedFrame(np.zeros(0, int), np.zeros((0, 2)))
    one = TrackedFrame(np.array([0]), np.zeros((1, 2)))
    assert score_tracks([one], [empty]).misses == 1
    assert score_tracks([empty], [one]).false_alarms == 1
    assert score_tracks([one], [empty]).hota == 0.0


@pytest.mark.parametrize(
    ("tracks", "message"),
    [
        ([], "1 frames of truth and 0 of tracks"),
        ([TrackedFrame(np.array([3, 3]), np.zeros((2, 2)))], "Frame 0 has an id twice"),
        ([TrackedFrame(np.array([3]), np.zeros((2, 2)))], "Frame 0: 1 ids and positions of shape"),
    ],
)
def test_bad_frames(tracks, message):
    truth = [TrackedFrame(np.array([0]), np.zeros((1, 2)))]
    with pytest.raises(ValueError, match=message):
        score_tracks(truth, tracks)
