"""Scores of a run against the truth of the simulator."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...perception.activity.incidents import Incident
from ...perception.metrics.tracking import RADIUS, TrackedFrame, TrackingScores, score_tracks
from .run import LEARNING, Run

_SETTLE = 1.5  # s after the beginning that tracks need to be confirmed; not scored
_SAME_PLACE = 2.5  # m within which two incidents are one
_EARLY, _LATE = 2.5, 8.0  # s around a true incident in which a report is of it
_TOLERANCE = 1.0  # s that a true incident must last to count as one that should be seen


@dataclass(frozen=True)
class IncidentScores:
    """How incidents were reported.

    Attributes:
        happened, seen: true incidents, and those that were reported.
        false_alarms: reports without a true incident.
        false_alarms_per_hour: of watched time.
        delay_median, delay_worst: from when it happened until it was reported, s.
        missed: the kinds and times of what was not reported.
        false: the kinds and times of false alarms.
    """

    happened: int
    seen: int
    false_alarms: int
    false_alarms_per_hour: float
    delay_median: float
    delay_worst: float
    missed: list[str]
    false: list[str]


def tracking_scores(run: Run, radius: float = RADIUS) -> dict[str, TrackingScores]:
    """Of everything and of each kind apart, with the identities as known at the end."""
    truth, tracks, kinds, true_kinds = [], [], [], []
    middles, identity = run.timeline.footprints(), run.activity_map.tracker.linker.identity
    for activity in run.activities:
        if activity.time < LEARNING + _SETTLE:
            continue
        tick = int(np.searchsorted(run.timeline.times, activity.time - 1e-6))
        present = np.flatnonzero(run.timeline.present[tick])
        truth.append(TrackedFrame(present, middles[tick, present]))
        true_kinds.append(np.array([run.timeline.shapes[k].kind for k in present]))
        # Two tracks of one thing may overlap for a moment; the one that is seen counts.
        things = {identity(thing.id): thing for thing in sorted(activity.things, key=lambda t: t.confidence)}
        positions = np.array([thing.position for thing in things.values()]).reshape(-1, 2)
        tracks.append(TrackedFrame(np.array(list(things), int), positions))
        kinds.append(np.array([thing.kind for thing in things.values()]))
    scores = {"all": score_tracks(truth, tracks, radius)}
    for kind in sorted({shape.kind for shape in run.timeline.shapes}):
        scores[kind] = score_tracks(
            [_only(f, k == kind) for f, k in zip(truth, true_kinds, strict=True)],
            [_only(f, k == kind) for f, k in zip(tracks, kinds, strict=True)],
            radius,
        )
    return scores


def _only(frame: TrackedFrame, rows: np.ndarray) -> TrackedFrame:
    return TrackedFrame(frame.ids[rows], frame.positions[rows]) if len(frame.ids) else frame


def incident_scores(run: Run) -> IncidentScores:
    """Reports against what the same rules say about the truth, ten times a second."""
    zones = run.activity_map.calibration.zones
    watched = [LEARNING + _SETTLE, run.activities[-1].time]
    truth = [i for i in run.timeline.incidents(zones) if _lasts(i, watched)]
    reports = [i for i in run.activity_map.rules.incidents if i.reported > watched[0]]
    used: set[int] = set()
    delays, missed = [], []
    for incident in sorted(truth, key=lambda i: i.start):
        if incident.start < watched[0] or incident.start > watched[1] - 3.0:
            continue
        fits = [k for k, report in enumerate(reports) if k not in used and _is_same(incident, report)]
        if fits:
            best = min(fits, key=lambda k: abs(reports[k].reported - incident.start))
            used.add(best)
            delays.append(max(reports[best].reported - incident.start, 0.0))
        elif (incident.end or watched[1]) - incident.start >= _TOLERANCE:
            missed.append(f"{incident.kind} at {incident.start:.1f} s")
    false = [
        f"{report.kind} at {report.reported:.1f} s"
        for k, report in enumerate(reports)
        if k not in used and not any(_is_same(incident, report, during=True) for incident in truth)
    ]
    hours = (watched[1] - watched[0]) / 3600
    return IncidentScores(
        len(delays) + len(missed),
        len(delays),
        len(false),
        len(false) / hours,
        float(np.median(delays)) if delays else 0.0,
        float(np.max(delays)) if delays else 0.0,
        missed,
        false,
    )


def _lasts(incident: Incident, watched: list[float]) -> bool:
    return incident.end is None or incident.end >= watched[0]


def _is_same(incident: Incident, report: Incident, during: bool = False) -> bool:
    """Whether a report is of an incident; `during`: at any time while it lasts, as after a lost track."""
    if incident.kind != report.kind:
        return False
    if np.linalg.norm(incident.position - report.position) > _SAME_PLACE:
        return False
    end = (incident.end or np.inf) if during else incident.start
    return incident.start - _EARLY <= report.reported <= end + _LATE


def summary(run: Run) -> dict[str, Any]:
    """Everything as plain data."""
    scores, strict = tracking_scores(run), tracking_scores(run, RADIUS / 2)["all"]
    simulated = run.activities[-1].time - LEARNING
    return {
        "simulated_seconds": simulated,
        "pictures": run.pictures,
        "tracking": {kind: asdict(score) for kind, score in scores.items()},
        "hota_zero_at_radius": strict.hota,
        "incidents": asdict(incident_scores(run)),
        "mishaps": [{"kind": m.kind, "time": m.time, "position": m.position.tolist()} for m in run.mishaps],
        "perception_pictures_per_second": run.pictures / run.seconds_perceiving,
        "perception_times_real_time": simulated / run.seconds_perceiving,
        "simulator_pictures_per_second": run.pictures / run.seconds_drawing,
    }
