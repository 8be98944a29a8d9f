"""Scores of a run against the truth of the simulator."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...perception.activity.incidents import STOPPED, Incident
from ...perception.metrics.tracking import RADIUS, TrackedFrame, TrackingScores, score_tracks
from .run import LEARNING, Run

_SETTLE = 1.5  # s after the beginning that tracks need to be confirmed; not scored
_SAME_PLACE = 2.5  # m within which two incidents are one
_EARLY, _LATE = 2.5, 8.0  # s around a true incident in which a report is of it
_END = 3.0  # s before the end of the run in which what begins need not be reported any more
SLACK = 0.15
"""Of the distances in the rules, m: as much as positions may be wrong."""
HASTE = 0.5
"""Of how long a vehicle stands, s: two looks a second cannot say more exactly when it stopped."""


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
    middles, names = run.timeline.footprints(), run.timeline.names()
    identity = run.activity_map.tracker.linker.identity
    for activity in run.activities:
        if activity.time < LEARNING + _SETTLE:
            continue
        tick = int(np.searchsorted(run.timeline.times, activity.time - 1e-6))
        present = np.flatnonzero(run.timeline.present[tick])
        truth.append(TrackedFrame(names[tick, present], middles[tick, present]))
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
    """Reports against what the same rules say about the truth, ten times a second.

    An incident must be reported if it is one with `SLACK` and `HASTE` to spare, and a report is false if the
    truth does not come within them of an incident: what lies between may be taken either way.
    """
    zones = run.activity_map.calibration.zones
    watched = [LEARNING + _SETTLE, run.activities[-1].time]
    certain, possible = (
        [
            i
            for i in run.timeline.incidents(zones, sign * SLACK, sign * HASTE)
            if i.end is None or i.end >= watched[0]
        ]
        for sign in (-1, 1)
    )
    reports = [i for i in run.activity_map.rules.incidents if i.reported > watched[0]]
    delays, missed = [], []
    for incident in certain:
        # How long a vehicle has been standing before it was watched, nobody can know.
        first = watched[0] + (STOPPED if incident.kind == "stopped_vehicle" else 0.0)
        if first <= incident.start <= watched[1] - _END:
            fits = [report.reported for report in reports if _is_same(incident, report)]
            if fits:
                delays.append(max(min(fits) - incident.start, 0.0))
            else:
                missed.append(f"{incident.kind} at {incident.start:.1f} s")
    false = [
        f"{report.kind} at {report.reported:.1f} s"
        for report in reports
        if not any(_is_same(incident, report, during=True) for incident in possible)
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
        "perception_cpu_ms_per_picture": 1000 * run.cpu_perceiving / run.pictures,
        "simulator_pictures_per_second": run.pictures / run.seconds_drawing,
    }
