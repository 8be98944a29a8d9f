"""Where robots are on a known floor, by wheels and scanner: an extended Kalman filter on poses.

Wheels predict; each beam that meets something flat where the map has it corrects (Thrun, Burgard, Fox,
"Probabilistic Robotics", 2005, chapters 5.4 and 7.4). All robots are filtered together, arrays in, arrays
out: what a beam should measure comes from the caller, who has the map.
"""

from __future__ import annotations

import numpy as np

from ..poses import Array

_SLIP, _TURN_SLIP = 0.03, 0.02
"""Standard deviation of what wheels say, per root of a metre driven in m, and of a radian turned in rad."""
_SKID, _TURN_SKID = 0.02, 0.05  # m sideways per root of a metre driven, and of a radian turned
_DRIFT = 0.01  # rad of heading per root of a metre driven
_STILL = 1e-4  # m and rad that are never trusted
_BEAM = 0.015  # m, noise of a beam and of where the map has a face
_ALIKE = 30.0  # beams that meet one face tell as much as one beam in so many that were independent
_GATE = 3.0  # standard deviations off which a beam has met something else
_GRAZING = 0.3  # cosine to the face's normal below which a beam tells little


class Localiser:
    """Poses of n robots.

    Args:
        pose: (n, 3) x and y in m and yaw in rad, where they begin.
        position, yaw: m and rad, how well that is known.

    Attributes:
        pose: (n, 3).
        covariance: (n, 3, 3).
    """

    def __init__(self, pose: Array, position: float = 0.02, yaw: float = 0.01) -> None:
        self.pose = np.array(pose, float)
        self.covariance = np.tile(np.diag([position**2, position**2, yaw**2]), (len(self.pose), 1, 1))

    def predict(self, driven: Array, turned: Array) -> None:
        """Go on by what wheels say: (n,) m forward, negative back, and (n,) rad to the left."""
        yaw = self.pose[:, 2] + turned / 2
        c, s = np.cos(yaw), np.sin(yaw)
        self.pose += np.stack([driven * c, driven * s, turned], axis=1)
        move = np.tile(np.eye(3), (len(driven), 1, 1))
        move[:, 0, 2], move[:, 1, 2] = -driven * s, driven * c
        along = _SLIP**2 * np.abs(driven) + _STILL**2
        about = _TURN_SLIP**2 * np.abs(turned) + _DRIFT**2 * np.abs(driven) + _STILL**2
        across = _SKID**2 * np.abs(driven) + _TURN_SKID**2 * np.abs(turned) + _STILL**2
        noise = np.zeros_like(move)
        noise[:, 0, 0], noise[:, 1, 1] = along * c**2 + across * s**2, along * s**2 + across * c**2
        noise[:, 0, 1] = noise[:, 1, 0] = (along - across) * c * s
        noise[:, 2, 2] = about
        self.covariance = move @ self.covariance @ move.transpose(0, 2, 1) + noise

    def correct(self, ranges: Array, expected: Array, normals: Array, angles: Array) -> None:
        """Correct poses by a scan of each.

        Args:
            ranges: (n, b) m measured, inf where nothing was met.
            expected: (n, b) m at `pose` on the map, inf where it has nothing.
            normals: (n, b, 2) unit normals of the faces that are expected there.
            angles: (b,) rad of the beams to the robots' heading.
        """
        heading = self.pose[:, 2:] + angles
        beam = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
        facing = (normals * beam).sum(axis=-1)
        valid = np.isfinite(ranges) & np.isfinite(expected) & (np.abs(facing) > _GRAZING)
        facing, reach = np.where(valid, facing, 1.0), np.where(valid, expected, 0.0)
        off = np.where(valid, ranges, 0.0) - reach
        across = normals[..., 1] * beam[..., 0] - normals[..., 0] * beam[..., 1]
        slope = np.concatenate([-normals / facing[..., None], -(reach * across / facing)[..., None]], axis=-1)
        spread = np.einsum("nbi,nij,nbj->nb", slope, self.covariance, slope) + (2 * _BEAM) ** 2
        slope *= (valid & (off**2 < _GATE**2 * spread))[..., None]
        weight = 1 / (_BEAM**2 * _ALIKE)
        information = weight * np.einsum("nbi,nbj->nij", slope, slope)
        towards = weight * np.einsum("nbi,nb->ni", slope, off)
        self.covariance = np.linalg.inv(np.linalg.inv(self.covariance) + information)
        self.pose += (self.covariance @ towards[..., None])[..., 0]
