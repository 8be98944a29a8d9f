"""Pictures rendered through EuRoC's own calibration, read and rectified: rows agree and depth is right.

The numbers are those of `sensor.yaml` of cam0 and cam1 in every sequence of the data set (Burri et al., The
EuRoC micro aerial vehicle datasets, IJRR 2016).
"""

import cv2
import numpy as np
import pytest
from gaitway.perception.camera import Rectifier
from gaitway.perception.datasets import open_recording
from gaitway.perception.recording import Recording

_SENSOR = """\
# General sensor definitions.
sensor_type: camera
comment: VI-Sensor {name} (MT9M034)

# Sensor extrinsics wrt. the body-frame.
T_BS:
  cols: 4
  rows: 4
  data: {pose}

# Camera specific definitions.
rate_hz: 20
resolution: [752, 480]
camera_model: pinhole
intrinsics: {intrinsics} #fu, fv, cu, cv
distortion_model: radial-tangential
distortion_coefficients: {distortion}
"""
INTRINSICS = {"cam0": [458.654, 457.296, 367.215, 248.375], "cam1": [457.587, 456.134, 379.999, 255.238]}
DISTORTION = {
    "cam0": [-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05],
    "cam1": [-0.28368365, 0.07451284, -0.00010473, -3.55590700e-05],
}
POSE = {
    "cam0": [
        [0.0148655429818, -0.999880929698, 0.00414029679422, -0.0216401454975],
        [0.999557249008, 0.0149672133247, 0.025715529948, -0.064676986768],
        [-0.0257744366974, 0.00375618835797, 0.999660727178, 0.00981073058949],
        [0.0, 0.0, 0.0, 1.0],
    ],
    "cam1": [
        [0.0125552670891, -0.999755099723, 0.0182237714554, -0.0198435579556],
        [0.999598781151, 0.0130119051815, 0.0251588363115, 0.0453689425024],
        [-0.0253898008918, 0.0179005838253, 0.999517347078, 0.00786212447038],
        [0.0, 0.0, 0.0, 1.0],
    ],
}
NORMAL, DISTANCE = np.array([0.2, -0.1, 1.0]), 2.5
"""A wall: the points p of the body frame with NORMAL . p = DISTANCE, in m."""


def _rays(name: str) -> np.ndarray:
    """(480, 752, 3) directions of pixels in the camera's frame: the lens model, inverted by iteration."""
    fx, fy, cx, cy = INTRINSICS[name]
    k1, k2, p1, p2 = DISTORTION[name]
    u, v = np.meshgrid(np.arange(752.0), np.arange(480.0))
    seen = np.stack([(u - cx) / fx, (v - cy) / fy])
    x, y = seen
    for _ in range(25):
        r2 = x * x + y * y
        radial = 1 + k1 * r2 + k2 * r2**2
        dx, dy = 2 * p1 * x * y + p2 * (r2 + 2 * x * x), p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
        x, y = (seen[0] - dx) / radial, (seen[1] - dy) / radial
    return np.stack([x, y, np.ones_like(x)], axis=2)


def _render(name: str, texture: np.ndarray) -> np.ndarray:
    pose = np.array(POSE[name])
    rays = _rays(name) @ pose[:3, :3].T
    depth = (DISTANCE - NORMAL @ pose[:3, 3]) / (rays @ NORMAL)
    points = pose[:3, 3] + depth[..., None] * rays
    at = ((points[..., :2] + 4.0) * 100).astype(np.float32)
    return cv2.remap(texture, at[..., 0], at[..., 1], cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    root = tmp_path_factory.mktemp("V1_01_easy")
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.integers(0, 255, (800, 800), np.uint8), (0, 0), 1.5)
    texture = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)  # pyright: ignore[reportCallIssue, reportArgumentType]
    for name in INTRINSICS:
        folder = root / "mav0" / name
        (folder / "data").mkdir(parents=True)
        text = _SENSOR.format(
            name=name,
            pose=np.ravel(POSE[name]).tolist(),
            intrinsics=INTRINSICS[name],
            distortion=DISTORTION[name],
        )
        (folder / "sensor.yaml").write_text(text)
        stamp = 1403715273262142976
        (folder / "data.csv").write_text(f"#timestamp [ns],filename\r\n{stamp},{stamp}.png\r\n")
        cv2.imwrite(str(folder / "data" / f"{stamp}.png"), _render(name, texture))
    return open_recording(root, "euroc")


# LEFT.R, RIGHT.R and -RIGHT.P[0, 3] / RIGHT.P[0, 0] of the calibration that ORB-SLAM2 ships for EuRoC.
PUBLISHED_TURNS = {
    "left": [
        [0.999966347530033, -0.001422739138722922, 0.008079580483432283],
        [0.001365741834644127, 0.9999741760894847, 0.007055629199258132],
        [-0.008089410156878961, -0.007044357138835809, 0.9999424675829176],
    ],
    "right": [
        [0.9999633526194376, -0.003625811871560086, 0.007755443660172947],
        [0.003680398547259526, 0.9999684752771629, -0.007035845251224894],
        [-0.007729688520722713, 0.007064130529506649, 0.999945173484644],
    ],
}
PUBLISHED_BASELINE = 47.90639384423901 / 435.2046959714599


def test_rectification_turns_the_cameras_as_published(recording: Recording) -> None:
    rectifier = Rectifier(recording.cameras["left"], recording.cameras["right"])
    for name, camera in (("left", rectifier.left), ("right", rectifier.right)):
        turn = camera.body_from_camera[:3, :3].T @ recording.cameras[name].body_from_camera[:3, :3]
        np.testing.assert_allclose(turn, PUBLISHED_TURNS[name], atol=1e-8)
    assert rectifier.baseline == pytest.approx(PUBLISHED_BASELINE, abs=1e-7)


def test_rows_agree_and_depth_is_the_walls(recording: Recording) -> None:
    rectifier = Rectifier(recording.cameras["left"], recording.cameras["right"])
    pictures = recording.frames[0].pictures
    left, right = rectifier(pictures["left"], pictures["right"])
    corners = cv2.goodFeaturesToTrack(left, 400, 0.01, 10)
    # Matched without knowing of rows.
    found, ok, _ = cv2.calcOpticalFlowPyrLK(left, right, corners, None, winSize=(21, 21), maxLevel=4)  # pyright: ignore[reportCallIssue, reportArgumentType]
    kept = ok.ravel() > 0
    pixels, others = corners.reshape(-1, 2)[kept].astype(float), found.reshape(-1, 2)[kept].astype(float)
    inside = (pixels[:, 0] > 60) & (others[:, 0] > 20)
    pixels, others = pixels[inside], others[inside]
    assert len(pixels) > 200
    assert np.median(np.abs(pixels[:, 1] - others[:, 1])) < 0.05
    assert np.quantile(np.abs(pixels[:, 1] - others[:, 1]), 0.9) < 0.2

    camera = rectifier.left
    depth = camera.fx * rectifier.baseline / (pixels[:, 0] - others[:, 0])
    directions = np.column_stack([(pixels - [camera.cx, camera.cy]) / camera.fx, np.ones(len(pixels))])
    pose = camera.body_from_camera
    true = (DISTANCE - NORMAL @ pose[:3, 3]) / (directions @ pose[:3, :3].T @ NORMAL)
    error = np.abs(depth / true - 1)
    assert np.median(error) < 0.003
    assert np.quantile(error, 0.9) < 0.012
