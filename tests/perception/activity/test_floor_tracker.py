"""The tracker on crowds without pictures, and its filter against least squares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaitway.perception.activity.classes import (
    AMR,
    FORKLIFT,
    KINDS,
    OBSTACLE,
    WORKER,
    KindBelief,
    log_likelihood,
)
from gaitway.perception.activity.detections import COLOURS, Detections, no_detections
from gaitway.perception.activity.motion import ACCELERATION, first_state, predict, update
from gaitway.perception.activity.tracker import Tracker
from gaitway.perception.metrics.tracking import TrackedFrame, score_tracks
from numpy.typing import ArrayLike


def seen(
    position: ArrayLike,
    height: ArrayLike = 1.75,
    hue: ArrayLike = 0,
    support: ArrayLike = 200,
    size: ArrayLike = (0.5, 0.45),
    cut: bool = False,
) -> Detections:
    position = np.atleast_2d(np.asarray(position, float))
    n = len(position)
    colours = np.zeros((n, COLOURS))
    colours[np.arange(n), np.broadcast_to(hue, n)] = 1.0
    return Detections(
        position, np.tile(np.asarray(size, float), (n, 1)) if np.ndim(size) == 1 else np.asarray(size),
        np.zeros(n), np.broadcast_to(np.asarray(height, float), n).copy(), colours,
        np.broadcast_to(support, n).copy(), np.full(n, 0.07), np.ones(n, int), np.full(n, -1),
        np.full(n, cut),
    )  # fmt: skip


def everywhere(positions: np.ndarray) -> np.ndarray:
    return np.ones(len(positions), bool)


def follow(
    tracker: Tracker, time: float, detections: Detections, sees=everywhere
) -> list[tuple[int, np.ndarray]]:
    tracker.predict(time)
    tracker.update(detections, sees)
    return [(tracker.linker.identity(track.id), track.position.copy()) for track in tracker.believed]


def test_filter_is_least_squares():
    """Position and velocity after five looks, by one dense weighted least-squares problem."""
    rng = np.random.default_rng(0)
    dt, sd, looks = 0.5, 0.07, rng.normal(size=5)
    mean, covariance = first_state(np.array([looks[0], 0.0]), sd)
    for look in looks[1:]:
        mean, covariance = update(*predict(mean, covariance, dt), np.array([look, 0.0]), sd)
    # Unknowns: x0, v0 and the acceleration in each of four steps.
    rows, values = [np.eye(6)[1] / 1.2], [0.0]
    rows += [row / ACCELERATION for row in np.eye(6)[2:]]
    values += [0.0] * 4
    state = np.eye(6)[:2]
    for k, look in enumerate(looks):
        rows.append(state[0] / sd)
        values.append(look / sd)
        if k < 4:
            push = np.eye(6)[2 + k]
            state = np.stack([state[0] + dt * state[1] + dt**2 / 2 * push, state[1] + dt * push])
    design = np.array(rows)
    best = np.linalg.solve(design.T @ design, design.T @ np.array(values))
    np.testing.assert_allclose(mean[[0, 2]], state @ best, atol=1e-9)
    spread = state @ np.linalg.inv(design.T @ design) @ state.T
    np.testing.assert_allclose(covariance[np.ix_([0, 2], [0, 2])], spread, atol=1e-9)


def crowd(same_looks: bool, seconds: float = 120.0, rate: float = 4.0) -> float:
    """IDF1 of 12 people in 16 m x 10 m: 8 cm noise, 5 % misses, pairs within 0.45 m seen as one, ghosts."""
    rng = np.random.default_rng(3)
    count, room = 12, np.array([16.0, 10.0])
    at, goal = rng.uniform([0, 0], room, (count, 2)), rng.uniform([0, 0], room, (count, 2))
    velocity = np.zeros((count, 2))
    height = np.full(count, 1.75) if same_looks else rng.uniform(1.6, 1.95, count)
    hue = np.zeros(count, int) if same_looks else rng.integers(0, 8, count)
    tracker, truth, tracks = Tracker(), [], []
    for k in range(round(seconds * rate)):
        step = goal - at
        far = np.linalg.norm(step, axis=1)
        goal[far < 0.5] = rng.uniform([0, 0], room, ((far < 0.5).sum(), 2))
        push = (step / np.maximum(far, 1e-6)[:, None] * 1.3 - velocity) * rate
        push *= np.minimum(1.0, 2.5 / np.maximum(np.linalg.norm(push, axis=1), 1e-6))[:, None]  # m/s2
        velocity = velocity + push / rate
        at = at + velocity / rate
        gone = rng.random(count) < 0.05
        gap = np.linalg.norm(at[:, None] - at, axis=2) + 9 * np.eye(count)
        merged = np.zeros(count, bool)
        for i, j in np.argwhere(np.triu(gap < 0.45)):
            merged[j] = not merged[i]
        show = ~gone & ~merged
        ghosts = rng.uniform([0, 0], room, (int(rng.random() < 0.1), 2))
        places = np.concatenate([at[show] + rng.normal(scale=0.08, size=(show.sum(), 2)), ghosts])
        tall = np.concatenate([height[show] + rng.normal(scale=0.03, size=show.sum()), [1.7] * len(ghosts)])
        found = seen(places, tall, np.concatenate([hue[show], [9] * len(ghosts)]).astype(int))
        known = follow(tracker, k / rate, found)
        if k > 3 * rate:
            truth.append(TrackedFrame(np.arange(count), at.copy()))
            by_name = dict(known)
            tracks.append(
                TrackedFrame(np.array(list(by_name), int), np.array(list(by_name.values())).reshape(-1, 2))
            )
    names = tracker.linker.identity
    tracks = [_renamed(frame, names) for frame in tracks]
    return score_tracks(truth, tracks).idf1


def _renamed(frame: TrackedFrame, names) -> TrackedFrame:
    ids, first = np.unique([names(int(k)) for k in frame.ids], return_index=True)
    return TrackedFrame(ids, frame.positions[first])


def test_appearance_keeps_identities_in_a_crowd():
    by_looks, by_place = crowd(same_looks=False), crowd(same_looks=True)
    assert by_looks > 0.95
    assert by_place < by_looks - 0.05


def in_vests(detections: Detections) -> Detections:
    """Most of what is seen of somebody is not the vest."""
    colours = 0.07 * detections.colours
    colours[:, -3] += 0.93
    return replace(detections, colours=colours)


def test_vests_say_who_is_who_where_two_change_sides():
    """They walk 1.5 m apart, are not seen once, and come out of it on each other's side."""
    tracker, names = Tracker(), []
    for k in range(14):
        sides = np.array([[0.6 * k, 0.0], [0.6 * k, 1.5]])
        both = seen(sides if k < 8 else sides[::-1], height=1.7, hue=[2, 4])
        known = follow(tracker, 0.5 * k, no_detections() if k == 8 else in_vests(both))
        if k in (7, 13):
            lower = {name: position[1] for name, position in known}
            names.append(min(lower, key=lambda name: lower[name]))
    assert names[0] != names[1]


