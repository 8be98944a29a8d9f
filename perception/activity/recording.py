"""Recordings of ceiling cameras on disk.

    DIR/calibration.json                    cameras, zones, lines (see calibration.py)
    DIR/CAMERA/depth/NANOSECONDS.png        16 bit, millimetres, 0 where there is no reading
    DIR/CAMERA/rgb/NANOSECONDS.png          8 bit colour, may be missing
    DIR/CAMERA/segmentation/NANOSECONDS.png 8 bit, 0 or 1 + the index of what it shows, may be missing

Pictures that were taken within a tenth of a second belong together; cameras need not be in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..whole_file import whole_file
from .calibration import Calibration, read_calibration
from .classes import KINDS
from .view import Picture

TOGETHER = 0.1
"""Greatest difference in time of pictures of one frame, s."""
_FURTHEST = 60.0  # m: a median depth beyond this is not in millimetres
_LEARNING = 10
_Shot = tuple[int, str, dict[str, Path]]


@dataclass(frozen=True)
class CeilingFrame:
    """The files of one time in s, by camera and then by what they show."""

    time: float
    files: dict[str, dict[str, Path]]

    def load(self) -> dict[str, Picture]:
        """Read the pictures.

        Raises:
            ValueError: a file that cannot be read, by name.
        """
        return {
            name: Picture(**{what: _READERS[what](path) for what, path in files.items()})
            for name, files in self.files.items()
        }


@dataclass(frozen=True, eq=False)
class CeilingRecording:
    """A calibration and its frames in the order of time."""

    calibration: Calibration
    frames: list[CeilingFrame]

    def learning(self, count: int = _LEARNING) -> dict[str, list[Picture]]:
        """Pictures of each camera, evenly from the whole recording, for the background."""
        wanted: dict[str, list[Picture]] = {}
        for name in self.calibration.cameras:
            having = [frame for frame in self.frames if name in frame.files]
            picks = np.unique(np.linspace(0, len(having) - 1, min(count, len(having))).round().astype(int))
            wanted[name] = [
                CeilingFrame(having[k].time, {name: having[k].files[name]}).load()[name] for k in picks
            ]
        return wanted


def open_recording(folder: Path) -> CeilingRecording:
    """List the pictures of a recording.

    Raises:
        ValueError: no calibration, no pictures, a camera without calibration, or a name that is no time.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give one with calibration.json and pictures.")
    calibration = read_calibration(folder / "calibration.json")
    shots: list[_Shot] = []
    for camera in sorted(path for path in folder.iterdir() if path.is_dir()):
        stamped = {what: _stamped(camera / what) for what in _READERS}
        stamps = sorted(set().union(*stamped.values()))
        if stamps and camera.name not in calibration.cameras:
            raise ValueError(
                f"{camera} holds pictures, but {folder / 'calibration.json'} has no sensor '{camera.name}'."
            )
        for stamp in stamps:
            files = {what: paths[stamp] for what, paths in stamped.items() if stamp in paths}
            shots.append((stamp, camera.name, files))
    if not shots:
        raise ValueError(
            f"{folder} holds no pictures; they go into CAMERA/depth/NANOSECONDS.png (16 bit, mm) and "
            "CAMERA/rgb/NANOSECONDS.png."
        )
    return CeilingRecording(calibration, list(_together(sorted(shots, key=lambda shot: shot[:2]))))


def _stamped(folder: Path) -> dict[int, Path]:
    files = {}
    for path in folder.glob("*.png") if folder.is_dir() else ():
        if not path.stem.isdecimal():
            raise ValueError(f"{path}: the name of a picture is its time in whole nanoseconds.")
        files[int(path.stem)] = path
    return files


def _together(shots: list[_Shot]) -> Iterator[CeilingFrame]:
    files: dict[str, dict[str, Path]] = {}
    stamps: list[int] = []
    for stamp, name, pictures in shots:
        if files and (name in files or stamp - stamps[0] > TOGETHER * 1e9):
            yield CeilingFrame(float(np.median(stamps)) / 1e9, files)
            files, stamps = {}, []
        files[name] = pictures
        stamps.append(stamp)
    yield CeilingFrame(float(np.median(stamps)) / 1e9, files)


def _read_depth(path: Path) -> np.ndarray:
    image = _read(path, cv2.IMREAD_UNCHANGED)
    if image.dtype != np.uint16 or image.ndim != 2:
        raise ValueError(
            f"{path} is {image.dtype} of shape {image.shape}; depth is one channel of 16 bit, in millimetres."
        )
    depth = image.astype(np.float32) / 1000.0
    if depth.any() and not 0.3 < np.median(depth[depth > 0]) < _FURTHEST:
        median = float(np.median(depth[depth > 0]))
        raise ValueError(f"{path}: the median depth would be {median:g} m; write depth in millimetres.")
    return depth


def _read_rgb(path: Path) -> np.ndarray:
    return cv2.cvtColor(_read(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def _read_segmentation(path: Path) -> np.ndarray:
    image = _read(path, cv2.IMREAD_UNCHANGED)
    if image.dtype != np.uint8 or image.ndim != 2 or image.max() > len(KINDS):
        raise ValueError(f"{path}: a segmentation is one channel of 8 bit with values up to {len(KINDS)}.")
    return image


_READERS = {"depth": _read_depth, "rgb": _read_rgb, "segmentation": _read_segmentation}


def _read(path: Path, flags: int) -> np.ndarray:
    data = np.fromfile(path, np.uint8)
    # OpenCV makes a picture of half a file, and warns on the side.
    is_whole = data[-8:-4].tobytes() == b"IEND"
    image = cv2.imdecode(data, flags) if is_whole else None
    if image is None:
        raise ValueError(f"{path} is cut off or no PNG; delete it, or record it again.")
    return image


def write_picture(folder: Path, camera: str, time: float, picture: Picture) -> None:
    """Write one camera's picture of one time in s into a recording."""
    stamp = f"{round(time * 1e9)}.png"
    if picture.depth is not None:
        millimetres = np.clip(np.round(picture.depth * 1000.0), 0, 65535).astype(np.uint16)
        _write(folder / camera / "depth" / stamp, millimetres)
    if picture.segmentation is not None:
        _write(folder / camera / "segmentation" / stamp, picture.segmentation)
    if picture.rgb is not None:
        _write(folder / camera / "rgb" / stamp, cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2BGR))


def _write(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    good, data = cv2.imencode(".png", image)
    assert good
    with whole_file(path) as partial:
        partial.write_bytes(data.tobytes())
