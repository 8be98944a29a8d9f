"""The page of `gaitway perceive activity`: the map of a run, who was there when, and what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ....perception.activity.analytics import Analytics
from ....perception.activity.calibration import Calibration
from ....perception.activity.classes import KINDS
from ....perception.activity.incidents import Incident
from ....perception.activity.metropolis import timestamp
from ....perception.activity.picture import COLOURS
from ....perception.activity.pipeline import Activity
from ....policies.figure_style import light_grid, new_figure, png_of
from ....policies.page import Page, Picture, Table
from .pictures import drawing


def add_activity(
    page: Page,
    calibration: Calibration,
    activities: Sequence[Activity],
    analytics: Analytics,
    incidents: Sequence[Incident],
    picture: np.ndarray,
    figures: tuple[str, Sequence[Sequence[str]]],
) -> None:
    """Fill the page.

    Args:
        page: to fill.
        calibration: of the cameras.
        activities: of each frame.
        analytics: sums over them.
        incidents: of the run.
        picture: RGB map of the run.
        figures: a title and names with values.
    """
    page.add(figures[0], table=Table((), figures[1]))
    text = "Ways of everything that was followed, where time was spent, and where incidents began."
    page.add("Map", drawing(picture, text, "map of the run"))
    caption = "Seconds spent in each cell of half a metre, as their logarithm, by kind."
    page.add("Heat", Picture(png_of(_heat(calibration, analytics)), caption, "heat maps"))
    caption = "On the floor at one time, by kind; below, incidents from when they began until they were over."
    page.add("Over time", Picture(png_of(_times(activities, incidents)), caption, "things over time"))
    if incidents:
        page.add("Incidents", table=_incidents(incidents, activities[0].time))
    if analytics.zones:
        page.add("Zones", table=_zones(analytics))
    if analytics.crossings:
        rows = [(line, kind, way, str(n)) for (line, kind, way), n in sorted(analytics.crossings.items())]
        page.add("Lines crossed", table=Table(("line", "kind", "way", "times"), rows, texts=(0, 1, 2)))


def _colour(kind: str) -> tuple[float, ...]:
    return tuple(level / 255 for level in COLOURS[kind])


def _heat(calibration: Calibration, analytics: Analytics) -> Figure:
    x0, y0, x1, y1 = calibration.bounds
    wide = x1 - x0 > 2 * (y1 - y0)
    kinds = [kind for kind in KINDS if analytics.heat[kind].any()] or [KINDS[0]]
    columns = 1 if wide else min(2, len(kinds))
    rows = -(-len(kinds) // columns)
    figure = new_figure(min(11.0 / columns * (y1 - y0) / (x1 - x0) * rows + 0.4 * rows, 12.0))
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axis in axes[len(kinds) :]:
        axis.axis("off")
    for axis, kind in zip(axes, kinds, strict=False):
        spent = np.ma.masked_equal(np.log1p(analytics.heat[kind]), 0.0)
        axis.imshow(spent, "plasma_r", origin="lower", extent=(x0, x1, y0, y1), aspect="equal")
        axis.set_title(f"{kind}, up to {analytics.heat[kind].max():.0f} s", fontsize="medium")
    return figure


def _times(activities: Sequence[Activity], incidents: Sequence[Incident]) -> Figure:
    start, end = activities[0].time, activities[-1].time
    kinds = sorted({incident.kind for incident in incidents})
    figure = new_figure(2.6 + 0.35 * len(kinds))
    counts, events = figure.subplots(2, 1, sharex=True, height_ratios=(2.2, max(0.35 * len(kinds), 0.2)))
    times = np.array([activity.time for activity in activities]) - start
    for kind in KINDS:
        there = [sum(thing.kind == kind for thing in activity.things) for activity in activities]
        counts.step(times, there, where="mid", color=_colour(kind), label=kind)
    counts.set(ylabel="on the floor", ylim=(0, None))
    counts.legend(fontsize="small", ncols=len(KINDS))
    light_grid(counts)
    for incident in incidents:
        until = end if incident.end is None else incident.end
        bar = (incident.start - start, max(until - incident.start, 0.01 * (end - start)))
        events.broken_barh(
            [bar], (kinds.index(incident.kind) - 0.35, 0.7), color=_colour("obstacle"), alpha=0.7
        )
        events.plot(
            [incident.reported - start] * 2, np.array([-0.35, 0.35]) + kinds.index(incident.kind), "k"
        )
    events.set_yticks(range(len(kinds)), [kind.replace("_", " ") for kind in kinds])
    events.set(xlabel="s; black: reported" if kinds else "s", ylim=(-0.6, max(len(kinds), 1) - 0.4))
    events.invert_yaxis()
    return figure


def _incidents(incidents: Sequence[Incident], start: float) -> Table:
    rows = [
        (
            incident.kind.replace("_", " "), incident.zone or "–", timestamp(incident.start)[11:21],
            f"{incident.start - start:.1f}", f"{incident.reported - incident.start:.1f}",
            "lasts" if incident.end is None else f"{incident.end - incident.start:.1f}",
            "{:.1f}, {:.1f}".format(*incident.position), " ".join(map(str, incident.things)),
        )
        for incident in incidents
    ]  # fmt: skip
    columns = ("incident", "zone", "UTC", "began, s", "reported after, s", "length, s", "x, y, m", "who")
    return Table(columns, rows, texts=(0, 1, 2))


def _zones(analytics: Analytics) -> Table:
    rows = [
        (zone, kind, str(use.visits), str(use.present), f"{use.dwell:.1f}")
        for (zone, kind), use in sorted(analytics.zones.items())
    ]
    return Table(("zone", "kind", "visits", "there at the end", "time in it, s"), rows, texts=(0, 1))