def test_three_looks_confirm_and_two_seconds_end_it():
    tracker = Tracker()
    assert not follow(tracker, 0.0, seen([0, 0]))
    assert not follow(tracker, 0.5, seen([0.5, 0]))
    assert len(follow(tracker, 1.0, seen([1.0, 0]))) == 1
    for time in (1.5, 2.0, 2.5, 3.0):
        ((_, position),) = follow(tracker, time, no_detections())
        assert 1.0 < position[0] < 1.0 + 1.1 * (time - 1.0)
    assert not follow(tracker, 3.5, no_detections())


def test_weak_detection_continues_a_track_and_begins_none():
    tracker = Tracker()
    for time in (0.0, 0.5, 1.0):
        follow(tracker, time, seen([[0, 0], [5, 5]], support=np.array([200, 9])))
    assert len(tracker.tracks) == 1
    follow(tracker, 1.5, seen([0.02, 0.0], support=9))
    assert tracker.tracks[0].seen == 1.5


def test_what_no_camera_sees_is_waited_for():
    tracker = Tracker()
    for time in (0.0, 0.5, 1.0):
        (name,) = [k for k, _ in follow(tracker, time, seen([0, 0]))] or [0]
    for time in np.arange(1.5, 15, 0.5):
        follow(tracker, time, no_detections(), lambda at: np.zeros(len(at), bool))
    ((again, _),) = follow(tracker, 15.0, seen([0.1, 0]))
    assert again == name


