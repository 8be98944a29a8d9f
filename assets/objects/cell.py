"""A cell where an arm at the origin takes objects from a bin and puts them into a tote, as a stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .catalogue import Vec3
from .open_box import OpenBox
from .scene import add_objects, add_open_box, floor_stage

BIN = OpenBox((0.52, 0.0), (0.40, 0.56, 0.16))
"""In front of the arm."""
TOTE = OpenBox((0.0, -0.62), (0.56, 0.40, 0.20))
"""To its right."""
_BLUE: Vec3 = (0.13, 0.27, 0.42)


def write_cell_scene(path: Path, names: Sequence[str], poses: np.ndarray) -> None:
    """Write a stage of a floor at height 0, bin, tote and objects; the arm is put there by who loads it.

    Args:
        path: USD file to write.
        names, poses: of the objects, see `write_bin_scene`.

    Raises:
        ValueError: a name that the catalogue does not have.
    """
    stage = floor_stage(path.name)
    add_open_box(stage, "Bin", BIN)
    add_open_box(stage, "Tote", TOTE, _BLUE)
    add_objects(stage, names, poses)
    stage.GetRootLayer().Export(str(path))
