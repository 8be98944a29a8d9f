"""The adapter for Unitree's SDK, against a thin stand-in for its published API."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gaitway.deploy_jetson.contract import Contract
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand, RobotError
from gaitway.deploy_jetson.unitree import robot as adapter
from gaitway.deploy_jetson.unitree.robot import UnitreeRobot, load_motors

MOTORS = {"left_knee": 5, "right_knee": 2}


class FakeSdk:
    """Records calls; the robot answers each command with a state in which the motors have arrived."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.sent: list[list[tuple[float, ...]]] = []
        self.handler: Callable[[object], None] | None = None
        self.controllers = ["normal", "normal", ""]
        self.silent = False
        self.tick = 1000

    def state(self) -> SimpleNamespace:
        self.tick += 20
        motors = [SimpleNamespace(q=0.01 * i, dq=-0.1 * i) for i in range(20)]
        imu = SimpleNamespace(quaternion=[1.0, 0.0, 0.0, 0.0], gyroscope=[0.1, 0.2, 0.3])
        return SimpleNamespace(motor_state=motors, imu_state=imu, tick=self.tick)

    def modules(self) -> dict[str, types.ModuleType]:
        sdk = self

        class ChannelSubscriber:
            def __init__(self, name: str, kind: type) -> None:
                assert (name, kind) == ("rt/lowstate", LowState_)

            def Init(self, handler: Callable[[object], None], length: int = 0) -> None:
                sdk.calls.append("subscribe")
                sdk.handler = handler
                if not sdk.silent:
                    handler(sdk.state())

            def Close(self) -> None:
                sdk.calls.append("close")

        class ChannelPublisher:
            def __init__(self, name: str, kind: type) -> None:
                assert (name, kind) == ("rt/lowcmd", LowCmd_)

            def Init(self) -> None:
                sdk.calls.append("publish")

            def Write(self, command: SimpleNamespace, timeout: float | None = None) -> bool:
                assert command.crc == "crc" and (command.head, command.level_flag) == ([0xFE, 0xEF], 0xFF)
                sdk.sent.append([(m.mode, m.q, m.dq, m.kp, m.kd, m.tau) for m in command.motor_cmd])
                command.crc = None
                assert sdk.handler
                sdk.handler(sdk.state())
                return True

            def Close(self) -> None: ...

        class MotionSwitcherClient:
            def SetTimeout(self, seconds: float) -> None: ...

            def Init(self) -> None: ...

            def CheckMode(self) -> tuple[int, dict[str, str]]:
                return 0, {"name": sdk.controllers[0]}

            def ReleaseMode(self) -> None:
                sdk.calls.append("release")
                sdk.controllers.pop(0)

        class LowCmd_: ...

        class LowState_: ...

        def make_command() -> SimpleNamespace:
            slots = [SimpleNamespace(mode=0, q=0.0, dq=0.0, tau=0.0, kp=0.0, kd=0.0) for _ in range(20)]
            return SimpleNamespace(head=[0, 0], level_flag=0, gpio=9, motor_cmd=slots, crc=None)

        contents: dict[str, dict[str, object]] = {
            "core.channel": {
                "ChannelFactoryInitialize": lambda number, interface: sdk.calls.append(interface),
                "ChannelPublisher": ChannelPublisher,
                "ChannelSubscriber": ChannelSubscriber,
            },
            "idl.default": {"unitree_go_msg_dds__LowCmd_": make_command},
            "idl.unitree_go.msg.dds_": {"LowCmd_": LowCmd_, "LowState_": LowState_},
            "utils.crc": {"CRC": lambda: SimpleNamespace(Crc=lambda command: "crc")},
            "comm.motion_switcher.motion_switcher_client": {"MotionSwitcherClient": MotionSwitcherClient},
        }
        modules = {"unitree_sdk2py": types.ModuleType("unitree_sdk2py")}
        for path, names in contents.items():
            parts = path.split(".")
            for end in range(1, len(parts) + 1):
                name = ".".join(["unitree_sdk2py", *parts[:end]])
                modules.setdefault(name, types.ModuleType(name))
            vars(modules[f"unitree_sdk2py.{path}"]).update(names)
        return modules


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> FakeSdk:
    fake = FakeSdk()
    for name, module in fake.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    return fake


