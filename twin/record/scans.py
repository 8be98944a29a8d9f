"""Scans of a recorded robot's lidar, made as they are asked for."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import mujoco
import numpy as np
import numpy.typing as npt

from ...envs.sensors.range_scan import SITE, RangeScan
from ...perception.poses import inverse, pose_of
from ...perception.recording import LidarScans
from .hall import Hall, Scenery
from .motion import Motion

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class LidarCfg:
    """A lidar at the robot's site `lidar`.

    Attributes:
        columns: readings of a row.
        fov: rad about its Z axis, the middle of which is its X axis.
        elevations: of its rows, rad.
        min_range, max_range: m.
        rate: scans a second; each is of one instant.
        noise: standard deviation of a range, m.
        dropout: share of the readings that are lost.
    """

    columns: int
    fov: float
    elevations: tuple[float, ...]
    min_range: float
    max_range: float
    rate: float = 10.0
    noise: float = 0.02
    dropout: float = 0.01


LIDARS = {
    "lidar": LidarCfg(540, math.radians(270), (0.0,), 0.05, 25.0),
    "lidar3d": LidarCfg(720, math.tau, tuple(np.radians(np.arange(-15.0, 16.0, 2.0)).tolist()), 0.3, 40.0),
}
"""By the sensor's name: a safety scanner, and 16 rows 2 degrees apart, the classes of both as published."""


def scans_of(hall: Hall, motion: Motion, times: Array, cfg: LidarCfg, seed: list[int] | None) -> LidarScans:
    """A lidar's scans at times (n,) s of a motion, of what cameras see.

    Args:
        hall: with a robot that has a lidar.
        motion: of the robot.
        times: s.
        cfg: of the lidar.
        seed: of its noise; None for true ranges.
    """
    scenery = Scenery(hall, motion)
    step = cfg.fov / cfg.columns
    return LidarScans(
        elevations=np.array(cfg.elevations),
        first_azimuth=(step - cfg.fov) / 2,
        step=step,
        min_range=cfg.min_range,
        max_range=cfg.max_range,
        body_from_lidar=_body_from_lidar(hall, scenery(0.0)),
        scans=_LiveScans(hall.seen, scenery, times, cfg, seed),
    )


class _LiveScans:
    """Scans, anew each time that they are gone through."""

    def __init__(
        self, model: mujoco.MjModel, scenery: Scenery, times: Array, cfg: LidarCfg, seed: list[int] | None
    ) -> None:
        own = copy.copy(model)  # whose geom groups are changed
        self._scan = RangeScan(own, cfg.max_range, cfg.columns, cfg.fov, cfg.elevations, drawn=True)
        self._scenery, self._times, self._cfg, self._seed = scenery, times, cfg, seed

    def __iter__(self) -> Iterator[tuple[float, Array]]:
        rng = None if self._seed is None else np.random.default_rng(self._seed)
        for time in self._times.tolist():
            ranges = self._scan.read(self._scenery(time))
            yield time, _measured(ranges.reshape(-1, self._cfg.columns), self._cfg, rng)


def _measured(ranges: Array, cfg: LidarCfg, rng: np.random.Generator | None) -> Array:
    """Ranges with noise; infinite where nothing returns or the reading is lost, or is nearer than can be."""
    gone = ranges >= cfg.max_range
    if rng is not None:
        ranges = ranges + cfg.noise * rng.standard_normal(ranges.shape)
        gone |= rng.random(ranges.shape) < cfg.dropout
    return np.where(gone | (ranges < cfg.min_range), np.inf, ranges)


def _body_from_lidar(hall: Hall, data: mujoco.MjData) -> Array:
    poses = [
        pose_of(data.site_xpos[site], data.site_xmat[site].reshape(3, 3))
        for site in (hall.seen.site(hall.robot.body).id, hall.seen.site(SITE).id)
    ]
    return inverse(poses[0]) @ poses[1]
