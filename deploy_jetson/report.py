"""What was measured during a run, and the JSON and table that say so."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from .histogram import Bins, Histogram, Spread

STAGES = ("period", "late", "read", "policy", "write", "latency")
"""Durations of a tick: from start to start; start after its deadline; reading; observing, inferring and
limiting; writing; and from start to the command being sent."""


@dataclass(frozen=True)
class RunReport:
    """What happened. Durations in s, named as in `STAGES`.

    `fault` is empty and `cause` null unless a check of `safety.py` ended the run. `limited` counts joint
    targets that `limiter.py` changed, by the limit. `histograms` are of all of the run's ticks.
    """

    ticks: int
    realtime: bool
    fault: str
    cause: str | None
    overruns: int
    limited: dict[str, int]
    period: Spread
    late: Spread
    read: Spread
    policy: Spread
    write: Spread
    latency: Spread
    histograms: dict[str, Bins]

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return dataclasses.asdict(self)

    def table(self) -> str:
        """Timing of the loop, in ms."""
        rows: list[tuple[str, Spread]] = [
            ("tick to tick", self.period),
            ("after deadline", self.late),
            ("read sensors", self.read),
            ("observe + infer", self.policy),
            ("write targets", self.write),
            ("sensors to motors", self.latency),
        ]
        kind = "absolute deadlines" if self.realtime else "lockstep"
        lines = [f"{self.ticks} ticks, {kind}, {self.overruns} overruns"]
        lines.append(f"{'ms':<18}{'mean':>9}{'sd':>9}{'p99':>9}{'max':>9}")
        for name, spread in rows:
            values = (spread.mean, spread.sd, spread.p99, spread.max)
            lines.append(f"{name:<18}" + "".join(f"{1e3 * value:9.3f}" for value in values))
        if limited := {name: count for name, count in self.limited.items() if count}:
            lines.append("limited: " + ", ".join(f"{name} {count}" for name, count in limited.items()))
        return "\n".join(lines)


class Stopwatch:
    """The histograms of a run's stages."""

    def __init__(self) -> None:
        self._histograms = {name: Histogram() for name in STAGES}
        self._start: float | None = None

    def begin(self, start: float, deadline: float) -> None:
        """A tick began at `start` that was to begin at `deadline`, s."""
        if self._start is not None:
            self._histograms["period"].add(start - self._start)
        self._histograms["late"].add(max(start - deadline, 0.0))
        self._start = start

    def add(self, stage: str, duration: float) -> None:
        """A stage of this tick took that long, s."""
        self._histograms[stage].add(duration)

    def spreads(self) -> dict[str, Spread]:
        """A summary of every stage."""
        return {name: histogram.spread() for name, histogram in self._histograms.items()}

    def bins(self) -> dict[str, Bins]:
        """The histogram of every stage."""
        return {name: histogram.bins() for name, histogram in self._histograms.items()}
