"""Places for a suction cup: flat enough to seal, near the centre of mass, and free to reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..poses import Array, inverse, pose_of, transform
from .approach import all_things, best_first, way_in
from .gripper import SuctionCup
from .surface import Surface


@dataclass(frozen=True)
class SuctionCfg:
    """How places are looked for.

    Attributes:
        tried: points of the surface.
        approach: length of the way in and out, m.
        lever: arm in m by which the object bends the lip at which a place is worth 1/e.
        least: score under which a place is not worth a try; by default an arm of more than 8 cm.
        steepest: largest angle in rad between the way in and `inwards`, if that is known.
    """

    tried: int = 800
    approach: float = 0.10
    lever: float = 0.05
    least: float = 0.2
    steepest: float = np.radians(100)


@dataclass(frozen=True, eq=False)
class SuctionPlaces:
    """Places for the cup, the best first.

    Attributes:
        poses: (k, 4, 4) of the cup in the object's frame: Z into the surface.
        scores: (k,) 0 to 1: flatness, times nearness of the centre of mass.
        gaps: (k,) largest distance of the surface from the lip's plane, m.
        levers: (k,) distance of the centre of mass from the cup's axis or, if larger and `down` is known, the
            arm by which the object bends the lip when it is held as it lies, m.
        approach: length of the way in and out, m.
    """

    poses: Array
    scores: Array
    gaps: Array
    levers: Array
    approach: float

    def __len__(self) -> int:
        return len(self.poses)

    def approach_poses(self) -> Array:
        """Where the way in begins, (k, 4, 4)."""
        return way_in(self.poses, self.approach)


def suction_places(
    surface: Surface,
    cup: SuctionCup,
    down: Array | None = None,
    obstacles: Array | None = None,
    cfg: SuctionCfg | None = None,
    inwards: Array | None = None,
) -> SuctionPlaces:
    """Places to suck an object at, ranked; none if it is nowhere flat enough.

    Under the lip the surface must go on all around, within the lip's give of a plane, and its normals must
    agree. Arguments are as those of `parallel_grasps`; ways in are about `inwards` (3,), a unit vector in the
    object's frame, where that is not `down`.
    """
    cfg, inwards = cfg or SuctionCfg(), down if inwards is None else inwards
    tree = cKDTree(surface.points)
    count = min(cfg.tried, len(surface.points))
    kept: list[tuple[Array, float, float]] = []
    for point, normal in zip(surface.points[:count], surface.normals[:count], strict=True):
        if inwards is not None and -normal @ inwards < np.cos(cfg.steepest):
            continue
        seal = _seal(surface, tree, point, normal, cup)
        if seal is None:
            continue
        center, axis, gap = seal
        offset = surface.center - center
        lever = float(np.linalg.norm(offset - (offset @ axis) * axis))
        if down is not None:
            lever = max(lever, _arm(offset, down))
        kept.append((_cup_pose(center, -axis), gap, lever))
    if not kept:
        return SuctionPlaces(np.empty((0, 4, 4)), np.empty(0), np.empty(0), np.empty(0), cfg.approach)
    poses, gaps, levers = (np.array(values) for values in zip(*kept, strict=True))
    free = _free(poses, all_things(surface.points, obstacles), cup, cfg.approach)
    scores = free * (1 - gaps / (1.2 * cup.give)) * np.exp(-levers / cfg.lever)
    best = best_first(scores, cfg.least)
    return SuctionPlaces(poses[best], scores[best], gaps[best], levers[best], cfg.approach)


def _arm(offset: Array, down: Array) -> float:
    """Arm in m by which an object's weight bends the lip when it is held as it lies.

    Its weight by the horizontal distance, and an acceleration to the side of half of gravity by the vertical.
    """
    depth = float(offset @ down)
    return float(np.linalg.norm(offset - depth * down)) + 0.5 * abs(depth)


def _seal(
    surface: Surface, tree: cKDTree, point: Array, normal: Array, cup: SuctionCup
) -> tuple[Array, Array, float] | None:
    """Middle, outward axis and largest gap under a cup at `point`, or None if it would leak."""
    near = np.array(tree.query_ball_point(point, 1.15 * cup.radius + surface.spacing))
    near = near[surface.normals[near] @ normal > 0.5]  # not the back of a thin wall
    if len(near) < 8:
        return None
    center = surface.points[near].mean(axis=0)
    axis = np.linalg.svd(surface.points[near] - center, full_matrices=False)[2][2]
    axis *= np.sign(axis @ normal)
    away = surface.points[near] - center
    height = away @ axis
    flat = away - height[:, None] * axis
    reach = np.linalg.norm(flat, axis=1)
    under = reach < cup.radius + surface.spacing / 2
    gap = float(np.abs(height[under]).max()) if under.sum() >= 8 else np.inf
    spread = float(np.arccos(np.clip((surface.normals[near][under] @ axis).min(initial=1.0), -1, 1)))
    if gap > cup.give or spread > cup.spread or not _closed(flat, axis, cup.radius, surface.spacing):
        return None
    return center, axis, gap


def _closed(flat: Array, axis: Array, radius: float, spacing: float) -> bool:
    """Whether there is surface under sixteen spots of the lip, from points relative to its middle."""
    start = _across(axis)
    angle = 2 * np.pi * np.arange(16) / 16
    spots = radius * (np.cos(angle)[:, None] * start + np.sin(angle)[:, None] * np.cross(axis, start))
    nearest = np.linalg.norm(spots[:, None] - flat[None], axis=2).min(axis=1)
    return bool(nearest.max() < 1.3 * spacing)


def _cup_pose(center: Array, forward: Array) -> Array:
    x = _across(forward)
    return pose_of(center, np.column_stack([x, np.cross(forward, x), forward]))


def _across(axis: Array) -> Array:
    """A unit vector across a unit vector."""
    across = np.cross([0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0], axis)
    return across / np.linalg.norm(across)


def _free(poses: Array, points: Array, cup: SuctionCup, approach: float) -> np.ndarray:
    """Whether nothing lies where the tube comes in, (k,)."""
    free = np.empty(len(poses), bool)
    for k, pose in enumerate(poses):
        local = transform(inverse(pose), points)
        inside = (np.hypot(local[:, 0], local[:, 1]) < cup.tube) & (local[:, 2] < -0.003)
        free[k] = not (inside & (local[:, 2] > -approach - 0.1)).any()
    return free
