"""`gaitway-edge`: check a bundle, or run it on a robot. Needs numpy and onnxruntime, nothing else."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from .contract import BundleError, Contract
from .loop import ControlLoop, RunReport
from .observations import SensorReading
from .outside import TARGET, Outside
from .policy import Policy
from .robot import RobotError, SimRobot
from .route import Route, RouteError, RouteFollower, heading
from .schedule import Spread
from .serve import command as serve
from .trt import command as build_trt

FAULT_STATUS = 3
SINK_S = 1.5
FORWARD = 0.3


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit status: 0 done, 1 bad input, 2 bad usage, 3 the run ended in a safety fault."""
    options = _parser().parse_args(arguments)
    try:
        status = options.function(options)
    except (BundleError, RobotError, RouteError, OSError) as error:
        print(f"gaitway-edge {options.command}: {error}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print(f"gaitway-edge {options.command}: interrupted.", file=sys.stderr)
        status = 130
    sys.exit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gaitway-edge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="replay a bundle's golden recording on this machine")
    check.set_defaults(function=_check)
    check.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")

    run = commands.add_parser("run", help="run a bundle on a robot")
    run.set_defaults(function=_run)
    run.add_argument("bundle", type=Path, help="folder made by 'gaitway export'")
    run.add_argument(
        "--robot", choices=["sim"], required=True, help="sim: a simulator in a process of its own"
    )
    run.add_argument("--scene", type=Path, help="USD scene for the simulator (default: a flat floor)")
    run.add_argument(
        "--seconds",
        type=_positive,
        help="s under the policy (default: 20, or twice what a --route takes at its speed)",
    )
    run.add_argument(
        "--route", type=Path, help="JSON file of waypoints to walk to, by the simulator's pose, not --vx..."
    )
    run.add_argument("--vx", type=float, help=f"forward command, m/s (default: {FORWARD})")
    run.add_argument("--vy", type=float, help="leftward command, m/s (default: 0)")
    run.add_argument("--yaw-rate", type=float, help="turn command, rad/s (default: 0)")
    run.add_argument(
        "--target",
        type=_finite,
        nargs=3,
        metavar=("X", "Y", "Z"),
        help=f"where an arm brings its tool, m from its base (default: {' '.join(map(str, TARGET))})",
    )
    run.add_argument(
        "--realtime",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep absolute deadlines; --no-realtime runs in lockstep, as fast as the simulator goes",
    )
    run.add_argument("--log", type=Path, help="write one JSON object per tick to this file")
    run.add_argument("--json", type=Path, help="write the run's report to this file")
    run.add_argument("--record", type=Path, help="write the simulator's qpos of every tick to this .npz")

    build_trt.add(commands)
    serve.add(commands)
    return parser


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


def _check(options: argparse.Namespace) -> int:
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
    return 0


def _run(options: argparse.Namespace) -> int:
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


if __name__ == "__main__":
    main()
