"""A picture of a roadmap over its map, for looking at one-way lanes, zones and sites. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from ..graph import HEADINGS, STEP_XY
from ..maps.map_server import Occupancy
from .roadmap import Roadmap

LOOKS = {
    "station": ("s", "#d97706"),
    "charger": ("P", "#15803d"),
    "parking": ("o", "#6d28d9"),
    "dock": ("D", "#0e7490"),
}
"""Marker and colour of each kind of site."""
_FAST, _SLOW, _ONE_WAY, _OUT = "#93b4d8", "#f0b8a0", "#1d4ed8", "#b91c1c"
_NAMED = 40  # sites, up to which each is named


def draw_roadmap(occupancy: Occupancy, roadmap: Roadmap, file: Path) -> None:
    """Write a PNG: the floor, cells and moves of the road, one-way moves as arrows, zones, sites."""
    (left, bottom), (rows, columns) = occupancy.origin, occupancy.free.shape
    right, top = left + columns * occupancy.resolution, bottom + rows * occupancy.resolution
    figure = Figure(figsize=(14, max(4.0, 14 * (top - bottom) / (right - left) + 1)), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(occupancy.free, cmap="gray", vmin=-2, vmax=1, extent=(left, right, bottom, top))
    _draw_moves(axes, roadmap)
    for zones, colour in ((roadmap.rules.keep_out, _OUT), (roadmap.rules.speed, _SLOW)):
        for zone in zones:
            axes.add_patch(Polygon(zone.area, color=colour, alpha=0.25, lw=0))
            x, y = zone.area.mean(0)
            axes.text(x, y, zone.name, color=_OUT, ha="center", va="center", fontsize=8)
    _draw_sites(axes, roadmap)
    axes.set(aspect="equal", xlabel="x, m", ylabel="y, m", title=_title(roadmap))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=len(LOOKS) + 2, frameon=False)
    figure.savefig(file, dpi=110, format="png")


def _title(roadmap: Roadmap) -> str:
    return (
        f"{len(roadmap.graph):,} cells of {roadmap.cell:g} m for robots of {roadmap.rules.diameter:g} m, "
        f"{len(roadmap.rules.sites)} sites"
    )


def _draw_moves(axes: Axes, roadmap: Roadmap) -> None:
    graph, at = roadmap.graph, roadmap.positions
    here, heading = np.nonzero(graph.ahead >= 0)
    there = graph.ahead[here, heading]
    lines = LineCollection(list(np.stack([at[here], at[there]], 1)), colors=_FAST, lw=0.7, label="moves")
    axes.add_collection(lines)
    is_one_way = graph.ahead[there, (heading + 2) % HEADINGS] != here
    start, way = at[here[is_one_way]], STEP_XY[heading[is_one_way]] * (1, -1) * roadmap.cell
    if len(start):
        axes.quiver(
            *start.T,
            *way.T,
            angles="xy",
            scale_units="xy",
            scale=1,
            color=_ONE_WAY,
            width=0.0012,
            headwidth=5,
        )
        axes.plot([], [], color=_ONE_WAY, marker=">", lw=1, label="one-way")


def _draw_sites(axes: Axes, roadmap: Roadmap) -> None:
    for kind, (marker, colour) in LOOKS.items():
        named = [
            (site, v)
            for site, v in zip(roadmap.rules.sites, roadmap.vertices, strict=True)
            if site.kind == kind
        ]
        if not named:
            continue
        at = np.array([site.position for site, _ in named])
        cell = roadmap.positions[[v for _, v in named]]
        axes.add_collection(LineCollection(list(np.stack([at, cell], 1)), colors=colour, lw=1))
        axes.plot(*at.T, marker, color=colour, ms=6, label=f"{kind} ({len(named)})", ls="")
        axes.plot(*cell.T, ".", color=colour, ms=4)
        if len(roadmap.rules.sites) <= _NAMED:
            for site, _ in named:
                axes.annotate(site.name, site.position, xytext=(4, 4), textcoords="offset points", fontsize=7)
