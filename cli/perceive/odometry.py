"""`gaitway perceive odometry`: where a robot went, from what its sensors recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..bench.report import machine_facts, on_machine, print_table, write_json
from .looks import Looks

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...perception.odometry.estimate import Estimate
    from ...perception.odometry.stereo import RgbdOdometry, StereoOdometry
    from ...perception.recording import Frame, Recording
    from .report.tracks import TrackPictures
    from .view.odometry import OdometryView


@dataclass
class Odometry(Looks):
    """Follow a recorded stereo pair or RGB-D camera, and its IMU and wheels, and say where the body went.

    Where there is an IMU or wheels, cameras alone and wheels with IMU are run as well, and all are reported:
    the fused way must not be the worse one unnoticed.

    Attributes:
        input: folder or MCAP file of the recording.
        format: its layout.
        out: the fused trajectory to write, in the TUM format, from the body's first pose.
        plot: picture to write: the way from above, errors and standard deviations over time.
        json: file to write the figures to: ATE, RPE, completion, time by stage.
        frames: stop after so many.
    """

    input: Path
    format: Literal["euroc", "tum", "kitti", "mcap"]
    out: Path
    plot: Path | None = None
    json: Path | None = None
    frames: int | None = None

    def work(self, view: RecordingStream | None) -> None:
        """Replay, score, print and write."""
        from ...perception.datasets import open_recording
        from ...perception.odometry.replay import odometry_for, trajectory_of
        from ...perception.odometry.summary import errors_of, summary_of
        from ...perception.trajectory import write_tum

        if self.frames is not None and self.frames < 3:
            raise ValueError(f"--frames is {self.frames}; at least 3 are needed.")
        machine = machine_facts()
        recording = open_recording(self.input, self.format)
        if len(recording.frames) < 3:
            raise ValueError(f"{self.input} has {len(recording.frames)} frames; a way needs at least 3.")
        odometry = odometry_for(recording)
        pictures = self._track_pictures(recording, odometry)
        shown = None if view is None else _shown(view, recording, odometry)
        runs = self._runs(recording, odometry, [one.see for one in (pictures, shown) if one is not None])
        if shown is not None:
            shown.end(runs)
        result: dict[str, Any] = {"input": self.input.name, "self_check": odometry.self_check()}
        for name, estimates in runs.items():
            errors = {} if recording.truth is None else errors_of(estimates, recording.truth)
            result[name] = {**summary_of(estimates), **errors}
        tables = _tables(result, list(runs), machine)
        for title, (columns, rows) in tables.items():
            print_table(title, columns, rows)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        write_tum(self.out, trajectory_of(next(iter(runs.values()))))
        write_json(self.json, result, machine)
        if self.plot is not None:
            from ...policies.figure_style import save_figure
            from .report.odometry import odometry_figure

            save_figure(odometry_figure(runs, recording.truth), self.plot)
        if self.report is not None and pictures is not None:
            from .report.odometry import add_odometry

            page = self.page(f"Odometry of {self.input.name}", machine)
            add_odometry(page, tables, runs, recording.truth, pictures.pictures)
            page.write(self.report)

    def _track_pictures(
        self, recording: Recording, odometry: StereoOdometry | RgbdOdometry
    ) -> TrackPictures | None:
        if self.report is None:
            return None
        from .report.tracks import TrackPictures

        return TrackPictures(recording, odometry, self.frames)

    def _runs(
        self,
        recording: Recording,
        odometry: StereoOdometry | RgbdOdometry,
        watchers: list[Callable[[Frame, Estimate], None]],
    ) -> dict[str, list[Estimate]]:
        """Estimates by what they were made from; `odometry`, the first, is watched."""
        from ...perception.odometry.replay import odometry_for, replay, trajectory_of
        from ...perception.odometry.wheel_inertial import wheel_inertial_estimates
        from .tracks import watched

        has_motion = recording.imu is not None or recording.wheels is not None
        estimates = []
        for frame, estimate in islice(watched(recording, odometry), self.frames):
            estimates.append(estimate)
            for watch in watchers:
                watch(frame, estimate)
        runs = {"fused" if has_motion else "cameras": estimates}
        if has_motion:
            runs["cameras"] = list(islice(replay(recording, odometry_for(recording), False), self.frames))
        if recording.wheels is not None:
            times = trajectory_of(runs["cameras"]).times
            runs["wheels and IMU"] = wheel_inertial_estimates(
                times, recording.wheels, recording.imu, recording.imu_noise
            )
        return runs


def _shown(
    view: RecordingStream, recording: Recording, odometry: StereoOdometry | RgbdOdometry
) -> OdometryView:
    from .view.odometry import OdometryView

    return OdometryView(view, recording, odometry)


def _tables(
    result: dict[str, Any], names: list[str], machine: dict[str, Any]
) -> dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Columns and rows by title: errors of each run, and the stages of the first."""
    rows = []
    for name in names:
        run = result[name]
        figures = [f"{run['completion_percent']:.1f}", str(run["status"]["degraded"])]
        for key, digits in (("ate_m", 3), ("ate_percent", 3), ("rpe_percent", 2), ("rpe_deg_per_m", 4)):
            figures.append(f"{run[key]:.{digits}f}" if key in run else "-")
        rows.append((name, *figures))
    columns = ("run", "not lost %", "degraded", "ATE m", "ATE %", "RPE %", "RPE deg/m")
    stages = [(name, f"{ms['mean']:.2f}", f"{ms['p95']:.2f}") for name, ms in result[names[0]]["ms"].items()]
    window = result[names[0]]["window_ms"]
    stages.append(("window, in its own thread", f"{window['mean']:.2f}", f"{window['p95']:.2f}"))
    return {
        f"Odometry of {result['input']}": (columns, rows),
        f"Stages of '{names[0]}' on {on_machine(machine)}": (("stage", "ms mean", "p95"), stages),
    }
