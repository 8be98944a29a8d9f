"""Antipodal grasps of two parallel fingers: two points whose friction cones hold each other's line.

Nguyen, "Constructing force-closure grasps", IJRR 1988: two soft contacts close the force if the line between
them lies in both friction cones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..poses import Array, inverse, pose_of
from .approach import all_things, best_first, way_in
from .gripper import ParallelGripper
from .surface import Surface


@dataclass(frozen=True)
class GraspCfg:
    """How grasps are looked for.

    Attributes:
        contacts: points that a finger is tried at.
        rolls: ways to come in, about the line between the fingers.
        checked: most promising of those that are checked against every point.
        approach: length of the way in and out, m.
        spare: how much wider than the object the fingers open, each side, m.
        clearance: distance in m to everything else from which on more is no better.
        lever: distance in m of the centre of mass from the line at which a grasp is worth 1/e.
        steepest: largest angle in rad between the way in and straight down, if `down` is known.
        least: score under which a grasp is not worth a try.
    """

    contacts: int = 500
    rolls: int = 16
    checked: int = 400
    approach: float = 0.10
    spare: float = 0.006
    clearance: float = 0.006
    lever: float = 0.06
    steepest: float = np.radians(100)
    least: float = 0.15


@dataclass(frozen=True, eq=False)
class Grasps:
    """Grasps, the best first.

    Attributes:
        poses: (k, 4, 4) of the gripper in the object's frame: X along which it closes, Z the way in.
        widths: (k,) between the pads when they touch, m.
        open_widths: (k,) on the way in, m.
        scores: (k,) 0 to 1, the product of the three below and of how much of the pads touches.
        margins: (k,) how far the line is inside the friction cones, 0 at the rim, 1 in the middle.
        clearances: (k,) smallest distance to anything but what is held, on the way in, m.
        levers: (k,) distance of the centre of mass from the line between the pads, m.
        approach: length of the way in and out, m.
    """

    poses: Array
    widths: Array
    open_widths: Array
    scores: Array
    margins: Array
    clearances: Array
    levers: Array
    approach: float

    def __len__(self) -> int:
        return len(self.poses)

    def approach_poses(self) -> Array:
        """Where the way in begins, (k, 4, 4)."""
        return way_in(self.poses, self.approach)

    def retreat_poses(self, up: Array) -> Array:
        """Where the way out ends, (k, 4, 4): along `up` (3,), a unit vector in the object's frame."""
        after = self.poses.copy()
        after[:, :3, 3] += self.approach * up
        return after


