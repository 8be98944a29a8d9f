"""`gaitway replay` on logs of simulated robots that are, and are not, the simulator's own."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaitway.cli.main import main as gaitway
from gaitway.deploy_jetson.log.reader import RunLog
from gaitway.deploy_jetson.main import main as edge
from gaitway.deploy_jetson.observations import SensorReading
from gaitway.deploy_jetson.robot import JointCommand
from gaitway.deploy_jetson.sim_robot import SimRobot
from gaitway.policies.sim_gap import measure_gap

ZOO = Path(__file__).resolve().parents[2] / "policies/zoo"


def _record(path: Path, bundle: str = "droid-velocity-flat") -> RunLog:
    with pytest.raises(SystemExit) as status:
        options = ["--robot", "sim", "--no-realtime", "--seconds", "3", "--log", str(path)]
        edge(["run", str(ZOO / bundle), *options])
    assert status.value.code == 0
    return RunLog.load(path)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunLog]:
    path = tmp_path_factory.mktemp("log") / "walk.mcap"
    return path, _record(path)


def _overall(gap: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(gap))))


def test_the_simulators_own_log_has_next_to_no_gap(
    walk: tuple[Path, RunLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    path, log = walk
    monkeypatch.setattr(sys, "argv", ["gaitway", "replay", str(path), "--json", str(tmp_path / "gap.json")])
    with pytest.raises(SystemExit) as status:
        gaitway()
    assert status.value.code == 0
    gap = json.loads((tmp_path / "gap.json").read_text())
    assert (gap["base"], gap["ticks"]) == ("truth", len(log.time) - 1)
    assert list(gap["joints"]) == list(log.contract.joints.names)
    assert max(joint["pos_rms"] for joint in gap["joints"].values()) < 0.002
    assert np.ptp(log.joint_pos, axis=0).max() > 0.3, "it did move"
    assert "left_knee" in capsys.readouterr().out


def _changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[JointCommand], None]) -> None:
    """The motors do something else than they are told, and the log does not know."""
    write = SimRobot.write

    def wrong(self: SimRobot, command: JointCommand) -> None:
        motors = JointCommand(command.target.copy(), command.kp.copy(), command.kd.copy())
        change(motors)
        write(self, motors)

    monkeypatch.setattr(SimRobot, "write", wrong)


def test_a_weak_motor_shows_at_its_joint(
    walk: tuple[Path, RunLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knee = walk[1].contract.joints.names.index("left_knee")

    def weaken(motors: JointCommand) -> None:
        motors.kp[knee] *= 0.7

    _changed(monkeypatch, weaken)
    gap = measure_gap(_record(tmp_path / "weak.mcap")).pos_rms
    assert gap[knee] == gap.max() > 0.01
    assert gap[knee] > 3 * np.median(gap)


def test_joint_friction_shows(
    walk: tuple[Path, RunLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Viscous friction is damping that the log does not know of."""

    def drag(motors: JointCommand) -> None:
        motors.kd *= 1.5

    _changed(monkeypatch, drag)
    rubbed = _overall(measure_gap(_record(tmp_path / "rubbed.mcap")).pos_rms)
    assert rubbed > 10 * _overall(measure_gap(walk[1]).pos_rms)


def test_without_the_truth_the_base_is_estimated(walk: tuple[Path, RunLog]) -> None:
    log = dataclasses.replace(walk[1], truth_pos=None, truth_quat=None, truth_vel=None)
    gap = measure_gap(log)
    assert gap.base == "estimate"
    assert _overall(gap.pos_rms) < 0.006
    weak = dataclasses.replace(
        log.contract.joints, kp=tuple(0.7 * stiffness for stiffness in log.contract.joints.kp)
    )
    other = dataclasses.replace(log, contract=dataclasses.replace(log.contract, joints=weak))
    assert _overall(measure_gap(other).pos_rms) > 3 * _overall(gap.pos_rms)


def test_an_arm_has_a_fixed_base(tmp_path: Path) -> None:
    gap = measure_gap(_record(tmp_path / "arm.mcap", "arm-reach"))
    assert gap.base == "fixed"
    assert _overall(gap.pos_rms) < 0.001


def test_ticks_without_a_next_are_left_out(walk: tuple[Path, RunLog]) -> None:
    log = walk[1]
    late = log.time + np.where(np.arange(len(log.time)) >= 50, 5.0, 0.0)
    gap = measure_gap(dataclasses.replace(log, time=late))
    assert np.isnan(gap.simulated[50]).all() and gap.ticks == len(late) - 2
    assert _overall(gap.pos_rms) < 0.002


def test_a_log_cut_in_half(
    walk: tuple[Path, RunLog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    content = walk[0].read_bytes()
    half = tmp_path / "half.mcap"
    half.write_bytes(content[: len(content) // 2])
    monkeypatch.setattr(sys, "argv", ["gaitway", "replay", str(half), "--json", str(tmp_path / "gap.json")])
    with pytest.raises(SystemExit) as status:
        gaitway()
    assert status.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gaitway replay: {half}: is cut off")
    assert not (tmp_path / "gap.json").exists()
    with pytest.raises(SystemExit) as status:
        edge(["plot", str(half)])
    assert status.value.code == 1
    assert not half.with_suffix(".png").exists()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gaitway-edge plot: {half}: is cut off")


def test_a_page_of_a_run(walk: tuple[Path, RunLog], tmp_path: Path) -> None:
    from PIL import Image

    out = tmp_path / "page.png"
    with pytest.raises(SystemExit) as status:
        edge(["plot", str(walk[0]), "--out", str(out)])
    assert status.value.code == 0
    pixels = np.asarray(Image.open(out).convert("RGB"), int)
    for colour in ((0xF0, 0xC2, 0x4B), (0x6F, 0xB3, 0x6F)):  # bands of Stand and Policy
        assert (np.abs(pixels - colour).max(-1) < 3).sum() > 2000
    assert [path.name for path in tmp_path.iterdir()] == ["page.png"]


def test_a_page_of_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = SimRobot.read

    def fail(self: SimRobot) -> SensorReading:
        reading = read(self)
        if reading.time > 1.0:
            reading.joint_pos[0, 0] = np.nan
        return reading

    monkeypatch.setattr(SimRobot, "read", fail)
    path = tmp_path / "fault.mcap"
    with pytest.raises(SystemExit) as status:
        edge(["run", str(ZOO / "droid-velocity-flat"), "--robot", "sim", "--no-realtime", "--log", str(path)])
    assert status.value.code == 3
    with pytest.raises(SystemExit) as status:
        edge(["plot", str(path)])
    assert status.value.code == 0 and path.with_suffix(".png").stat().st_size > 50_000
