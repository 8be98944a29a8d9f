"""What people do wrong ends in one sentence that names the place, or a warning that says what was assumed."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from gaitway.perception.datasets import Format, open_recording, write_recording
from gaitway.perception.poses import pose_of, rotation_exp
from gaitway.perception.recording import ImuSamples, Recording
from gaitway.perception.trajectory import Trajectory

from .small_recording import DISPARITY, rgbd, stereo


@pytest.fixture
def euroc(tmp_path: Path) -> Path:
    write_recording(stereo(), tmp_path / "drive", "euroc")
    return tmp_path / "drive"


@pytest.fixture
def tum(tmp_path: Path) -> Path:
    write_recording(rgbd(), tmp_path / "desk", "tum")
    return tmp_path / "desk"


@pytest.fixture
def kitti(tmp_path: Path) -> Path:
    write_recording(replace(stereo(), imu=None, wheels=None), tmp_path / "00", "kitti")
    return tmp_path / "00"


def _edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")


def _swap_lines(first: int, second: int) -> Callable[[list[str]], list[str]]:
    def change(lines: list[str]) -> list[str]:
        lines[first], lines[second] = lines[second], lines[first]
        return lines

    return change


def _refuses(path: Path, format: Format, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as raised:
        open_recording(path, format)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_swap_lines(2, 3), r"cam0/data\.csv, line 4: time stamp \d+ comes before the line above it; sort"),
        (
            lambda lines: [*lines[:3], lines[2], *lines[3:]],
            r"cam0/data\.csv, line 4: time stamp \d+ is there twice",
        ),
        (
            lambda lines: [*lines[:2], ",x.png", *lines[2:]],
            r"cam0/data\.csv, line 3: has 2 values, and needs 2 that are not",
        ),
        (
            lambda lines: [*lines[:2], "noon,x.png", *lines[2:]],
            r"line 3: 'noon' in column 1 is no finite number",
        ),
        (lambda lines: lines[:1], r"cam0/data\.csv holds no row"),
    ],
)
def test_time_stamps(change: Callable[[list[str]], list[str]], sentence: str, euroc: Path) -> None:
    _edit(euroc / "mav0/cam0/data.csv", change)
    _refuses(euroc, "euroc", sentence)


def test_cameras_out_of_sync(euroc: Path) -> None:
    path = euroc / "mav0/cam1/data.csv"
    _edit(path, lambda lines: [f"{int(line.split(',')[0]) + 20_000_000},{line.split(',')[1]}" if i else line
                               for i, line in enumerate(lines)])  # fmt: skip
    _refuses(euroc, "euroc", "only 0 of 6 pictures of the first camera .* out of sync")


def test_cameras_nearly_in_sync(euroc: Path) -> None:
    path = euroc / "mav0/cam1/data.csv"
    _edit(path, lambda lines: [f"{int(line.split(',')[0]) + 3_000_000},{line.split(',')[1]}" if i else line
                               for i, line in enumerate(lines)])  # fmt: skip
    with pytest.warns(UserWarning, match=r"the pictures of a pair are 3.0 ms apart \(median\)"):
        assert len(open_recording(euroc, "euroc").frames) == 6


def test_a_picture_without_partner_is_left_out(euroc: Path) -> None:
    _edit(euroc / "mav0/cam1/data.csv", lambda lines: lines[:3] + lines[4:])
    with pytest.warns(UserWarning, match="1 of 6 pictures have no partner"):
        assert len(open_recording(euroc, "euroc").frames) == 5


def test_swapped_calibration_and_swapped_pictures(euroc: Path) -> None:
    left, right = euroc / "mav0/cam0", euroc / "mav0/cam1"
    texts = [(folder / "sensor.yaml").read_text() for folder in (left, right)]
    for folder, text in zip((right, left), texts, strict=True):
        (folder / "sensor.yaml").write_text(text)
    _refuses(euroc, "euroc", "the right camera lies 0.1 m to the left of the left one; swap them")
    for folder, text in zip((left, right), texts, strict=True):
        (folder / "sensor.yaml").write_text(text)
    (left / "data").rename(left / "other")
    (right / "data").rename(left / "data")
    (left / "other").rename(right / "data")
    _refuses(euroc, "euroc", "the pictures of the two cameras are swapped; exchange them")


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "intrinsics",
            "[0.62, 0.83, 0.5, 0.5]",
            r"sensor\.yaml: focal lengths 0.62, 0.83 .* fractions of the picture",
        ),
        (
            "intrinsics",
            "[3.6, 3.6, 2.4, 1.8]",
            r"sensor\.yaml: focal lengths .* look like mm or m; give them in pixels",
        ),
        ("intrinsics", "[100, 100, 80]", r"sensor\.yaml: 'intrinsics' must be 4 numbers"),
        (
            "intrinsics",
            "[100, 100, 900, 60]",
            r"sensor\.yaml: The principal point .* far outside the picture",
        ),
        ("resolution", "[320, 240]", r"\.png has 160 x 120 px, its camera is calibrated for 320 x 240"),
        (
            "distortion_model",
            "equidistant",
            r"sensor\.yaml: distortion_model 'equidistant' is not known here",
        ),
    ],
)
def test_calibration(key: str, value: str, sentence: str, euroc: Path) -> None:
    def change(lines: list[str]) -> list[str]:
        return [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in lines]

    _edit(euroc / "mav0/cam0/sensor.yaml", change)
    _refuses(euroc, "euroc", sentence)


def test_poses_in_millimetres(euroc: Path) -> None:
    for name in ("cam0", "cam1"):
        path = euroc / f"mav0/{name}/sensor.yaml"
        numbers = re.search(r"data: \[([^]]*)\]", path.read_text()).group(1)
        pose = np.array([float(word) for word in numbers.replace("\n", "").split(",")]).reshape(4, 4)
        pose[:3, 3] *= 1000
        path.write_text(path.read_text().replace(numbers, ", ".join(map(str, pose.ravel()))))
    _refuses(euroc, "euroc", "the cameras are 100 m apart, which looks like mm; give m")


@pytest.mark.parametrize("with_truth", [True, False])
def test_rates_in_degrees_are_converted(with_truth: bool, tmp_path: Path) -> None:
    recording = _rolling(with_truth)
    right = recording.imu
    wrong = replace(recording, imu=ImuSamples(right.times, np.degrees(right.gyro), right.accel))
    write_recording(recording, tmp_path / "right", "euroc")
    write_recording(wrong, tmp_path / "wrong", "euroc")
    np.testing.assert_allclose(open_recording(tmp_path / "right", "euroc").imu.gyro, right.gyro, atol=1e-7)
    with pytest.warns(UserWarning, match=r"imu0/data\.csv: rates of turning are 57.3 times too large"):
        read = open_recording(tmp_path / "wrong", "euroc")
    np.testing.assert_allclose(read.imu.gyro, right.gyro, atol=1e-7)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("with_truth", [True, False])
def test_the_bias_of_a_gyroscope_at_rest_is_no_unit(with_truth: bool, tmp_path: Path) -> None:
    recording = _rolling(with_truth)
    rng = np.random.default_rng(1)
    gyro = np.array([0.02, -0.05, 0.08]) + rng.normal(0, 0.005, (4000, 3))
    accel = np.array([0.0, 0.0, 9.81]) + rng.normal(0, 0.05, (4000, 3))
    truth = recording.truth
    if truth:
        shaking = pose_of(truth.positions, rotation_exp(rng.normal(0, 5e-4, (len(truth), 3))))
        truth = Trajectory(truth.times, shaking)
    still = replace(recording, imu=ImuSamples(recording.imu.times, gyro, accel), truth=truth)
    write_recording(still, tmp_path / "still", "euroc")
    np.testing.assert_allclose(open_recording(tmp_path / "still", "euroc").imu.gyro, gyro, atol=1e-7)


def _rolling(with_truth: bool) -> Recording:
    """A body that slowly rolls to and fro for 20 s, with a noisy IMU."""
    base = stereo()
    times = base.imu.times[0] + np.arange(4000) * 0.005
    t = times - times[0]
    angle, rate = 0.5 * np.sin(0.6 * t), 0.3 * np.cos(0.6 * t)
    rng = np.random.default_rng(0)
    gyro = np.column_stack([rate, 0 * t, 0 * t]) + rng.normal(0, 0.01, (4000, 3))
    accel = 9.81 * np.column_stack([0 * t, np.sin(angle), np.cos(angle)]) + rng.normal(0, 0.1, (4000, 3))
    turns = rotation_exp(np.column_stack([angle, 0 * t, 0 * t]))
    truth = Trajectory(times, pose_of(np.zeros((4000, 3)), turns)) if with_truth else None
    return replace(base, imu=ImuSamples(times, gyro, accel), truth=truth, wheels=None)


@pytest.mark.parametrize("format", ["euroc", "mcap"])
def test_acceleration_in_g_is_converted(format: Format, tmp_path: Path) -> None:
    recording = stereo()
    imu = recording.imu
    in_g = replace(recording, imu=ImuSamples(imu.times, imu.gyro, imu.accel / 9.80665))
    write_recording(in_g, tmp_path / "drive", format)
    with pytest.warns(UserWarning, match=r"specific force is 1.00 \(median\), so it is taken to be in g"):
        read = open_recording(tmp_path / "drive", format)
    np.testing.assert_allclose(read.imu.accel, imu.accel, atol=1e-7)


def test_gravity_removed(tmp_path: Path) -> None:
    recording = stereo()
    imu = recording.imu
    still = replace(recording, imu=ImuSamples(imu.times, imu.gyro, 0 * imu.accel))
    write_recording(still, tmp_path / "drive", "euroc")
    _refuses(
        tmp_path / "drive", "euroc", r"imu0/data\.csv: specific force is 0 m/s2 .* Was gravity removed\?"
    )


def test_nothing_there(tmp_path: Path) -> None:
    _refuses(tmp_path / "nowhere", "euroc", "there is no such file or folder")
    (tmp_path / "empty").mkdir()
    for format in ("euroc", "tum", "kitti", "mcap"):
        _refuses(tmp_path / "empty", format, "empty is empty")
    (tmp_path / "empty/note.txt").touch()
    _refuses(tmp_path / "empty", "euroc", "holds no folder mav0/cam0")
    _refuses(tmp_path / "empty", "tum", r"holds no rgb\.txt")
    _refuses(tmp_path / "empty", "kitti", "holds no folder image_0 or image_2")
    _refuses(tmp_path / "empty", "mcap", "holds 0 MCAP files")


def test_truncated_png(euroc: Path, tum: Path) -> None:
    first = sorted((euroc / "mav0/cam0/data").iterdir())[0]
    first.write_bytes(first.read_bytes()[:2000])
    _refuses(euroc, "euroc", rf"{first} is cut off after 2000 bytes; copy it again")
    depth = sorted((tum / "depth").iterdir())[0]
    depth.write_bytes(b"")
    _refuses(tum, "tum", rf"{depth} is no picture that can be read")


def test_depth_of_another_kind(tum: Path) -> None:
    depth = sorted((tum / "depth").iterdir())[0]
    cv2.imwrite(str(depth), np.zeros((120, 160), np.uint8))
    _refuses(tum, "tum", rf"{depth} holds uint8 .* one channel of 16-bit integers, 5000 to a metre")


def test_depth_in_millimetres(tum: Path) -> None:
    for path in (tum / "depth").iterdir():
        in_mm = np.full((120, 160), 1200, np.uint16)
        cv2.imwrite(str(path), in_mm)
    with pytest.warns(UserWarning, match=r"depth is 0.24 m \(median\) .* if its unit is mm, multiply"):
        open_recording(tum, "tum")


def test_no_calibration_of_tum(tum: Path) -> None:
    (tum / "calibration.txt").unlink()
    _refuses(tum, "tum", r"pictures of 160 x 120 px need a calibration\.txt")


def test_kitti(kitti: Path) -> None:
    good = (kitti / "calib.txt").read_text()
    (kitti / "calib.txt").write_text(good.replace("-1.0025", "1.0025"))
    _refuses(kitti, "kitti", r"calib\.txt: the right camera lies 0.1 m to the left of the left one")
    (kitti / "calib.txt").write_text("\n".join(good.splitlines()[2:]))
    _refuses(kitti, "kitti", r"calib\.txt has no row 'P0:'")
    (kitti / "calib.txt").write_text(good)
    _edit(kitti / "poses.txt", lambda lines: lines[:-1])
    _refuses(kitti, "kitti", r"poses\.txt has 5 poses for 6 frames")
    _edit(kitti / "times.txt", lambda lines: lines[:-1])
    _refuses(kitti, "kitti", r"times\.txt has 5 times, image_0 6 pictures")


def test_mcap_cut_off_or_something_else(tmp_path: Path) -> None:
    path = tmp_path / "drive.mcap"
    write_recording(stereo(), path, "mcap")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    _refuses(path, "mcap", r"drive\.mcap is cut off; 'mcap recover'")
    damaged = bytearray(content)
    damaged[len(content) // 2] ^= 255
    path.write_bytes(damaged)
    _refuses(path, "mcap", r"drive\.mcap is damaged \(")
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    _refuses(path, "mcap", r"drive\.mcap is no MCAP file")


def test_disparity_is_what_the_pictures_were_made_with() -> None:
    """The tests above would say nothing of a pair that is swapped from the beginning."""
    pictures = stereo().frames[0].pictures
    np.testing.assert_array_equal(pictures["left"][:, DISPARITY:], pictures["right"][:, :-DISPARITY])
