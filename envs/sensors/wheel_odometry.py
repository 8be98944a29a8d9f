"""Wheel odometry of a differential drive, with what makes it drift: wrong scales, slip and encoder steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class WheelCfg:
    """Errors of wheel odometry.

    Attributes:
        ticks: of an encoder's turn; 0 for no steps.
        scale: standard deviation of each wheel's radius, as a share of it; drawn once.
        track: standard deviation of the track, as a share of it; drawn once.
        slip: standard deviation of a wheel's speed, as a share of it; drawn anew at each reading.
    """

    ticks: int = 4096
    scale: float = 0.004
    track: float = 0.01
    slip: float = 0.015


IDEAL_WHEELS = WheelCfg(0, 0.0, 0.0, 0.0)


def wheel_odometry(
    angles: Array, dt: float, radius: float, track: float, cfg: WheelCfg, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Forward speed (n - 1,) in m/s and yaw rate (n - 1,) in rad/s between readings of wheel angles.

    Args:
        angles: (n, 2) of the left and right wheel in rad, `dt` s apart.
        radius: of the wheels, m.
        track: distance between them, m.
    """
    if cfg.ticks:
        step = 2 * np.pi / cfg.ticks
        angles = np.floor(angles / step) * step
    radii = radius * (1 + cfg.scale * rng.standard_normal(2))
    believed = track * (1 + cfg.track * rng.standard_normal())
    speeds = np.diff(angles, axis=0) / dt * radii
    speeds = speeds * (1 + cfg.slip * rng.standard_normal(speeds.shape))
    return speeds.mean(axis=1), (speeds[:, 1] - speeds[:, 0]) / believed
