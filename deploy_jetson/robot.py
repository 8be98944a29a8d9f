"""What the loop asks of a robot, and the simulated robot: a process of its own behind a socket."""

from __future__ import annotations

import importlib.util
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .contract import Contract
from .observations import SensorReading
from .outside import Outside

START_PATIENCE_S = 120.0
"""A large scene takes this long to compile on a slow machine, with reserve."""


class RobotError(RuntimeError):
    """The robot cannot be reached or is not the one the policy was trained for."""


@dataclass
class JointCommand:
    """Motor input, held until the next: torque = kp * (target - pos) - kd * vel.

    Where the contract's drive is "velocity": torque = kd * (target - vel). Arrays (n,) in the contract's
    joint order.
    """

    target: np.ndarray
    kp: np.ndarray
    kd: np.ndarray


class Robot(Protocol):
    """A robot of n joints; write one of these for your motors and IMU."""

    def read(self) -> SensorReading:
        """The newest sensor values, N = 1; the same `time` again if none have come since."""
        ...

    def write(self, command: JointCommand) -> None:
        """Send motor input."""
        ...

    def close(self) -> None:
        """Let go of the robot."""
        ...


class SimRobot:
    """A robot in a simulator process: `python -m gaitway.envs.robot_server`, started by module name.

    Every `write` advances its physics by one tick. `base_pos` and `base_quat` are the true pose at the last
    `read` of a base that moves: a stand-in for localisation, no policy sees it.

    Args:
        contract: of the policy to run; gives the time steps and the joint order.
        robot_file: the robot's USD file; the one named in the contract, among Gaitway's assets, if None.
        scene: USD file to stand in; the flat floor if None.
        position, yaw: where the robot starts, m and rad; its own standing height is added to z.
        record: `.npz` to write `time`, `qpos`, `qvel` of every tick to, when closed.
        patience: s to wait for the simulator in `read` before the reading counts as stale.
        outside: gives each reading its external values; without, it has none.

    Raises:
        RobotError: the simulator is not installed or does not start, or its robot has other joints or lacks
            what `outside` needs.
    """

    def __init__(
        self,
        contract: Contract,
        robot_file: Path | None = None,
        scene: Path | None = None,
        position: Sequence[float] = (0.0, 0.0, 0.0),
        yaw: float = 0.0,
        record: Path | None = None,
        patience: float = 10.0,
        outside: Outside | None = None,
    ) -> None:
        if importlib.util.find_spec("mujoco") is None:
            raise RobotError("The simulated robot needs the simulator: pip install 'gaitway[sim]'.")
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "gaitway.envs.robot_server", f"--fd={theirs.fileno()}"]
        command += _physics_options(contract)
        command += [f"--{axis}={float(value)!r}" for axis, value in zip("xyz", position, strict=True)]
        command += [f"--yaw={float(yaw)!r}", f"--joints={','.join(contract.joints.names)}"]
        for name, path in (
            ("robot", robot_file or contract.robot.file),
            ("scene", scene),
            ("record", record),
        ):
            command += [f"--{name}={path}"] if path is not None else []
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._socket, self._buffer = ours, b""
        try:
            hello = self._receive_hello()
            self.note = _note(hello, contract)
            self._fields = dict(hello["sends"])
            self._outside = outside
            if outside is not None and (missing := outside.needs - set(self._fields)):
                raise RobotError(
                    f"{robot_file or contract.robot.file}: this simulated robot gives no {min(missing)}, "
                    f"which {contract.task} depends on."
                )
        except BaseException:
            self._end()
            raise
        self._to_contract = [hello["joint_names"].index(name) for name in contract.joints.names]
        self._to_robot = np.argsort(self._to_contract)
        self._order = [name for name, _ in hello["receives"]]
        self._patience = patience
        self._values = self._next_values(START_PATIENCE_S)
        self._fresh = True

    def read(self) -> SensorReading:
        """The newest sensor values; waits for the tick under way, at most `patience`."""
        if not self._fresh:
            values = self._next_values(self._patience)
            while values:  # after a stall several may have queued up: the newest counts
                self._values = values
                values = self._next_values(0.0)
        self._fresh = False
        values = self._values
        gyro, quat = (values[name][None] if name in values else None for name in ("gyro", "quat"))
        return SensorReading(
            gyro,
            quat,
            joint_pos=values["joint_pos"][None, self._to_contract],
            joint_vel=values["joint_vel"][None, self._to_contract],
            time=float(values["time"][0]),
            external=self._outside(values) if self._outside else {},
        )

    def write(self, command: JointCommand) -> None:
        """Advance the simulation by one tick under `command`."""
        arrays = [getattr(command, name)[self._to_robot] for name in self._order]
        try:
            self._socket.settimeout(START_PATIENCE_S)
            self._socket.sendall(np.concatenate(arrays).astype("<f8").tobytes())
        except OSError as error:
            raise RobotError(f"The simulator process has ended ({error}).") from error

    @property
    def base_pos(self) -> np.ndarray:
        """True position of the base in the world, (3,) m."""
        return self._values["base_pos"]

    @property
    def base_quat(self) -> np.ndarray:
        """True orientation of the base in the world, `wxyz` (4,)."""
        return self._values["base_quat"]

    def close(self) -> None:
        """End the simulator; it writes its recording first.

        Raises:
            RobotError: the recording could not be written.
        """
        if (status := self._end()) != 0:
            raise RobotError(f"The simulator process ended with status {status}; its message is above.")

    def _end(self) -> int:
        """End the process; returns its exit status."""
        self._socket.close()
        try:
            return self._process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def __enter__(self) -> SimRobot:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _receive_hello(self) -> dict[str, Any]:
        header = self._receive(4, START_PATIENCE_S)
        text = self._receive(struct.unpack("<I", header)[0], START_PATIENCE_S) if header else None
        if not text:
            raise RobotError("The simulator did not start in time.")
        hello = json.loads(text)
        if "error" in hello:
            raise RobotError(hello["error"])
        return hello

    def _next_values(self, timeout: float) -> dict[str, np.ndarray]:
        """The next message, split by the names the server gave; empty if none came within `timeout` s."""
        content = self._receive(8 * sum(self._fields.values()), timeout)
        if content is None:
            return {}
        values, start = np.frombuffer(content, "<f8"), 0
        fields = {}
        for name, size in self._fields.items():
            fields[name] = values[start : start + size]
            start += size
        return fields

    def _receive(self, size: int, timeout: float) -> bytes | None:
        """`size` bytes, or None after `timeout` s; what came of them is kept for the next call."""
        deadline = time.monotonic() + timeout
        while len(self._buffer) < size:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.0))
            try:
                chunk = self._socket.recv(1 << 16)
            except (TimeoutError, BlockingIOError):
                return None
            except OSError as error:
                raise RobotError(f"The simulator process has ended ({error}).") from error
            if not chunk:
                raise RobotError("The simulator process has ended; its message is above.")
            self._buffer += chunk
        content, self._buffer = self._buffer[:size], self._buffer[size:]
        return content


def _physics_options(contract: Contract) -> list[str]:
    timing, physics = contract.timing, contract.physics
    if physics is None:
        raise RobotError(f"{contract.task} was imported without what its training simulated.")
    return [
        f"--timestep={timing.physics_dt!r}",
        f"--decimation={timing.decimation}",
        f"--iterations={physics.iterations}",
        f"--ls-iterations={physics.ls_iterations}",
    ]


def _note(hello: dict[str, Any], contract: Contract) -> str:
    """Say so if the robot's USD file is not the one of training; the server has refused other joints."""
    if hello["robot_sha256"] != contract.robot.sha256:
        return f"{contract.robot.file} has changed since the policy was trained on it."
    return ""
