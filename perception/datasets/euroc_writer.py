"""Writes EuRoC's folders; `euroc.py` reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np

from ..camera import Camera
from ..poses import Array, quaternion_of
from ..recording import Frame, ImuNoise
from .euroc import FOLDERS, NS, TRUTH
from .pictures import encode_png
from .writer import RecordingWriter


class EurocWriter(RecordingWriter):
    """Writes EuRoC's layout: a stereo pair or its left camera, IMU, wheels and truth."""

    def __init__(self, out: Path, cameras: dict[str, Camera], imu_noise: ImuNoise | None = None) -> None:
        if "left" not in cameras or set(cameras) > set(FOLDERS):
            raise ValueError(
                f"EuRoC's layout is for cameras 'left' and 'right', not for {', '.join(cameras)}; "
                "write tum or mcap."
            )
        super().__init__(out, cameras)
        self._root = self.partial / "mav0"
        self._noise = imu_noise or ImuNoise()
        self._files: dict[str, TextIO] = {}
        self._truth: list[tuple[int, Array]] = []
        for name, camera in cameras.items():
            (self._root / FOLDERS[name] / "data").mkdir(parents=True)
            self._begin(FOLDERS[name], "#timestamp [ns],filename", _camera_yaml(name, camera))

    def _begin(self, folder: str, header: str, sensor: str) -> None:
        (self._root / folder).mkdir(exist_ok=True)
        (self._root / folder / "sensor.yaml").write_text(sensor, encoding="utf-8")
        file = (self._root / folder / "data.csv").open("w", encoding="utf-8")
        file.write(header + "\n")
        self._files[folder] = file

    def _write_frame(self, frame: Frame) -> None:
        stamp = round(frame.time / NS)
        for name in self.cameras:
            folder = FOLDERS[name]
            (self._root / folder / "data" / f"{stamp}.png").write_bytes(encode_png(frame.pictures[name]))
            self._files[folder].write(f"{stamp},{stamp}.png\n")

    def add_imu(self, time: float, gyro: Array, accel: Array) -> None:
        """Write a sample, see `RecordingWriter`."""
        if "imu0" not in self._files:
            axes = [f"w_RS_S_{axis} [rad s^-1]" for axis in "xyz"] + [
                f"a_RS_S_{axis} [m s^-2]" for axis in "xyz"
            ]
            self._begin("imu0", ",".join(["#timestamp [ns]", *axes]), _imu_yaml(self._noise))
        self._row("imu0", time, [*gyro, *accel])

    def add_wheels(self, time: float, speed: float, yaw_rate: float) -> None:
        """Write a sample, see `RecordingWriter`."""
        if "wheel0" not in self._files:
            header = "#timestamp [ns],speed [m s^-1],yaw_rate [rad s^-1]"
            self._begin(
                "wheel0", header, _yaml("wheel_odometry", "speed forward and rate of turning", np.eye(4))
            )
        self._row("wheel0", time, [speed, yaw_rate])

    def add_truth(self, time: float, world_from_body: Array) -> None:
        """Keep a pose; they are written at the end, with velocities from their differences."""
        self._truth.append((round(time / NS), world_from_body))

    def _row(self, folder: str, time: float, values: list[float]) -> None:
        numbers = ",".join(f"{value:.9g}" for value in values)
        self._files[folder].write(f"{round(time / NS)},{numbers}\n")

    def _finish(self, failed: bool) -> None:
        if self._truth and not failed:
            self._write_truth()
        for file in self._files.values():
            file.close()

    def _write_truth(self) -> None:
        names = [
            "p_RS_R_x [m]",
            "p_RS_R_y [m]",
            "p_RS_R_z [m]",
            "q_RS_w []",
            "q_RS_x []",
            "q_RS_y []",
            "q_RS_z []",
        ]
        names += [f"v_RS_R_{axis} [m s^-1]" for axis in "xyz"]
        names += [f"b_w_RS_S_{axis} [rad s^-1]" for axis in "xyz"] + [
            f"b_a_RS_S_{axis} [m s^-2]" for axis in "xyz"
        ]
        self._begin(
            TRUTH, ",".join(["#timestamp", *names]), _yaml("state", "biases are not known and 0", np.eye(4))
        )
        times = np.array([stamp for stamp, _ in self._truth]) * NS
        poses = np.stack([pose for _, pose in self._truth])
        positions, quaternions = poses[:, :3, 3], quaternion_of(poses)
        speeds = np.gradient(positions, times, axis=0) if len(times) > 1 else np.zeros_like(positions)
        rows = np.hstack([positions, quaternions, speeds, np.zeros((len(times), 6))]).tolist()
        for (stamp, _), row in zip(self._truth, rows, strict=True):
            self._files[TRUTH].write(",".join([str(stamp), *(f"{value:.9g}" for value in row)]) + "\n")


def _yaml(kind: str, comment: str, body_from_sensor: Array, fields: dict[str, object] | None = None) -> str:
    rows = [", ".join(f"{value:.12g}" for value in row) for row in body_from_sensor]
    pose = ",\n         ".join(rows)
    more = "".join(f"{key}: {value}\n" for key, value in (fields or {}).items())
    head = (
        f"sensor_type: {kind}\ncomment: {comment}\n\n# Takes points of the sensor's frame into the body's.\n"
    )
    return f"{head}T_BS:\n  cols: 4\n  rows: 4\n  data: [{pose}]\n\n{more}"


def _listed(*values: float) -> str:
    return "[" + ", ".join(f"{value:.12g}" for value in values) + "]"


def _camera_yaml(name: str, camera: Camera) -> str:
    fields: dict[str, object] = {
        "resolution": [camera.width, camera.height],
        "camera_model": "pinhole",
        "intrinsics": _listed(camera.fx, camera.fy, camera.cx, camera.cy),
        "distortion_model": "radial-tangential",
        "distortion_coefficients": _listed(*camera.distortion),
    }
    return _yaml("camera", name, camera.body_from_camera, fields)


def _imu_yaml(noise: ImuNoise) -> str:
    fields: dict[str, object] = {
        "gyroscope_noise_density": f"{noise.gyro:.9g}  # rad/s/sqrt(Hz)",
        "gyroscope_random_walk": f"{noise.gyro_walk:.9g}  # rad/s2/sqrt(Hz)",
        "accelerometer_noise_density": f"{noise.accel:.9g}  # m/s2/sqrt(Hz)",
        "accelerometer_random_walk": f"{noise.accel_walk:.9g}  # m/s3/sqrt(Hz)",
    }
    return _yaml("imu", "of the body", np.eye(4), fields)
