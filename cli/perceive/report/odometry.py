"""The page of `gaitway perceive odometry`: the way, its errors beside what they were said to be, and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ....perception.metrics.trajectory import absolute_error
from ....perception.odometry.estimate import Estimate, Status
from ....perception.odometry.replay import trajectory_of
from ....perception.odometry.summary import WARM_UP
from ....perception.poses import inverse, transform
from ....perception.trajectory import Trajectory
from ....policies.figure_style import BLUE, GREY, ORANGE, light_grid, new_figure, png_of
from ....policies.page import Page, Picture, Table

Runs = Mapping[str, Sequence[Estimate]]
"""Estimates by the name of what they were made from; the first is the one that is written."""

_WAYS = (BLUE, ORANGE, GREY)
_STATUS = {Status.DEGRADED: "#e6a817", Status.LOST: "#c0392b", Status.REINIT: "#8e44ad"}


def odometry_figure(runs: Runs, truth: Trajectory | None) -> Figure:
    """The ways from above, and over time errors, standard deviations and points; the status of the first."""
    figure = new_figure(6.8)
    plan, errors, sigmas, points = figure.subplot_mosaic(
        [["plan", "errors"], ["plan", "sigmas"], ["plan", "points"]], width_ratios=(1.2, 1)
    ).values()
    if truth is not None:
        plan.plot(*truth.positions[:, :2].T, color="black", lw=1, ls="--", label="truth")
    for colour, (name, estimates) in zip(_WAYS, runs.items(), strict=False):
        way = trajectory_of(estimates)
        moved = way.positions
        if truth is not None:
            error = absolute_error(way, truth)
            moved = transform(error.truth_from_estimate, moved)
            errors.plot(error.times - way.times[0], error.distances, lw=1, color=colour)
        plan.plot(*moved[:, :2].T, lw=1.3, color=colour, label=name)
        spread = np.array([np.sqrt(np.trace(e.covariance[:3, :3])) for e in estimates])
        sigmas.plot(way.times - way.times[0], spread, lw=1, color=colour)
    first = next(iter(runs.values()))
    points.plot(_seconds(first), [estimate.inliers for estimate in first], lw=0.8, color=BLUE)
    for axis in (errors, sigmas, points):
        _mark(axis, first)
    plan.set(xlabel="x, m", ylabel="y, m", aspect="equal", title="from above")
    errors.set(
        ylabel="error after alignment, m", title="" if truth is not None else "no truth to compare with"
    )
    sigmas.set(ylabel="standard deviation, m")
    points.set(ylabel="points that fit", xlabel="s")
    plan.legend(loc="best", fontsize="small")
    light_grid(plan)
    return figure


def add_odometry(
    page: Page,
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]],
    runs: Runs,
    truth: Trajectory | None,
    pictures: Sequence[Picture],
) -> None:
    """Fill the page.

    Args:
        page: to fill.
        tables: columns and rows by their titles.
        runs: what was estimated.
        truth: if it is known.
        pictures: of what was followed.
    """
    first = next(iter(runs))
    for title, (columns, rows) in tables.items():
        page.add("" if title == page.title else title, table=Table(columns, rows))
    caption = (
        "Each way is moved onto the truth as one rigid body. Standard deviations are what odometry says of "
        f"its own position since the first frame. Stripes are frames of '{first}' that are degraded "
        "(yellow), lost (red) or just found again (violet)."
    )
    page.add("Way", Picture(png_of(odometry_figure(runs, truth)), caption, "the way from above"))
    if truth is not None:
        caption = (
            f"Position of '{first}' less the truth, both from the first pose. The band is twice the standard "
            "deviation that odometry gives: where covariances are right, 95 % of the line is inside."
        )
        drawn = _errors_in_bands(runs[first], truth)
        page.add("Errors as odometry sees them", Picture(png_of(drawn), caption, "errors and bands"))
    caption = f"'{first}', after {WARM_UP} frames. The window is optimised in its own thread: no frame waits."
    page.add("Time", Picture(png_of(_times(runs[first])), caption, "time by stage"))
    if pictures:
        text = "Where points of the last keyframe have gone: near ones red, far ones blue."
        page.add("Points that are followed", *pictures, text=text)


def _errors_in_bands(estimates: Sequence[Estimate], truth: Trajectory) -> Figure:
    true = truth.at(np.array([estimate.time for estimate in estimates]))
    true = estimates[0].pose @ inverse(true[0]) @ true
    off = np.array([e.pose[:3, 3] for e in estimates]) - true[:, :3, 3]
    sigma = np.sqrt([np.diag(e.covariance)[:3] for e in estimates])
    figure = new_figure(4.4)
    axes = figure.subplots(3, 1, sharex=True)
    for k, axis in enumerate(axes):
        axis.fill_between(
            _seconds(estimates), -2 * sigma[:, k], 2 * sigma[:, k], color=BLUE, alpha=0.15, lw=0
        )
        axis.plot(_seconds(estimates), off[:, k], color=BLUE, lw=1)
        _mark(axis, estimates)
        axis.set(ylabel=f"{'xyz'[k]}, m")
    axes[-1].set(xlabel="s")
    return figure


def _times(estimates: Sequence[Estimate]) -> Figure:
    """Of each stage, and of all of them frame by frame."""
    timed = estimates[WARM_UP:] or estimates
    stages = list(dict.fromkeys(name for estimate in timed for name in estimate.stages))
    values = [[1e3 * estimate.stages.get(name, 0.0) for estimate in timed] for name in stages]
    names = [*stages]
    if windows := [1e3 * estimate.window_s for estimate in timed if estimate.window_s]:
        names, values = [*names, "window"], [*values, windows]
    figure = new_figure(3.2)
    bars, frames = figure.subplots(1, 2, width_ratios=(1, 1.4))
    bars.barh(names, [float(np.mean(v)) for v in values], color=BLUE)
    bars.plot([float(np.percentile(v, 95)) for v in values], names, "|", color=ORANGE, ms=12, mew=2)
    bars.invert_yaxis()
    bars.set(xlabel="ms; bar: mean, tick: 95 %")
    total = [1e3 * sum(estimate.stages.values()) for estimate in timed]
    frames.plot(_seconds(estimates)[-len(timed) :], total, color=BLUE, lw=0.7)
    frames.set(xlabel="s", ylabel="ms a frame", ylim=(0, None))
    for axis in (bars, frames):
        light_grid(axis)
    return figure


def _seconds(estimates: Sequence[Estimate]) -> np.ndarray:
    return np.array([estimate.time for estimate in estimates]) - estimates[0].time


def _mark(axis: Axes, estimates: Sequence[Estimate]) -> None:
    """A grid, and a stripe for each moment that was not OK."""
    light_grid(axis)
    times = _seconds(estimates)
    for status, colour in _STATUS.items():
        at = times[[estimate.status is status for estimate in estimates]]
        axis.vlines(at, 0, 1, transform=axis.get_xaxis_transform(), color=colour, alpha=0.35, lw=1, zorder=0)
