"""KITTI odometry's folders: `image_0`, `image_1` (grey) or `image_2`, `image_3`, `calib.txt`, `times.txt`.

Geiger et al., Are we ready for autonomous driving?, CVPR 2012. Pictures are rectified; row `P1:` of calib.txt
is a 3 x 4 projection whose fourth number is -fx * baseline. Poses, 3 x 4 a line and frame, are of the left
camera's optical frame, which is the body here, in that of the first frame. They lie in `poses.txt`, or in
`../../poses/NN.txt` as the benchmark ships them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..camera import Camera
from ..poses import Array, interpolate, inverse, pose_of
from ..recording import Frame, Frames, Recording
from ..trajectory import Trajectory
from .checks import check_pictures, check_stereo, make_camera
from .pictures import encode_png, picture_size, read_picture
from .tables import read_table
from .writer import RecordingWriter

_PAIRS = ((0, 1), (2, 3))


def open_kitti(path: Path) -> Recording:
    """Open a sequence; pictures are loaded when they are asked for.

    Raises:
        ValueError: what is wrong, naming the file and line.
    """
    numbers = next((pair for pair in _PAIRS if (path / f"image_{pair[0]}").is_dir()), None)
    if numbers is None:
        raise ValueError(
            f"{path} holds no folder image_0 or image_2, so it is no sequence in KITTI's layout."
        )
    names = {"left": numbers[0], "right": numbers[1]}
    if not (path / f"image_{numbers[1]}").is_dir():
        del names["right"]
    table = read_table(path / "times.txt", 1)
    times = table.times(1.0)
    files = {name: sorted((path / f"image_{k}").glob("*.png")) for name, k in names.items()}
    for name, k in names.items():
        if len(files[name]) != len(times):
            raise ValueError(
                f"{path}: times.txt has {len(times)} times, image_{k} {len(files[name])} pictures."
            )
    cameras = _read_cameras(path / "calib.txt", names, picture_size(files["left"][0]))

    def load(k: int) -> dict[str, np.ndarray]:
        return {name: read_picture(files[name][k], camera) for name, camera in cameras.items()}

    frames = Frames(times, load)
    first = frames[0].pictures
    if "right" in cameras:
        check_stereo(cameras["left"], cameras["right"], path / "calib.txt")
        check_pictures(first["left"], first["right"], path)
    return Recording(frames, cameras, truth=_read_poses(path, times))


def _read_cameras(path: Path, names: dict[str, int], size: tuple[int, int]) -> dict[str, Camera]:
    """Cameras of the projections P0 to P3; the body is the left one."""
    table = read_table(path, 13)
    rows = {words[0].rstrip(":"): k for k, words in enumerate(table.rows)}
    if missing := [f"P{k}" for k in names.values() if f"P{k}" not in rows]:
        raise ValueError(f"{path} has no row '{missing[0]}:'.")
    values = table.numbers(1, 13).reshape(-1, 3, 4)
    cameras, offsets = {}, {}
    for name, k in names.items():
        row = rows[f"P{k}"]
        (fx, _, cx, tx), (_, fy, cy, _) = values[row, :2].tolist()
        offsets[name] = -tx / fx if fx else 0.0
        pose = pose_of(np.array([offsets[name] - offsets["left"], 0.0, 0.0]), np.eye(3))
        cameras[name] = make_camera(table.where(row), *size, (fx, fy, cx, cy), body_from_camera=pose)
    return cameras


def _read_poses(path: Path, times: Array) -> Trajectory | None:
    beside = path.resolve().parent.parent / "poses" / f"{path.resolve().name}.txt"
    file = next((file for file in (path / "poses.txt", beside) if file.is_file()), None)
    if file is None:
        return None
    table = read_table(file, 12)
    if len(table) != len(times):
        raise ValueError(f"{file} has {len(table)} poses for {len(times)} frames; it needs one of each.")
    values = table.numbers(0, 12).reshape(-1, 3, 4)
    wrong = np.abs(values[:, :, :3] @ np.swapaxes(values[:, :, :3], 1, 2) - np.eye(3)).max(axis=(1, 2)) > 1e-3
    if wrong.any():
        raise ValueError(f"{table.where(int(np.argmax(wrong)))}: its first three columns hold no rotation.")
    return Trajectory(times, pose_of(values[:, :, 3], values[:, :, :3]))


class KittiWriter(RecordingWriter):
    """Writes KITTI odometry's layout: a rectified stereo pair or its left camera, and truth."""

    def __init__(self, out: Path, cameras: dict[str, Camera]) -> None:
        if "left" not in cameras or set(cameras) > {"left", "right"}:
            raise ValueError(
                f"KITTI's layout is for cameras 'left' and 'right', not for {', '.join(cameras)}; "
                "write tum or mcap."
            )
        left = cameras["left"]
        right = cameras.get("right", left)
        right_from_left = inverse(right.body_from_camera) @ left.body_from_camera
        straight = np.allclose(right_from_left[:3, :3], np.eye(3)) and np.allclose(right_from_left[1:3, 3], 0)
        if any(left.distortion) or any(right.distortion) or not straight:
            raise ValueError("KITTI's pictures are rectified; use a `Rectifier` first.")
        super().__init__(out, cameras)
        self._truth: list[tuple[float, Array]] = []
        self._times: list[float] = []
        for k in range(len(cameras)):
            (self.partial / f"image_{k}").mkdir(parents=True)
        offsets = (0.0, right_from_left[0, 3]) * 2
        lines = [_projection(k, right if k % 2 else left, tx) for k, tx in enumerate(offsets)]
        (self.partial / "calib.txt").write_text("".join(lines), encoding="utf-8")

    def _write_frame(self, frame: Frame) -> None:
        file = f"{len(self._times):06d}.png"
        for k, name in enumerate(sorted(self.cameras)):
            (self.partial / f"image_{k}" / file).write_bytes(encode_png(frame.pictures[name]))
        self._times.append(frame.time)

    def add_truth(self, time: float, world_from_body: Array) -> None:
        """Keep a pose; at the end, one is written for each frame."""
        self._truth.append((time, world_from_body @ self.cameras["left"].body_from_camera))

    def _finish(self, failed: bool) -> None:
        if failed:
            return
        text = "".join(f"{time:.9f}\n" for time in self._times)
        (self.partial / "times.txt").write_text(text, encoding="utf-8")
        if self._truth:
            poses = self._poses_of_frames()
            rows = (inverse(poses[0]) @ poses)[:, :3].reshape(-1, 12)
            np.savetxt(self.partial / "poses.txt", rows, fmt="%.9e")

    def _poses_of_frames(self) -> Array:
        times = np.array([time for time, _ in self._truth])
        if self._times[0] < times[0] - 0.1 or self._times[-1] > times[-1] + 0.1:
            raise ValueError(
                f"{self.out}: the truth from {times[0]:.3f} to {times[-1]:.3f} s does not cover the frames "
                f"from {self._times[0]:.3f} to {self._times[-1]:.3f} s; KITTI has a pose of each."
            )
        return interpolate(times, np.stack([pose for _, pose in self._truth]), self._times)


def _projection(k: int, camera: Camera, offset: float) -> str:
    rows = [camera.fx, 0, camera.cx, camera.fx * offset, 0, camera.fy, camera.cy, 0, 0, 0, 1, 0]
    return f"P{k}: " + " ".join(f"{value:.12e}" for value in rows) + "\n"
