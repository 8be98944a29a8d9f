"""Objects and pictures of them whose pose is known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from gaitway.perception.camera import Camera
from gaitway.perception.pose.estimate import PoseEstimator
from gaitway.perception.pose.model import CadModel
from scipy.spatial.transform import Rotation

HALF_TURNS = np.array([np.diag([1.0, -1, -1, 1]), np.diag([-1.0, 1, -1, 1]), np.diag([-1.0, -1, 1, 1])])


@pytest.fixture(scope="session")
def camera():
    return Camera(320, 240, 300.0, 300.0, 159.5, 119.5)


@pytest.fixture(scope="session")
def carton():
    box = trimesh.creation.box((0.16, 0.10, 0.06))
    return PoseEstimator(CadModel("carton", np.array(box.vertices), np.array(box.faces), HALF_TURNS))


@pytest.fixture(scope="session")
def bracket():
    """An L of two legs of different lengths, which no turn leaves as it is."""
    outline = np.array([[0, 0], [0.13, 0], [0.13, 0.01], [0.01, 0.01], [0.01, 0.09], [0, 0.09]]) - [
        0.06,
        0.04,
    ]
    upper, lower = np.column_stack([outline, np.full(6, 0.03)]), np.column_stack([outline, np.full(6, -0.03)])
    sides = [[k, (k + 1) % 6, (k + 1) % 6 + 6] for k in range(6)] + [
        [k, (k + 1) % 6 + 6, k + 6] for k in range(6)
    ]
    caps = [[0, 3, 2], [0, 2, 1], [0, 5, 4], [0, 4, 3]]
    faces = np.array([face[::-1] for face in sides] + caps + [[k + 6 for k in face[::-1]] for face in caps])
    solid = trimesh.Trimesh(np.vstack([upper, lower]), faces)
    solid.fix_normals()
    return PoseEstimator(CadModel("bracket", np.array(solid.vertices), np.array(solid.faces)))


def placed(rng, distance=0.6):
    pose = np.eye(4)
    pose[:3, :3] = Rotation.random(rng=rng).as_matrix()
    pose[:3, 3] = [*rng.uniform(-0.08, 0.08, 2), distance + rng.uniform(-0.1, 0.1)]
    return pose


def picture(estimator, camera, pose, rng, noise=0.0015, floor=1.0, hidden=0.0):
    """Depth in m with a floor behind the object and perhaps an occluder before it, and the object's mask."""
    depth = estimator.shape.draw(camera, pose[None])[0]
    mask = depth > 0
    depth = np.where(mask, depth, floor)
    if hidden:
        columns = np.flatnonzero(mask.any(axis=0))
        cut = columns[0] + int(hidden * len(columns))
        cover = np.zeros_like(mask)
        cover[:, max(0, columns[0] - 20) : cut] = True
        depth, mask = np.where(cover, 0.35, depth), mask & ~cover
    depth = depth + rng.normal(0, noise, depth.shape)
    depth[rng.random(depth.shape) < 0.03] = 0.0
    return depth.astype(np.float32), mask
