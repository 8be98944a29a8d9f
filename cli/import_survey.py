"""Import every robot in the given wheels and folders, and tabulate which come out equal."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import tyro

from ..assets.whole_file import whole_file


def main(packages: Annotated[list[Path], tyro.conf.Positional], report: Path, files: str = "*") -> int:
    """Try `gaitway import` on files that other people wrote; nothing of theirs is kept.

    Args:
        packages: wheels, as `pip download --no-deps` gets them, or folders.
        report: JSON file to write: one row per file.
        files: pattern of the paths to try, as in `*/suite/*`.
    """
    from ..envs.import_survey import survey

    missing = next((package for package in packages if not package.exists()), None)
    if missing:
        raise ValueError(f"{missing}: there is no such wheel or folder.")
    rows = []
    for row in survey(packages, files):
        error = "" if row.motion_error is None else f"{row.motion_error:.1e}"
        print(f"{row.status:10} {row.package} {row.file} {error} {row.detail}", flush=True)
        rows.append(row)
    report.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(report) as partial:
        partial.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    _print_summary(Counter((row.package, row.status) for row in rows))
    return 0


def _print_summary(counts: Counter) -> None:
    """Files by what came of them, as a table for a page of Markdown."""
    from rich.box import MARKDOWN
    from rich.console import Console
    from rich.table import Table

    statuses = ("passes", "differs", "refused", "unreadable", "static")
    table = Table("package", *statuses, box=MARKDOWN)
    for package in dict.fromkeys(package for package, _ in counts):
        table.add_row(package, *(str(counts[package, status]) for status in statuses))
    table.add_row(
        "**all**", *(str(sum(n for (_, s), n in counts.items() if s == status)) for status in statuses)
    )
    Console().print(table)
