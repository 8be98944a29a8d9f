"""The process of a simulated robot: sensor packets out, motor commands in, over `deploy_jetson/link.py`.

It is to the policy what a robot is: it has its own clock (or, in lockstep, waits), and its own watchdog. The
hello is JSON: the robot's joints, the names and sizes of both messages, or `{"error": sentence}`. Torch is
not imported.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import select
import signal
import sys
import time
from pathlib import Path

import numpy as np

from ..assets import ASSETS
from ..assets.whole_file import whole_file
from ..deploy_jetson.faults import LIMITS, Cause
from ..deploy_jetson.link import Kind, Link, LinkClosed, PacketError
from ..envs.config import SimCfg
from ..envs.simulated_robot import SimulatedRobot

LINGER_S = 2.0
"""Simulated s that it goes on damping when the policy's process is gone: how the robot sank is recorded."""
_CATCH_UP_S = 0.1
"""Physics that is further behind the clock than this does not make up for it."""


class Recording:
    """Time, qpos and qvel of every tick, for a video made later."""

    def __init__(self, robot: SimulatedRobot) -> None:
        self._robot = robot
        self._rows: dict[str, list[np.ndarray]] = {"time": [], "qpos": [], "qvel": []}

    def add(self) -> None:
        """Keep the present state."""
        for name, rows in self._rows.items():
            rows.append(np.copy(getattr(self._robot.data, name)))

    def save(self, path: Path, fault: str) -> None:
        """Write the `.npz`, and why the robot damped by itself, under a temporary name first."""
        with whole_file(path) as temporary, temporary.open("wb") as file:
            time, qpos, qvel = (np.array(self._rows[name]) for name in ("time", "qpos", "qvel"))
            np.savez_compressed(file, time=time, qpos=qpos, qvel=qvel, fault=np.array(fault))


class RobotSide:
    """The robot's end of the link.

    `fault` says why it damps by itself, which it then does until the end: `kd` is `damping` (n,) and nothing
    that comes is obeyed. The first value of every sensor packet, `own_fault`, is 0 or the number of that
    cause in `Cause`, from 1.
    """

    def __init__(self, link: Link, robot: SimulatedRobot, sim: SimCfg, damping: np.ndarray) -> None:
        self.fault, self._code = "", 0.0
        self.recording = Recording(robot)
        self._link, self._robot, self._sim = link, robot, sim
        still = np.zeros_like(damping)
        self._damp = np.stack((still, still, damping))
        self._input = np.stack((still, still, still))
        # Until its motors are first used, the robot hangs where it was put.
        self._hangs = True
        self._over = False
        self._steps = 0

    def run_in_lockstep(self) -> None:
        """One tick for every command, until told to end or left alone."""
        self._send()
        while not self._over:
            if self._receive(timeout=0.2):
                self._step(self._sim.decimation)
                self._send()
            elif not self._over and _left_alone():
                self._stop(Cause.WATCHDOG, "the policy's process is gone")
                break
        self._finish()

    def run_freely(self) -> None:
        """By its own clock, under the newest command, until told to end or left alone."""
        self._send()
        while not (self._over or self._receive(timeout=0.05) or _left_alone()):
            pass  # its time begins with the first command
        deadline = heard = time.perf_counter()
        while not self._over:
            while self._receive(timeout=0.0):
                heard = time.perf_counter()
            silence = time.perf_counter() - heard
            if silence > LIMITS.watchdog_s:
                self._stop(Cause.WATCHDOG, f"no command came for {silence:.2f} s")
                if _left_alone():
                    break
            self._step(1)
            self._send()
            deadline = max(deadline + self._sim.timestep, time.perf_counter() - _CATCH_UP_S)
            time.sleep(max(deadline - time.perf_counter(), 0.0))
        self._finish()

    def _finish(self) -> None:
        """Sink, if it damps by itself; the recording ends with the last state that anybody was told of."""
        if self.fault:
            for _ in range(round(LINGER_S / self._sim.timestep)):
                self._step(1)
        if self._steps % self._sim.decimation:
            self.recording.add()

    def _receive(self, timeout: float) -> bool:
        """Obey the next packet; false if none comes within `timeout` s, or it says goodbye."""
        try:
            packet = self._link.receive(timeout)
        except PacketError as error:
            self._stop(Cause.WRONG_PACKET, str(error))
            return True
        except LinkClosed:
            return False
        if packet is None or packet.kind is Kind.GOODBYE:
            self._over = packet is not None
            return False
        if packet.kind is not Kind.COMMAND or len(packet.payload) != 8 * self._input.size:
            what = f"a {packet.kind.name.lower()} packet of {len(packet.payload)} bytes"
            self._stop(Cause.WRONG_PACKET, f"{what} is no command")
            return True
        self._input = np.frombuffer(packet.payload, "<f8").reshape(self._input.shape)
        if not np.isfinite(self._input).all():
            self._stop(Cause.WRONG_PACKET, "a command is not finite")
        return True

    def _stop(self, cause: Cause, fault: str) -> None:
        if not self.fault:
            self.fault = fault
            self._code = 1.0 + list(Cause).index(cause)
            print(f"Simulated robot: damping by itself, because {fault}.", file=sys.stderr, flush=True)

    def _step(self, steps: int) -> None:
        target, kp, kd = self._damp if self.fault else self._input
        self._hangs = self._hangs and not (kp.any() or kd.any())
        if self._hangs:
            self._robot.data.time += steps * self._sim.timestep
        else:
            self._robot.step(steps, target, kp, kd)
        self._steps += steps
        if self._steps % self._sim.decimation == 0:
            self.recording.add()

    def _send(self) -> None:
        values = {"own_fault": np.array([self._code]), **self._robot.values()}
        with contextlib.suppress(LinkClosed):  # the watchdog says so if nobody is there
            self._link.send(Kind.SENSORS, np.concatenate(list(values.values())).astype("<f8").tobytes())

    def hello(self, robot_file: Path) -> bytes:
        """What it is and what it speaks."""
        names, values = self._robot.joint_names, self._robot.values()
        content = {
            "joint_names": names,
            "robot_sha256": hashlib.sha256(robot_file.read_bytes()).hexdigest(),
            "receives": [[name, len(names)] for name in ("target", "kp", "kd")],
            "sends": [["own_fault", 1], *([name, len(value)] for name, value in values.items())],
        }
        return json.dumps(content).encode()