def parallel_grasps(
    surface: Surface,
    gripper: ParallelGripper,
    down: Array | None = None,
    obstacles: Array | None = None,
    cfg: GraspCfg | None = None,
) -> Grasps:
    """Grasps of an object, ranked; none if there is no way to hold it.

    Args:
        surface: of the object, whole from a mesh, or what a camera sees of it.
        gripper: that is to hold it.
        down: (3,) unit vector in the object's frame that ways in are about; gravity's, to come from above.
        obstacles: (m, 3) points of everything else in the object's frame, m: floor, bin, other objects.
        cfg: how they are looked for.
    """
    cfg = cfg or GraspCfg()
    first, second, axis, width, margin = _antipodal_pairs(surface, gripper, cfg)
    if not len(width):
        return _none(cfg)
    poses, pair = _ways_in((first + second) / 2, axis, gripper, down, cfg)
    opened = np.minimum(width[pair] + 2 * cfg.spare, gripper.opening)
    things = all_things(surface.points, obstacles)
    few = things[:: max(1, len(things) // 300)]
    free = clearances(poses, opened, gripper, few, cfg.approach, cfg.clearance) > 0
    poses, pair, opened = poses[free], pair[free], opened[free]
    lever = _levers(poses, gripper, surface)
    promise = margin[pair] * np.exp(-lever / cfg.lever)
    tried = np.argsort(-promise, kind="stable")[: cfg.checked]
    poses, pair, opened = poses[tried], pair[tried], opened[tried]
    lever, promise = lever[tried], promise[tried]
    clearance = clearances(poses, opened, gripper, things, cfg.approach, cfg.clearance)
    covered = _covered(poses, width[pair], gripper, surface)
    score = promise * np.maximum(clearance / cfg.clearance, 0.0) * covered
    best = best_first(score, cfg.least)
    return Grasps(
        poses[best],
        width[pair][best],
        opened[best],
        score[best],
        margin[pair][best],
        clearance[best],
        lever[best],
        cfg.approach,
    )


def _antipodal_pairs(
    surface: Surface, gripper: ParallelGripper, cfg: GraspCfg
) -> tuple[Array, Array, Array, Array, Array]:
    """Two contacts (p, 3) each, unit vectors (p, 3) between them, their distances and margins (p,).

    The line leaves a contact against its normal; it meets the other side at the point nearest to it of those
    that look along it.
    """
    count = min(cfg.contacts, len(surface.points))
    start, normal = surface.points[:count], surface.normals[:count]
    along = (start * normal).sum(axis=1)[:, None] - normal @ surface.points.T
    away = (start**2).sum(axis=1)[:, None] + (surface.points**2).sum(axis=1) - 2 * start @ surface.points.T
    beside = np.sqrt(np.maximum(away - along**2, 0.0))
    cone = np.arctan(gripper.friction)
    facing = -(normal @ surface.normals.T)
    fits = (along > 0.002) & (along < gripper.opening - 0.002) & (facing > np.cos(cone))
    beside = np.where(fits, beside, np.inf)
    other = beside.argmin(axis=1)
    rows = np.flatnonzero(beside[np.arange(count), other] < 1.5 * surface.spacing)
    other = other[rows]
    width = along[rows, other]
    axis = -normal[rows]
    angle = np.arccos(np.clip(facing[rows, other], -1.0, 1.0))
    return start[rows], start[rows] + width[:, None] * axis, axis, width, 1 - angle / cone


def _ways_in(
    middle: Array, axis: Array, gripper: ParallelGripper, down: Array | None, cfg: GraspCfg
) -> tuple[Array, np.ndarray]:
    """Poses (k, 4, 4) of the gripper about each line, and which line each is of (k,)."""
    helper = np.where(np.abs(axis[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    if down is not None:  # so that one way is as straight down as the line allows
        helper = np.where(np.abs(axis @ down)[:, None] < 0.98, down[None], helper)
    forward = helper - (helper * axis).sum(axis=1, keepdims=True) * axis
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    side = np.cross(forward, axis)
    angle = 2 * np.pi * np.arange(cfg.rolls) / cfg.rolls
    z = np.cos(angle)[None, :, None] * forward[:, None] + np.sin(angle)[None, :, None] * side[:, None]
    x = np.broadcast_to(axis[:, None], z.shape)
    rotations = np.stack([x, np.cross(z, x), z], axis=-1).reshape(-1, 3, 3)
    pair = np.repeat(np.arange(len(axis)), cfg.rolls)
    # Half of the pads goes past the contacts.
    position = middle[pair] + gripper.pad_length / 2 * rotations[:, :, 2]
    poses = pose_of(position, rotations)
    if down is not None:
        kept = rotations[:, :, 2] @ down > np.cos(cfg.steepest)
        poses, pair = poses[kept], pair[kept]
    return poses, pair


def clearances(
    poses: Array, opened: Array, gripper: ParallelGripper, points: Array, reach: float, enough: float
) -> Array:
    """Smallest distance (k,) in m of `points` (n, 3) to the gripper's way in, up to `enough`; below 0 inside.

    Distances are to boxes around the parts, by their largest coordinate.
    """
    middles, halves = gripper.boxes(opened, reach)
    result = np.full(len(poses), np.inf)
    points = points.astype(np.float32)
    for chunk in np.array_split(np.arange(len(poses)), max(1, len(poses) * len(points) // 2_000_000)):
        back = inverse(poses[chunk]).astype(np.float32)
        local = [back[:, i, :3] @ points.T + back[:, i, 3:] for i in range(3)]  # each (poses, points)
        for part in range(middles.shape[1]):
            center = middles[chunk, part].astype(np.float32)
            half = halves[chunk, part].astype(np.float32)
            x, y, z = (np.abs(local[i] - center[:, i : i + 1]) - half[:, i : i + 1] for i in range(3))
            off = np.maximum(np.maximum(x, y, out=x), z, out=x)
            result[chunk] = np.minimum(result[chunk], off.min(axis=1))
    return np.minimum(result, enough)


def _levers(poses: Array, gripper: ParallelGripper, surface: Surface) -> Array:
    """Distance (k,) of the centre of mass from the line between the middles of the pads, m."""
    offset = surface.center - poses[:, :3, 3] + gripper.pad_length / 2 * poses[:, :3, 2]
    along = (offset * poses[:, :3, 0]).sum(axis=1)
    return np.sqrt(np.maximum((offset**2).sum(axis=1) - along**2, 0.0))


def _covered(poses: Array, widths: Array, gripper: ParallelGripper, surface: Surface) -> Array:
    """Share (k,) of the worse pad that touches, of half a pad; by surface points within 2 mm of it."""
    covered = np.empty(len(poses))
    area = gripper.finger_width * gripper.pad_length
    expected = max(area / surface.spacing**2 / 2, 1.0)
    for chunk in np.array_split(np.arange(len(poses)), max(1, len(poses) * len(surface.points) // 2_000_000)):
        back = inverse(poses[chunk])
        local = surface.points @ back[:, :3, :3].transpose(0, 2, 1) + back[:, None, :3, 3]
        in_pad = (
            (np.abs(local[..., 1]) < gripper.finger_width / 2)
            & (local[..., 2] < 0)
            & (local[..., 2] > -gripper.pad_length)
        )
        sides = [
            (in_pad & (np.abs(local[..., 0] + sign * widths[chunk, None] / 2) < 0.002)).sum(axis=1)
            for sign in (-1, 1)
        ]
        covered[chunk] = np.minimum(np.minimum(*sides) / expected, 1.0)
    return covered


def _none(cfg: GraspCfg) -> Grasps:
    none = np.empty(0)
    return Grasps(np.empty((0, 4, 4)), none, none, none, none, none, none, cfg.approach)
