"""The report of a policy: a folder of figures and a page that shows them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .candidate import Candidate
from .page import Page, Picture, Table
from .report_command_map import map_commands, plot_command_map
from .report_gait import plot_gaits, record_gaits
from .report_robustness import plot_curves, sweep_all
from .score import EvalResult, texts, write_json
from .scoring.intervals import CONFIDENCE

PAGE_FILE = "report.html"
_CELL_SHARE, _LEVEL_SHARE = 32, 8
"""Of the episodes of the evaluation, one in so many for each command of the map and level of a sweep."""


@dataclass
class _Report:
    folder: Path
    record: dict[str, Any]
    figures: list[tuple[str, str, Path]] = field(default_factory=list)

    def add(self, file: str, title: str, caption: str) -> Path:
        """Announce a figure; returns the path to draw it to."""
        self.figures.append((title, caption, self.folder / file))
        return self.folder / file


def write_report(result: EvalResult, folder: Path, say: Callable[[str], None]) -> Path:
    """Write `report.html`, `report.json` and the figures for the policy of `result`; returns the page.

    `say` is told what is being worked on: it takes several times as long as the evaluation.

    Raises:
        ValueError: `folder` holds something else than an earlier report.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / PAGE_FILE).is_file():
        raise ValueError(
            f"{folder}: is not empty and holds no {PAGE_FILE}; name a new folder for the report."
        )
    folder.mkdir(parents=True, exist_ok=True)
    candidate = Candidate(result.task, Path(result.policy), result.overrides)
    report = _Report(folder, result.to_json())
    if candidate.cfg().scorer == "velocity":
        _add_command_map(report, candidate, result, say)
        _add_gait(report, candidate, result, say)
    _add_robustness(report, candidate, result, say)
    write_json(folder / "report.json", report.record)
    return _write_page(report, result)


def _add_command_map(
    report: _Report, candidate: Candidate, result: EvalResult, say: Callable[[str], None]
) -> None:
    say("map of commands")
    found = map_commands(candidate, max(1, result.episodes // _CELL_SHARE), result.seed)
    caption = (
        f"{found.episodes_per_cell} episodes at each command, held from a stand to the end. The frame is "
        "what training asked for; outside it the policy extrapolates. Errors include gathering speed."
    )
    plot_command_map(found, report.add("command_map.png", "Commands", caption))
    report.record["command_map"] = found.to_json()


def _add_gait(report: _Report, candidate: Candidate, result: EvalResult, say: Callable[[str], None]) -> None:
    say("gait diagram")
    records = record_gaits(candidate, result.seed)
    if not records[0].feet:
        return
    caption = (
        "A bar while a foot is on the ground. Phase is how long after the first foot another lands, in "
        "strides: 0.50 is an even walk of two legs."
    )
    plot_gaits(records, report.add("gait.png", "Gait", caption))


def _add_robustness(
    report: _Report, candidate: Candidate, result: EvalResult, say: Callable[[str], None]
) -> None:
    say("robustness curves")
    curves = sweep_all(candidate, max(1, result.episodes // _LEVEL_SHARE), result.seed)
    caption = (
        f"{curves[0].episodes_per_level} episodes at each level, without other pushes, with the task's other "
        "randomization. The band is Wilson's 95 % interval; levels go on until most episodes fail."
    )
    plot_curves(curves, report.add("robustness.png", "Robustness", caption))
    report.record["robustness"] = {curve.sweep.name: curve.to_json() for curve in curves}


def _write_page(report: _Report, result: EvalResult) -> Path:
    facts = (
        f"{result.policy}, trained on {result.samples:,} env steps. {result.episodes} episodes for each of "
        f"{len(result.by_seed)} seeds from {result.seed} on; commit {result.git_commit}."
    )
    page = Page(f"{result.task}: evaluation", [facts])
    rows = [(name, *texts(estimate), estimate.unit) for name, estimate in result.score.items()]
    page.add("", table=Table(("measure", "value", f"{CONFIDENCE:.0%} interval", "unit"), rows, texts=(0, 3)))
    for title, caption, file in report.figures:
        page.add(title, Picture(file.read_bytes(), caption, title))
    path = report.folder / PAGE_FILE
    page.write(path)
    return path
