"""Record what a simulated robot's sensors see and feel, with the truth: EuRoC, TUM RGB-D or MCAP."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

import tyro

from ..perception.datasets import recording_writer
from ..twin.record.frames import LiveFrames, RecordCfg, Sensor
from ..twin.record.recorder import record
from ..twin.record.scenario import load_scenario


def main(
    scenario: tyro.conf.Positional[str],
    out: Path,
    sensors: tuple[Sensor, ...] = ("stereo", "imu", "wheels"),
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
        scenario: amr-aisles (20 m, nobody else), amr-workers (200 m, six workers), or a TOML file.
        out: folder to write, a file for mcap; must not exist.
        sensors: stereo (left and right, grey), depth (rgb and depth), imu, wheels.
        format: layout of the files; euroc holds stereo, imu and wheels, tum holds depth, mcap all.
        seed: of the hall, the route, the workers and all noise.
        length: of the drive, m, instead of the scenario's.
        seconds: stop after so many.
        ideal: without noise, blur and lens distortion.
        width: of pictures, px.
        height: of pictures, px.
        rolling: s between rows of a rolling shutter; 0 for a global shutter.
    """
    chosen = load_scenario(scenario)
    if length is not None:
        chosen = replace(chosen, length=length)
    begin = time.perf_counter()
    recording = record(chosen, RecordCfg(sensors, seed, ideal, width, height, rolling, seconds))
    frames, truth = recording.frames, recording.truth
    assert isinstance(frames, LiveFrames) and truth
    ready = time.perf_counter()
    with recording_writer(out, format, recording.cameras, recording.imu_noise) as writer:
        if imu := recording.imu:
            for at, gyro, accel in zip(imu.times, imu.gyro, imu.accel, strict=True):
                writer.add_imu(float(at), gyro, accel)
        if wheels := recording.wheels:
            for at, speed, yaw_rate in zip(wheels.times, wheels.speed, wheels.yaw_rate, strict=True):
                writer.add_wheels(float(at), float(speed), float(yaw_rate))
        for at, pose in zip(truth.times, truth.poses, strict=True):
            writer.add_truth(float(at), pose)
        for frame in frames:
            writer.add_frame(frame)
    took = time.perf_counter() - ready
    pictures = len(frames) * len(frames.cameras)
    print(
        f"{out}: {truth.length:.1f} m in {truth.times[-1]:.1f} s, {len(frames)} frames. Set up in "
        f"{ready - begin:.1f} s, {pictures / took:.1f} pictures/s ({frames.traces} drawn for blur)."
    )
