"""A page about a trajectory: each joint's position, velocity, acceleration and jerk, with limits drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...assets.whole_file import whole_file
from ..limits import Array, Limits
from .trajectory import QUANTITIES, Trajectory

SAMPLES = 3000
UNITS = ("rad", "rad/s", "rad/s²", "rad/s³")


def draw(
    path: Path,
    trajectory: Trajectory,
    limits: Limits,
    names: Sequence[str] | None = None,
    marks: Array | None = None,
) -> None:
    """Write the page as a PNG, under a temporary name first.

    Velocity, acceleration and jerk are parts of each joint's limit, so that one dashed line is the limit of
    all of them; the legend says what 1 is.

    Args:
        marks: times in s to draw a line at, such as those at which waypoints are passed.
    """
    names = [f"joint {j}" for j in range(trajectory.dof)] if names is None else list(names)
    times = np.linspace(0.0, trajectory.duration, SAMPLES)
    figure = Figure(figsize=(13.0, 11.0), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(f"{trajectory.duration:.3f} s, {len(trajectory.times) - 1} polynomials a joint")
    axes = np.ravel(figure.subplots(4, 1, sharex=True))
    bounds = (None, limits.velocity, limits.acceleration, limits.jerk)
    for order, (axis, bound) in enumerate(zip(axes, bounds, strict=True)):
        values = trajectory.derivative(times, order)
        for j, name in enumerate(names):
            scale = 1.0 if bound is None else bound[j]
            label = name if bound is None else f"{bound[j]:g} {UNITS[order]}"
            axis.plot(times, values[:, j] / scale, linewidth=1.0, label=label)
        if bound is None:
            axis.set_ylabel(f"position, {UNITS[0]}")
        else:
            axis.set_ylabel(f"{QUANTITIES[order]}\nper limit")
            axis.set_ylim(-1.15, 1.15)
            for sign in (-1, 1):
                axis.axhline(sign, color="black", linestyle="--", linewidth=1.0)
        for mark in () if marks is None else marks:
            axis.axvline(mark, color="#999999", linewidth=0.8)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes[-1].set_xlabel("s")
    with whole_file(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png")
