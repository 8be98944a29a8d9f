"""The lidar of one robot in plain MuJoCo, without noise; `lidar.py` scans many worlds at once."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np

SITE = "lidar"
RAYS_PER_SECTOR = 2
"""A sector reads the nearest of its rays, as in training (`LidarCfg`)."""
_IN_SIGHT, _OUT_OF_SIGHT = 0, 5
"""Geom groups; of a model that nobody draws, they are free to use."""
_FIRST_HIDDEN = 3  # groups from here on hold collision shapes


class RangeScan:
    """Scans everything but the robot that carries the site `lidar`, right to left.

    Args:
        model: of the robot and its scene; its geom groups are changed.
        farthest: what no ray meets within this many m reads as it.
        sectors: readings of a row.
        fov: rad about the site's Z axis, the middle of which is its X axis.
        elevations: rad, one row of readings each.
        drawn: scan what is drawn instead of collision shapes.

    Raises:
        ValueError: the model has no such site.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        farthest: float,
        sectors: int,
        fov: float,
        elevations: Sequence[float],
        drawn: bool = False,
    ) -> None:
        self._model, self._farthest = model, farthest
        self._site = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_SITE, SITE)
        if self._site < 0:
            raise ValueError(f"The robot has no site '{SITE}'; put an Xform of that name on a body of it.")
        self._shape = (len(elevations) * sectors, RAYS_PER_SECTOR)
        rays = sectors * RAYS_PER_SECTOR
        azimuth = fov * ((np.arange(rays) + 0.5) / rays - 0.5)
        elevation = np.array(elevations)[:, None]
        x, y = np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth)
        self._directions = np.stack((x, y, np.sin(elevation) + 0.0 * x), axis=-1).reshape(-1, 3)
        own = model.body_rootid[model.geom_bodyid] == model.body_rootid[model.site_bodyid[self._site]]
        collides = (model.geom_contype | model.geom_conaffinity) != 0
        solid = model.geom_group < _FIRST_HIDDEN if drawn else collides
        model.geom_group[:] = np.where(solid & ~own, _IN_SIGHT, _OUT_OF_SIGHT)
        self._groups = np.eye(1, 6, _IN_SIGHT, dtype=np.uint8)[0]

    def read(self, data: mujoco.MjData) -> np.ndarray:
        """Ranges in m, (rows * sectors,)."""
        turned = self._directions @ data.site_xmat[self._site].reshape(3, 3).T
        distances = np.empty(len(turned))
        mujoco.mj_multiRay(
            self._model,
            data,
            data.site_xpos[self._site],
            turned.ravel(),
            self._groups,
            True,
            -1,
            np.empty(len(turned), np.int32),
            distances,
            None,
            len(turned),
            self._farthest,
        )
        distances[(distances < 0) | ~np.isfinite(distances)] = self._farthest
        return np.minimum(distances.reshape(self._shape).min(axis=1), self._farthest)
