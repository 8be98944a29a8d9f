"""PFM files of one float channel, as Middlebury stores disparities: bottom row first."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..whole_file import whole_file


def read_pfm(path: Path) -> np.ndarray:
    """(height, width) float32, top row first; inf where unknown, as in the file.

    Raises:
        ValueError: no PFM file of one channel, or one that is cut off.
    """
    content = path.read_bytes()
    lines = content.split(b"\n", 3)
    if lines[0].strip() == b"PF":
        raise ValueError(
            f"{path} holds three channels; disparities are a PFM file of one, which starts with 'Pf'."
        )
    try:
        if lines[0].strip() != b"Pf":
            raise ValueError
        width, height = (int(word) for word in lines[1].split())
        scale, data = float(lines[2]), lines[3]
    except (ValueError, IndexError):
        raise ValueError(
            f"{path} is no PFM file; it starts with 'Pf', the size and the scale, a line each."
        ) from None
    if width < 1 or height < 1 or scale == 0:
        raise ValueError(f"{path}: a size of {width} x {height} px and a scale of {scale:g} cannot be.")
    if len(data) != 4 * width * height:
        raise ValueError(
            f"{path} holds {len(data)} bytes of pixels, {width} x {height} of them need "
            f"{4 * width * height}; "
            "copy it again."
        )
    # The sign of the scale tells the byte order.
    rows = np.frombuffer(data, "<f4" if scale < 0 else ">f4").reshape(height, width)
    return np.ascontiguousarray(rows[::-1], np.float32)


def write_pfm(path: Path, values: np.ndarray) -> None:
    """Write (height, width) floats, whole or not at all."""
    height, width = values.shape
    with whole_file(path) as partial:
        partial.write_bytes(f"Pf\n{width} {height}\n-1\n".encode() + values[::-1].astype("<f4").tobytes())
