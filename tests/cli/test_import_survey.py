"""`gaitway import-survey`: what comes of each file, and that the page's table is that of the recorded run."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from .command import gaitway

_DOCS = Path(__file__).parents[2] / "docs"
_PENDULUM = """<mujoco>
  <worldbody><body><joint name="hinge" axis="0 1 0"/><geom size="0.1" pos="0 0 -0.5"/></body></worldbody>
  <actuator><motor joint="hinge"/></actuator>
</mujoco>"""
_FILES = {
    "robots/pendulum.xml": _PENDULUM,
    "robots/post.xml": "<mujoco><worldbody><geom size='0.1'/></worldbody></mujoco>",
    "robots/fragment.xml": "<mujoco><include file='elsewhere.xml'/></mujoco>",
    "notes.xml": "<html/>",
}


def test_a_wheel_of_robots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel, report = tmp_path / "robots-1.0-py3-none-any.whl", tmp_path / "report.json"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in _FILES.items():
            archive.writestr(name, text)
    assert gaitway(monkeypatch, "import-survey", wheel, "--report", report) == 0
    rows = {row["file"]: row for row in json.loads(report.read_text())}
    statuses = {name: row["status"] for name, row in rows.items()}
    assert statuses == {
        "robots/fragment.xml": "unreadable",
        "robots/pendulum.xml": "passes",
        "robots/post.xml": "static",
    }
    assert rows["robots/pendulum.xml"]["motion_error"] == 0.0
    assert re.search(r"\| robots-1.0 \| 1 +\| 0 +\| 0 +\| 1 +\| 1 +\|", capsys.readouterr().out)


def test_the_table_of_the_page_is_that_of_the_recorded_run() -> None:
    rows = json.loads((_DOCS / "results/import_models.json").read_text())
    counts = Counter((row["package"], row["status"]) for row in rows)
    page = (_DOCS / "import.md").read_text()
    header, *lines = re.search(r"(\| package .*?)\n\n", page, re.DOTALL).group(1).split("\n")  # type: ignore[union-attr]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, *lines)]
    statuses = cells[0][1:]
    assert {status for _, status in counts} <= set(statuses)
    table = {
        (row[0], status): int(n) for row in cells[2:-1] for status, n in zip(statuses, row[1:], strict=True)
    }
    assert {key: n for key, n in table.items() if n} == counts
    assert [int(n) for n in cells[-1][1:]] == [
        sum(n for (_, s), n in counts.items() if s == t) for t in statuses
    ]
