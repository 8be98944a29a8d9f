"""`gaitway-edge run --robot NAME`: each robot, and who commands it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .contract import BundleError, Contract
from .observations import SensorReading
from .outside import Outside
from .policy import Policy
from .robot import Robot, RobotError
from .route import Route, RouteFollower, heading
from .sim_robot import SimRobot
from .teleop import Joystick, Keyboard, Operator

FORWARD, SIDEWAYS, TURN = 0.3, 0.2, 0.5
"""m/s and rad/s, unless told otherwise."""
SECONDS = 20.0
OPERATOR_S = 24 * 3600.0
"""An operator ends the run, not a clock."""
STAND_S = 0.5

Command = Callable[[SensorReading], np.ndarray]


@dataclass
class Setup:
    """A robot and what the loop around it needs; `results` adds to the report what this robot knows."""

    robot: Robot
    command: Command | None = None
    operator: Operator | None = None
    seconds: float = SECONDS
    stand_s: float = STAND_S
    realtime: bool = True
    done: Callable[[], bool] = lambda: False
    results: Callable[[], dict[str, Any]] = field(default=dict)


def simulated(options: argparse.Namespace, policy: Policy) -> Setup:
    """A simulator in a process of its own; the operator, a route or constants command it."""
    contract = policy.contract
    outside = Outside(contract, options.target, options.goal)
    follower = None
    if options.route and contract.commands:
        follower = RouteFollower(Route.load(options.route), contract.commands)
    x, y, yaw = follower.route.start if follower else (0.0, 0.0, 0.0)
    robot = SimRobot(
        contract,
        scene=options.scene,
        position=(x, y, 0.0),
        yaw=yaw,
        record=options.record,
        realtime=options.realtime,
        outside=outside,
    )
    if robot.note:
        print(f"gaitway-edge run: {robot.note}", file=sys.stderr)

    def results() -> dict[str, Any]:
        said: dict[str, Any] = {}
        if follower:
            said |= {"waypoints": len(follower.route.waypoints), "reached": follower.reached}
        if outside.distance is not None:
            said["distance"] = outside.distance
        return said

    setup = Setup(robot, realtime=options.realtime, results=results)
    if outside.drives:
        setup.done = lambda: outside.arrived
    if follower:
        setup.command = lambda reading: follower.command(robot.base_pos[:2], heading(robot.base_quat))
        setup.seconds = 2 * follower.route.length / follower.route.speed
        setup.done = lambda: follower.done
        return setup
    return _commanded(setup, options, policy)


def replayed(options: argparse.Namespace, policy: Policy) -> Setup:
    """A log's sensor values, as fast as it goes; the log's own command and states."""
    if options.source is None:
        raise RobotError("--robot replay plays a log: name it by --from LOG.")
    from .log.reader import RunLog
    from .replay_robot import ReplayRobot

    robot = ReplayRobot(RunLog.load(options.source), policy.contract)

    def results() -> dict[str, Any]:
        return {"compared_ticks": robot.compared, "target_error": robot.error}

    return Setup(
        robot,
        operator=robot,
        seconds=OPERATOR_S,
        stand_s=0.0,
        realtime=False,
        done=lambda: robot.done,
        results=results,
    )


def unitree(options: argparse.Namespace, policy: Policy) -> Setup:
    """A robot that speaks Unitree's SDK."""
    if options.interface is None or options.motors is None:
        raise RobotError("--robot unitree needs --interface (such as eth0) and --motors FILE.")
    from .unitree.robot import UnitreeRobot, load_motors

    motors = load_motors(options.motors, policy.contract)
    return _commanded(Setup(UnitreeRobot(policy.contract, motors, options.interface)), options, policy)


ROBOTS = {"sim": simulated, "replay": replayed, "unitree": unitree}


def require_commands(options: argparse.Namespace, contract: Contract) -> None:
    """Refuse velocities for a policy that follows none.

    Raises:
        BundleError: there are some.
    """
    asked = [name for name in ("route", "vx", "vy", "yaw_rate") if getattr(options, name) is not None]
    if contract.commands is None and asked:
        raise BundleError(
            f"{options.bundle}: {contract.task} follows no velocity command; leave out "
            f"--{asked[0].replace('_', '-')}."
        )


def _commanded(setup: Setup, options: argparse.Namespace, policy: Policy) -> Setup:
    """Give it the operator, or a constant command if its policy follows one."""
    try:
        setup.operator = _operator(options, policy.contract)
    except BaseException:
        setup.robot.close()
        raise
    if setup.operator:
        setup.seconds = OPERATOR_S
    elif policy.contract.commands:
        setup.command = _constant(options, policy)
    return setup


def _operator(options: argparse.Namespace, contract: Contract) -> Operator | None:
    if options.operator is None:
        return None
    if options.operator == "keyboard":
        print("Enter: go on (stand, then walk). Hold w s a d q e to move. Space: stop.")
        return Keyboard((options.vx or FORWARD, options.vy or SIDEWAYS, options.yaw_rate or TURN))
    return Joystick(contract.commands, Path(options.operator))


def _constant(options: argparse.Namespace, policy: Policy) -> Command:
    vx = FORWARD if options.vx is None else options.vx
    asked = np.array([vx, options.vy or 0.0, options.yaw_rate or 0.0], np.float32)
    command = policy.trained_command(asked)
    if not np.array_equal(asked, command):
        print(f"The command {asked.tolist()} is outside what was trained; running {command.tolist()}.")
    return lambda reading: command
