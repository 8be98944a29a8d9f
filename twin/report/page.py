"""The report of a shift as one HTML file: it needs no network, no script and no other file."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2

from ...assets.whole_file import whole_file
from ..journal.reading import Reading
from ..journal.schema import KINDS_OF_INCIDENTS
from .detours import find_detours
from .facts import Shift, read_shift
from .floor import PATH_SECONDS, Floor
from .incidents import PERSON_DOWN, Incident, find_incidents, notable
from .kpis import MEASURES, Change, compare, duration, judge, measure
from .late import late_orders
from .throughput import Throughput
from .timeline import draw_timeline
from .usage import Usage, vehicle_usage

JOURNAL, REPORT, VIDEO = "journal.sqlite", "report.html", "video.mp4"
WIDE, NARROW = 1000.0, 380.0
"""Charts are drawn in two widths, px: shrunk to a phone, the letters of the wide one could not be read."""
_LARGEST_VIDEO = 8_000_000  # bytes; a larger one is linked
_AFTER = 600.0
"""So many s after an incident are compared with the baseline."""
_ROWS, _LANES, _VEHICLES = 25, 12, 40
"""More late orders or incidents are not listed; of incidents, the chart shows fewer; bars of vehicles."""


@dataclass(frozen=True)
class Minor:
    """What cameras noted many times: how often, where most, and how long it took at most, s."""

    kind: str
    times: int
    place: str | None
    longest: float | None


@dataclass(frozen=True)
class Tile:
    """A figure in large print."""

    label: str
    value: str
    below: str
    change: Change | None


def write_report(folder: Path, baseline: Path | None = None) -> Path:
    """Write `folder`/report.html from the journal there, beside the figures of the journal in `baseline`.

    Raises:
        ValueError: a folder holds no journal, or nothing happened in it.
    """
    reading = Reading(folder / JOURNAL)
    other = None if baseline is None else Reading(baseline / JOURNAL)
    try:
        shift = read_shift(reading)
        if not shift.actors or shift.until <= 0:
            raise ValueError(f"{folder / JOURNAL}: nothing has happened yet; wait until the run has begun.")
        facts = _facts(folder, reading, shift, None if other is None else read_shift(other))
    finally:
        reading.close()
        if other is not None:
            other.close()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": duration, "step": _step}
    path = folder / REPORT
    with whole_file(path) as temporary:
        temporary.write_text(environment.get_template(REPORT).render(facts), encoding="utf-8")
    return path


def _facts(folder: Path, reading: Reading, shift: Shift, baseline: Shift | None) -> dict[str, Any]:
    """What the template shows."""
    kpis, incidents, late = measure(shift), find_incidents(shift), late_orders(shift)
    floor = Floor(shift, reading)
    begin, end = shift.start, shift.start + timedelta(seconds=shift.until)
    missed = [incident for incident in incidents if incident.detected is None]
    return {
        "title": shift.meta.get("name", folder.resolve().name),
        "when": f"{begin:%A %d %B %Y, %H:%M} to {end:%H:%M}",
        "ended": "ended" in shift.meta,
        "meta": sorted(shift.meta.items()),
        "verdict": judge(kpis, len(missed), sum(incident.kind == PERSON_DOWN for incident in incidents)),
        "tiles": _tiles(shift, baseline),
        "incidents": notable(incidents, _ROWS),
        "incident_total": sum(not incident.is_minor for incident in incidents),
        "false_total": sum(incident.is_false for incident in incidents),
        "minor": _minor(incidents),
        "missed": missed,
        "kinds": KINDS_OF_INCIDENTS,
        "late": late[:_ROWS],
        "late_total": len(late),
        "usage": _least_used(vehicle_usage(shift)),
        "vehicles": len(shift.named("amr")),
        "close_calls": Counter(
            shift.where(event) or "elsewhere" for event in shift.of("near_miss", "contact")
        ).most_common(8),
        "after": {} if baseline is None else _after(shift, baseline, incidents),
        "after_minutes": round(_AFTER / 60),
        "detours": find_detours(shift, floor, incidents),
        "map": floor.draw(notable(incidents, _ROWS)),
        "path_minutes": round(min(PATH_SECONDS, shift.until) / 60),
        "wide": draw_timeline(shift, notable(incidents, _LANES), baseline, WIDE, "chart wide"),
        "narrow": draw_timeline(shift, notable(incidents, _LANES), baseline, NARROW, "chart narrow"),
        "has_baseline": baseline is not None,
        "video": _video(folder),
        "at": lambda time: f"{shift.start + timedelta(seconds=time):%H:%M:%S}",
    }


def _least_used(usage: list[Usage]) -> list[Usage]:
    """All by their names, or of many those that had the least to do."""
    if len(usage) <= _VEHICLES:
        return usage
    return sorted(usage, key=lambda one: one.order)[:_VEHICLES]


def _step(seconds: float) -> str:
    """A short time: '1.4 s', '12 ms'."""
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{1000 * seconds:.0f} ms"


def _tiles(shift: Shift, baseline: Shift | None) -> list[Tile]:
    kpis, then = measure(shift), None if baseline is None else measure(baseline)
    below = {
        "Throughput": f"{kpis.delivered} of {kpis.orders} orders done",
        "On time": f"{kpis.late} late",
        "Mean order time": "" if kpis.slow_time is None else f"nine of ten within {duration(kpis.slow_time)}",
        "AMRs with an order": f"of {len(shift.named('amr'))}, mean over the time",
    }
    tiles = []
    for one in MEASURES:
        value = one.value(kpis)
        shown = "–" if value is None else one.show(value)
        change = None if then is None else compare(one, kpis, then)
        if one.count is None:
            tiles.append(Tile(one.label, shown, below[one.label], change))
        else:
            tiles.append(Tile(one.label, str(one.count(kpis)), shown, change))
    return tiles


def _minor(incidents: list[Incident]) -> list[Minor]:
    """What is minor, by kind, the most frequent first."""
    found = []
    for kind, times in Counter(one.kind for one in incidents if one.is_minor).most_common():
        those = [one for one in incidents if one.is_minor and one.kind == kind]
        places = Counter(one.place for one in those if one.place is not None).most_common(1)
        took = [one.cleared - one.happened for one in those if one.cleared is not None]
        found.append(Minor(kind, times, places[0][0] if places else None, max(took, default=None)))
    return found


def _after(shift: Shift, baseline: Shift, incidents: list[Incident]) -> dict[int, tuple[int, ...]]:
    """By number, orders done in the ten minutes after each incident, and in the same time of the baseline."""
    now, then = Throughput(shift), Throughput(baseline)
    until = min(shift.until, baseline.until)
    return {
        one.number: tuple(run.count(one.happened, one.happened + _AFTER) for run in (now, then))
        for one in incidents
        if one.happened + _AFTER <= until
    }


def _video(folder: Path) -> str | None:
    """The film of the shift, as a data URI if it is small; its name if it is not; None if there is none."""
    path = folder / VIDEO
    if not path.is_file():
        return None
    if path.stat().st_size > _LARGEST_VIDEO:
        return VIDEO
    return f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
