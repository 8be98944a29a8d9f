"""List what there is: robots, tasks and the bundles that come with Gaitway."""

from __future__ import annotations

import json as json_format
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..assets import ASSETS
from ..deploy_jetson.contract import CONTRACT_FILE
from ..envs.registration import TASKS
from ..policies import ZOO


def main(json: bool = False) -> None:
    """List robots, tasks and bundles.

    Args:
        json: print one JSON object instead of a table.
    """
    found = {
        "robots": {path.stem: str(path) for path in sorted((ASSETS / "robots").glob("*.usda"))},
        "tasks": {task: f"gaitway train {task}" for task in TASKS},
        "bundles": {path.name: str(path) for path in _bundles(ZOO)},
    }
    if json:
        print(json_format.dumps(found, indent=2))
        return
    table = Table(show_header=False, box=None)
    for kind, entries in found.items():
        table.add_row(f"[bold]{kind}[/bold]", "")
        for name, value in entries.items():
            table.add_row(f"  {name}", value)
    Console().print(table)


def _bundles(folder: Path) -> list[Path]:
    return sorted(path.parent for path in folder.glob(f"*/{CONTRACT_FILE}"))
