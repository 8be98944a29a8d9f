"""How wrong the pose of an object is, by BOP's error functions.

ADD and ADD-S: Hinterstoisser et al., ACCV 2012. VSD, MSSD, MSPD and average recall: Hodan et al., "BOP
challenge 2020 on 6D object localization", ECCVW 2020, section 2. All lengths in m.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ..camera import Camera
from ..poses import Array, transform

VSD_DELTA = 0.015
"""Tolerance of visibility, m."""
SHARES = np.arange(0.05, 0.51, 0.05)
"""BOP's thresholds of VSD and MSSD, and of VSD's misalignment, as shares of the diameter; ten of them."""
PIXELS = np.arange(5.0, 51.0, 5.0)
"""BOP's thresholds of MSPD in a picture 640 px wide."""


def symmetry_group(discrete: Array, axes: Array, step: float = 0.01) -> Array:
    """Symmetries (s, 4, 4), the identity first, of those declared.

    Turns about `axes` (j, 6), rows of a unit vector and a point, are taken 2 pi / ceil(pi / step) rad apart,
    as the BOP toolkit does, each together with every one of `discrete` (k, 4, 4).
    """
    group = np.concatenate([np.eye(4)[None], np.reshape(discrete, (-1, 4, 4))])
    for axis in np.reshape(axes, (-1, 6)):
        count = int(np.ceil(np.pi / step))
        turns = np.tile(np.eye(4), (count, 1, 1))
        angles = 2 * np.pi * np.arange(count) / count
        turns[:, :3, :3] = Rotation.from_rotvec(angles[:, None] * axis[:3]).as_matrix()
        turns[:, :3, 3] = axis[3:] - turns[:, :3, :3] @ axis[3:]
        group = (group[:, None] @ turns[None]).reshape(-1, 4, 4)
    return group


def add(pose: Array, truth: Array, points: Array) -> float:
    """Average distance of model points (n, 3) between two poses (4, 4)."""
    return float(np.linalg.norm(transform(pose, points) - transform(truth, points), axis=1).mean())


def add_s(pose: Array, truth: Array, points: Array) -> float:
    """Average distance of model points in the true pose to the nearest one in the other: ADD-S or ADI."""
    return float(cKDTree(transform(pose, points)).query(transform(truth, points))[0].mean())


def mssd(pose: Array, truth: Array, points: Array, group: Array) -> float:
    """Maximum symmetry-aware surface distance: of the symmetries (s, 4, 4), the one that is best counts."""
    here = transform(pose, points)
    return min(float(np.linalg.norm(here - transform(truth @ s, points), axis=1).max()) for s in group)


def mspd(pose: Array, truth: Array, points: Array, group: Array, camera: Camera) -> float:
    """Maximum symmetry-aware projection distance in px, between the pictures of model points."""
    here = _pinhole(transform(pose, points), camera)
    return min(
        float(np.linalg.norm(here - _pinhole(transform(truth @ s, points), camera), axis=1).max())
        for s in group
    )


def vsd(
    drawn: np.ndarray, truly: np.ndarray, seen: np.ndarray, camera: Camera, taus: Sequence[float] | Array
) -> Array:
    """Visible surface discrepancy (t,), one for each misalignment `taus` (t,) in m.

    Args:
        drawn: depth (height, width) in m of the model in the pose to judge, 0 where it is not.
        truly: the same in the true pose.
        seen: depth that the camera measured, 0 where there is none.
        camera: of all three.
        taus: distances in m from which on a pixel counts as wrong.
    """
    v, u = np.indices(seen.shape)
    stretch = np.sqrt(1 + ((u - camera.cx) / camera.fx) ** 2 + ((v - camera.cy) / camera.fy) ** 2)
    here, there, measured = (depth * stretch for depth in (drawn, truly, seen))
    is_seen = [(d > 0) & ((measured == 0) | (d - measured <= VSD_DELTA)) for d in (here, there)]
    visible_there = is_seen[1]
    visible_here = is_seen[0] | (visible_there & (here > 0))
    both, either = visible_here & visible_there, visible_here | visible_there
    if not either.any():
        return np.ones(len(taus))
    off = np.abs(here - there)[both]
    return np.array([((off >= tau).sum() + either.sum() - both.sum()) / either.sum() for tau in taus])


def vsd_recall(errors: Array) -> float:
    """BOP's recall of VSD errors (n, t): over objects, misalignments and the ten thresholds."""
    return float((errors[..., None] < SHARES).mean())


def mssd_recall(errors: Array, diameters: Array) -> float:
    """BOP's recall of MSSD errors (n,) of objects of `diameters` (n,)."""
    return float((errors[:, None] < SHARES * diameters[:, None]).mean())


def mspd_recall(errors: Array, width: int) -> float:
    """BOP's recall of MSPD errors (n,) in px of pictures `width` px wide."""
    return float((errors[:, None] < PIXELS * width / 640).mean())


def area_under_recall(errors: Array, limit: float = 0.1) -> float:
    """Area under the curve of recall over the threshold, from 0 to `limit` m, as a share of the largest.

    Exact: an error below the limit adds what is left of the limit.
    """
    return float(np.clip(1 - errors / limit, 0.0, 1.0).mean())


def _pinhole(points: Array, camera: Camera) -> Array:
    scale = np.array([camera.fx, camera.fy])
    return points[:, :2] / points[:, 2:] * scale + [camera.cx, camera.cy]
