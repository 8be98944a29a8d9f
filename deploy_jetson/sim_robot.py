"""The simulated robot: a process of its own behind a UDP link, as a motor controller would be."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .contract import Contract
from .faults import LIMITS, Cause, FaultError
from .link import Kind, Link, LinkClosed, PacketError
from .observations import SensorReading
from .outside import Outside
from .robot import JointCommand, RobotError

START_PATIENCE_S = 120.0
"""A large scene takes this long to compile on a slow machine, with reserve."""
LOCKSTEP_PATIENCE_S = 10.0


class SimRobot:
    """A robot in a simulator process: `python -m gaitway.policies.robot_server`, started by module name.

    In lockstep every `write` advances its physics by one tick. In real time the physics runs by its own clock
    under the newest command it has, and sends its sensors at every physics step: what the policy sees is as
    old, and what it does as late, as the link and the machine make it. If commands stop coming, it damps by
    itself, for good.

    `base_pos`, `base_quat` and the others are the truth at the last `read`, of a base that moves: stand-ins
    for localisation that no policy sees.

    Args:
        contract: of the policy to run; gives the time steps and the joint order.
        robot_file: the robot's USD file; the one named in the contract, among Gaitway's assets, if None.
        scene: USD file to stand in; the flat floor if None.
        position, yaw: where the robot starts, m and rad; its own standing height is added to z.
        record: `.npz` to write `time`, `qpos`, `qvel` of every tick to, when closed.
        realtime: let the physics run by its own clock.
        patience: s to wait for the simulator in `read` before the last reading is given again; half a tick in
            real time and 10 s in lockstep if None.
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
        realtime: bool = False,
        patience: float | None = None,
        outside: Outside | None = None,
    ) -> None:
        if importlib.util.find_spec("mujoco") is None:
            raise RobotError("The simulated robot needs the simulator: pip install 'gaitway[sim]'.")
        file = robot_file or contract.robot.file
        if file is None:
            raise RobotError(f"The bundle of {contract.task} names no USD file of its robot to simulate.")
        self._link = Link()
        command = [sys.executable, "-m", "gaitway.policies.robot_server"]
        command += [f"--port={self._link.port}", f"--session={self._link.session}"]
        command += _physics_options(contract)
        command += [f"--{axis}={float(value)!r}" for axis, value in zip("xyz", position, strict=True)]
        command += [f"--yaw={float(yaw)!r}"]
        command += ["--realtime"] if realtime else []
        command += [f"--lidar={json.dumps(asdict(outside.scan))}"] if outside and outside.scan else []
        for name, path in (
            ("robot", file),
            ("scene", scene),
            ("record", record),
        ):
            command += [f"--{name}={path}"] if path is not None else []
        # Its stdin is held open as long as this process lives: that is how it knows.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            hello = self._receive_hello()
            self.note = _note(hello, contract)
            self._fields = dict(hello["sends"])
            self._outside = outside
            if outside is not None and (missing := outside.needs - set(self._fields)):
                raise RobotError(
                    f"{file}: this simulated robot gives no {min(missing)}, which {contract.task} depends on."
                )
        except BaseException:
            self._end()
            raise
        self._to_contract = [hello["joint_names"].index(name) for name in contract.joints.names]
        self._to_robot = np.argsort(self._to_contract)
        self._order = [name for name, _ in hello["receives"]]
        usual = contract.timing.policy_dt / 2 if realtime else LOCKSTEP_PATIENCE_S
        self.patience = usual if patience is None else patience
        self._silent = 0
        self._values = self._next_values(START_PATIENCE_S)
        self._fresh = True

    def read(self) -> SensorReading:
        """The newest sensor values; waits for them at most `patience`.

        Raises:
            FaultError: the link is silent or closed, a packet is wrong, or the robot damps by itself.
        """
        if not self._fresh:
            values = self._next_values(self.patience)
            self._silent = 0 if values else self._silent + 1
            if self._silent > LIMITS.silent_ticks:
                raise FaultError(Cause.LOST_SENSOR_LINK, f"no packet from the robot for {self._silent} ticks")
            while values:  # several have queued up: the newest counts
                self._values = values
                values = self._next_values(0.0)
        self._fresh = False
        if number := int(self._values["own_fault"][0]):
            raise FaultError(list(Cause)[number - 1], "the robot damps by itself; its own message is above")
        return self._reading()

    def _reading(self) -> SensorReading:
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
        """Give the robot its motor input; in lockstep that advances the simulation by one tick.

        Raises:
            FaultError: the link is closed.
        """
        arrays = [getattr(command, name)[self._to_robot] for name in self._order]
        try:
            self._link.send(Kind.COMMAND, np.concatenate(arrays).astype("<f8").tobytes())
        except LinkClosed as error:
            raise _ended(error) from error

    def truth(self) -> dict[str, np.ndarray]:
        """What only a simulator knows, at the last `read`: `base_pos`, `base_quat`, `base_vel` if it moves.

        m and `wxyz` in the world; `base_vel` (6,): m/s in the world, then rad/s in the base frame.
        """
        names = ("base_pos", "base_quat", "base_vel")
        return {name: self._values[name] for name in names if name in self._values}

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
            RobotError: it did not end well, or its recording could not be written.
        """
        if (status := self._end()) != 0:
            raise RobotError(f"The simulator process ended with status {status}; its message is above.")

    def _end(self) -> int:
        """End the process; returns its exit status."""
        with contextlib.suppress(OSError):  # it has ended, or never spoke
            self._link.send(Kind.GOODBYE)
        if self.process.stdin:
            self.process.stdin.close()
        try:
            return self.process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self._link.close()

    def __enter__(self) -> SimRobot:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _receive_hello(self) -> dict[str, Any]:
        deadline = time.monotonic() + START_PATIENCE_S
        packet = None
        while packet is None and self.process.poll() is None and time.monotonic() < deadline:
            packet = self._link.accept(timeout=0.2)
        if packet is None:
            ended = self.process.poll() is not None
            raise RobotError(
                "The simulator process has ended; its message is above."
                if ended
                else "The simulator did not start in time."
            )
        hello = json.loads(packet.payload)
        if "error" in hello:
            raise RobotError(hello["error"])
        return hello

    def _next_values(self, timeout: float) -> dict[str, np.ndarray]:
        """The next packet, split by the names the server gave; empty if none came within `timeout` s."""
        try:
            packet = self._link.receive(timeout)
        except PacketError as error:
            raise FaultError(Cause.WRONG_PACKET, str(error)) from error
        except LinkClosed as error:
            raise _ended(error) from error
        if packet is None:
            return {}
        size = 8 * sum(self._fields.values())
        if packet.kind is not Kind.SENSORS or len(packet.payload) != size:
            raise FaultError(
                Cause.WRONG_PACKET,
                f"a {packet.kind.name.lower()} packet of {len(packet.payload)} bytes came, "
                f"not {size} of sensors",
            )
        values, start = np.frombuffer(packet.payload, "<f8"), 0
        fields = {}
        for name, size in self._fields.items():
            fields[name] = values[start : start + size]
            start += size
        return fields


def _ended(error: LinkClosed) -> FaultError:
    return FaultError(Cause.LOST_SENSOR_LINK, f"The simulator process has ended ({error})")


def _physics_options(contract: Contract) -> list[str]:
    timing, physics, joints = contract.timing, contract.physics, contract.joints
    options = [
        f"--timestep={timing.physics_dt!r}",
        f"--decimation={timing.decimation}",
        f"--joints={','.join(joints.names)}",
        f"--damping={','.join(map(repr, joints.kd))}",
    ]
    if physics is not None:
        options += [f"--iterations={physics.iterations}", f"--ls-iterations={physics.ls_iterations}"]
    return options


def _note(hello: dict[str, Any], contract: Contract) -> str:
    """Say so if the robot's USD file is not the one of training; the server has refused other joints."""
    if hello["robot_sha256"] != contract.robot.sha256:
        return f"{contract.robot.file} has changed since the policy was trained on it."
    return ""
