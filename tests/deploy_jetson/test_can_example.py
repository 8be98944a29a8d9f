"""`examples/can_robot.py` on a loopback: motors that speak the protocol, as its frames are described."""

from __future__ import annotations

import importlib.util
import select
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.faults import Cause
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import RobotError

IDS = {"left_knee": 3, "right_knee": 7}


@pytest.fixture(scope="module")
def example() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "examples/can_robot.py"
    spec = importlib.util.spec_from_file_location("can_robot", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Motors:
    """Answers every command with the motor's position, which is its last target; `silent` ones do not."""

    def __init__(self) -> None:
        self.bus, self._end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.commands: dict[int, list[tuple[float, float, float]]] = {3: [], 7: []}
        self.enabled: list[int] = []
        self.silent: set[int] = set()
        self.position = {3: 0.05, 7: -0.1}
        self._over = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            if not select.select([self._end], [], [], 0.01)[0]:
                if self._over:  # and nothing is on its way any more
                    return
                continue
            frame = self._end.recv(64)
            if not frame:
                return
            identifier, length, data = struct.unpack("=IB3x8s", frame)
            assert length == 8
            if data == b"\xff" * 7 + b"\xfc":
                self.enabled.append(identifier)
                continue
            self._obey(identifier, int.from_bytes(data, "big"))

    def _obey(self, identifier: int, bits: int) -> None:
        target = -12.5 + 25 * (bits >> 48) / 65535
        kp, kd = 500 * (bits >> 24 & 0xFFF) / 4095, 5 * (bits >> 12 & 0xFFF) / 4095
        self.commands[identifier].append((target, kp, kd))
        if kp:
            self.position[identifier] = float(np.clip(target, -0.9, 0.9))
        if identifier in self.silent:
            return
        position = round((self.position[identifier] + 12.5) / 25 * 65535)
        answer = identifier << 40 | position << 24 | 2048 << 12 | 2048
        stranger = struct.pack("=IB3x8s", 0x123, 8, b"\x63" * 8)
        for frame in (stranger, struct.pack("=IB3x8s", 0, 6, answer.to_bytes(6, "big") + b"\0\0")):
            self._end.send(frame)

    def close(self) -> None:
        self._over = True
        self._thread.join()
        self._end.close()


@pytest.fixture
def motors() -> Iterator[Motors]:
    motors = Motors()
    yield motors
    motors.close()


def _upright() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(3), np.array([1.0, 0.0, 0.0, 0.0])


def test_it_stands_follows_and_damps(example: ModuleType, motors: Motors, bundle: Path) -> None:
    policy = Policy.load(bundle)
    robot = example.CanRobot(policy.contract, motors.bus, IDS, _upright)
    reading = robot.read()
    np.testing.assert_allclose(reading.joint_pos, [[0.05, -0.1]], atol=4e-4)
    np.testing.assert_allclose(reading.joint_vel, 0.0, atol=0.02)
    assert sorted(motors.enabled) == [3, 7]
    report = ControlLoop(policy, robot, lambda reading: np.zeros(3), stand_s=0.1).run(0.4)
    motors.close()
    robot.close()
    assert report.fault in ("", "3 ticks in a row were late"), "a busy machine may be late"
    gains = np.array(motors.commands[3])[:, 1:]
    np.testing.assert_allclose(gains[0], [0.0, 0.0])
    np.testing.assert_allclose(gains[1], [80.0, 3.5], atol=0.1)
    np.testing.assert_allclose(gains[-1], [0.0, 3.5], atol=0.01)


def test_a_motor_that_falls_silent_is_a_stale_sensor(
    example: ModuleType, motors: Motors, bundle: Path
) -> None:
    policy = Policy.load(bundle)
    robot = example.CanRobot(policy.contract, motors.bus, IDS, _upright)
    loop = ControlLoop(policy, robot, lambda reading: np.zeros(3), stand_s=10.0)
    for _ in range(5):
        loop.step()
    motors.silent = {7}
    loop.run(1.0)
    assert loop.safety.cause in (Cause.STALE_SENSOR, Cause.OVERRUN)


def test_no_motor(example: ModuleType, motors: Motors, contract: Contract) -> None:
    with pytest.raises(RobotError, match="The joint right_knee has no motor"):
        example.CanRobot(contract, motors.bus, {"left_knee": 3}, _upright)
    motors.silent = {3}
    with pytest.raises(RobotError, match="The motor of left_knee does not answer"):
        example.CanRobot(contract, motors.bus, IDS, _upright, patience=0.2)


def test_a_command_as_the_protocol_has_it(example: ModuleType) -> None:
    # Position 16 bits, then velocity, kp, kd and torque of 12 bits each; 0 is the middle of a signed range.
    assert example.pack_command(0.0, 0.0, 0.0).hex() == "8000" + "800" + "000" + "000" + "800"
    assert example.pack_command(12.5, 500.0, 5.0).hex() == "ffff" + "800" + "fff" + "fff" + "800"
    assert example.pack_command(99.0, -1.0, 9.0) == example.pack_command(12.5, 0.0, 5.0)
