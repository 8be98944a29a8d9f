"""What every benchmark ends with: a table on the terminal and a file with the facts of the machine."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def machine_facts() -> dict[str, Any]:
    """Processor, cores, load, system, library versions and git commit; call it before measuring."""
    from ...policies.provenance import git_commit, library_versions

    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "system": platform.platform(),
        "versions": library_versions(),
        "git_commit": git_commit(),
    }


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table whose first column is text and whose others are figures."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def print_peers(title: str, unit: str, measured: dict[str, Any]) -> None:
    """The table of what `envs/bench` measured in turns."""
    factors = {"gaitway": "", **{k: f"{v:.2f} x" for k, v in measured["gaitway_is_faster_by"].items()}}
    rows = [
        (name, f"{rate['median']:,.0f}", f"{rate['best']:,.0f}", factors[name])
        for name, rate in measured["per_second"].items()
    ]
    print_table(title, (unit, "median", "best", "gaitway is faster by"), rows)


def write_json(file: Path | None, result: dict[str, Any], machine: dict[str, Any]) -> None:
    """Write the figures with the facts of the machine, whole or not at all."""
    if file is None:
        return
    from ...assets.whole_file import whole_file

    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as temporary:
        temporary.write_text(json.dumps({**result, "machine": machine}, indent=2) + "\n")


def on_machine(machine: dict[str, Any]) -> str:
    """Cores and load for a table's title."""
    return f"{machine['cores']} cores of {machine['cpu']}, load {machine['load_before']:.1f} before"


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
