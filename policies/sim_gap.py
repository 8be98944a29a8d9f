"""The sim-to-real gap: how far simulated joints come apart from a logged robot's under the same targets.

The simulator is started again and again from where the robot was, and runs on its own for a short window:
over a whole walk, two robots that differ in nothing but a rounding error end up in different places.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..assets import ASSETS
from ..deploy_jetson.log.reader import RunLog
from ..deploy_jetson.ticklog import LogError
from ..envs.config import SimCfg
from ..envs.simulated_robot import SimulatedRobot
from .base_estimate import BaseEstimate


@dataclass(frozen=True)
class Gap:
    """Differences of simulated and logged joints over all compared ticks, each (n,).

    pos_rms, pos_max: rad (m where a joint slides); vel_rms: rad/s. At `time` (T,) s, `simulated` (T, n) are
    the simulator's positions beside `measured`, NaN where there are none. base: where the base's state came
    from: "truth", "estimate" or "fixed".
    """

    names: tuple[str, ...]
    window: float
    base: str
    time: np.ndarray
    measured: np.ndarray
    simulated: np.ndarray
    pos_rms: np.ndarray
    pos_max: np.ndarray
    vel_rms: np.ndarray

    @property
    def ticks(self) -> int:
        """How many were compared."""
        return int(np.isfinite(self.simulated[:, 0]).sum())

    def as_json(self) -> dict[str, Any]:
        """The numbers, as plain values."""
        return {
            "window_s": self.window,
            "base": self.base,
            "ticks": self.ticks,
            "joints": {
                name: {"pos_rms": float(rms), "pos_max": float(most), "vel_rms": float(speed)}
                for name, rms, most, speed in zip(
                    self.names, self.pos_rms, self.pos_max, self.vel_rms, strict=True
                )
            },
        }

    def table(self) -> str:
        """The numbers, as text."""
        width = max(len(name) for name in self.names)
        lines = [f"{self.ticks} ticks in windows of {self.window:g} s; base: {self.base}"]
        lines.append(f"{'joint':<{width}}{'rms rad':>12}{'max rad':>12}{'rms rad/s':>12}")
        rows = zip(self.names, self.pos_rms, self.pos_max, self.vel_rms, strict=True)
        lines += [f"{name:<{width}}{rms:12.5f}{most:12.5f}{speed:12.4f}" for name, rms, most, speed in rows]
        lines.append(f"{'all':<{width}}{np.sqrt(np.mean(np.square(self.pos_rms))):12.5f}")
        return "\n".join(lines)


def measure_gap(log: RunLog, window: float = 0.2, scene: Path | None = None) -> Gap:
    """Replay a log in the simulator, `window` s at a time, in `scene` or on a flat floor.

    Targets count as sent when the reading was taken: a robot's latency is part of its gap.

    Raises:
        LogError: the log names no robot that is at hand, or has no two ticks in a row to compare.
    """
    robot = _simulated(log, scene)
    ticks = max(round(window / log.contract.timing.policy_dt), 1)
    order = [robot.joint_names.index(name) for name in log.contract.joints.names]
    back = np.argsort(order)
    base = BaseEstimate(robot, log, back)
    kp, kd = _gains(log)
    steps = np.rint(np.diff(log.time) / log.contract.timing.physics_dt).astype(int)
    positions = np.full_like(log.joint_pos, np.nan)
    velocities = np.full_like(log.joint_vel, np.nan)
    since = ticks
    for k, count in enumerate(steps):
        comparable = log.state[k] != "passive" and 0 < count <= 2 * log.contract.timing.decimation
        if not comparable:
            since = ticks
            continue
        if since == ticks:
            base.place(k)
            since = 0
        robot.step(int(count), log.targets[k, back], kp[k, back], kd[k, back])
        values = robot.values()
        positions[k + 1], velocities[k + 1] = values["joint_pos"][order], values["joint_vel"][order]
        since += 1
    compared = np.isfinite(positions[:, 0])
    if not compared.any():
        raise LogError("The log has no two ticks in a row to compare.")
    difference = (positions - log.joint_pos)[compared]
    return Gap(
        log.contract.joints.names,
        window,
        base.source,
        log.time,
        log.joint_pos,
        positions,
        np.sqrt(np.mean(np.square(difference), axis=0)),
        np.abs(difference).max(axis=0),
        np.sqrt(np.mean(np.square((velocities - log.joint_vel)[compared]), axis=0)),
    )


def _simulated(log: RunLog, scene: Path | None) -> SimulatedRobot:
    contract, timing = log.contract, log.contract.timing
    file = None if contract.robot.file is None else ASSETS / contract.robot.file
    if file is None or not file.is_file():
        raise LogError(f"The log is of {contract.robot.name}, whose USD file is not among Gaitway's assets.")
    sim = SimCfg(timing.physics_dt, timing.decimation)
    if contract.physics is not None:
        sim.iterations, sim.ls_iterations = contract.physics.iterations, contract.physics.ls_iterations
    place = (0.0, 0.0, 0.0)
    return SimulatedRobot(
        file, scene or ASSETS / "scenes/flat.usda", sim, place, 0.0, list(contract.joints.names)
    )


def _gains(log: RunLog) -> tuple[np.ndarray, np.ndarray]:
    """kp and kd of every tick, (T, n): what the loop sends in that state."""
    joints = log.contract.joints
    follows = np.array([state in ("stand", "policy") for state in log.state])[:, None]
    return follows * np.array(joints.kp), np.repeat(np.array([joints.kd]), len(log.state), axis=0)
