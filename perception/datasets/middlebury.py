"""Stereo pairs as Middlebury publishes them: two pictures, `calib.txt`, and true disparities as PFM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..camera import Camera
from ..whole_file import whole_file
from .pfm import read_pfm
from .pictures import decode_picture

_MM = 1e-3
_WIDEST_M = 10.0


@dataclass(frozen=True)
class StereoCalibration:
    """Of two rectified cameras.

    Attributes:
        left, right: without distortion.
        baseline: m.
        offset: principal point of the right camera less that of the left, px; the file's `doffs`. Depth is
            f B / (disparity + offset).
        disparities: how many to search at least (`ndisp`), or None if the file does not say.
    """

    left: Camera
    right: Camera
    baseline: float
    offset: float
    disparities: int | None


def read_calibration(path: Path) -> StereoCalibration:
    """Read a `calib.txt`, whose `baseline` is in mm.

    Raises:
        ValueError: a field that is missing, no number, or cannot be; by file, line and field.
    """
    fields: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        name, separator, value = line.partition("=")
        if line.strip():
            if not separator:
                raise ValueError(f"{path}, line {number}: '{line.strip()[:40]}' is not 'name=value'.")
            fields[name.strip()] = (number, value.strip())
    width, height = (int(_number(path, fields, name)) for name in ("width", "height"))
    matrices = [_matrix(path, fields, name) for name in ("cam0", "cam1")]
    baseline = _number(path, fields, "baseline") * _MM
    if not 0 < baseline < _WIDEST_M:
        raise ValueError(
            f"{path}, line {fields['baseline'][0]}: a baseline of {baseline / _MM:g} mm cannot be; the file "
            "has it in "
            "mm, positive, with im0 the left picture."
        )
    offset = matrices[1][0, 2] - matrices[0][0, 2]
    if "doffs" in fields and abs(_number(path, fields, "doffs") - offset) > 0.5:
        raise ValueError(
            f"{path}, line {fields['doffs'][0]}: doffs is {_number(path, fields, 'doffs'):g} px, but the "
            "principal "
            f"points of cam1 and cam0 differ by {offset:g} px; are the pictures swapped, or of another size?"
        )
    poses = np.eye(4), np.eye(4)
    poses[1][0, 3] = baseline
    left, right = (
        Camera(width, height, k[0, 0], k[1, 1], k[0, 2], k[1, 2], body_from_camera=pose)
        for k, pose in zip(matrices, poses, strict=True)
    )
    disparities = int(_number(path, fields, "ndisp")) if "ndisp" in fields else None
    return StereoCalibration(left, right, baseline, float(offset), disparities)


def write_calibration(path: Path, calibration: StereoCalibration) -> None:
    """Write a `calib.txt` that `read_calibration` gives back."""
    left, right = calibration.left, calibration.right
    lines = [
        *(
            f"cam{i}=[{c.fx:.9g} 0 {c.cx:.9g}; 0 {c.fy:.9g} {c.cy:.9g}; 0 0 1]"
            for i, c in enumerate((left, right))
        ),
        f"doffs={calibration.offset:.9g}",
        f"baseline={calibration.baseline / _MM:.9g}",
        f"width={left.width}",
        f"height={left.height}",
    ]
    if calibration.disparities is not None:
        lines.append(f"ndisp={calibration.disparities}")
    with whole_file(path) as partial:
        partial.write_text("\n".join(lines) + "\n")


def read_stereo_picture(path: Path, calibration: StereoCalibration) -> np.ndarray:
    """A grey or RGB uint8 picture of the calibrated size.

    Raises:
        ValueError: no picture, cut off, or of another size.
    """
    picture = decode_picture(path.read_bytes(), path)
    calibration.left.check_picture(picture, path)
    return picture


def read_true_disparity(path: Path) -> np.ndarray:
    """(height, width) float32 in px, inf where unknown, of a file of any of these kinds.

    `.pfm` as Middlebury's, `.npy` with what is not finite or not positive unknown, `.png` as KITTI's: 16
    bits, 256 to a px, 0 unknown.

    Raises:
        ValueError: another kind, or a file that does not hold one disparity a pixel.
    """
    if path.suffix == ".pfm":
        truth = read_pfm(path)
    elif path.suffix == ".npy":
        truth = np.load(path, allow_pickle=False)
    elif path.suffix == ".png":
        raw = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        if raw is None or raw.dtype != np.uint16:
            raise ValueError(f"{path} is no 16-bit PNG, which is how KITTI stores disparities (256 to a px).")
        truth = raw / 256
    else:
        raise ValueError(f"{path}: true disparities are read from .pfm, .npy or 16-bit .png files.")
    if truth.ndim != 2:
        raise ValueError(f"{path} has shape {truth.shape}; one disparity a pixel is (height, width).")
    return np.where(np.isfinite(truth) & (truth > 0), truth, np.inf).astype(np.float32)


def _number(path: Path, fields: dict[str, tuple[int, str]], name: str) -> float:
    if name not in fields:
        raise ValueError(f"{path} has no line '{name}=...', which a Middlebury calibration needs.")
    line, text = fields[name]
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{path}, line {line}: {name} is '{text}', which is no number.") from None


def _matrix(path: Path, fields: dict[str, tuple[int, str]], name: str) -> np.ndarray:
    if name not in fields:
        raise ValueError(f"{path} has no line '{name}=[...]', which a Middlebury calibration needs.")
    line, text = fields[name]
    try:
        rows = [[float(word) for word in row.split()] for row in text.strip("[]").split(";")]
        matrix = np.array(rows)
    except ValueError:
        matrix = np.empty(0)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all():
        raise ValueError(f"{path}, line {line}: {name} is not '[fx 0 cx; 0 fy cy; 0 0 1]'.")
    return matrix
