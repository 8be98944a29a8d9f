"""Depth pictures, masks and poses on disk."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from ..datasets.pictures import decode_depth
from ..whole_file import whole_file
from .estimate import PoseEstimate


def read_depth_file(path: Path, units_per_m: float) -> np.ndarray:
    """Depth (height, width) float32 in m of a 16-bit PNG, or of an .npy file in m; 0 where there is none.

    Raises:
        ValueError: no such file, another kind of picture, or units that are not positive.
    """
    if not path.exists():
        raise ValueError(f"{path}: there is no such file; give a depth picture.")
    if units_per_m <= 0:
        raise ValueError(f"{units_per_m:g} depth units in a metre; give how many there are, 1000 for mm.")
    if path.suffix != ".npy":
        return decode_depth(path.read_bytes(), path, units_per_m)
    try:
        depth = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: is no .npy file of numbers ({error}).") from error
    if depth.ndim != 2 or not np.issubdtype(depth.dtype, np.floating):
        raise ValueError(
            f"{path} holds {depth.dtype} of shape {depth.shape}; depth is floats (height, width) in m."
        )
    return np.where(np.isfinite(depth), depth, 0.0).astype(np.float32)


def read_labels(path: Path) -> np.ndarray:
    """Labels (height, width) of a PNG with one channel; 0 is background.

    Raises:
        ValueError: no such file, or more than one channel.
    """
    if not path.exists():
        raise ValueError(f"{path}: there is no such file; give a mask.")
    labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if labels is None or labels.ndim != 2:
        raise ValueError(f"{path} is no picture of one channel; a mask has a value for each instance.")
    return labels


def write_poses(path: Path, name: str, found: dict[int, PoseEstimate]) -> None:
    """Write poses as JSON, whole or not at all.

    `cam_R_m2c` and `cam_t_m2c` are as in BOP: row by row, and in mm. `covariance` is of turn in rad and shift
    in m, in the camera's frame. `others` are poses (4, 4) in m that explain the picture as well.
    """
    rows = [
        {
            "object": name,
            "instance": k,
            "found": estimate.found,
            "score": estimate.score,
            "cam_R_m2c": estimate.pose[:3, :3].ravel().tolist(),
            "cam_t_m2c": (1000 * estimate.pose[:3, 3]).tolist(),
            "visible": estimate.visible,
            "covariance": estimate.covariance.tolist(),
            "others": estimate.others.tolist(),
        }
        for k, estimate in found.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
