"""A short recording: truth, inertial samples, wheels and calibration agree, and equal seeds repeat it."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from gaitway.cli.main import main
from gaitway.perception.datasets import open_recording
from gaitway.perception.poses import inverse, rotation_exp
from gaitway.perception.recording import Recording
from gaitway.twin.record.drive import drive
from gaitway.twin.record.hall import build_hall
from gaitway.twin.record.recorder import record
from gaitway.twin.record.rig import RecordCfg
from gaitway.twin.record.scenario import Scenario, load_scenario

SHORT = Scenario(area_m2=800.0, length=6.0, workers=1, frame_rate=5.0)


@pytest.fixture(scope="module")
def ideal() -> Recording:
    return record(SHORT, RecordCfg(("stereo", "imu", "wheels"), seed=1, ideal=True, width=96, height=72))


def test_truth_is_where_the_simulator_had_the_inertial_unit(ideal):
    hall = build_hall(SHORT, 1)
    motion = drive(hall.physics, hall.route, SHORT.speed)
    # The unit is 0.05 m above the base's frame, and the base is upright within a milliradian or so.
    base = np.column_stack([np.interp(ideal.truth.times, motion.times, motion.qpos[:, k]) for k in range(3)])
    np.testing.assert_allclose(ideal.truth.positions, base + np.array([0, 0, 0.05]), atol=1e-3)
    assert ideal.truth.length == pytest.approx(SHORT.length, abs=0.15)


def test_inertial_samples_lead_along_the_truth(ideal):
    """Integrated from the true start, without corrections."""
    imu, truth = ideal.imu, ideal.truth
    dt = float(np.diff(imu.times).mean())
    start = np.searchsorted(truth.times, imu.times[0])
    rotation, position = truth.poses[start, :3, :3].copy(), truth.positions[start].copy()
    velocity = (truth.positions[start + 1] - truth.positions[start - 1]) / (2 * dt)
    for k in range(len(imu.times) - 1):
        acceleration = rotation @ imu.accel[k] - [0, 0, 9.81]
        turned = rotation @ rotation_exp((imu.gyro[k] + imu.gyro[k + 1]) / 2 * dt)
        following = turned @ imu.accel[k + 1] - [0, 0, 9.81]
        mean = (acceleration + following) / 2
        position = position + velocity * dt + acceleration * dt**2 / 2
        velocity, rotation = velocity + mean * dt, turned
    assert np.linalg.norm(position - truth.positions[start + len(imu.times) - 1]) < 0.05


def test_ideal_wheels_count_the_way(ideal):
    wheels = ideal.wheels
    assert wheels.speed.sum() * np.diff(wheels.times).mean() == pytest.approx(ideal.truth.length, rel=0.02)


def test_the_stereo_pair_has_the_robot_s_baseline_and_looks_ahead(ideal):
    left, right = (ideal.cameras[side].body_from_camera for side in ("left", "right"))
    np.testing.assert_allclose((inverse(left) @ right)[:3, 3], [0.12, 0, 0], atol=1e-6)
    np.testing.assert_allclose(left[:3, 2], [1, 0, 0], atol=1e-6)


def test_a_point_on_the_floor_stays_where_it_is(ideal):
    """What the left picture shows at one time is seen by truth and calibration in the right one."""
    frame, camera = ideal.frames[len(ideal.frames) // 2], ideal.cameras["left"]
    patch = frame.pictures["left"][50:60, 40:56].astype(float)
    right = frame.pictures["right"].astype(float)
    errors = [np.abs(right[50:60, 40 - d : 56 - d] - patch).mean() for d in range(25)]
    # The floor is 0.235 m below the camera; its rows 50 to 59 are 14.5 to 23.5 below the horizon.
    expected = 0.12 * 18.5 / 0.235
    assert abs(np.argmin(errors) - expected) < 3 and camera.fx == pytest.approx(48, rel=1e-4)


def test_equal_seeds_repeat_a_recording_and_going_back_repeats_a_frame():
    cfg = RecordCfg(("stereo", "depth", "imu", "wheels"), seed=3, width=64, height=48, seconds=1.0)
    first, second = record(SHORT, cfg), record(SHORT, cfg)
    last = len(first.frames) - 1
    one, other = first.frames[last], second.frames[last]
    for name in ("left", "right", "rgb", "depth"):
        np.testing.assert_array_equal(one.pictures[name], other.pictures[name])
        np.testing.assert_array_equal(first.frames[1].pictures[name], second.frames[1].pictures[name])
    np.testing.assert_array_equal(first.imu.gyro, second.imu.gyro)
    np.testing.assert_array_equal(first.wheels.speed, second.wheels.speed)


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["gaitway", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0)


def test_the_command_writes_what_the_readers_read(tmp_path, monkeypatch):
    out = tmp_path / "drive"
    small = ("--width", 64, "--height", 48, "--seconds", 1.5, "--seed", 2)
    assert run(monkeypatch, "record", "amr-aisles", "--length", 4, "--out", out, *small) == 0
    recording = open_recording(out, "euroc")
    assert set(recording.cameras) == {"left", "right"} and len(recording.frames) == 27
    assert recording.imu and recording.wheels and recording.truth
    tum = tmp_path / "rgbd"
    more = ("--sensors", "depth", "--format", "tum", *small)
    assert run(monkeypatch, "record", "amr-aisles", "--length", 4, "--out", tum, *more) == 0
    assert {"rgb", "depth"} <= set(open_recording(tum, "tum").cameras)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("length = 'far'", "length = 'far' is out of range"),
        ("lenght = 3.0", "there is no 'lenght'"),
        ("length = [", "is no TOML file"),
        ("imu_rate = 300.0", "does not divide 500"),
        ("workers = 400", "give 0 to 40"),
    ],
)
def test_a_wrong_scenario_is_told_in_a_sentence(tmp_path, text, says):
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=says):
        load_scenario(str(path))


def test_unknown_scenarios_and_recordings_without_a_camera_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no scenario 'amr'"):
        load_scenario("amr")
    with pytest.raises(ValueError, match="cannot be read"):
        load_scenario(str(tmp_path / "none.toml"))
    with pytest.raises(ValueError, match="needs a camera"):
        RecordCfg(("imu",))
