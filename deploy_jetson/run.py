"""`gaitway-edge run`: a bundle in the control loop of a robot."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .contract import BundleError, Contract
from .loop import ControlLoop, RunReport
from .observations import SensorReading
from .outside import TARGET, Outside
from .policy import Policy
from .robot import SimRobot
from .route import Route, RouteFollower, heading
from .schedule import Spread

FAULT_STATUS = 3
SINK_S = 1.5
FORWARD = 0.3


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
        help="s under the policy (default: 20, or twice what a --route takes at its speed)",
    )
    parser.add_argument(
        "--route", type=Path, help="JSON file of waypoints to walk to, by the simulator's pose, not --vx..."
    )
    parser.add_argument("--vx", type=float, help=f"forward command, m/s (default: {FORWARD})")
    parser.add_argument("--vy", type=float, help="leftward command, m/s (default: 0)")
    parser.add_argument("--yaw-rate", type=float, help="turn command, rad/s (default: 0)")
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
    parser.add_argument("--log", type=Path, help="write one JSON object per tick to this file")
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
    commands = policy.contract.commands
    _require_commands(options, policy.contract)
    outside = Outside(policy.contract, options.target)
    follower = RouteFollower(Route.load(options.route), commands) if options.route and commands else None
    (x, y, yaw), seconds = (0.0, 0.0, 0.0), 20.0
    if follower:
        (x, y, yaw), seconds = follower.route.start, 2 * follower.route.length / follower.route.speed
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(options.log.open("w", encoding="utf-8")) if options.log else None
        robot = SimRobot(
            policy.contract,
            scene=options.scene,
            position=(x, y, 0.0),
            yaw=yaw,
            record=options.record,
            patience=policy.contract.timing.policy_dt if options.realtime else 10.0,
            outside=outside,
        )
        stack.callback(robot.close)
        if robot.note:
            print(f"gaitway-edge run: {robot.note}", file=sys.stderr)
        command = _along(follower, robot) if follower else _constant(options, policy) if commands else None
        loop = ControlLoop(policy, robot, command, sink_s=SINK_S, realtime=options.realtime, log=log)
        report = loop.run(options.seconds or seconds, lambda: follower is not None and follower.done)
    _print_report(report, follower, outside.distance, options.json)
    return FAULT_STATUS if report.fault else 0


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
    summary = dataclasses.asdict(report)
    print(_table(report))
    if follower:
        summary |= {"waypoints": len(follower.route.waypoints), "reached": follower.reached}
        print(f"reached {follower.reached} of {summary['waypoints']} waypoints")
    if distance is not None:
        summary["distance"] = distance
        print(f"{distance:.4f} m from where it was sent")
    if report.fault:
        print(f"gaitway-edge run: damping, because {report.fault}.", file=sys.stderr)
    if json_path:
        json_path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def _table(report: RunReport) -> str:
    """Timing of the loop, in ms."""
    rows: list[tuple[str, Spread]] = [
        ("tick to tick", report.period),
        ("read sensors", report.read),
        ("observe + infer", report.policy),
        ("write targets", report.write),
    ]
    kind = "absolute deadlines" if report.realtime else "lockstep"
    lines = [f"{report.ticks} ticks, {kind}, {report.overruns} overruns"]
    lines.append(f"{'ms':<16}{'mean':>9}{'sd':>9}{'p99':>9}{'max':>9}")
    for name, spread in rows:
        values = (spread.mean, spread.sd, spread.p99, spread.max)
        lines.append(f"{name:<16}" + "".join(f"{1e3 * value:9.3f}" for value in values))
    return "\n".join(lines)
