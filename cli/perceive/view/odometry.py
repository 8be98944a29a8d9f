"""What `gaitway perceive odometry --view` shows while it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ....perception.odometry.estimate import Estimate
from ....perception.odometry.replay import trajectory_of
from ....perception.odometry.stereo import RgbdOdometry, StereoOdometry
from ....perception.poses import Array, inverse
from ....perception.recording import Frame, Recording
from ..tracks import picture_of, tracks_of
from .things import picture, pinhole, pose

_BLUE, _ORANGE, _GREY, _BLACK = (31, 120, 209), (228, 87, 46), (107, 114, 128), (40, 40, 40)
_WAY_EVERY = 5  # frames


class OdometryView:
    """Shows a run frame by frame: the picture and what is followed in it, the way, errors and deviations.

    Args:
        view: to log to.
        recording: that is followed.
        odometry: that follows it.
    """

    def __init__(
        self, view: rr.RecordingStream, recording: Recording, odometry: StereoOdometry | RgbdOdometry
    ) -> None:
        self._view, self._odometry = view, odometry
        self._picture, self._truth = picture_of(recording), recording.truth
        self._start, self._from_world = 0.0, np.eye(4)
        self._way: list[Array] = []
        self._status = ""
        view.send_blueprint(_blueprint())
        view.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
        camera = odometry.rig.camera
        view.log("world/body/camera", pose(camera.body_from_camera), pinhole(camera), static=True)

    def see(self, frame: Frame, estimate: Estimate) -> None:
        """Show a frame that odometry has just used, and what it said."""
        view = self._view
        if not self._way:
            self._begin(estimate)
        view.set_time("time", duration=estimate.time - self._start)
        view.log("world/body", pose(estimate.pose))
        view.log("world/body/camera/picture", picture(self._picture(frame)))
        lines, colours = tracks_of(self._odometry)
        view.log("world/body/camera/picture/tracks", rr.LineStrips2D(lines, colors=colours, radii=1.2))
        view.log("world/points", rr.Points3D(self._odometry.landmarks.points, colors=colours, radii=0.03))
        self._way.append(estimate.pose[:3, 3])
        if len(self._way) % _WAY_EVERY == 0:
            view.log("world/way", rr.LineStrips3D([np.array(self._way)], colors=[_BLUE], radii=0.02))
        self._figures(estimate)

    def end(self, runs: Mapping[str, Sequence[Estimate]]) -> None:
        """Show the ways of all runs, the first of which was seen."""
        for (name, estimates), colour in zip(runs.items(), (_BLUE, _ORANGE, _GREY), strict=False):
            way = trajectory_of(estimates).positions
            self._view.log(
                ["world", "ways", name], rr.LineStrips3D([way], colors=[colour], radii=0.02), static=True
            )

    def _begin(self, estimate: Estimate) -> None:
        """The truth, from the same first pose."""
        self._start = estimate.time
        if self._truth is None:
            return
        first = self._truth.at(np.array([estimate.time]))[0]
        self._from_world = estimate.pose @ inverse(first)
        way = (self._from_world @ self._truth.poses)[:, :3, 3]
        self._view.log("world/truth", rr.LineStrips3D([way], colors=[_BLACK], radii=0.01), static=True)

    def _figures(self, estimate: Estimate) -> None:
        view = self._view
        sigma = float(np.sqrt(np.trace(estimate.covariance[:3, :3])))
        view.log("position/deviation", rr.Scalars(sigma))
        if self._truth is not None:
            true = self._from_world @ self._truth.at(np.array([estimate.time]))[0]
            error = float(np.linalg.norm(estimate.pose[:3, 3] - true[:3, 3]))
            view.log("position/error", rr.Scalars(error))
        view.log("points/fit", rr.Scalars(estimate.inliers))
        view.log("time/frame", rr.Scalars(1e3 * sum(estimate.stages.values())))
        if estimate.status.value != self._status:
            self._status = estimate.status.value
            view.log("status", rr.TextLog(self._status))


def _blueprint() -> rrb.Blueprint:
    figures = rrb.Vertical(
        rrb.TimeSeriesView(origin="position", name="error and deviation, m"),
        rrb.TimeSeriesView(origin="points", name="points that fit"),
        rrb.TimeSeriesView(origin="time", name="ms a frame"),
        rrb.TextLogView(origin="status", name="status"),
    )
    picture = rrb.Spatial2DView(origin="world/body/camera", name="picture")
    way = rrb.Spatial3DView(origin="world", name="way")
    return rrb.Blueprint(
        rrb.Horizontal(rrb.Vertical(way, picture), figures, column_shares=[3, 2]), collapse_panels=True
    )