def _left_alone() -> bool:
    """Whether the process that holds our stdin open has ended."""
    return bool(select.select([sys.stdin], [], [], 0.0)[0])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where the policy listens, on 127.0.0.1")
    parser.add_argument("--session", type=int, required=True, help="number that every packet carries")
    parser.add_argument("--realtime", action="store_true", help="let the physics run by its own clock")
    parser.add_argument("--robot", type=Path, required=True, help="USD file; relative to Gaitway's assets")
    parser.add_argument("--scene", type=Path, default=ASSETS / "scenes/flat.usda", help="USD file")
    parser.add_argument("--timestep", type=float, required=True, help="physics step, s")
    parser.add_argument("--decimation", type=int, required=True, help="physics steps per tick")
    parser.add_argument("--iterations", type=int, default=SimCfg.iterations, help="solver iterations")
    parser.add_argument(
        "--ls-iterations", type=int, default=SimCfg.ls_iterations, help="line search iterations"
    )
    for name in ("x", "y", "z", "yaw"):
        parser.add_argument(f"--{name}", type=float, default=0.0, help="where the robot starts, m or rad")
    parser.add_argument(
        "--joints", type=lambda text: text.split(","), required=True, help="names of driven joints"
    )
    parser.add_argument(
        "--damping",
        type=lambda text: np.array([float(value) for value in text.split(",")]),
        required=True,
        help="kd of each of --joints, when the robot damps by itself",
    )
    parser.add_argument("--lidar", type=json.loads, help="JSON object: farthest, sectors, fov, elevations")
    parser.add_argument("--record", type=Path, help="write every tick's state to this .npz at the end")
    return parser.parse_args()


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the client decides
    options = _parse()
    link = Link(options.session, options.port)
    robot_file = options.robot if options.robot.is_file() else ASSETS / options.robot
    sim = SimCfg(options.timestep, options.decimation, options.iterations, options.ls_iterations)
    try:
        place = (options.x, options.y, options.z)
        robot = SimulatedRobot(robot_file, options.scene, sim, place, options.yaw, options.joints)
        if options.lidar:
            robot.mount_lidar(**options.lidar)
    except (ValueError, OSError) as error:
        link.send(Kind.HELLO, json.dumps({"error": str(error)}).encode())
        return
    damping = dict(zip(options.joints, options.damping, strict=True))
    side = RobotSide(link, robot, sim, np.array([damping[name] for name in robot.joint_names]))
    link.send(Kind.HELLO, side.hello(robot_file))
    side.recording.add()
    if options.realtime:
        side.run_freely()
    else:
        side.run_in_lockstep()
    if options.record is not None:
        side.recording.save(options.record, side.fault)


if __name__ == "__main__":
    main()
