"""Robots that are recorded: their files, their body frame, and what moves them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ...assets import ASSETS
from ...policies import ZOO

Sensor = Literal["stereo", "imu", "wheels", "depth", "segmentation", "lidar", "lidar3d"]
_ALL = frozenset[Sensor](get_args(Sensor))
_HEAD = frozenset[Sensor](("stereo", "imu", "depth", "segmentation"))


@dataclass(frozen=True)
class RecordedRobot:
    """A robot with a stereo pair.

    Attributes:
        file: USD, with cameras `stereo_left` and `stereo_right`.
        body: its inertial unit, whose frame is the body frame.
        physics_rate: steps a second.
        fastest: speed that it can be told, m/s.
        sensors: that it has.
        bundle: of the policy that walks it; None for a robot on wheels.
    """

    file: Path
    body: str
    physics_rate: float
    fastest: float
    sensors: frozenset[Sensor]
    bundle: Path | None = None


ROBOTS = {
    "amr": RecordedRobot(ASSETS / "robots/amr.usda", "imu", 500.0, 2.0, _ALL),
    "droid": RecordedRobot(
        ASSETS / "rigs/droid.usda", "head_imu", 200.0, 0.6, _HEAD, ZOO / "droid-velocity-flat"
    ),
    "humanoid": RecordedRobot(
        ASSETS / "rigs/humanoid.usda", "head_imu", 200.0, 1.0, _HEAD, ZOO / "humanoid-velocity-flat"
    ),
}
"""By the name that a scenario gives."""
