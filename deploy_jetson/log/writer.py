"""Writes a run's ticks to an MCAP file."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from mcap.writer import CompressionType, Writer

from ..contract import Contract
from ..ticklog import Tick
from . import messages

CHUNK_BYTES = 384 * 1024
"""About five seconds of a twelve-joint robot: what a killed process may leave unwritten. The index in memory
grows by an entry a chunk: half a megabyte an hour."""

TOPICS = {
    "/joint_states": "sensor_msgs/msg/JointState",
    "/joint_targets": "sensor_msgs/msg/JointState",
    "/imu": "sensor_msgs/msg/Imu",
    "/cmd_vel": "geometry_msgs/msg/Twist",
    "/truth/pose": "geometry_msgs/msg/PoseStamped",
    "/truth/twist": "geometry_msgs/msg/TwistStamped",
    "/gaitway/contract": "std_msgs/msg/String",
    "/gaitway/tick": "gaitway_msgs/msg/Tick",
}
"""`/joint_states` is measured; `/joint_targets` sent: position and velocity targets (zero where a drive takes
the other kind) and the torque that they ask for; `/gaitway/contract` is `policy.json`. Stamps are on the
robot's clock, log times on this one."""


class McapLog:
    """A log file with one message a tick on each topic that the robot and the policy have.

    The contract comes once, at the start, and so does a metadata record about the machine.
    """

    def __init__(self, path: Path, contract: Contract, machine: dict[str, str]) -> None:
        self.path = path
        self._file = path.open("wb")
        self._writer = Writer(self._file, chunk_size=CHUNK_BYTES, compression=CompressionType.LZ4)
        self._writer.start(profile="ros2", library="gaitway")
        self._names = contract.joints.names
        self._is_position = np.array([drive == "position" for drive in contract.joints.drive])
        limits = contract.joints.effort_limit
        self._effort = np.array([np.inf if limit is None else limit for limit in limits])
        self._schemas = {
            name: self._writer.register_schema(name, "ros2msg", text.encode())
            for name, text in messages.DEFINITIONS.items()
        }
        self._channels: dict[str, int] = {}
        self._began = time.time_ns()
        self._writer.add_metadata("machine", machine)
        self._external = [term.name for term in contract.external]
        self._add("/gaitway/contract", messages.text(contract.to_json()), self._began, 0)

    def add(self, tick: Tick) -> None:
        """Write one tick."""
        at = self._began + round(tick.start * 1e9)
        reading, stamp = tick.reading, tick.reading.time
        pos, vel = reading.joint_pos[0], reading.joint_vel[0]
        self._add("/joint_states", messages.joint_state(stamp, self._names, pos, vel, ()), at, tick.number)
        self._add("/joint_targets", self._targets(tick), at, tick.number)
        if reading.quat is not None and reading.gyro is not None:
            self._add("/imu", messages.imu(stamp, reading.quat[0], reading.gyro[0]), at, tick.number)
        if tick.command is not None:
            self._add("/cmd_vel", messages.twist(tick.command), at, tick.number)
        if "base_pos" in tick.truth:
            pose = messages.pose(stamp, tick.truth["base_pos"], tick.truth["base_quat"])
            self._add("/truth/pose", pose, at, tick.number)
            twist = messages.twist_stamped(stamp, tick.truth["base_vel"])
            self._add("/truth/twist", twist, at, tick.number)
        self._add("/gaitway/tick", messages.tick(tick, self._external), at, tick.number)

    def close(self) -> None:
        """Write the rest and the index."""
        self._writer.finish()
        self._file.close()

    def _targets(self, tick: Tick) -> bytes:
        pos, vel = tick.reading.joint_pos[0], tick.reading.joint_vel[0]
        position = np.where(self._is_position, tick.targets, 0.0)
        velocity = np.where(self._is_position, 0.0, tick.targets)
        torque = tick.kp * (position - pos) + tick.kd * (velocity - vel)
        torque = np.clip(torque, -self._effort, self._effort)
        return messages.joint_state(tick.reading.time, self._names, position, velocity, torque)

    def _add(self, topic: str, content: bytes, at: int, sequence: int) -> None:
        if topic not in self._channels:
            schema = self._schemas[TOPICS[topic]]
            self._channels[topic] = self._writer.register_channel(topic, "cdr", schema)
        self._writer.add_message(self._channels[topic], at, content, at, sequence)
