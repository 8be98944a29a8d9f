"""`gaitway-edge plot`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..ticklog import LogError
from .reader import RunLog


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser(
        "plot", help="draw a run's log: joints, torques, latency and states on one page"
    )
    parser.set_defaults(function=run)
    parser.add_argument("log", type=Path, help="MCAP file of a run")
    parser.add_argument("--out", type=Path, help="PNG file (default: the log's name with .png)")


def run(options: argparse.Namespace) -> int:
    """Draw; returns the exit status."""
    try:
        from .plot import draw
    except ImportError as error:
        raise LogError(f"plotting needs more packages ({error}): pip install 'gaitway[log]'.") from error
    out = options.out or options.log.with_suffix(".png")
    draw(RunLog.load(options.log), options.log.name, out)
    print(out)
    return 0
