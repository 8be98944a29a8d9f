"""Where an object might be: rotations spread evenly over all, and the poses of a box by its faces."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from ..poses import Array, pose_of
from .model import CadModel
from .observation import Observation

# Positive real root of x^4 = x + 4, and the square root of 2.
_PSI, _PHI = 1.533751168755204288118041, np.sqrt(2.0)


def spread_rotations(count: int) -> Array:
    """Rotations (count, 3, 3) spread evenly: Alexa's super-Fibonacci spiral (CVPR 2022)."""
    s = np.arange(count) + 0.5
    small, large = np.sqrt(s / count), np.sqrt(1.0 - s / count)
    alpha, beta = 2 * np.pi * s / _PHI, 2 * np.pi * s / _PSI
    quaternions = np.column_stack(
        [small * np.sin(alpha), small * np.cos(alpha), large * np.sin(beta), large * np.cos(beta)]
    )
    return Rotation.from_quat(quaternions).as_matrix()


def without_symmetric(rotations: Array, model: CadModel) -> Array:
    """Of rotations that the object looks alike in, those nearest to a common one."""
    group = model.group[:, :3, :3]
    if len(group) == 1:
        return rotations
    # The trace grows as the angle to the identity falls; a tilt of the reference breaks ties.
    reference = Rotation.from_rotvec([0.11, 0.23, 0.05]).as_matrix()
    traces = np.einsum("hij,sjk,ik->hs", rotations, group, reference)
    return rotations[traces[:, 0] >= traces.max(axis=1) - 1e-9]


def everywhere(model: CadModel, observation: Observation, count: int) -> Array:
    """Poses (h, 4, 4): spread rotations, each with what would be seen of it where something is seen.

    `count` rotations are spread over all there are; symmetric ones are left out.
    """
    rotations = without_symmetric(spread_rotations(count), model)
    center = np.median(observation.points, axis=0)
    sight = center / np.linalg.norm(center)
    points, normals = (values[:256] for values in model.samples)
    facing = np.maximum(-(rotations.transpose(0, 2, 1) @ sight) @ normals.T, 0.0)
    visible = facing @ points / np.maximum(facing.sum(axis=1, keepdims=True), 1e-9)
    return pose_of(center - np.einsum("hij,hj->hi", rotations, visible), rotations)


def turned_over(model: CadModel, poses: Array) -> Array:
    """Poses (h, 4, 4) turned in place by steps of 45 degrees about each axis of the bounding box."""
    middle = (model.vertices.min(axis=0) + model.vertices.max(axis=0)) / 2
    steps = np.arange(1, 8)[:, None] * (np.pi / 4)
    turns = Rotation.from_rotvec(np.concatenate([steps * axis for axis in np.eye(3)])).as_matrix()
    about = pose_of(middle - turns @ middle, turns)
    return (poses[:, None] @ about[None]).reshape(-1, 4, 4)


def box_poses(model: CadModel, observation: Observation) -> Array:
    """Poses (h, 4, 4) of a cuboid: its sides laid on the planes that are seen, its corners where they end.

    Each of the planes is taken for each side in turn. The other two edges follow a second plane if one is
    seen at a right angle, and otherwise the smallest rectangle around the plane's points. As an end may be
    hidden, the box is put flush with either end of what is seen, along both edges, and in the middle.
    """
    size = np.ptp(model.vertices, axis=0)
    middle = (model.vertices.min(axis=0) + model.vertices.max(axis=0)) / 2
    poses = []
    planes = _planes(observation)
    for k, (normal, points) in enumerate(planes):
        others = [other for j, (other, _) in enumerate(planes) if j != k and abs(other @ normal) < 0.2]
        for frame in _frames(normal, points, others):
            low, high = np.percentile(points @ frame, [2, 98], axis=0)
            for axes in ((1, 2, 0), (2, 0, 1), (0, 1, 2)):
                for turned in (False, True):
                    poses += _flush(frame, low, high, size, axes, turned)
    placed = np.array(poses)
    placed[:, :3, 3] -= placed[:, :3, :3] @ middle
    return placed


def _planes(observation: Observation) -> list[tuple[Array, Array]]:
    """Up to three planes by how many points lie in them: normals towards the camera, and points (n, 3)."""
    points, normals = observation.points, observation.normals
    left = np.ones(len(points), bool)
    planes = []
    while len(planes) < 3 and left.sum() > 0.08 * len(points) and left.sum() > 12:
        seeds = np.flatnonzero(left)[:64]
        along = np.abs(normals[seeds] @ normals[left].T) > 0.95
        offset = np.abs((points[left][None] - points[seeds][:, None]) @ normals[seeds][:, :, None])[..., 0]
        votes = along & (offset < 0.006)
        best = int(votes.sum(axis=1).argmax())
        members = np.flatnonzero(left)[votes[best]]
        if len(members) < max(12, 0.06 * len(points)):
            break
        center = points[members].mean(axis=0)
        normal = np.linalg.svd(points[members] - center, full_matrices=False)[2][2]
        normal *= -np.sign(normal @ center)
        planes.append((normal, points[members]))
        left[members] = False
    if not planes:
        center = points.mean(axis=0)
        planes = [(-center / np.linalg.norm(center), points)]
    return planes


def _frames(normal: Array, points: Array, others: list[Array]) -> list[Array]:
    """Right-handed frames (3, 3) whose last column is `normal`, and the others edges of the box."""
    firsts = [np.cross(normal, other) for other in others]
    start = np.cross(normal, [0.0, 0.0, 1.0] if abs(normal[2]) < 0.9 else [1.0, 0.0, 0.0])
    start /= np.linalg.norm(start)
    flat = points @ np.column_stack([start, np.cross(normal, start)])
    (_, _), (_, _), angle = cv2.minAreaRect(flat.astype(np.float32))
    turn = np.radians(angle)
    firsts.append(np.cos(turn) * start + np.sin(turn) * np.cross(normal, start))
    frames = []
    for first in firsts:
        first = first / np.linalg.norm(first)
        frames.append(np.column_stack([first, np.cross(normal, first), normal]))
    return frames


def _flush(
    frame: Array, low: Array, high: Array, size: Array, axes: tuple[int, int, int], turned: bool
) -> list[Array]:
    """Poses of the box's middle: axis `axes[2]` along the plane's normal, the others along its edges."""
    first, second, third = axes
    rotation = np.empty((3, 3))
    if turned:
        first, second = second, first
        rotation[:, first], rotation[:, second] = frame[:, 0], frame[:, 1]
        rotation[:, third] = -frame[:, 2]
    else:
        rotation[:, first], rotation[:, second], rotation[:, third] = frame.T
    extent = np.array([size[first], size[second]])
    seen = high[:2] - low[:2]
    if (seen > 1.25 * extent + 0.01).any():  # more is seen than this side is long
        return []
    depth = (low[2] + high[2]) / 2 - size[third] / 2
    spots = []
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5)):
        at = low[:2] + extent / 2 + np.array([i, j]) * (seen - extent)
        spots.append(pose_of(frame @ np.array([*at, depth]), rotation))
    return spots
