"""What is written is read back, picture by picture and number by number."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.perception.camera import Camera
from gaitway.perception.datasets import Format, open_recording, recording_writer, write_recording
from gaitway.perception.poses import inverse
from gaitway.perception.recording import Recording

from .small_recording import FRAMES, rgbd, stereo

# Stamps of seconds since 1970 as float64 are exact to 2e-7 s.
STAMP = 3e-7


def _through(recording: Recording, out: Path, format: Format) -> Recording:
    write_recording(recording, out, format)
    return open_recording(out, format)


def _assert_same_pictures(read: Recording, written: Recording, apart: float = 0.0) -> None:
    assert len(read.frames) == len(written.frames) == FRAMES
    for after, before in zip(read.frames, written.frames, strict=True):
        assert after.time == pytest.approx(before.time, abs=1e-6)
        assert after.pictures.keys() == before.pictures.keys()
        for name, picture in after.pictures.items():
            assert picture.dtype == before.pictures[name].dtype
            np.testing.assert_allclose(picture.astype(float), before.pictures[name], atol=apart)


def _assert_same_camera(read: Camera, written: Camera, body_from_camera: np.ndarray) -> None:
    assert (read.width, read.height) == (written.width, written.height)
    np.testing.assert_allclose(read.matrix, written.matrix, rtol=1e-12)
    np.testing.assert_allclose(read.distortion[:4], written.distortion[:4], rtol=1e-9)
    np.testing.assert_allclose(read.body_from_camera, body_from_camera, atol=1e-9)


@pytest.mark.parametrize("format", ["euroc", "mcap"])
def test_all_of_a_robot(format: Format, tmp_path: Path) -> None:
    written = stereo()
    lens = (-0.02, 0.005, 1e-4, -2e-4)
    cameras = {name: replace(camera, distortion=lens) for name, camera in written.cameras.items()}
    written = replace(written, cameras=cameras)
    read = _through(written, tmp_path / "recording", format)
    _assert_same_pictures(read, written)
    for name, camera in written.cameras.items():
        _assert_same_camera(read.cameras[name], camera, camera.body_from_camera)
    for after, before in ((read.imu, written.imu), (read.wheels, written.wheels)):
        for name in after.__dataclass_fields__:
            atol = STAMP if name == "times" else 1e-7
            np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=0, atol=atol)
    assert read.imu_noise == written.imu_noise
    np.testing.assert_allclose(read.truth.times, written.truth.times, rtol=0, atol=STAMP)
    np.testing.assert_allclose(read.truth.poses, written.truth.poses, atol=1e-8)


def test_kitti(tmp_path: Path) -> None:
    written = replace(stereo(begin=0.0), imu=None, wheels=None)
    read = _through(written, tmp_path / "00", "kitti")
    _assert_same_pictures(read, written)
    # The body is the left camera, and the world its first optical frame.
    body_from_left = written.cameras["left"].body_from_camera
    for name, camera in written.cameras.items():
        _assert_same_camera(read.cameras[name], camera, inverse(body_from_left) @ camera.body_from_camera)
    world_from_left = written.truth.at(np.array([frame.time for frame in written.frames])) @ body_from_left
    np.testing.assert_allclose(read.truth.poses, inverse(world_from_left[0]) @ world_from_left, atol=1e-8)


def test_tum(tmp_path: Path) -> None:
    written = rgbd()
    read = _through(written, tmp_path / "desk", "tum")
    _assert_same_pictures(read, written, apart=0.5 / 5000 + 1e-6)
    _assert_same_camera(read.cameras["rgb"], written.cameras["rgb"], np.eye(4))
    world_from_camera = written.truth.poses @ written.cameras["rgb"].body_from_camera
    np.testing.assert_allclose(read.truth.poses, world_from_camera, atol=1e-8)


def test_depth_in_mcap(tmp_path: Path) -> None:
    read = _through(rgbd(), tmp_path / "desk.mcap", "mcap")
    _assert_same_pictures(read, rgbd(), apart=0.5 / 1000 + 1e-6)


@pytest.mark.parametrize("format", ["euroc", "tum", "kitti", "mcap"])
def test_a_writer_that_fails_leaves_nothing(format: Format, tmp_path: Path) -> None:
    recording = rgbd() if format == "tum" else stereo()
    frame = recording.frames[0]
    with (
        pytest.raises(ValueError, match="does not come after"),
        recording_writer(tmp_path / "out", format, recording.cameras) as writer,
    ):
        writer.add_frame(frame)
        writer.add_frame(frame)
    assert not list(tmp_path.iterdir())


def test_a_writer_refuses_what_exists_and_what_has_no_place(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/file").touch()
    with pytest.raises(ValueError, match="exists already"):
        recording_writer(tmp_path / "there", "euroc", stereo().cameras)
    with pytest.raises(ValueError, match="no place for an IMU"):
        write_recording(stereo(), tmp_path / "sequence", "kitti")
    with pytest.raises(ValueError, match="'left' and 'right', not for rgb, depth; write tum or mcap"):
        recording_writer(tmp_path / "out", "euroc", rgbd().cameras)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]


def test_pictures_are_read_when_asked_for(tmp_path: Path) -> None:
    write_recording(stereo(), tmp_path / "recording", "euroc")
    read = open_recording(tmp_path / "recording", "euroc")
    last = sorted((tmp_path / "recording/mav0/cam1/data").iterdir())[-1]
    last.write_bytes(last.read_bytes()[:-20])
    assert read.frames[FRAMES - 2].pictures
    with pytest.raises(ValueError, match=rf"{last} is cut off after \d+ bytes"):
        read.frames[FRAMES - 1]
