"""A robot on a CAN bus for `gaitway.deploy_jetson.loop.ControlLoop`: start your own adapter from it.

The motors speak the "MIT" protocol that many actuators share: a frame with target, kp and kd for each motor,
and one with position and velocity back. For EtherCAT, the same two functions read and write process data; for
DDS, `gaitway/deploy_jetson/unitree/robot.py` is the example. What every adapter has to do is the same:

- map joints to motors by name, and signs and zeros, if yours differ from the USD file's;
- give `time` from when *all* joints have reported anew, so that a silent motor is a stale reading;
- never wait in `read` or `write`: the loop keeps the time;
- leave the motors' own watchdog on, for when this process is gone.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Sequence

import numpy as np
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.faults import Cause, FaultError
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.robot import JointCommand, RobotError

FRAME = struct.Struct("=IB3x8s")
"""SocketCAN's: identifier, length, data."""
ENABLE = b"\xff\xff\xff\xff\xff\xff\xff\xfc"

# Ranges that the protocol's integers stand for; the data sheet of your motor has its own.
POSITION, VELOCITY, TORQUE = (-12.5, 12.5), (-45.0, 45.0), (-18.0, 18.0)
KP, KD = (0.0, 500.0), (0.0, 5.0)

Imu = Callable[[], tuple[np.ndarray, np.ndarray]]


def open_bus(interface: str) -> socket.socket:
    """The bus of `ip link`, such as can0."""
    bus = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
    bus.bind((interface,))
    return bus


class CanRobot:
    """Joints on one CAN bus, and an IMU.

    Args:
        contract: of the policy to run.
        bus: `open_bus`'s socket.
        identifiers: the motor's CAN identifier, by joint name.
        imu: gives the newest gyro (3,) in rad/s and quat (4,) `wxyz`, without waiting; None if there is none.
        patience: s to wait for all motors to answer at the start.

    Raises:
        RobotError: a joint has no motor, or a motor does not answer.
    """

    def __init__(
        self,
        contract: Contract,
        bus: socket.socket,
        identifiers: dict[str, int],
        imu: Imu | None = None,
        patience: float = 1.0,
    ) -> None:
        names = contract.joints.names
        if missing := [name for name in names if name not in identifiers]:
            raise RobotError(f"The joint {missing[0]} has no motor on the bus.")
        self._ids = [identifiers[name] for name in names]
        self._joint_of = {identifier: joint for joint, identifier in enumerate(self._ids)}
        self._bus, self._imu = bus, imu
        bus.setblocking(False)
        self._pos, self._vel = np.full(len(names), np.nan), np.full(len(names), np.nan)
        self._reported: set[int] = set()
        self._time = 0.0
        still = np.zeros(len(names))
        for identifier in self._ids:
            self._send(identifier, ENABLE)
        self.write(JointCommand(still, still, still))
        self._wait_for_all(names, patience)

    def read(self) -> SensorReading:
        """What the motors said last."""
        self._receive()
        gyro, quat = self._imu() if self._imu else (None, None)
        return SensorReading(
            None if gyro is None else gyro[None],
            None if quat is None else quat[None],
            self._pos[None].copy(),
            self._vel[None].copy(),
            self._time,
        )

    def write(self, command: JointCommand) -> None:
        """One frame for every motor; each answers with one."""
        for identifier, *values in zip(self._ids, command.target, command.kp, command.kd, strict=True):
            self._send(identifier, pack_command(*values))

    def close(self) -> None:
        """Let go of the bus. The motors' own watchdog does the rest."""
        self._bus.close()

    def _send(self, identifier: int, data: bytes) -> None:
        try:
            self._bus.send(FRAME.pack(identifier, 8, data))
        except OSError as error:
            raise FaultError(Cause.LOST_SENSOR_LINK, f"the bus does not take frames ({error})") from error

    def _receive(self) -> None:
        """Take in every frame that has come."""
        while True:
            try:
                content = self._bus.recv(FRAME.size)
            except BlockingIOError:
                return
            except OSError as error:
                raise FaultError(Cause.LOST_SENSOR_LINK, f"the bus is gone ({error})") from error
            if len(content) != FRAME.size:
                raise FaultError(Cause.WRONG_PACKET, f"a frame has {len(content)} bytes, not {FRAME.size}")
            joint = self._joint_of.get(content[FRAME.size - 8])  # the answer's first byte is the motor
            if joint is None:
                continue  # of somebody else on the bus
            self._pos[joint], self._vel[joint] = unpack_answer(content[FRAME.size - 8 :])
            self._reported.add(joint)
            if len(self._reported) == len(self._ids):
                self._reported.clear()
                self._time = time.monotonic()

    def _wait_for_all(self, names: Sequence[str], patience: float) -> None:
        deadline = time.monotonic() + patience
        while not self._time:
            if time.monotonic() > deadline:
                silent = [name for joint, name in enumerate(names) if joint not in self._reported]
                raise RobotError(f"The motor of {silent[0]} does not answer.")
            time.sleep(0.001)
            self._receive()


def pack_command(target: float, kp: float, kd: float) -> bytes:
    """Eight bytes: position (16 bits), velocity, kp, kd and torque (12 bits each)."""
    position = _to_integer(target, POSITION, 16)
    velocity, torque = _to_integer(0.0, VELOCITY, 12), _to_integer(0.0, TORQUE, 12)
    bits = position << 48 | velocity << 36
    bits |= _to_integer(kp, KP, 12) << 24 | _to_integer(kd, KD, 12) << 12 | torque
    return bits.to_bytes(8, "big")


def unpack_answer(data: bytes) -> tuple[float, float]:
    """Position and velocity of an answer: motor number, position (16 bits), velocity, torque (12 each)."""
    bits = int.from_bytes(data[1:6], "big")
    return _to_number(bits >> 24, POSITION, 16), _to_number(bits >> 12 & 0xFFF, VELOCITY, 12)


def _to_integer(value: float, limits: tuple[float, float], bits: int) -> int:
    low, high = limits
    share = (min(max(value, low), high) - low) / (high - low)
    return round(share * ((1 << bits) - 1))


def _to_number(value: int, limits: tuple[float, float], bits: int) -> float:
    low, high = limits
    return low + (high - low) * value / ((1 << bits) - 1)
