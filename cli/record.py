"""Record what a simulated robot's sensors see and feel, with the truth: EuRoC, TUM RGB-D or MCAP."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

import tyro

from ..perception.datasets import write_recording
from ..twin.record.frames import LiveFrames
from ..twin.record.recorder import record
from ..twin.record.rig import RecordCfg
from ..twin.record.robots import ROBOTS, Sensor
from ..twin.record.scenario import load_scenario

_USUAL: tuple[Sensor, ...] = ("stereo", "imu", "wheels")


def main(
    scenario: tyro.conf.Positional[str],
    out: Path,
    sensors: tuple[Sensor, ...] | None = None,
    format: Literal["euroc", "tum", "mcap"] = "euroc",
    seed: int = 0,
    length: float | None = None,
    seconds: float | None = None,
    ideal: bool = False,
    width: int = 640,
    height: int = 480,
    rolling: float = 0.0,
) -> None:
    """Record a scenario.

    Args:
        scenario: amr-aisles (20 m, nobody else), amr-workers (200 m, six workers), droid-walk and
            humanoid-walk (50 m on legs, with head cameras), or a TOML file.
        out: folder to write, a file for mcap; must not exist.
        sensors: stereo (left and right, grey), depth (rgb and depth), segmentation (rgb, and which thing each
            pixel shows), imu, wheels, lidar (one row), lidar3d (16 rows); without, stereo, imu and the wheels
            of a robot that has some.
        format: layout of the files; euroc holds stereo, imu and wheels, tum rgb and depth, mcap all.
        seed: of the hall, the route, the workers and all noise.
        length: of the way, m, instead of the scenario's.
        seconds: stop after so many.
        ideal: without noise, blur and lens distortion.
        width: of pictures, px.
        height: of pictures, px.
        rolling: s between rows of a rolling shutter; 0 for a global shutter.
    """
    chosen = load_scenario(scenario)
    if length is not None:
        chosen = replace(chosen, length=length)
    if sensors is None:
        sensors = tuple(sensor for sensor in _USUAL if sensor in ROBOTS[chosen.robot].sensors)
    begin = time.perf_counter()
    recording = record(chosen, RecordCfg(sensors, seed, ideal, width, height, rolling, seconds))
    frames, truth = recording.frames, recording.truth
    assert isinstance(frames, LiveFrames) and truth
    ready = time.perf_counter()
    write_recording(recording, out, format)
    took = time.perf_counter() - ready
    pictures = len(frames) * len(frames.rig.cameras)
    print(
        f"{out}: {truth.length:.1f} m in {truth.times[-1]:.1f} s, {len(frames)} frames. Set up in "
        f"{ready - begin:.1f} s, {pictures / took:.1f} pictures/s ({frames.rig.traces} drawn for blur)."
    )
