"""Logs of runs, read back by two other people's readers and by ours; and broken ones."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaitway.deploy_jetson.log.messages import DEFINITIONS
from gaitway.deploy_jetson.log.reader import RunLog
from gaitway.deploy_jetson.log.writer import TOPICS
from gaitway.deploy_jetson.loop import ControlLoop
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.policy import Policy
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.ticklog import JsonLog, LogError, TickLog, open_log
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

TICKS = 5 + 20


class Rig:
    """A robot of random values around its pose, which knows its true pose."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.readings: list[SensorReading] = []
        self.written: list[JointCommand] = []

    def read(self) -> SensorReading:
        quat = np.array([[0.99, *self.rng.uniform(-0.1, 0.1, 3)]])
        quat /= np.linalg.norm(quat)
        pos, vel, gyro = (self.rng.uniform(-0.1, 0.1, (1, size)) for size in (2, 2, 3))
        self.readings.append(SensorReading(gyro, quat, pos, vel, 7.0 + 0.02 * len(self.readings)))
        return self.readings[-1]

    def write(self, command: JointCommand) -> None:
        self.written.append(command)

    def truth(self) -> dict[str, np.ndarray]:
        n = float(len(self.readings))
        return {
            "base_pos": np.array([n, 0.0, 0.4]),
            "base_quat": np.array([1.0, 0, 0, 0]),
            "base_vel": np.arange(6) + n,
        }

    def close(self) -> None: ...


def _record(bundle: Path, log: TickLog) -> Rig:
    rig = Rig()
    command = np.array([0.3, 0.1, -0.2])
    ControlLoop(Policy.load(bundle), rig, lambda reading: command, stand_s=0.1, realtime=False, log=log).run(
        0.4
    )
    log.close()
    return rig


@pytest.fixture
def mcap(bundle: Path, tmp_path: Path) -> tuple[Path, Rig]:
    path = tmp_path / "run.mcap"
    return path, _record(bundle, open_log(path, Policy.load(bundle).contract))


def _rosbags(path: Path) -> dict[str, list[Any]]:
    """By `rosbags`, with its own definitions of all messages but ours."""
    store = get_typestore(Stores.ROS2_HUMBLE)
    store.register(get_types_from_msg(DEFINITIONS["gaitway_msgs/msg/Tick"], "gaitway_msgs/msg/Tick"))
    topics = defaultdict(list)
    with Reader(path) as reader:
        for connection, _, content in reader.messages():
            topics[connection.topic].append(store.deserialize_cdr(content, connection.msgtype))
    return topics


def _foxglove(path: Path) -> dict[str, list[Any]]:
    """By Foxglove's own packages, with the definitions that the file brings along."""
    topics = defaultdict(list)
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[DecoderFactory()])
        for _, channel, _, message in reader.iter_decoded_messages():
            topics[channel.topic].append(message)
    return topics


@pytest.mark.parametrize("read", [_rosbags, _foxglove])
def test_other_readers(mcap: tuple[Path, Rig], read: Any) -> None:
    path, rig = mcap
    topics = read(path)
    contract = topics.pop("/gaitway/contract")
    assert json.loads(contract[0].data)["joints"]["names"] == ["left_knee", "right_knee"]
    assert set(topics) == set(TOPICS) - {"/gaitway/contract"}
    assert {len(messages) for messages in topics.values()} == {TICKS}
    for k in range(TICKS):
        state, target, imu = (topics[name][k] for name in ("/joint_states", "/joint_targets", "/imu"))
        reading, command = rig.readings[k], rig.written[k]
        assert list(state.name) == ["left_knee", "right_knee"]
        assert state.header.stamp.sec + 1e-9 * state.header.stamp.nanosec == pytest.approx(reading.time)
        np.testing.assert_array_equal(state.position, reading.joint_pos[0])
        np.testing.assert_array_equal(state.velocity, reading.joint_vel[0])
        np.testing.assert_array_equal(target.position, command.target)
        torque = command.kp * (command.target - reading.joint_pos[0]) - command.kd * reading.joint_vel[0]
        np.testing.assert_allclose(target.effort, np.clip(torque, [-33.5, -23.7], [33.5, 23.7]), atol=1e-12)
        assert imu.header.frame_id == "imu"
        q, w = imu.orientation, imu.angular_velocity
        np.testing.assert_array_equal([q.w, q.x, q.y, q.z], reading.quat[0])
        np.testing.assert_array_equal([w.x, w.y, w.z], reading.gyro[0])
        assert imu.linear_acceleration_covariance[0] == -1, "it says that it has none"
        pose, twist, tick = (topics[name][k] for name in ("/truth/pose", "/truth/twist", "/gaitway/tick"))
        assert pose.pose.position.x == k + 1 and pose.pose.orientation.w == 1
        assert (twist.twist.linear.x, twist.twist.angular.z) == (k + 1, k + 6)
        assert (tick.tick, tick.state, tick.fault) == (k, "stand" if k < 5 else "policy", "")
        assert tick.robot_time == reading.time and tick.work > 0
    walk = topics["/cmd_vel"][-1]
    np.testing.assert_allclose([walk.linear.x, walk.linear.y, walk.angular.z], [0.3, 0.1, -0.2], atol=1e-7)


