"""Walks bundles along routes by `gaitway-edge run`, in processes of their own, and reads what happened."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.spatial.transform import Rotation

from ...deploy_jetson.contract import CONTRACT_FILE, BundleError, Contract
from ...deploy_jetson.faults import Cause
from ...deploy_jetson.route import Route, RouteFollower, heading
from ...deploy_jetson.run import FAULT_STATUS
from .route import save_route

PATIENCE = 1.4
"""A walk is given this many times what it takes at the commanded speed without turns."""


class WalkError(ValueError):
    """A run of the edge runtime ended without a report; the message quotes its own."""


@dataclass(frozen=True)
class Errand:
    """A bundle and the route that it shall walk in `scene`; `folder` receives the files."""

    bundle: Path
    route: Route
    scene: Path
    folder: Path

    def command(self, realtime: bool) -> list[str]:
        """Command line of `gaitway-edge`, without the program."""
        options = {
            "robot": "sim",
            "scene": self.scene,
            "route": self.folder / "route.json",
            "seconds": f"{PATIENCE * self.route.length / self.route.speed:.0f}",
            "log": self.folder / "ticks.jsonl",
            "record": self.folder / "states.npz",
            "json": self.folder / "report.json",
        }
        line = ["run", str(self.bundle)]
        for name, value in options.items():
            line += [f"--{name}", str(value)]
        return line if realtime else [*line, "--no-realtime"]


@dataclass(frozen=True)
class Walk:
    """One walk of T ticks.

    `report` is what `gaitway-edge run --json` wrote. states (S, nq) is qpos at every physics tick, also after
    the loop gave up; the rest is per tick of the loop. time (T,) s on the robot's clock; qpos (T, nq), the
    free base first; command and velocity (T, 3): vx, vy in m/s in the heading frame and yaw rate in rad/s;
    period (T - 1,) and work (T,) s of wall time; following (T,): the policy was in charge; reached_by (T,):
    waypoints reached so far. tick_s and cycle: s, of the policy and of the gait clock.
    """

    errand: Errand
    report: dict[str, Any]
    states: np.ndarray
    time: np.ndarray
    qpos: np.ndarray
    command: np.ndarray
    velocity: np.ndarray
    period: np.ndarray
    work: np.ndarray
    following: np.ndarray
    reached_by: np.ndarray
    tick_s: float
    cycle: float

    @property
    def reached(self) -> int:
        """Waypoints reached."""
        return self.report["reached"]

    @property
    def fault(self) -> str:
        """Why the safety checks ended the walk; empty if they did not."""
        return self.report["fault"]

    @property
    def distance(self) -> float:
        """Length of the way walked, in steps of a second, so that sway does not count; m."""
        points = self.qpos[::50, :2]
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())

    @cached_property
    def steady_velocity(self) -> np.ndarray:
        """Velocity (T, 3) averaged over a gait cycle around each tick: without the sway of single steps."""
        ticks = max(round(self.cycle / self.tick_s), 1)
        return uniform_filter1d(self.velocity, ticks, axis=0, mode="nearest")

    def errors(self) -> tuple[float, float]:
        """Mean error of the steady planar velocity, m/s, and of the steady yaw rate, rad/s."""
        difference = (self.command - self.steady_velocity)[self.following]
        if not len(difference):
            return float("nan"), float("nan")
        return float(np.linalg.norm(difference[:, :2], axis=1).mean()), float(np.abs(difference[:, 2]).mean())


def walk(errands: Mapping[str, Errand], realtime: bool = True) -> dict[str, Walk]:
    """Walk every errand at the same time, in real time unless told otherwise.

    A walk that the computer was too busy for is walked again in lockstep: `first_report` in its report is
    then that of the walk that failed. Late ticks or one side not hearing from the other tell of that.

    Raises:
        WalkError: a run ended without a report.
    """
    for errand in errands.values():
        errand.folder.mkdir(parents=True, exist_ok=True)
        save_route(errand.route, errand.folder / "route.json")
    walks = _together(errands, realtime)
    late = {name: walk for name, walk in walks.items() if walk.fault and _was_late(walk.report)}
    if late:
        for name, again in _together({name: errands[name] for name in late}, realtime=False).items():
            again.report["first_report"] = late[name].report
            walks[name] = again
    return walks


def _was_late(report: dict[str, Any]) -> bool:
    return report["overruns"] > 0 or report["cause"] in (
        Cause.LOST_SENSOR_LINK,
        Cause.STALE_SENSOR,
        Cause.WATCHDOG,
    )


def _together(errands: Mapping[str, Errand], realtime: bool) -> dict[str, Walk]:
    running = {name: _start(errand, realtime) for name, errand in errands.items()}
    for process in running.values():
        process.wait()
    return {name: _finished(running[name], errand) for name, errand in errands.items()}


def _start(errand: Errand, realtime: bool) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "gaitway.deploy_jetson.main", *errand.command(realtime)]
    with (errand.folder / "output.txt").open("w") as output:
        return subprocess.Popen(line, stdout=output, stderr=subprocess.STDOUT, text=True)


def _finished(process: subprocess.Popen[str], errand: Errand) -> Walk:
    if process.returncode not in (0, FAULT_STATUS):
        output = (errand.folder / "output.txt").read_text().strip()
        raise WalkError(f"gaitway-edge {' '.join(errand.command(True))} failed: {output}")
    return read_walk(errand)


def read_walk(errand: Errand) -> Walk:
    """Read the files of a run in `errand.folder`."""
    contract = Contract.load(errand.bundle / CONTRACT_FILE)
    commands, clock = contract.commands, contract.gait_clock
    if commands is None or clock is None:
        raise BundleError(f"{errand.bundle}: {contract.task} walks by no velocity command and clock.")
    ticks = [json.loads(line) for line in (errand.folder / "ticks.jsonl").read_text().splitlines()]
    with np.load(errand.folder / "states.npz") as states:
        time, qpos, qvel = states["time"], states["qpos"], states["qvel"]
    # A tick whose reading was late repeats a state: ask the clock, not the count, which state it saw.
    rows = np.searchsorted(time, [tick["robot_time_s"] for tick in ticks])
    starts = np.array([tick["start_s"] for tick in ticks])
    return Walk(
        errand=errand,
        report=json.loads((errand.folder / "report.json").read_text()),
        states=qpos,
        time=time[rows],
        qpos=qpos[rows],
        # A robot that damps after a fault is commanded nothing.
        command=np.array([tick["command"] or [np.nan] * 3 for tick in ticks]),
        velocity=heading_velocity(qpos[rows], qvel[rows]),
        period=np.diff(starts),
        work=np.array([tick["work_s"] for tick in ticks]),
        following=np.array([tick["state"] == "policy" for tick in ticks]),
        reached_by=_reached_by(RouteFollower(errand.route, commands), qpos[rows]),
        tick_s=contract.timing.policy_dt,
        cycle=1 / clock.frequency,
    )


def _reached_by(follower: RouteFollower, qpos: np.ndarray) -> np.ndarray:
    """What the follower counted at each pose, (T,): the edge runtime's own, run once more."""
    reached = np.zeros(len(qpos), int)
    for tick, pose in enumerate(qpos):
        follower.command(pose[:2], heading(pose[3:7]))
        reached[tick] = follower.reached
    return reached


def heading_velocity(qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
    """(T, 3): planar velocity in the heading frame, m/s, and yaw rate, rad/s, of a free base.

    MuJoCo's free joint has its linear velocity in the world and its angular velocity in the body frame.
    """
    rotation = Rotation.from_quat(qpos[:, 3:7], scalar_first=True)
    forward = rotation.apply([1.0, 0.0, 0.0])
    yaw = np.arctan2(forward[:, 1], forward[:, 0])
    cos, sin = np.cos(yaw), np.sin(yaw)
    vx, vy = cos * qvel[:, 0] + sin * qvel[:, 1], cos * qvel[:, 1] - sin * qvel[:, 0]
    return np.column_stack((vx, vy, rotation.apply(qvel[:, 3:6])[:, 2]))
