"""A recording on disk, from pictures to JSON by the command; and what may be wrong with one."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from gaitway.cli.perceive.activity import Activity
from gaitway.perception.activity.calibration import Calibration, Line, Zone, write_calibration
from gaitway.perception.activity.metropolis import read_frames, timestamp
from gaitway.perception.activity.pipeline import ActivityMap
from gaitway.perception.activity.recording import open_recording, write_picture
from gaitway.perception.activity.view import Picture
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of

from ..looks import logged, text_of

DOWN = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
HEIGHT, WIDTH = 90, 120


def camera_at(x: float) -> Camera:
    return Camera(WIDTH, HEIGHT, 60.0, 60.0, 59.5, 44.5, body_from_camera=pose_of([x, 0.0, 6.0], DOWN))


CALIBRATION = Calibration(
    {"a": camera_at(-2.0), "b": camera_at(3.0)},
    (-8.0, -8.0, 8.0, 8.0),
    [Zone("aisle", "aisle", np.array([[-8, -2], [8, -2], [8, 2], [-8, 2.0]]))],
    [Line("middle", np.array([[0.0, -3.0], [0.0, 3.0]]))],
)


def picture(camera: Camera, x: float | None, rng: np.random.Generator) -> Picture:
    """A floor, and at `x` the flat top of an AMR 0.35 m high, 0.8 m x 0.6 m."""
    depth = 6.0 + rng.normal(scale=0.01, size=(HEIGHT, WIDTH))
    rgb = np.full((HEIGHT, WIDTH, 3), 130, np.uint8)
    if x is not None:
        eye = camera.body_from_camera[:2, 3]
        reach = 5.65
        v, u = np.mgrid[:HEIGHT, :WIDTH]
        across, along = (
            (u - camera.cx) / camera.fx * reach + eye[1],
            (v - camera.cy) / camera.fy * reach + eye[0],
        )
        top = (abs(along - x) < 0.4) & (abs(across) < 0.3)
        depth[top] -= 0.35
        rgb[top] = (30, 90, 200)
    return Picture(depth.astype(np.float32), rgb)


@pytest.fixture
def recording(tmp_path) -> Path:
    """An AMR that crosses the floor at 1 m/s, after an empty second; camera b is 30 ms late."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "ceiling"
    folder.mkdir()
    write_calibration(folder / "calibration.json", CALIBRATION)
    for k in range(18):
        for name, late in (("a", 0.0), ("b", 0.03)):
            x = None if k < 4 else -4.0 + 0.5 * (k - 4)
            write_picture(folder, name, 1000.0 + 0.5 * k + late, picture(CALIBRATION.cameras[name], x, rng))
    return folder


def test_command_writes_frames_behaviours_and_counts(recording, tmp_path):
    out, image = tmp_path / "activity.json", tmp_path / "map.png"
    report, view = tmp_path / "activity.html", tmp_path / "activity.rrd"
    Activity(recording, out=out, plot=image, report=report, view=view).run()
    document = json.loads(out.read_text())
    assert len(document["frames"]) == 18
    last = document["frames"][-1]
    assert last["timestamp"] == "1970-01-01T00:16:48.515Z"
    (only,) = last["objects"]
    assert only["type"] == "AMR"
    assert only["coordinate"]["x"] == pytest.approx(2.5, abs=0.1)
    assert only["info"]["primaryCamera"] == "b"
    x, y = map(float, only["info"]["footLocation3D"].split(","))
    assert (x, y) == (only["coordinate"]["x"], only["coordinate"]["y"])
    middle = (only["bbox"]["leftX"] + only["bbox"]["rightX"]) / 2
    assert middle == pytest.approx(59.5, abs=1.0)  # camera b looks at y = 0 in its middle column
    (behaviour,) = document["behaviors"]
    assert behaviour["speed"] == pytest.approx(1.0, abs=0.1)
    assert document["metrics"]["tripwires"] == [
        {"id": "middle", "type": "AMR", "direction": "in", "count": 1}
    ]
    assert not document["incidents"]
    assert cv2.imread(str(image)).shape[1] == 1600
    text = " ".join(text_of(report, 3).split())
    assert "AMR followed 1" in text and "Lines crossed" in text and "middle amr in 1" in text
    boxes = logged(view, "/floor/things", "Boxes3D:centers")
    assert len(boxes) == 18
    np.testing.assert_allclose(
        boxes[-1][0][:2], [only["coordinate"]["x"], only["coordinate"]["y"]], atol=1e-3
    )
    assert len(read_frames(out)) == 18


