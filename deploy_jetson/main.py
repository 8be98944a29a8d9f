"""`gaitway-edge`: check a bundle, or run it on a robot. Needs numpy and onnxruntime, nothing else."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import bench, check, run
from .contract import BundleError
from .faults import FaultError
from .importing import command as import_policy
from .log import command as plot
from .robot import RobotError
from .route import RouteError
from .serve import bench as bench_serve
from .serve import command as serve
from .ticklog import LogError
from .trt import command as build_trt

COMMANDS = (check, run, plot, bench, import_policy, build_trt, serve, bench_serve)
"""Modules with `add`, which gives argparse's subparsers the command and the function that runs it."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit status: 0 done, 1 bad input, 2 bad usage, 3 the run ended in a safety fault."""
    options = _parser().parse_args(arguments)
    try:
        status = options.function(options)
    except (BundleError, RobotError, RouteError, FaultError, LogError, OSError) as error:
        print(f"gaitway-edge {options.command}: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print(f"gaitway-edge {options.command}: interrupted.", file=sys.stderr)
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gaitway-edge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    main()
