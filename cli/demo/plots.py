"""Pictures of the walk: velocities over time, the path on the map, the loop's timing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator

from .route import RESOLUTION, FloorMap
from .style import COLORS, LABELS
from .walk import Walk

_DPI = 110


def plot_velocities(walks: Mapping[str, Walk], out: Path) -> None:
    """Commanded against actual forward velocity and yaw rate; faint: with the sway of every step."""
    figure = Figure(figsize=(11, 2.3 * len(walks)), layout="constrained")
    grid = figure.subplots(len(walks), 2, sharex=True, squeeze=False)
    for row, (name, walk) in zip(grid, walks.items(), strict=True):
        for axis, column, label in ((row[0], 0, "vx, m/s"), (row[1], 2, "yaw rate, rad/s")):
            axis.plot(walk.time, walk.velocity[:, column], color=COLORS[name], alpha=0.2, lw=0.6)
            axis.plot(walk.time, walk.steady_velocity[:, column], color=COLORS[name], label=LABELS[name])
            axis.plot(walk.time, walk.command[:, column], color="black", lw=1, ls="--", label="commanded")
            axis.set_ylabel(label)
            axis.set_ylim((-0.3, 1.0) if column == 0 else (-1.5, 1.5))
            axis.grid(alpha=0.3)
        row[0].legend(loc="lower right", fontsize="small", ncols=2)
    for axis in grid[-1]:
        axis.set_xlabel("s")
    figure.savefig(out, dpi=_DPI)


def plot_paths(floor: FloorMap, walks: Mapping[str, Walk], out: Path) -> None:
    """The paths of the bases on the floor map: on the whole map, and on the part that they cross."""
    figure = Figure(figsize=(11, 5.6), layout="constrained")
    whole, part = figure.subplots(1, 2, width_ratios=(1.5, 1))
    rows, columns = floor.free.shape
    x0, y0 = floor.corner
    extent = (x0, x0 + columns * RESOLUTION, y0, y0 + rows * RESOLUTION)
    for axis in (whole, part):
        axis.imshow(floor.free, origin="lower", extent=extent, cmap="gray", vmin=-1.2, vmax=1.0)
        axis.set(xlabel="x, m", ylabel="y, m", aspect="equal")
    for name, walk in walks.items():
        whole.plot(*walk.qpos[:, :2].T, color=COLORS[name], lw=2)
        _plot_path(part, name, walk)
    routes = [walk.errand.route for walk in walks.values()]
    points = [point for route in routes for point in (route.start[:2], *route.waypoints)]
    (left, bottom), (right, top) = np.min(points, axis=0) - 3.0, np.max(points, axis=0) + 3.0
    part.set(xlim=(left, right), ylim=(bottom, top))
    whole.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, lw=1.2))
    part.xaxis.set_major_locator(MultipleLocator(5))
    figure.legend(*part.get_legend_handles_labels(), loc="outside lower left")
    figure.savefig(out, dpi=_DPI)


def _plot_path(axis: Axes, name: str, walk: Walk) -> None:
    route = walk.errand.route
    line = np.array([route.start[:2], *route.waypoints])
    axis.plot(*line.T, color=COLORS[name], lw=0.8, ls=":")
    for number, (x, y) in enumerate(route.waypoints, start=1):
        reached = number <= walk.reached
        axis.plot(x, y, "o", ms=13, mfc=COLORS[name] if reached else "white", mec=COLORS[name])
        axis.text(
            x, y, str(number), color="white" if reached else "black", size="small", ha="center", va="center"
        )
    label = f"{LABELS[name]}: {walk.reached} of {len(route.waypoints)} waypoints, {walk.distance:.1f} m"
    axis.plot(walk.qpos[:, 0], walk.qpos[:, 1], color=COLORS[name], lw=1.6, label=label)
    if walk.fault:
        axis.plot(*walk.qpos[-1, :2], "x", color="black", ms=12, mew=3)


def plot_timing(walks: Mapping[str, Walk], out: Path) -> None:
    """Histograms of the time between ticks and of the work within one, over all ticks of the walks."""
    figure = Figure(figsize=(11, 2.8), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, what, label in zip(
        axes, ("period", "work"), ("from tick to tick, ms", "work in a tick, ms"), strict=True
    ):
        values = {name: 1e3 * getattr(walk, what) for name, walk in walks.items()}
        every = np.concatenate(list(values.values()))
        bins = np.linspace(every.min() - 0.01, every.max() + 0.01, 120).tolist() if len(every) else 1
        for name, durations in values.items():
            axis.hist(durations, bins=bins, color=COLORS[name], alpha=0.55, label=LABELS[name])
        axis.set(xlabel=label, ylabel="ticks", yscale="log", ylim=(0.7, None))
        axis.ticklabel_format(axis="x", useOffset=False)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    figure.savefig(out, dpi=_DPI)
