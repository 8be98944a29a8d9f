"""What a run writes down as it goes: who is there, where everybody is, what was seen, who stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..ceiling.hall import Hall
from ..journal.journal import Journal, Sample
from .mishaps import Lying
from .people import Crowd
from .vehicles import Vehicles
from .watch import Alarm
from .work import Work, name_of

_STOPPED = 2.0  # s that a vehicle stands until that is told
_SEEN_NEAR = 3.0  # m from the truth that an alarm is


def write_actors(journal: Journal, vehicles: int, kinds: Sequence[str], hall: Hall) -> None:
    """Who is there: vehicles, people and fork trucks, cameras."""
    for k in range(vehicles):
        journal.actor(name_of(k), "amr")
    for k, kind in enumerate(kinds):
        journal.actor(f"{kind}_{k:02d}", kind)
    for camera in hall.calibration.cameras:
        journal.actor(camera, "camera")


def write_samples(
    journal: Journal, time: float, vehicles: Vehicles, crowd: Crowd, kinds: Sequence[str], work: Work
) -> None:
    """Where everybody is at `time` in s; vehicles, where they say."""
    samples = [
        _sample_of(
            name_of(k), vehicles.position[k], vehicles.yaw[k], vehicles.speed[k],
            round(float(vehicles.battery[k]), 4), work.describe(k),
        )
        for k in range(len(vehicles))
    ]  # fmt: skip
    samples += [
        _sample_of(f"{kind}_{k:02d}", crowd.position[k], crowd.yaw[k], crowd.speed[k])
        for k, kind in enumerate(kinds)
    ]
    journal.samples(time, samples)


def write_alarm(journal: Journal, time: float, alarm: Alarm, lying: Sequence[Lying], looked: float) -> None:
    """What cameras saw at `time` in s, after they `looked` for s of the computer's time.

    Its value is the time since what truly lies there fell.
    """
    x, y = alarm.position.tolist()
    place = alarm.place or None
    if alarm.kind == "near_miss":
        alarm.id = journal.event(time, "near_miss", place=place, at=(x, y))
        return
    fell = next(
        (
            one.happened
            for one in lying
            if one.happened is not None and np.linalg.norm(one.position - alarm.position) < _SEEN_NEAR
        ),
        None,
    )
    value = None if fell is None else time - fell + looked
    alarm.id = journal.event(time, "incident_detected", place=place, at=(x, y), value=value, note=alarm.kind)


def write_standing(
    journal: Journal, time: float, vehicles: Vehicles, kept: np.ndarray, standing: np.ndarray
) -> np.ndarray:
    """Who of those that are `kept` (n,) from going on has begun to stand, or goes on, since `standing` (n,).

    Returns who stands now (n,).
    """
    begins = kept & (vehicles.waits >= _STOPPED) & ~standing
    for k in np.flatnonzero(begins).tolist():
        x, y = vehicles.position[k].tolist()
        journal.event(time, "vehicle_stopped", actor=name_of(k), at=(x, y), note="something is ahead")
    for k in np.flatnonzero(~kept & standing).tolist():
        journal.event(time, "vehicle_resumed", actor=name_of(k))
    return (standing | begins) & kept


def _sample_of(
    name: str, at: np.ndarray, yaw: float, speed: float, battery: float | None = None, task: str = ""
) -> Sample:
    x, y = np.round(at, 3).tolist()
    return Sample(name, x, y, round(float(yaw), 3), round(float(speed), 3), battery, task)
