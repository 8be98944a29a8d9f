"""Masks of what stands on a plane, for pictures that nobody has segmented."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..camera import Camera
from ..poses import Array


@dataclass(frozen=True)
class SegmentCfg:
    """What counts as standing on a plane.

    Attributes:
        above: height in m from which on a point is no part of the plane.
        jump: difference in depth between neighbours, in m, that parts two things.
        fewest: pixels of a thing.
        trials: planes that are tried.
    """

    above: float = 0.008
    jump: float = 0.012
    fewest: int = 300
    trials: int = 200


def support_plane(depth: np.ndarray, camera: Camera, cfg: SegmentCfg | None = None) -> Array:
    """The plane (a, b, c, d) with most of the picture in it, a x + b y + c z + d > 0 m towards the camera.

    By RANSAC (Fischler and Bolles 1981) from a fixed seed, then least squares.

    Raises:
        ValueError: next to no depth.
    """
    cfg = cfg or SegmentCfg()
    points = camera.unproject(depth)[depth > 0]
    if len(points) < cfg.fewest:
        raise ValueError(f"The depth picture has {len(points)} pixels with depth; no plane can be found.")
    rng = np.random.default_rng(0)
    some = points[rng.integers(len(points), size=2000)]
    corners = some[rng.integers(len(some), size=(cfg.trials, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = normals / np.maximum(length, 1e-12)
    offsets = -(normals * corners[:, 0]).sum(axis=1)
    votes = (np.abs(some @ normals.T + offsets) < cfg.above / 2).sum(axis=0) * (length[:, 0] > 1e-6)
    best = int(votes.argmax())
    inside = some[np.abs(some @ normals[best] + offsets[best]) < cfg.above / 2]
    center = inside.mean(axis=0)
    normal = np.linalg.svd(inside - center, full_matrices=False)[2][2]
    normal *= -np.sign(normal @ center)
    return np.array([*normal, -normal @ center])


def things_on_plane(depth: np.ndarray, camera: Camera, cfg: SegmentCfg | None = None) -> list[np.ndarray]:
    """Masks (height, width) bool of connected things above the support plane, the largest first.

    Things that touch come as one.
    """
    cfg = cfg or SegmentCfg()
    plane = support_plane(depth, camera, cfg)
    height = camera.unproject(depth) @ plane[:3] + plane[3]
    above = (depth > 0) & (height > cfg.above)
    smooth = cv2.medianBlur(depth.astype(np.float32), 5)
    kernel = np.ones((3, 3), np.uint8)
    inner = above & (cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, kernel) < cfg.jump)
    # The rim went with the jumps in depth.
    return [
        cv2.dilate(part.astype(np.uint8), kernel).astype(bool) & above
        for part in components(inner, cfg.fewest)
    ]


def components(mask: np.ndarray, fewest: int) -> list[np.ndarray]:
    """Connected parts (height, width) bool of a mask, the largest first, of `fewest` pixels at the least."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    order = 1 + np.argsort(-stats[1:count, cv2.CC_STAT_AREA])
    return [labels == label for label in order if stats[label, cv2.CC_STAT_AREA] >= fewest]
