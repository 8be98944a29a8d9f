"""The throughput of a shift over its time, and below it, on the same axis, what went wrong."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from markupsafe import Markup

from ..journal.schema import KINDS_OF_INCIDENTS
from .facts import Shift
from .incidents import Incident
from .kpis import duration
from .svg import Drawing
from .throughput import Throughput

_LANE, _TOP, _RIGHT, _LETTER, _BADGE = 26.0, 26.0, 14.0, 6.8, 9.0  # px
_PAST_BADGE = _BADGE + 5.0  # px
_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)  # s between the times on the axis


def draw_timeline(
    shift: Shift, incidents: list[Incident], baseline: Shift | None, width: float, css: str
) -> Markup:
    """An SVG of `width` px: deliveries per hour, the baseline's dashed, a lane for each incident."""
    plot = _Plot(shift, len(incidents), baseline, width, css)
    plot.axes()
    plot.spans(incidents)
    plot.curves()
    for lane, incident in enumerate(incidents):
        plot.lane(lane, incident)
    return plot.drawing.markup()


class _Plot:
    def __init__(self, shift: Shift, lanes: int, baseline: Shift | None, width: float, css: str) -> None:
        self.shift = shift
        self.left, self.right = 44.0, width - _RIGHT
        self.bottom = _TOP + (220.0 if width > 600 else 170.0)
        self.lanes = self.bottom + 30.0
        self.drawing = Drawing(
            width, self.lanes + _LANE * lanes + 4.0, "Throughput over time, with incidents", css
        )
        self.now = Throughput(shift)
        self.then = None if baseline is None else Throughput(baseline)
        highest = max(float(one.curve()[1].max()) for one in (self.now, self.then) if one is not None)
        self.step = _nice_step(max(highest, 1.0) / 4.0)
        self.top = self.step * np.ceil(max(highest, 1.0) * 1.02 / self.step)

    def x(self, time: np.ndarray | float) -> np.ndarray:
        return self.left + np.asarray(time) / max(self.shift.until, 1e-9) * (self.right - self.left)

    def y(self, rate: np.ndarray | float) -> np.ndarray:
        return self.bottom - np.asarray(rate) / self.top * (self.bottom - _TOP)

    def axes(self) -> None:
        draw = self.drawing
        draw.group("axes")
        for rate in np.arange(0.0, self.top + 1e-6, self.step):
            y = float(self.y(rate))
            draw.line((self.left, y), (self.right, y), "grid")
            draw.text((self.left - 8, y + 4), f"{rate:g}", "tick end")
        draw.text((self.left - 34, _TOP - 12), "orders per hour", "tick")
        wanted = self.shift.until / ((self.right - self.left) / 90.0)
        step = next((step for step in _STEPS if step >= wanted), _STEPS[-1])
        begin = self.shift.start
        past = (begin - begin.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
        time = -past % step
        while time <= self.shift.until:
            x = float(self.x(time))
            draw.line((x, self.bottom), (x, self.bottom + 5), "grid")
            clock = (begin + timedelta(seconds=time)).strftime("%H:%M")
            draw.text((x, self.bottom + 19), clock, "tick middle" if x < self.right - 20 else "tick end")
            time += step

    def spans(self, incidents: list[Incident]) -> None:
        """Behind the curve, while floor was closed or something was made to be wrong."""
        self.drawing.group("spans")
        counted = [one for one in incidents if (one.mapped is not None or one.is_made) and not one.is_false]
        for begin, end in _union([(one.happened, self._end(one)) for one in counted]):
            left, right = float(self.x(begin)), float(self.x(end))
            self.drawing.rect(left, _TOP, max(right - left, 1.5), self.bottom - _TOP, "span")

    def _end(self, incident: Incident) -> float:
        return self.shift.until if incident.cleared is None else incident.cleared

    def curves(self) -> None:
        self.drawing.group("curves")
        if self.then is not None:
            time, rate = self.then.curve()
            inside = time <= self.shift.until
            self.drawing.polyline(
                np.column_stack([self.x(time[inside]), self.y(rate[inside])]), "curve baseline"
            )
        time, rate = self.now.curve()
        points = np.column_stack([self.x(time), self.y(rate)])
        ends = np.array([[points[-1, 0], self.bottom], [points[0, 0], self.bottom]])
        self.drawing.polygon(np.vstack([points, ends]), "area")
        self.drawing.polyline(points, "curve now")

    def lane(self, lane: int, incident: Incident) -> None:
        """A bar from when it happened to when it was over, its number, and when all was answered."""
        draw, y = self.drawing, self.lanes + _LANE * (lane + 0.5)
        draw.group("lane")
        begin, end = float(self.x(incident.happened)), float(self.x(self._end(incident)))
        name = KINDS_OF_INCIDENTS.get(incident.kind, incident.kind.replace("_", " "))
        clock = (self.shift.start + timedelta(seconds=incident.happened)).strftime("%H:%M:%S")
        draw.line((self.left, y), (self.right, y), "grid")
        draw.rect(begin, y - 6, max(end - begin, 3.0), 12, "bar", tip=f"{clock} {name}")
        if incident.recovery:
            x = float(self.x(incident.happened + incident.recovery))
            tip = f"throughput back after {duration(incident.recovery)}"
            draw.circle((x, y), 5, "back", tip=tip)
        draw.circle((begin, y), _BADGE, "badge")
        draw.text((begin, y + 4), str(incident.number), "badge-text middle")
        self._label(name, incident.place, begin - _PAST_BADGE, max(end, begin + _BADGE) + 8, y + 4)

    def _label(self, name: str, place: str | None, before: float, after: float, y: float) -> None:
        """What it was and where: after the bar, before it, or on it, wherever there is room."""
        full = name if place is None else f"{name}, {place}"
        width = len(full) * _LETTER
        if width <= self.right - after:
            self.drawing.text((after, y), full, "label")
        elif width <= before - self.left:
            self.drawing.text((before, y), full, "label end")
        elif width <= after - before - 2 * _PAST_BADGE:
            self.drawing.text((before + 2 * _PAST_BADGE, y), full, "label on-bar")
        elif self.right - after > before - self.left:
            self.drawing.text((after, y), name, "label")
        else:
            self.drawing.text((before, y), name, "label end")


def _union(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same time in spans that do not overlap."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _nice_step(wanted: float) -> float:
    """1, 2 or 5 times a power of ten, at least `wanted`."""
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= wanted * 0.999))
