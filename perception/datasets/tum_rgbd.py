"""TUM RGB-D's folders: `rgb.txt`, `depth.txt`, `groundtruth.txt`, and PNG files that they name.

Sturm et al., A benchmark for the evaluation of RGB-D SLAM systems, IROS 2012. Depth is registered to the
colour picture, in 1/5000 m; the truth is the colour camera's optical frame, which is the body. The layout
has no calibration: `calibration.txt` is ours, one line `fx fy cx cy width height k1 k2 p1 p2`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np

from ..camera import Camera
from ..poses import Array, quaternion_of
from ..recording import Frame, Frames, Recording
from ..trajectory import read_tum
from .checks import make_camera, warn
from .pictures import encode_depth, encode_png, picture_size, read_depth, read_picture
from .sync import RGBD, in_step
from .tables import read_table
from .writer import RecordingWriter

UNITS_PER_M = 5000.0

# The benchmark's page on its file formats: colour cameras, with lens distortion k1 k2 p1 p2 k3.
_PUBLISHED = {
    "freiburg1": (517.3, 516.5, 318.6, 255.3, 0.2624, -0.9531, -0.0054, 0.0026, 1.1633),
    "freiburg2": (520.9, 521.0, 325.1, 249.7, 0.2312, -0.7849, -0.0033, -0.0001, 0.9172),
    "freiburg3": (535.4, 539.2, 320.1, 247.6, 0.0, 0.0, 0.0, 0.0, 0.0),
}
_DEFAULT = (525.0, 525.0, 319.5, 239.5)


def open_tum_rgbd(path: Path) -> Recording:
    """Open a recording; pictures are loaded when they are asked for.

    Raises:
        ValueError: what is wrong, naming the file and line.
    """
    if not (path / "rgb.txt").is_file():
        raise ValueError(f"{path} holds no rgb.txt, so it is no recording in TUM RGB-D's layout.")
    names = [name for name in ("rgb", "depth") if (path / f"{name}.txt").is_file()]
    tables = {name: read_table(path / f"{name}.txt", 2) for name in names}
    files = {name: [path / file for file in table.column(1)] for name, table in tables.items()}
    times = {name: table.times(1.0) for name, table in tables.items()}
    camera = _read_camera(path, picture_size(files["rgb"][0]))
    rows = in_step(list(times.values()), RGBD, path)

    def load(k: int) -> dict[str, np.ndarray]:
        pictures = {"rgb": read_picture(files["rgb"][rows[k, 0]], camera)}
        if "depth" in files:
            pictures["depth"] = read_depth(files["depth"][rows[k, 1]], camera, UNITS_PER_M)
        return pictures

    frames = Frames(times["rgb"][rows[:, 0]], load)
    if "depth" in names:
        _check_scale(frames[0].pictures["depth"], files["depth"][rows[0, 1]])
    truth = path / "groundtruth.txt"
    return Recording(frames, dict.fromkeys(names, camera), truth=read_tum(truth) if truth.is_file() else None)


def _check_scale(depth: np.ndarray, source: Path) -> None:
    known = depth[depth > 0]
    if known.size == 0:
        warn(f"{source}: no pixel of the first depth picture is known.")
    elif (middle := float(np.median(known))) < 0.3:
        warn(
            f"{source}: depth is {middle:.2g} m (median) at TUM's 5000 units a metre; if its unit is mm, "
            f"multiply the pictures by 5."
        )


def _read_camera(path: Path, size: tuple[int, int]) -> Camera:
    file = path / "calibration.txt"
    if file.is_file():
        table = read_table(file, 10)
        fx, fy, cx, cy, width, height, *distortion = table.numbers(0, len(table.rows[0]))[0].tolist()
        camera = make_camera(file, int(width), int(height), (fx, fy, cx, cy), distortion=tuple(distortion))
        camera.check_picture(np.empty((size[1], size[0])), f"{path}: its first colour picture")
        return camera
    known = next((name for name in _PUBLISHED if name in str(path.resolve())), None)
    if size != (640, 480):
        raise ValueError(
            f"{path}: pictures of {size[0]} x {size[1]} px need a calibration.txt, one line "
            "'fx fy cx cy width height k1 k2 p1 p2'."
        )
    if known:
        values = _PUBLISHED[known]
        return Camera(*size, *values[:4], distortion=values[4:])
    warn(f"{path}: there is no calibration.txt, so the benchmark's default is assumed: 525 525 319.5 239.5.")
    return Camera(*size, *_DEFAULT)


class TumWriter(RecordingWriter):
    """Writes TUM RGB-D's layout: `rgb`, perhaps `depth` of the same camera, and truth."""

    def __init__(self, out: Path, cameras: dict[str, Camera]) -> None:
        if "rgb" not in cameras or set(cameras) > {"rgb", "depth"}:
            raise ValueError(
                f"TUM RGB-D's layout is for cameras 'rgb' and 'depth', not for {', '.join(cameras)}; "
                "write euroc or mcap."
            )
        rgb = cameras["rgb"]
        depth = cameras.get("depth", rgb)
        if not (
            np.allclose(depth.matrix, rgb.matrix)
            and np.allclose(depth.body_from_camera, rgb.body_from_camera)
        ):
            raise ValueError(
                "TUM RGB-D's depth is registered to the colour picture; give both the same camera."
            )
        super().__init__(out, cameras)
        self._files: dict[str, TextIO] = {}
        for name, title in (("rgb", "color images"), ("depth", "depth maps")):
            if name in cameras:
                (self.partial / name).mkdir(parents=True)
                self._begin(name, f"# {title}", "filename")
        values = (rgb.fx, rgb.fy, rgb.cx, rgb.cy, rgb.width, rgb.height, *rgb.distortion)
        line = " ".join(f"{value:.12g}" for value in values)
        header = "# fx fy cx cy width height k1 k2 p1 p2\n"
        (self.partial / "calibration.txt").write_text(header + line + "\n", encoding="utf-8")

    def _begin(self, name: str, title: str, columns: str) -> None:
        self._files[name] = (self.partial / f"{name}.txt").open("w", encoding="utf-8")
        self._files[name].write(f"{title}\n# file: '{self.out.name}'\n# timestamp {columns}\n")

    def _write_frame(self, frame: Frame) -> None:
        for name in self.cameras:
            picture = frame.pictures[name]
            content = encode_png(picture) if name == "rgb" else encode_depth(picture, UNITS_PER_M)
            file = f"{name}/{frame.time:.6f}.png"
            (self.partial / file).write_bytes(content)
            self._files[name].write(f"{frame.time:.6f} {file}\n")

    def add_truth(self, time: float, world_from_body: Array) -> None:
        """Write the pose of the colour camera, see `RecordingWriter`."""
        if "groundtruth" not in self._files:
            self._begin("groundtruth", "# ground truth trajectory", "tx ty tz qx qy qz qw")
        pose = world_from_body @ self.cameras["rgb"].body_from_camera
        w, *xyz = quaternion_of(pose).tolist()
        numbers = " ".join(f"{value:.9g}" for value in (*pose[:3, 3], *xyz, w))
        self._files["groundtruth"].write(f"{time:.6f} {numbers}\n")

    def _finish(self, failed: bool) -> None:
        for file in self._files.values():
            file.close()
