"""MJCF or URDF -> USD file, and the proof that both are the same robot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mujoco
from pxr import Usd

from ..assets.convert import convert_robot
from .compare import Difference, compare_models
from .compare_motion import last_bits, motion_error
from .stage import load_stage
from .stage.write_remainder import write_remainder

MOTION_TOLERANCE = 1e-6  # m and rad, over 2 s


@dataclass(frozen=True)
class ImportedRobot:
    """What came of an import.

    Attributes:
        original: the model MuJoCo makes of the robot's own file.
        converted: the model of the USD file.
        differences: every physical field in which they differ; where they move apart for all that, which a
            robot that touches itself does for a single bit, those that differ by rounding.
        motion_error: largest difference in `qpos` over 2 s, in m or rad; None if they cannot be compared.
    """

    original: mujoco.MjModel
    converted: mujoco.MjModel
    differences: list[Difference]
    motion_error: float | None

    @property
    def passes(self) -> bool:
        """Whether the USD file is the same robot."""
        moves_alike = self.motion_error is not None and self.motion_error <= MOTION_TOLERANCE
        return not self.differences and moves_alike


def import_robot(robot: Path, out: Path, seed: int = 0) -> ImportedRobot:
    """Write `robot` (.xml or .urdf) to the USD file `out`, self-contained, and compare the two models.

    Raises:
        ValueError: `out` is no USD file's name, or the robot cannot be read; nothing is written then.
    """
    if out.suffix not in (".usda", ".usdc", ".usd"):
        raise ValueError(f"{out}: is not a USD file's name; end it in .usda, .usdc or .usd.")
    conversion = convert_robot(robot)
    write_remainder(Usd.Stage.Open(conversion.layer), conversion.spelled)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.stem}.partial{out.suffix}")
    try:
        conversion.layer.Export(str(partial))
        converted = load_stage(partial).compile()
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    differences = compare_models(conversion.spelled.compile(), converted)
    error = motion_error(conversion.original, converted, seed=seed)
    if not differences and error is not None and error > MOTION_TOLERANCE:
        differences = last_bits(conversion.original, converted)
    return ImportedRobot(conversion.original, converted, differences, error)