def test_pictures_taken_together_make_one_frame(recording):
    frames = open_recording(recording).frames
    assert len(frames) == 18
    assert all(frame.files.keys() == {"a", "b"} for frame in frames)
    assert frames[0].time == pytest.approx(1000.015)


def test_silent_camera_is_left_out(recording):
    for path in sorted((recording / "b" / "depth").iterdir())[6:12]:
        path.unlink()
        (recording / "b" / "rgb" / path.name).unlink()
    frames = open_recording(recording).frames
    assert [len(frame.files) for frame in frames] == [2] * 6 + [1] * 6 + [2] * 6


def remove_calibration(folder: Path) -> None:
    (folder / "calibration.json").unlink()


def cut(folder: Path) -> None:
    path = sorted((folder / "a" / "depth").iterdir())[3]
    path.write_bytes(path.read_bytes()[:40])


def in_metres(folder: Path) -> None:
    path = sorted((folder / "a" / "depth").iterdir())[0]
    cv2.imwrite(str(path), np.full((HEIGHT, WIDTH), 6, np.uint16))


def in_bytes(folder: Path) -> None:
    path = sorted((folder / "a" / "depth").iterdir())[0]
    cv2.imwrite(str(path), np.full((HEIGHT, WIDTH), 6, np.uint8))


def other_size(folder: Path) -> None:
    path = sorted((folder / "a" / "depth").iterdir())[0]
    cv2.imwrite(str(path), np.full((50, 50), 6000, np.uint16))


def other_name(folder: Path) -> None:
    path = sorted((folder / "a" / "depth").iterdir())[0]
    path.rename(path.with_name("frame_0001.png"))


def unknown_camera(folder: Path) -> None:
    (folder / "b").rename(folder / "kitchen")


def no_pictures(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (remove_calibration, r"calibration\.json is missing"),
        (cut, r"a/depth/1001500000000\.png is cut off or no PNG"),
        (in_metres, r"a/depth/1000000000000\.png: the median depth would be 0\.006 m"),
        (in_bytes, r"is uint8 of shape \(90, 120\); depth is one channel of 16 bit"),
        (other_size, r"The depth picture of camera 'a' has 50 x 50 px"),
        (other_name, r"frame_0001\.png: the name of a picture is its time"),
        (unknown_camera, r"has no sensor 'kitchen'"),
        (no_pictures, r"holds no pictures"),
    ],
)
def test_what_is_wrong_is_named(recording, spoil, message):
    spoil(recording)
    with pytest.raises(ValueError, match=message):
        opened = open_recording(recording)
        activity_map = ActivityMap(opened.calibration, opened.learning(20))
        for frame in opened.frames:
            activity_map.step(frame.time, frame.load())


def test_command_leaves_nothing_half_written(recording, tmp_path):
    cut(recording)
    out = tmp_path / "activity.json"
    with pytest.raises(ValueError, match="is cut off or no PNG"):
        Activity(recording, out=out).run()
    assert not list(tmp_path.glob("activity*"))


def test_frames_of_another_stack_are_read(tmp_path):
    path = tmp_path / "frames.jsonl"
    line = {"version": "4.0", "id": "1", "timestamp": timestamp(12.5), "sensorId": "s", "objects": []}
    path.write_text(json.dumps(line) + "\n" + json.dumps(line) + "\n")
    assert [stamp for stamp, _ in read_frames(path)] == ["1970-01-01T00:00:12.500Z"] * 2
    path.write_text(json.dumps(line) + "\n{\n")
    with pytest.raises(ValueError, match=r"frames\.jsonl, line 2: this is not JSON"):
        read_frames(path)
    path.write_text('{"frames": [{"id": 1}]}')
    with pytest.raises(ValueError, match="frame 0: a frame has 'timestamp' and 'objects'"):
        read_frames(path)


def test_times_and_cameras_that_cannot_be():
    rng = np.random.default_rng(1)
    empty = {name: [picture(camera, None, rng)] * 4 for name, camera in CALIBRATION.cameras.items()}
    activity_map = ActivityMap(CALIBRATION, empty)
    activity_map.step(1.0, {})
    with pytest.raises(ValueError, match="does not come after"):
        activity_map.step(1.0, {})
    with pytest.raises(ValueError, match="No camera of the calibration is called 'c'"):
        activity_map.step(2.0, {"c": empty["a"][0]})
