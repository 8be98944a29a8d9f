"""The activity map on the simulated hall: pictures, tracks, scores and speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from ...perception.activity.pipeline import Activity, ActivityMap
from ...perception.activity.recording import write_picture
from ...perception.activity.view import Picture
from .hall import Hall
from .mishaps import Mishap
from .scenario import ScenarioCfg, run_scenario
from .sensor import Sensor, SensorCfg
from .timeline import Timeline
from .views import CeilingViews

LEARNING = 60.0
"""Seconds at the beginning from which the background is learnt; they are not scored."""
_LEARNING_PICTURES = 10


@dataclass(frozen=True)
class RunCfg:
    """How the hall is watched.

    Attributes:
        rate: pictures a second of each camera.
        skew: greatest error of a camera's clock, s: its pictures show another time than they say.
        outages: how often an hour each camera falls silent, for `outage` s.
        outage: s.
        seed: of noise, skew and outages.
    """

    rate: float = 2.0
    skew: float = 0.0
    outages: float = 0.0
    outage: float = 20.0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Run:
    """What came out of a run.

    Attributes:
        timeline, mishaps: the truth.
        activities: what was seen, one each 1/rate s.
        activity_map: its state at the end.
        seconds_drawing, seconds_perceiving: wall time of all frames.
        cpu_perceiving: processor time of the latter, over all threads, s.
        pictures: taken in all.
    """

    timeline: Timeline
    mishaps: list[Mishap]
    activities: list[Activity]
    activity_map: ActivityMap
    seconds_drawing: float
    seconds_perceiving: float
    cpu_perceiving: float
    pictures: int


def watch(
    hall: Hall,
    scenario: ScenarioCfg,
    cfg: RunCfg,
    sensor_cfg: SensorCfg,
    record: Path | None = None,
    progress: Callable[[float], None] = lambda time: None,
) -> Run:
    """Let a scenario run, and follow it through the cameras from `LEARNING` s on.

    `record` is a folder for the pictures; `progress` is told the simulated time in s.
    """
    seconds = scenario.seconds
    timeline, mishaps = run_scenario(hall, scenario)
    cameras = _Cameras(hall, timeline, cfg, sensor_cfg, seconds)
    learning: dict[str, list[Picture]] = {name: [] for name in cameras.names}
    for time in np.linspace(0.0, LEARNING, _LEARNING_PICTURES):
        for name, picture in cameras.take(float(time)).items():
            learning[name].append(picture)
    activity_map = ActivityMap(hall.calibration, learning)
    activities, drawing, perceiving, cpu, pictures = [], 0.0, 0.0, 0.0, 0
    for time in np.arange(LEARNING, seconds, 1 / cfg.rate).tolist():
        begin = perf_counter()
        frame = cameras.take(time)
        middle, before = perf_counter(), process_time()
        activities.append(activity_map.step(time, frame))
        perceiving += perf_counter() - middle
        cpu += process_time() - before
        drawing += middle - begin
        pictures += len(frame)
        if record:
            for name, picture in frame.items():
                write_picture(record, name, time, picture)
        progress(time)
    return Run(timeline, mishaps, activities, activity_map, drawing, perceiving, cpu, pictures)


class _Cameras:
    """All cameras of a hall with their noise, their clocks and their outages."""

    def __init__(
        self, hall: Hall, timeline: Timeline, cfg: RunCfg, sensor_cfg: SensorCfg, seconds: float
    ) -> None:
        self.names = list(hall.calibration.cameras)
        rng = np.random.default_rng(cfg.seed)
        self._timeline, self._cfg = timeline, cfg
        self._views = CeilingViews(hall, timeline.shapes)
        _, height, width = hall.depth.shape
        self._sensor = Sensor(sensor_cfg, height, width, rng)
        # A few clocks instead of one each: the actors are then placed a few times a frame.
        self._clock = rng.integers(-1, 2, len(self.names)) * cfg.skew
        count = rng.poisson(cfg.outages * seconds / 3600, len(self.names))
        self._silent = [rng.uniform(LEARNING, seconds, n) for n in count]

    def take(self, time: float) -> dict[str, Picture]:
        """The pictures that say they are of `time` in s."""
        frame = {}
        for late in np.unique(self._clock):
            group = [k for k in range(len(self.names)) if self._clock[k] == late and self._is_awake(k, time)]
            if not group:
                continue
            shown = float(np.clip(time + late, 0.0, self._timeline.times[-1]))
            depth, rgb = self._views.draw(self._timeline.poses(shown), group)
            frame |= {self.names[k]: self._sensor.take(depth[k], rgb[k]) for k in group}
        return frame

    def _is_awake(self, k: int, time: float) -> bool:
        return not any(begin <= time < begin + self._cfg.outage for begin in self._silent[k])
