"""What is reported of a walk: figures, and a picture of the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ...perception.metrics.trajectory import absolute_error
from ...policies.figure_style import BLUE, ORANGE, light_grid, new_figure
from .mission import Walk


def figures(walk: Walk) -> dict[str, Any]:
    """Figures of a walk; errors in m, and the ATE also in % of the route.

    `thinks_it_is_off_by_m` is the distance in the plane between where it thinks it is at the end and where
    it is, `end_missed_by_m` that between the end of the route and where it is.
    """
    error = absolute_error(walk.believed, walk.truth)
    end, thought = walk.truth.positions[-1, :2], walk.believed.positions[-1, :2]
    return {
        "route_m": walk.route.length,
        "seconds": float(walk.truth.times[-1]),
        "arrived": walk.arrived,
        "fell": walk.fell,
        "touched": walk.touched,
        "ate_m": error.rmse,
        "ate_percent": 100 * error.rmse / walk.route.length,
        "thinks_it_is_off_by_m": float(np.linalg.norm(thought - end)),
        "end_missed_by_m": float(np.linalg.norm(walk.route.points[-1] - end)),
        "pictures": len(walk.statuses),
        "lost": walk.statuses.count("lost"),
        "degraded": walk.statuses.count("degraded"),
    }


def plot_walks(walks: Mapping[str, Walk]) -> Figure:
    """For each walk, by name, the way from above and how far off it thinks it is."""
    figure = new_figure(6.0, 5.0 * len(walks))
    axes = figure.subplots(2, len(walks), squeeze=False, height_ratios=(3, 1))
    for (name, walk), (plan, errors) in zip(walks.items(), axes.T, strict=True):
        plan.plot(*walk.route.points.T, color="0.85", lw=5, label="route that it was told")
        plan.plot(*walk.truth.positions[:, :2].T, color=BLUE, lw=1.2, label="where its head was")
        believed = walk.believed.positions[:, :2].T
        plan.plot(*believed, color=ORANGE, lw=1.2, ls="--", label="where it thought it was")
        plan.set(title=name, xlabel="x, m", ylabel="y, m", aspect="equal")
        plan.legend(fontsize=8)
        off = np.linalg.norm(walk.believed.positions - walk.truth.positions, axis=1)
        errors.plot(walk.truth.times, off, color=ORANGE, lw=1)
        errors.set(xlabel="s", ylabel="off by, m")
        errors.set_ylim(bottom=0.0)
        light_grid(plan)
        light_grid(errors)
    return figure
