"""A picture of what odometry said: the way from above, its errors and standard deviations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..metrics.trajectory import absolute_error
from ..poses import transform
from ..trajectory import Trajectory
from .estimate import Estimate, Status
from .replay import trajectory_of

_COLORS = {Status.DEGRADED: "#e6a817", Status.LOST: "#c0392b", Status.REINIT: "#8e44ad"}


def plot_odometry(runs: Mapping[str, Sequence[Estimate]], truth: Trajectory | None, out: Path) -> None:
    """Write a PNG of one or several runs on the same frames; the first is the one whose status is shown."""
    figure = Figure(figsize=(13, 8), layout="constrained")
    plan, errors, sigmas, points = figure.subplot_mosaic(
        [["plan", "errors"], ["plan", "sigmas"], ["plan", "points"]], width_ratios=(1.2, 1)
    ).values()
    if truth is not None:
        plan.plot(*truth.positions[:, :2].T, color="black", lw=1, ls="--", label="truth")
    for name, estimates in runs.items():
        way = trajectory_of(estimates)
        times = way.times - way.times[0]
        moved = way.positions
        if truth is not None:
            error = absolute_error(way, truth)
            moved = transform(error.truth_from_estimate, moved)
            errors.plot(error.times - way.times[0], error.distances, lw=1, label=name)
        plan.plot(*moved[:, :2].T, lw=1.2, label=name)
        spread = np.array([np.sqrt(np.trace(e.covariance[:3, :3])) for e in estimates])
        sigmas.plot(times, spread, lw=1, label=name)
    first = list(next(iter(runs.values())))
    times = np.array([estimate.time for estimate in first]) - first[0].time
    points.plot(times, [estimate.inliers for estimate in first], lw=0.8, color="tab:blue")
    for axis in (errors, sigmas, points):
        _mark(axis, times, first)
    plan.set(xlabel="x, m", ylabel="y, m", aspect="equal", title="from above")
    errors.set(
        ylabel="error after alignment, m", title="" if truth is not None else "no truth to compare with"
    )
    sigmas.set(ylabel="standard deviation, m")
    points.set(ylabel="points that fit", xlabel="s")
    plan.legend(loc="best", fontsize="small")
    figure.savefig(out, dpi=110, format="png")


def _mark(axis: Axes, times: np.ndarray, estimates: Sequence[Estimate]) -> None:
    """Grid, and a stripe for each moment that was not OK."""
    axis.grid(alpha=0.3)
    for status, color in _COLORS.items():
        at = times[[estimate.status is status for estimate in estimates]]
        if at.size:
            axis.vlines(
                at, 0, 1, transform=axis.get_xaxis_transform(), color=color, alpha=0.35, lw=1, zorder=0
            )