def test_it_reads_by_motor_number(sdk: FakeSdk, contract: Contract) -> None:
    robot = UnitreeRobot(contract, MOTORS, "eth7")
    reading = robot.read()
    np.testing.assert_allclose(reading.joint_pos, [[0.05, 0.02]])
    np.testing.assert_allclose(reading.joint_vel, [[-0.5, -0.2]])
    assert reading.gyro is not None and reading.gyro.tolist() == [[0.1, 0.2, 0.3]]
    assert reading.quat is not None and reading.quat.tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert reading.time == pytest.approx(1.02)


def test_the_robots_controller_is_released_before_anything_is_sent(sdk: FakeSdk, contract: Contract) -> None:
    robot = UnitreeRobot(contract, MOTORS, "eth7")
    assert sdk.calls == ["eth7", "subscribe", "release", "release", "publish"]
    assert not sdk.sent
    robot.write(JointCommand(np.array([0.3, -0.4]), np.array([80.0, 40.0]), np.array([3.0, 2.0])))
    motors = sdk.sent[0]
    assert motors[5] == (1, 0.3, 0.0, 80.0, 3.0, 0.0)
    assert motors[2] == (1, -0.4, 0.0, 40.0, 2.0, 0.0)
    others = {motors[i] for i in range(20) if i not in (2, 5)}
    assert others == {(1, 2.146e9, 16000.0, 0.0, 0.0, 0.0)}, "motors that the policy does not know stay free"


def test_the_loop_runs_and_damps(sdk: FakeSdk, bundle: Path) -> None:
    policy = Policy.load(bundle)
    robot = UnitreeRobot(policy.contract, MOTORS, "eth7")
    loop = ControlLoop(policy, robot, lambda reading: np.zeros(3), stand_s=0.1, realtime=False)
    report = loop.run(0.2)
    assert report.fault == "" and len(sdk.sent) == 5 + 10 + 1
    assert sdk.sent[-2][5][3] == 80.0
    assert sdk.sent[-1][5] == (1, 0.0, 0.0, 0.0, 3.5, 0.0), "damping at the end"


def test_what_does_not_answer(sdk: FakeSdk, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "FIRST_STATE_S", 0.05)
    monkeypatch.setattr(adapter, "RELEASE_S", 0.05)
    sdk.controllers = ["stubborn"] * 100
    with pytest.raises(RobotError, match="own controller still runs"):
        UnitreeRobot(contract, MOTORS, "eth7")
    sdk.silent = True
    with pytest.raises(RobotError, match="No state came from the robot on eth7"):
        UnitreeRobot(contract, MOTORS, "eth7")
    assert sdk.calls[-1] == "close" and not sdk.sent


def test_without_the_sdk(contract: Contract) -> None:
    with pytest.raises(RobotError, match="SDK is not installed"):
        UnitreeRobot(contract, MOTORS, "eth7")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is not an object"),
        ({"left_knee": 1}, "has no motor for the joint right_knee"),
        (MOTORS | {"left_knee": "5"}, "left_knee is '5', not a motor from 0 to 19"),
        (MOTORS | {"left_knee": 20}, "left_knee is 20, not a motor from 0 to 19"),
        ({"left_knee": 3, "right_knee": 3}, "two joints have the same motor"),
    ],
)
def test_bad_motor_files(content: object, words: str, contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "motors.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(RobotError, match=words):
        load_motors(path, contract)


def test_a_motor_file(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "motors.json"
    path.write_text(json.dumps(MOTORS | {"tail": 7}))
    assert load_motors(path, contract) == MOTORS
