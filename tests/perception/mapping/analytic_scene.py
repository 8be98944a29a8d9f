"""A ball over a floor between two walls: depth pictures and true distances in closed form."""

from __future__ import annotations

import numpy as np
from gaitway.perception.camera import Camera
from gaitway.perception.poses import pose_of

CAMERA = Camera(160, 120, 131.0, 131.0, 79.5, 59.5)
CENTRE, RADIUS, WALL = np.array([0.0, 0.0, 0.8]), 0.5, 2.0


def look(eye, target):
    """Pose of a camera at `eye` that looks at `target`, its x axis level."""
    forward = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    return pose_of(eye, np.column_stack([right, np.cross(forward, right), forward]))


def around(count=24, distance=1.6, height=1.3, target=(0.0, 0.0, 0.6)):
    """Poses on a circle, looking inwards."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return [look([distance * np.cos(a), distance * np.sin(a), height], target) for a in angles]


def depth_of(pose, camera=CAMERA, with_ball=True):
    """(height, width) float32 along the optical axis, m, of the ball, the floor z = 0 and the walls x =
    +-2."""
    rays = camera.unproject(np.ones((camera.height, camera.width))) @ pose[:3, :3].T
    eye = pose[:3, 3]
    depths = [
        _plane(rays[..., 2], -eye[2]),
        _plane(rays[..., 0], WALL - eye[0]),
        _plane(rays[..., 0], -WALL - eye[0]),
    ]
    if with_ball:
        a, b = (rays**2).sum(-1), rays @ (eye - CENTRE)
        rest = b**2 - a * (((eye - CENTRE) ** 2).sum() - RADIUS**2)
        depths.append(np.where(rest > 0, (-b - np.sqrt(np.maximum(rest, 0))) / a, np.inf))
    nearest = np.min(depths, axis=0)
    return np.where(nearest < 6, nearest, 0).astype(np.float32)


def _plane(slope, distance):
    with np.errstate(divide="ignore"):
        depth = distance / slope
    return np.where(depth > 0, depth, np.inf)


def distance_to_scene(points, with_ball=True):
    """True signed distances (...) of points (..., 3), m: the least over ball, floor and walls."""
    distances = [points[..., 2], WALL - points[..., 0], WALL + points[..., 0]]
    if with_ball:
        distances.append(np.linalg.norm(points - CENTRE, axis=-1) - RADIUS)
    return np.min(distances, axis=0)


def seen_points(poses, stride=3):
    """Points (n, 3) of the surface that the pictures show."""
    points = []
    for pose in poses:
        depth = depth_of(pose)
        at = CAMERA.unproject(depth)[::stride, ::stride][depth[::stride, ::stride] > 0]
        points.append(at @ pose[:3, :3].T + pose[:3, 3])
    return np.concatenate(points)