@pytest.mark.parametrize(("hue", "same"), [(2, True), (5, False)])
def test_who_comes_out_of_a_gap_is_known_by_looks(hue, same):
    """Walks behind something and comes out 10 s later and 8 m further, in its own or another colour."""
    tracker, known, after = Tracker(), [], []
    for k in range(8):
        known = follow(tracker, 0.5 * k, seen([0.5 * k, 0.0], hue=2))
    for k in range(8, 28):
        follow(tracker, 0.5 * k, no_detections())
    for k in range(28, 34):
        after = follow(tracker, 0.5 * k, seen([12 + 0.5 * (k - 28), 0.3], hue=hue))
    assert (after[0][0] == known[0][0]) == same


def test_nobody_gets_further_than_speed_allows():
    tracker, known, after = Tracker(), [], []
    for k in range(6):
        known = follow(tracker, 0.5 * k, seen([0, 0], hue=2))
    for k in range(6, 12):
        follow(tracker, 0.5 * k, no_detections())
    for k in range(12, 18):
        after = follow(tracker, 0.5 * k, seen([40, 0], hue=2))
    assert after[0][0] != known[0][0]


def test_looks_are_not_learnt_while_two_are_close():
    tracker = Tracker()
    for k in range(8):
        follow(tracker, 0.5 * k, seen([[0, 0], [0.6, 0]], np.array([1.9, 1.6]), np.array([1, 4])))
    before = [track.colours.copy() for track in tracker.tracks]
    follow(tracker, 4.0, seen([[0, 0], [0.6, 0]], np.array([1.75, 1.75]), np.array([6, 6])))
    for track, colours in zip(tracker.tracks, before, strict=True):
        np.testing.assert_array_equal(track.colours, colours)


def test_a_spill_is_not_what_stood_there():
    tracker, known = Tracker(), []
    for k in range(4):
        follow(tracker, 0.5 * k, seen([0, 0], height=0.35, size=(0.8, 0.6)))
    for k in range(4, 8):
        known = follow(tracker, 0.5 * k, seen([0, 0], height=0.0, size=(0.8, 0.6)))
    assert len({name for name, _ in known}) == 2


def test_truck_that_brakes_where_only_a_part_of_it_is_seen_is_the_same_truck():
    """It comes at 1.8 m/s; then the rims of pictures leave its front, low and short."""
    tracker, known = Tracker(), []
    for k in range(8):
        known = follow(tracker, 0.5 * k, seen([0.9 * k, 0.0], height=2.3, size=(2.4, 1.2)))
    for k in range(8, 20):
        after = follow(tracker, 0.5 * k, seen([6.6, 0.0], height=1.1, size=(1.2, 0.5), cut=True))
        assert after[0][0] == known[0][0]
        assert len(after) == 1
    (track,) = tracker.tracks
    assert track.height == pytest.approx(2.3)
    np.testing.assert_allclose(track.size, [2.4, 1.2])
    assert KINDS[track.kind] == "forklift"


def test_who_turns_on_the_spot_at_speed_is_the_same():
    """Out at 1.8 m/s and back at once, which no filter of 2 m/s2 expects."""
    tracker, names = Tracker(), set()
    for k in range(16):
        x = 0.9 * min(k, 16 - k)
        known = follow(tracker, 0.5 * k, seen([x, 0.0], height=2.3, size=(1.6, 1.1)))
        names |= {name for name, _ in known}
        assert len(known) <= 1
        assert k < 3 or np.linalg.norm(known[0][1] - [x, 0.0]) < 0.3
    assert len(names) == 1


def test_track_of_a_part_is_forgotten():
    """The end of a truck was taken for another thing."""
    tracker, sizes = Tracker(), np.array([[2.6, 1.2], [1.2, 0.7]])
    both = seen([[0, 0], [0.9, 0]], np.array([2.3, 1.2]), size=sizes)
    counts = [len(follow(tracker, 0.5 * k, both)) for k in range(7)]
    assert counts[2:] == [2, 2, 2, 2, 1]
    assert tracker.believed[0].height == pytest.approx(2.3)


def test_what_was_cut_off_is_learnt_when_it_is_seen_whole():
    tracker = Tracker()
    for k in range(4):
        follow(tracker, 0.5 * k, seen([0.0, 0.0], height=0.9, size=(1.0, 0.6), cut=True))
    follow(tracker, 2.0, seen([0.3, 0.0], height=2.3, size=(1.6, 1.1)))
    (track,) = tracker.tracks
    assert track.height == pytest.approx(2.3)
    np.testing.assert_allclose(track.size, [1.6, 1.1])