def test_our_reader(mcap: tuple[Path, Rig], bundle: Path) -> None:
    path, rig = mcap
    log = RunLog.load(path)
    assert log.contract == Policy.load(bundle).contract
    assert log.state == ["stand"] * 5 + ["policy"] * 20
    assert set(log.cause) == set(log.fault) == {""}
    for name in ("gyro", "quat", "joint_pos", "joint_vel"):
        np.testing.assert_array_equal(getattr(log, name), [getattr(r, name)[0] for r in rig.readings])
    np.testing.assert_array_equal(log.targets, [command.target for command in rig.written[:TICKS]])
    np.testing.assert_array_equal(log.time, [reading.time for reading in rig.readings])
    np.testing.assert_array_equal(log.truth_pos[:, 0], 1 + np.arange(TICKS))
    np.testing.assert_array_equal(log.truth_vel[0], np.arange(6) + 1)
    assert (np.diff(log.start) > 0).all() and (log.work > 0).all()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_one_sentence(mcap: tuple[Path, Rig], tmp_path: Path, share: float) -> None:
    content = mcap[0].read_bytes()
    path = tmp_path / "cut.mcap"
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(LogError, match=r"cut\.mcap: is (cut off|no MCAP file).*\.$") as error:
        RunLog.load(path)
    assert "\n" not in str(error.value)


def test_a_damaged_file_is_one_sentence(mcap: tuple[Path, Rig], tmp_path: Path) -> None:
    content = mcap[0].read_bytes()
    path = tmp_path / "damaged.mcap"
    rng = np.random.default_rng(1)
    for place in rng.integers(8, len(content), 40):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            RunLog.load(path)
        except LogError as error:
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"none\.mcap: there is no such file"):
        RunLog.load(tmp_path / "none.mcap")
    (tmp_path / "text.mcap").write_text("not a log, but long enough to be one " * 20)
    with pytest.raises(LogError, match=r"text\.mcap: is no MCAP file"):
        RunLog.load(tmp_path / "text.mcap")


def test_a_fault_is_the_last_message(bundle: Path, tmp_path: Path) -> None:
    rig, log = Rig(), open_log(tmp_path / "run.mcap", Policy.load(bundle).contract)
    read = rig.read

    def late(*_: object) -> SensorReading:
        reading = read()
        reading.time = float("nan") if len(rig.readings) > 10 else reading.time
        return reading

    rig.read = late  # type: ignore[method-assign]
    ControlLoop(Policy.load(bundle), rig, lambda reading: np.zeros(3), realtime=False, log=log).run(1.0)
    log.close()
    back = RunLog.load(tmp_path / "run.mcap")
    assert (back.state[-1], back.cause[-1]) == ("damping", "bad sensor value")
    assert back.fault[-1] == "the reading's time is not finite"


def test_a_run_without_a_name_for_its_log(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = open_log(None, Policy.load(bundle).contract)
    assert log.path.parent == Path("runs/edge") and log.path.suffix == ".mcap"
    _record(bundle, log)
    assert len(RunLog.load(log.path).time) == TICKS


def test_without_the_extra(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "gaitway.deploy_jetson.log.writer", None)
    contract = Policy.load(bundle).contract
    assert isinstance(open_log(None, contract), JsonLog)
    with pytest.raises(LogError, match=r"pip install 'gaitway\[log\]', or name a file that ends in \.jsonl"):
        open_log(Path("run.mcap"), contract)
