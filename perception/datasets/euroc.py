"""EuRoC's folders (ASL layout): `mav0/cam0/data.csv`, `sensor.yaml`, `imu0`, `state_groundtruth_estimate0`.

Burri et al., The EuRoC micro aerial vehicle datasets, IJRR 2016. Stamps are in ns; `T_BS` takes a sensor's
points into the body frame. cam0 is the left camera, cam1 the right one. `wheel0` is an addition of ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..camera import Camera, Rectifier
from ..poses import Array, inverse, make_pose
from ..recording import Frames, ImuNoise, ImuSamples, Recording, WheelSamples
from ..trajectory import Trajectory
from .checks import check_pictures, check_stereo, checked_imu, make_camera
from .pictures import picture_size, read_picture
from .sync import STEREO, in_step
from .tables import Table, read_table

NAMES = {"cam0": "left", "cam1": "right"}
FOLDERS = {name: folder for folder, name in NAMES.items()}
TRUTH = "state_groundtruth_estimate0"
NS = 1e-9


def open_euroc(path: Path) -> Recording:
    """Open a recording; pictures are loaded when they are asked for.

    Args:
        path: the folder `mav0` or the one that holds it.

    Raises:
        ValueError: what is wrong, naming the file and line.
    """
    root = path / "mav0" if (path / "mav0").is_dir() else path
    if not (root / "cam0").is_dir():
        raise ValueError(f"{path} holds no folder mav0/cam0, so it is no recording in EuRoC's layout.")
    folders = [name for name in NAMES if (root / name).is_dir()]
    cameras = {NAMES[name]: _read_camera(root / name / "sensor.yaml") for name in folders}
    tables = {NAMES[name]: read_table(root / name / "data.csv", 2, ",") for name in folders}
    frames = _frames(root, tables, cameras)
    if "right" in cameras:
        check_stereo(cameras["left"], cameras["right"], root / "cam1/sensor.yaml")
        first = frames[0].pictures
        rectifier = Rectifier(cameras["left"], cameras["right"])
        check_pictures(*rectifier(first["left"], first["right"]), root)
    truth = _read_truth(root / TRUTH)
    imu, noise = _read_imu(root / "imu0", truth)
    return Recording(frames, cameras, imu, noise, _read_wheels(root / "wheel0"), truth)


def _frames(root: Path, tables: dict[str, Table], cameras: dict[str, Camera]) -> Frames:
    """The frames of which all cameras have a picture."""
    stamps = {name: table.times(NS) for name, table in tables.items()}
    rows = in_step(list(stamps.values()), STEREO, root)
    paths = {
        name: [root / FOLDERS[name] / "data" / file for file in table.column(1)]
        for name, table in tables.items()
    }
    for name, camera in cameras.items():
        width, height = picture_size(paths[name][0])
        camera.check_picture(np.empty((height, width)), paths[name][0])

    def load(k: int) -> dict[str, np.ndarray]:
        chosen = zip(cameras.items(), rows[k], strict=True)
        return {name: read_picture(paths[name][row], camera) for (name, camera), row in chosen}

    return Frames(stamps["left"][rows[:, 0]], load)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as error:
        raise ValueError(
            "Reading EuRoC's sensor.yaml needs PyYAML: pip install 'gaitway[perception]'."
        ) from error
    if not path.is_file():
        raise ValueError(f"{path} is missing.")
    # OpenCV's files begin with '%YAML:1.0', which is no YAML.
    lines = ["" if line.startswith("%") else line for line in path.read_text(encoding="utf-8").splitlines()]
    try:
        content = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML file ({' '.join(str(error).split())}).") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} does not describe a sensor.")
    return content


def _field(content: dict[str, Any], key: str, count: int, path: Path) -> list[float]:
    """Numbers under a key, which may be in `data` below it."""
    value: Any = content.get(key)
    value = value.get("data") if isinstance(value, dict) else value
    value = value if isinstance(value, list) else [value]
    try:
        numbers = [float(number) for number in value]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) < count or not np.isfinite(numbers).all():
        raise ValueError(f"{path}: '{key}' must be {count} number{'s' if count > 1 else ''}.")
    return numbers


def _read_pose(content: dict[str, Any], path: Path) -> Array:
    pose = np.reshape(_field(content, "T_BS", 16, path)[:16], (4, 4))
    if np.abs(pose[:3, :3] @ pose[:3, :3].T - np.eye(3)).max() > 1e-3 or np.linalg.det(pose[:3, :3]) < 0:
        raise ValueError(f"{path}: 'T_BS' holds no rotation in its first three rows and columns.")
    return pose


def _read_camera(path: Path) -> Camera:
    content = _read_yaml(path)
    model = str(content.get("distortion_model", "radial-tangential"))
    if model not in ("radial-tangential", "radtan", "plumb_bob"):
        raise ValueError(f"{path}: distortion_model '{model}' is not known here; radial-tangential is.")
    width, height = (int(number) for number in _field(content, "resolution", 2, path)[:2])
    intrinsics = tuple(_field(content, "intrinsics", 4, path)[:4])
    distortion = tuple(_field(content, "distortion_coefficients", 4, path))
    pose = _read_pose(content, path)
    return make_camera(path, width, height, intrinsics, distortion=distortion, body_from_camera=pose)


def _read_truth(folder: Path) -> Trajectory | None:
    if not folder.is_dir():
        return None
    table = read_table(folder / "data.csv", 8, ",")
    pose = table.numbers(1, 8)
    if (zero := np.flatnonzero(~pose[:, 3:].any(axis=1))).size:
        raise ValueError(f"{table.where(int(zero[0]))}: the quaternion is 0 0 0 0, which is no rotation.")
    world_from_sensor = make_pose(pose[:, :3], pose[:, 3:])
    path = folder / "sensor.yaml"
    body_from_sensor = _read_pose(_read_yaml(path), path) if path.is_file() else np.eye(4)
    return Trajectory(table.times(NS), world_from_sensor @ inverse(body_from_sensor))


def _read_imu(folder: Path, truth: Trajectory | None) -> tuple[ImuSamples | None, ImuNoise]:
    if not folder.is_dir():
        return None, ImuNoise()
    table = read_table(folder / "data.csv", 7, ",")
    content = _read_yaml(folder / "sensor.yaml")
    pose = _read_pose(content, folder / "sensor.yaml")
    if np.abs(pose[:3, 3]).max() > 1e-6:
        raise ValueError(
            f"{folder}/sensor.yaml: an IMU away from the body's origin is not known here; move the body."
        )
    keys = ("gyroscope_noise_density", "accelerometer_noise_density")
    walks = ("gyroscope_random_walk", "accelerometer_random_walk")
    noise = ImuNoise(*(_field(content, key, 1, folder / "sensor.yaml")[0] for key in (*keys, *walks)))
    values = table.numbers(1, 7)
    samples = ImuSamples(table.times(NS), values[:, :3] @ pose[:3, :3].T, values[:, 3:] @ pose[:3, :3].T)
    return checked_imu(samples, truth, table.path), noise


def _read_wheels(folder: Path) -> WheelSamples | None:
    if not folder.is_dir():
        return None
    table = read_table(folder / "data.csv", 3, ",")
    values = table.numbers(1, 3)
    return WheelSamples(table.times(NS), values[:, 0], values[:, 1])