DRIVEN = np.array([(t, 0.75 * min(t, 1.0) ** 2 + 1.5 * max(t - 1.0, 0.0)) for t in np.arange(0, 9, 0.05)]).T
"""Seconds since it started, at 1.5 m/s2 to 1.5 m/s, and metres."""


def test_how_long_a_vehicle_stands_is_known_to_a_look():
    """It brakes at 1.5 m/s2, stands from 4.3 s to 14.1 s, its looks scatter, and it drives on."""
    rng = np.random.default_rng(5)
    tracker, longest = Tracker(), 0.0
    for time in np.arange(0.0, 20.0, 0.5):
        to_go, gone = max(4.3 - time, 0.0), max(time - 14.1, 0.0)
        x = np.interp(gone, *DRIVEN) - np.interp(to_go, *DRIVEN)
        look = rng.normal([x, 0.0], 0.03)
        follow(tracker, float(time), seen(look, height=0.4, size=(0.85, 0.6)))
        (track,) = tracker.tracks
        longest = max(longest, track.still_for(float(time)) if time > 4.3 else 0.0)
        if time in (4.0, 16.0):
            assert track.still_for(float(time)) < 1.0
    assert longest == pytest.approx(9.8, abs=0.51)


def test_looks_at_half_of_it_do_not_set_it_going():
    """First seen 15 cm off, and once 40 cm off while somebody passes: it stands all the time."""
    tracker = Tracker()
    for k in range(24):
        x = 0.15 if k == 0 else 0.4 if k == 10 else 0.0
        follow(tracker, 0.5 * k, seen([x, 0.0], height=0.4, size=(0.85, 0.6)))
        (track,) = tracker.tracks
        assert k in (1, 2, 10, 11) or track.still_for(0.5 * k) == pytest.approx(0.5 * k)


def test_vehicle_that_was_lost_is_no_obstacle_when_it_stands_where_it_is_found():
    tracker = Tracker()
    for k in range(8):
        follow(tracker, 0.5 * k, seen([0.7 * k, 0.0], height=0.5, size=(0.7, 0.45)))
    for k in range(8, 16):
        follow(tracker, 0.5 * k, no_detections())
    for k in range(16, 24):
        follow(tracker, 0.5 * k, seen([9.0, 0.0], height=0.5, size=(0.7, 0.45)))
    (track,) = tracker.tracks
    assert KINDS[track.kind] == "amr"


def test_time_must_rise():
    tracker = Tracker()
    tracker.predict(1.0)
    with pytest.raises(ValueError, match="does not come after"):
        tracker.predict(1.0)


@pytest.mark.parametrize(
    ("height", "size", "kind"),
    [
        (0.31, (0.82, 0.6), AMR),
        (0.75, (0.82, 0.6), AMR),
        (2.3, (1.6, 1.1), FORKLIFT),
        (2.3, (2.5, 1.2), FORKLIFT),
        (2.3, (2.7, 1.45), FORKLIFT),  # turning, smeared by clocks that differ
        (1.6, (0.5, 0.4), WORKER),
        (1.9, (0.8, 0.5), WORKER),
        (0.4, (0.6, 0.4), OBSTACLE),
        (0.9, (1.9, 1.2), OBSTACLE),
        (0.0, (0.8, 0.6), OBSTACLE),
    ],
)
def test_kinds_by_shape(height, size, kind):
    belief = KindBelief()
    for _ in range(3):
        belief.add(log_likelihood(np.array([height]), np.array([size]))[0], -1)
    assert KINDS[belief.kind(moved=0.0)] == KINDS[kind]


def test_what_moves_is_no_obstacle():
    belief = KindBelief()
    belief.add(log_likelihood(np.array([0.4]), np.array([[0.6, 0.4]]))[0], -1)
    assert belief.kind(moved=0.0) == OBSTACLE
    assert belief.kind(moved=2.0) == AMR


def test_a_detector_is_believed():
    belief = KindBelief()
    for _ in range(3):
        belief.add(log_likelihood(np.array([0.3]), np.array([[0.8, 0.6]]))[0], WORKER)
    assert belief.kind(moved=5.0) == WORKER
