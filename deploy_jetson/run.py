"""`gaitway-edge run`: a bundle in the control loop of a robot."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .drive import AHEAD
from .faults import Cause
from .loop import ControlLoop
from .outside import TARGET
from .policy import Policy
from .realtime import add_options, prioritise
from .report import RunReport
from .robot import Robot, RobotError
from .setups import FORWARD, ROBOTS, require_commands
from .ticklog import LOG_FOLDER, open_log

FAULT_STATUS = 3
SINK_S = 1.5


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser("run", help="run a bundle on a robot")
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    parser.add_argument(
        "--robot",
        choices=list(ROBOTS),
        required=True,
        help="sim: a simulator in a process of its own; replay: the readings of a log; unitree: by its SDK",
    )
    parser.add_argument("--from", dest="source", type=Path, metavar="LOG", help="what --robot replay plays")
    parser.add_argument("--interface", help="network interface of --robot unitree, such as eth0")
    parser.add_argument(
        "--motors", type=Path, help="JSON file of --robot unitree: the motor's number for every joint name"
    )
    parser.add_argument("--scene", type=Path, help="USD scene for the simulator (default: a flat floor)")
    parser.add_argument(
        "--seconds",
        type=positive,
        help="s under the policy (default: 20; twice what a --route takes; a day with --operator)",
    )
    parser.add_argument(
        "--route", type=Path, help="JSON file of waypoints to walk to, by the simulator's pose, not --vx..."
    )
    parser.add_argument("--vx", type=float, help=f"forward command, m/s (default: {FORWARD})")
    parser.add_argument("--vy", type=float, help="leftward command, m/s (default: 0)")
    parser.add_argument("--yaw-rate", type=float, help="turn command, rad/s (default: 0)")
    parser.add_argument(
        "--operator",
        metavar="keyboard|DEVICE",
        help="steer by the terminal's keys or by a joystick such as /dev/input/js0 (see docs/safety.md)",
    )
    parser.add_argument(
        "--target",
        type=_finite,
        nargs=3,
        metavar=("X", "Y", "Z"),
        help=f"where an arm brings its tool, m from its base (default: {' '.join(map(str, TARGET))})",
    )
    parser.add_argument(
        "--goal",
        type=_place,
        nargs="+",
        metavar="X,Y",
        help="where to drive, m in the world; of several, the last, by way of the others "
        f"(default: {','.join(f'{value:g}' for value in AHEAD[0])})",
    )
    parser.add_argument(
        "--realtime",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep absolute deadlines; --no-realtime runs in lockstep, as fast as the simulator goes",
    )
    parser.add_argument(
        "--log",
        type=Path,
        help=f"log file, .mcap or .jsonl (default: a new one in {LOG_FOLDER}/)",
    )
    parser.add_argument("--json", type=Path, help="write the run's report to this file")
    parser.add_argument("--record", type=Path, help="write the simulator's qpos of every tick to this .npz")
    add_options(parser)


def positive(text: str) -> float:
    """An argument that is above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not finite")
    return value


def _place(text: str) -> tuple[float, float]:
    x, comma, y = text.partition(",")
    if not comma:
        raise argparse.ArgumentTypeError(f"{text} is not X,Y")
    return _finite(x), _finite(y)


def run(options: argparse.Namespace) -> int:
    """Run to the end or to a fault; returns the exit status."""
    policy = Policy.load(options.bundle)
    require_commands(options, policy.contract)
    with contextlib.ExitStack() as stack:
        setup = ROBOTS[options.robot](options, policy)
        stack.callback(_close, setup.robot)
        if setup.operator:
            stack.callback(setup.operator.close)
        log = open_log(options.log, policy.contract)
        stack.callback(log.close)
        loop = ControlLoop(
            policy,
            setup.robot,
            setup.command,
            setup.operator,
            stand_s=setup.stand_s,
            sink_s=SINK_S,
            realtime=setup.realtime,
            log=log,
        )
        refused = prioritise(options.fifo, options.cpu, options.lock_memory)
        for sentence in refused:
            print(f"gaitway-edge run: {sentence}", file=sys.stderr)
        stack.enter_context(_stopped_by_sigterm(loop))
        report = loop.run(options.seconds or setup.seconds, setup.done)
    summary = report.as_json() | setup.results() | {"refused": refused, "log": str(log.path)}
    _print_report(report, summary)
    if options.json:
        options.json.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return FAULT_STATUS if report.fault else 0


@contextlib.contextmanager
def _stopped_by_sigterm(loop: ControlLoop) -> Iterator[None]:
    """While the block runs, SIGTERM damps the robot and ends the run as a fault does."""

    def stop(number: int, frame: object) -> None:
        loop.stop(Cause.TERMINATED, "the process was told to end (SIGTERM)")

    if threading.current_thread() is not threading.main_thread():  # no other may set handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _close(robot: Robot) -> None:
    """Say it if the robot's side did not end well; the report is worth more than a recording."""
    try:
        robot.close()
    except RobotError as error:
        print(f"gaitway-edge run: {error}", file=sys.stderr)


def _print_report(report: RunReport, summary: dict[str, Any]) -> None:
    print(report.table())
    if "reached" in summary:
        print(f"reached {summary['reached']} of {summary['waypoints']} waypoints")
    if "distance" in summary:
        print(f"{summary['distance']:.4f} m from where it was sent")
    if "target_error" in summary:
        print(
            f"{summary['compared_ticks']} ticks compared: targets within {summary['target_error']:.1e} "
            "of the log's"
        )
    print(f"log: {summary['log']}")
    if report.fault:
        print(f"gaitway-edge run: damping ({report.cause}), because {report.fault}.", file=sys.stderr)
