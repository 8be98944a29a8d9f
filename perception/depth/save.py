"""Disparities and depth on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..datasets.middlebury import StereoCalibration
from ..datasets.pfm import write_pfm
from ..datasets.pictures import encode_png
from ..whole_file import whole_file
from .disparity import DisparityMap
from .report import disparity_picture


def save_disparity(out: Path, found: DisparityMap, calibration: StereoCalibration) -> None:
    """Write disparities to `out`, `.npy` or `.pfm`, and beside it what was measured, depth and a picture.

    `NAME_valid.png` is 255 where measured, `NAME_depth.npy` in m with 0 elsewhere, `NAME_sigma.npy` its
    standard deviation in m, `NAME.png` the filled disparities in colours.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    depth, sigma = found.depth(calibration.left.fx, calibration.baseline, calibration.offset)
    beside = {
        "_depth.npy": depth,
        "_sigma.npy": sigma,
        "_valid.png": np.where(found.valid, 255, 0).astype(np.uint8),
        ".png": disparity_picture(found.disparity, float(max(found.disparity.max(), 1.0))),
    }
    for end, values in beside.items():
        _write(out.with_name(out.stem + end), values)
    _write(out, found.disparity)


def _write(path: Path, values: np.ndarray) -> None:
    if path.suffix == ".pfm":
        write_pfm(path, values)
        return
    with whole_file(path) as partial:
        if path.suffix == ".npy":
            with partial.open("wb") as file:
                np.save(file, values)
        else:
            partial.write_bytes(encode_png(values))
