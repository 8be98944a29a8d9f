"""A quadruped of Unitree's Go2 family by `unitree_sdk2py`: low-level commands out, low-level state in.

Written from the SDK's published examples (https://github.com/unitreerobotics/unitree_sdk2_python) and run
only against a stand-in for it, never on a robot.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..contract import Contract
from ..observations import SensorReading
from ..robot import JointCommand, RobotError

FIRST_STATE_S = 2.0
RELEASE_S = 10.0
MOTOR_SLOTS = 20
_SERVO = 0x01
_NO_POSITION, _NO_VELOCITY = 2.146e9, 16000.0
"""What the SDK's examples send to a motor that is not commanded."""


class UnitreeRobot:
    """The robot behind a network interface.

    The SDK receives states in a thread of its own; `read` gives the newest. The state's `tick` is the clock.

    Args:
        contract: of the policy to run.
        motors: number of each joint's motor in the SDK's messages, by joint name; `load_motors` reads it.
        interface: network interface that the robot is on.

    Raises:
        RobotError: the SDK is not installed, no state comes, or the robot's own controller does not let go.
    """

    def __init__(self, contract: Contract, motors: dict[str, int], interface: str) -> None:
        try:
            from unitree_sdk2py.core.channel import (  # type: ignore[import-not-found]
                ChannelFactoryInitialize,
                ChannelPublisher,
                ChannelSubscriber,
            )
            from unitree_sdk2py.idl.default import (  # type: ignore[import-not-found]
                unitree_go_msg_dds__LowCmd_,
            )
            from unitree_sdk2py.idl.unitree_go.msg.dds_ import (  # type: ignore[import-not-found]
                LowCmd_,
                LowState_,
            )
            from unitree_sdk2py.utils.crc import CRC  # type: ignore[import-not-found]
        except ImportError as error:
            raise RobotError(
                f"Unitree's SDK is not installed ({error}): "
                "https://github.com/unitreerobotics/unitree_sdk2_python says how."
            ) from error
        if "velocity" in contract.joints.drive:
            raise RobotError(f"{contract.task} has wheels, which this adapter does not drive.")
        self._motors = [motors[name] for name in contract.joints.names]
        try:
            ChannelFactoryInitialize(0, interface)
        except Exception as error:  # the SDK raises nothing more special
            raise RobotError(f"The interface {interface} cannot be used ({error}).") from error
        self._state: Any = None
        self._subscriber = ChannelSubscriber("rt/lowstate", LowState_)
        self._subscriber.Init(self._receive, 10)
        self._wait_for_state(interface)
        _release_controller()
        self._command, self._checksum = unitree_go_msg_dds__LowCmd_(), CRC()
        self._prepare_command()
        self._publisher = ChannelPublisher("rt/lowcmd", LowCmd_)
        self._publisher.Init()

    def read(self) -> SensorReading:
        """The newest state."""
        state = self._state
        joints = [state.motor_state[motor] for motor in self._motors]
        return SensorReading(
            gyro=np.array([state.imu_state.gyroscope], float),
            quat=np.array([state.imu_state.quaternion], float),
            joint_pos=np.array([[joint.q for joint in joints]], float),
            joint_vel=np.array([[joint.dq for joint in joints]], float),
            time=1e-3 * state.tick,
        )

    def write(self, command: JointCommand) -> None:
        """Send target, kp and kd of every motor."""
        rows = zip(self._motors, command.target, command.kp, command.kd, strict=True)
        for motor, target, kp, kd in rows:
            slot = self._command.motor_cmd[motor]
            slot.q, slot.kp, slot.kd = float(target), float(kp), float(kd)
            slot.dq = slot.tau = 0.0
        self._command.crc = self._checksum.Crc(self._command)
        self._publisher.Write(self._command)

    def close(self) -> None:
        """Stop listening; what was sent last stays in force until the robot's own watchdog ends it."""
        self._subscriber.Close()
        self._publisher.Close()

    def _receive(self, state: Any) -> None:
        self._state = state

    def _wait_for_state(self, interface: str) -> None:
        deadline = time.monotonic() + FIRST_STATE_S
        while self._state is None:
            if time.monotonic() > deadline:
                self._subscriber.Close()
                raise RobotError(f"No state came from the robot on {interface} in {FIRST_STATE_S:.0f} s.")
            time.sleep(0.01)

    def _prepare_command(self) -> None:
        command = self._command
        command.head[0], command.head[1] = 0xFE, 0xEF
        command.level_flag, command.gpio = 0xFF, 0
        for slot in command.motor_cmd[:MOTOR_SLOTS]:
            slot.mode, slot.q, slot.dq = _SERVO, _NO_POSITION, _NO_VELOCITY
            slot.kp = slot.kd = slot.tau = 0.0


def _release_controller() -> None:
    """Make the robot's own controller let go of the motors: two masters would fight."""
    from unitree_sdk2py.comm.motion_switcher.motion_switcher_client import (  # type: ignore[import-not-found]
        MotionSwitcherClient,
    )

    switcher = MotionSwitcherClient()
    switcher.SetTimeout(5.0)
    switcher.Init()
    deadline = time.monotonic() + RELEASE_S
    while True:
        _, mode = switcher.CheckMode()
        if mode is not None and not mode["name"]:
            return
        if time.monotonic() > deadline:
            raise RobotError(f"The robot's own controller still runs after {RELEASE_S:.0f} s ({mode}).")
        switcher.ReleaseMode()
        time.sleep(0.1)


def load_motors(path: Path, contract: Contract) -> dict[str, int]:
    """Read a JSON object of joint names and motor numbers.

    Raises:
        RobotError: the file is missing or no such object, or lacks a joint, or has a motor twice.
    """
    if not path.is_file():
        raise RobotError(f"{path}: there is no such file.")
    try:
        motors = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RobotError(f"{path}: is not JSON ({error}).") from error
    if not isinstance(motors, dict):
        raise RobotError(f"{path}: is not an object of joint names and motor numbers.")
    for name in contract.joints.names:
        if name not in motors:
            raise RobotError(f"{path}: has no motor for the joint {name}.")
        number = motors[name]
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < MOTOR_SLOTS:
            raise RobotError(f"{path}: {name} is {number!r}, not a motor from 0 to {MOTOR_SLOTS - 1}.")
    used = [motors[name] for name in contract.joints.names]
    if len(set(used)) < len(used):
        raise RobotError(f"{path}: two joints have the same motor.")
    return {name: motors[name] for name in contract.joints.names}
