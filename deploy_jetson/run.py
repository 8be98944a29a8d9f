"""`gaitway-edge run`: a bundle in the control loop of a robot."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .contract import BundleError, Contract
from .faults import Cause
from .loop import ControlLoop
from .observations import SensorReading
from .outside import TARGET, Outside
from .policy import Policy
from .report import RunReport
from .robot import RobotError
from .route import Route, RouteFollower, heading
from .sim_robot import SimRobot
from .teleop import Joystick, Keyboard, Operator
from .ticklog import LOG_FOLDER, open_log

FAULT_STATUS = 3
SINK_S = 1.5
FORWARD, SIDEWAYS, TURN = 0.3, 0.2, 0.5
OPERATOR_S = 24 * 3600.0
"""An operator ends the run, not a clock."""


def add(commands: Any) -> None:
    """Add the command to argparse's subparsers."""
    parser = commands.add_parser("run", help="run a bundle on a robot")
    parser.set_defaults(function=run)
    parser.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    parser.add_argument(
        "--robot", choices=["sim"], required=True, help="sim: a simulator in a process of its own"
    )
    parser.add_argument("--scene", type=Path, help="USD scene for the simulator (default: a flat floor)")
    parser.add_argument(
        "--seconds",
        type=_positive,
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


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not finite")
    return value


def run(options: argparse.Namespace) -> int:
    """Run to the end or to a fault; returns the exit status."""
    policy = Policy.load(options.bundle)
    _require_commands(options, policy.contract)
    outside = Outside(policy.contract, options.target)
    follower = _follower(options, policy.contract)
    (x, y, yaw), seconds = (0.0, 0.0, 0.0), OPERATOR_S if options.operator else 20.0
    if follower:
        (x, y, yaw), seconds = follower.route.start, 2 * follower.route.length / follower.route.speed
    with contextlib.ExitStack() as stack:
        log = open_log(options.log, policy.contract)
        stack.callback(log.close)
        robot = SimRobot(
            policy.contract,
            scene=options.scene,
            position=(x, y, 0.0),
            yaw=yaw,
            record=options.record,
            realtime=options.realtime,
            outside=outside,
        )
        stack.callback(_close, robot)
        if robot.note:
            print(f"gaitway-edge run: {robot.note}", file=sys.stderr)
        operator = _operator(options, policy.contract)
        if operator:
            stack.callback(operator.close)
        command = None if operator else _command(options, policy, follower, robot)
        loop = ControlLoop(
            policy, robot, command, operator, sink_s=SINK_S, realtime=options.realtime, log=log
        )
        stack.enter_context(_stopped_by_sigterm(loop))
        report = loop.run(options.seconds or seconds, lambda: follower is not None and follower.done)
    _print_report(report, follower, outside.distance, options.json)
    print(f"log: {log.path}")
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


def _close(robot: SimRobot) -> None:
    """Say it if the simulator did not end well; the report is worth more than its recording."""
    try:
        robot.close()
    except RobotError as error:
        print(f"gaitway-edge run: {error}", file=sys.stderr)


def _follower(options: argparse.Namespace, contract: Contract) -> RouteFollower | None:
    if not options.route or contract.commands is None:
        return None
    return RouteFollower(Route.load(options.route), contract.commands)


def _operator(options: argparse.Namespace, contract: Contract) -> Operator | None:
    if options.operator is None:
        return None
    if options.operator == "keyboard":
        print("Enter: go on (stand, then walk). Hold w s a d q e to move. Space: stop.")
        return Keyboard((options.vx or FORWARD, options.vy or SIDEWAYS, options.yaw_rate or TURN))
    return Joystick(contract.commands, Path(options.operator))


def _command(
    options: argparse.Namespace, policy: Policy, follower: RouteFollower | None, robot: SimRobot
) -> Callable[[SensorReading], np.ndarray] | None:
    if follower:
        return _along(follower, robot)
    return _constant(options, policy) if policy.contract.commands else None


def _require_commands(options: argparse.Namespace, contract: Contract) -> None:
    """Refuse velocities for a policy that follows none."""
    asked = [name for name in ("route", "vx", "vy", "yaw_rate") if getattr(options, name) is not None]
    if contract.commands is None and asked:
        raise BundleError(
            f"{options.bundle}: {contract.task} follows no velocity command; leave out "
            f"--{asked[0].replace('_', '-')}."
        )


def _constant(options: argparse.Namespace, policy: Policy) -> Callable[[SensorReading], np.ndarray]:
    vx = FORWARD if options.vx is None else options.vx
    asked = np.array([vx, options.vy or 0.0, options.yaw_rate or 0.0], np.float32)
    command = policy.trained_command(asked)
    if not np.array_equal(asked, command):
        print(f"The command {asked.tolist()} is outside what was trained; running {command.tolist()}.")
    return lambda reading: command


def _along(follower: RouteFollower, robot: SimRobot) -> Callable[[SensorReading], np.ndarray]:
    return lambda reading: follower.command(robot.base_pos[:2], heading(robot.base_quat))


def _print_report(
    report: RunReport, follower: RouteFollower | None, distance: float | None, json_path: Path | None
) -> None:
    summary = report.as_json()
    print(report.table())
    if follower:
        summary |= {"waypoints": len(follower.route.waypoints), "reached": follower.reached}
        print(f"reached {follower.reached} of {summary['waypoints']} waypoints")
    if distance is not None:
        summary["distance"] = distance
        print(f"{distance:.4f} m from where it was sent")
    if report.fault:
        print(f"gaitway-edge run: damping ({report.cause}), because {report.fault}.", file=sys.stderr)
    if json_path:
        json_path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
