"""`gaitway-edge check`: does a bundle still do on this machine what it did in training?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .policy import Policy


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser("check", help="replay a bundle's golden recording on this machine")
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")


def run(options: argparse.Namespace) -> int:
    """Load the bundle, which replays its recording, and print what was found; returns the exit status."""
    policy = Policy.load(options.bundle)
    contract, report = policy.contract, policy.report
    print(f"{options.bundle}: {contract.task}, {contract.action_size} joints")
    for term in contract.external:
        print(f"needs from outside: {term.name} ({term.size}): {term.layout}")
    print(
        f"{report.ticks:,} golden ticks reproduce: observations within {report.observation_error:.1e}, ",
        end="",
    )
    print(f"actions within {report.action_error:.1e}.")
    if contract.provenance.origin == "import":
        print("They were computed at the import from random readings: no training was recorded.")
    return 0
