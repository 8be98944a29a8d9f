"""Whether configurations are free, 16 at a time: squared distances in float32, links before their spheres."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from ..kinematics import inputs
from ..kinematics.lanes import LANES, Frames, fill_lanes, frame_arrays, frame_lanes
from ..threads import share
from .body import BodyArrays, CollisionBody
from .signed_distance import to_grid
from .world import World, WorldArrays

_LEAST = 512  # configurations that are worth a thread of their own
# Inputs are finite, so NaN needs no care, and least values may be searched for in any order.
_FAST = {"contract", "nsz", "nnan", "ninf", "reassoc"}


def is_free(body: CollisionBody, world: World, q: ArrayLike, margin: float = 0.0) -> np.ndarray:
    """Whether no sphere of a robot, enlarged by a margin, meets an obstacle or another part of the robot.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        q: (B, n) configurations of the body's group.
        margin: in m, added to every radius: two parts must be twice as far apart.

    Returns:
        (B,) of bool.

    Raises:
        ConfigurationError: q has another number of joints, or values that are no numbers.
    """
    values = inputs.configurations(body.group, q)
    out = np.empty(len(values), bool)
    frames, parts, obstacles = frame_arrays(body.group), body.arrays, world.arrays_single
    wide = float(margin)
    share(
        lambda a, b: configurations_free(values[a:b], frames, parts, obstacles, wide, out[a:b]),
        len(values),
        _LEAST,
    )
    return out


@njit(nogil=True, cache=True)
def configurations_free(q, frames, body, world, margin, out):
    """Fill out (B,) with whether each configuration of q (B, n) is free; for use in compiled code."""
    lanes = np.empty((q.shape[1], LANES))
    pose = np.empty((frames[0].shape[0], 12, LANES))
    centres = np.empty((body[2].shape[0] + body[3].shape[0], 3, LANES), np.float32)
    hit = np.empty(LANES, np.float32)
    for start in range(0, q.shape[0], LANES):
        fill_lanes(q, start, lanes)
        lanes_free(lanes, frames, body, world, margin, pose, centres, hit)
        for w in range(min(LANES, q.shape[0] - start)):
            out[start + w] = hit[w] >= 0


@njit(fastmath=_FAST)
def lanes_free(
    q: np.ndarray,
    frames: Frames,
    body: BodyArrays,
    world: WorldArrays,
    margin: float,
    pose: np.ndarray,
    centres: np.ndarray,
    hit: np.ndarray,
) -> None:
    """Whether 16 configurations are free.

    Args:
        q: (n, 16) a configuration in each lane.
        frames: of the group, by `frame_arrays`.
        body: by `CollisionBody.arrays`.
        world: by `World.arrays_single`.
        margin: in m, added to every radius.
        pose: (F, 12, 16) room for poses.
        centres: (K + S, 3, 16) float32, room for centres of bounds and spheres.
        hit: (16,) float32 to fill: below 0 where a configuration is not free. Once all are, no more is seen.
    """
    part_frame, part_start, bounds, spheres, pairs = body
    parts = part_frame.shape[0]
    wide = np.float32(margin)
    for w in range(LANES):
        hit[w] = 1.0
    frame_lanes(q, frames, pose)
    for part in range(parts):
        own = pose[part_frame[part]]
        _place(own, bounds[part], centres[part])
        for s in range(part_start[part], part_start[part + 1]):
            _place(own, spheres[s], centres[parts + s])
        if part_frame[part] > 0 and _meets_world(
            part, part_start, bounds, spheres, world, wide, centres, hit
        ):
            return
    _meets_itself(part_start, bounds, spheres, pairs, wide + wide, centres, hit)


@njit(fastmath=_FAST)
def _place(pose, sphere, out):
    """Centres (3, 16) of a sphere (4,) in a frame's poses (12, 16)."""
    x, y, z = sphere[0], sphere[1], sphere[2]
    for i in range(3):
        for w in range(LANES):
            out[i, w] = (
                pose[4 * i, w] * x + pose[4 * i + 1, w] * y + pose[4 * i + 2, w] * z + pose[4 * i + 3, w]
            )


@njit(fastmath=_FAST)
def _meets_world(part, part_start, bounds, spheres, world, margin, centres, hit):
    """Note in hit where a part meets an obstacle; true once all lanes have."""
    balls, boxes, cylinders, grids, starts, nodes = world
    near = np.empty(LANES, np.float32)
    parts = bounds.shape[0]
    first, last = part_start[part], part_start[part + 1]
    reach = np.float32(bounds[part, 3]) + margin
    for o in range(balls.shape[0]):
        _sphere_margins(centres[part], balls[o], reach, near)
        if _any_near(near, hit):
            for s in range(first, last):
                _sphere_margins(centres[parts + s], balls[o], np.float32(spheres[s, 3]) + margin, near)
                _note(near, hit)
    for o in range(boxes.shape[0]):
        _box_margins(centres[part], boxes[o], reach, near)
        if _any_near(near, hit):
            for s in range(first, last):
                _box_margins(centres[parts + s], boxes[o], np.float32(spheres[s, 3]) + margin, near)
                _note(near, hit)
    for o in range(cylinders.shape[0]):
        _cylinder_margins(centres[part], cylinders[o], reach, near)
        if _any_near(near, hit):
            for s in range(first, last):
                _cylinder_margins(centres[parts + s], cylinders[o], np.float32(spheres[s, 3]) + margin, near)
                _note(near, hit)
    for o in range(grids.shape[0]):
        # Trilinear values are within 0.87 of a voxel of a distance, on both sides of the comparison.
        loose = reach + np.float32(1.74) * grids[o, 12]
        _grid_margins(centres[part], grids[o], starts[o], nodes, loose, near)
        if _any_near(near, hit):
            for s in range(first, last):
                wide = np.float32(spheres[s, 3]) + margin
                _grid_margins(centres[parts + s], grids[o], starts[o], nodes, wide, near)
                _note(near, hit)
    return _all_hit(hit)


@njit(fastmath=_FAST)
def _meets_itself(part_start, bounds, spheres, pairs, margin, centres, hit):
    """Note in hit where parts of the robot meet each other."""
    near = np.empty(LANES, np.float32)
    parts = bounds.shape[0]
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        _pair_margins(centres[a], centres[b], np.float32(bounds[a, 3] + bounds[b, 3]) + margin, near)
        if not _any_near(near, hit):
            continue
        for s in range(part_start[a], part_start[a + 1]):
            own = centres[parts + s]
            _pair_margins(own, centres[b], np.float32(spheres[s, 3] + bounds[b, 3]) + margin, near)
            if not _any_near(near, hit):
                continue
            for t in range(part_start[b], part_start[b + 1]):
                _pair_margins(
                    own, centres[parts + t], np.float32(spheres[s, 3] + spheres[t, 3]) + margin, near
                )
                _note(near, hit)
        if _all_hit(hit):
            return


@njit(fastmath=_FAST)
def _any_near(near, hit):
    """Whether a margin is below 0 in a lane that was free so far."""
    least = np.float32(1.0)
    for w in range(LANES):
        least = min(least, near[w] if hit[w] >= 0 else np.float32(1.0))
    return least < 0


@njit(fastmath=_FAST)
def _note(near, hit):
    for w in range(LANES):
        hit[w] = min(hit[w], near[w])


@njit(fastmath=_FAST)
def _all_hit(hit):
    most = hit[0]
    for w in range(1, LANES):
        most = max(most, hit[w])
    return most < 0


@njit(fastmath=_FAST)
def _sphere_margins(c, row, reach, out):
    """Squared distance less squared reach (16,) of points c (3, 16): below 0 where spheres there hit."""
    wide = row[3] + reach
    for w in range(LANES):
        x, y, z = c[0, w] - row[0], c[1, w] - row[1], c[2, w] - row[2]
        out[w] = x * x + y * y + z * z - wide * wide


@njit(fastmath=_FAST)
def _pair_margins(c, d, reach, out):
    for w in range(LANES):
        x, y, z = c[0, w] - d[0, w], c[1, w] - d[1, w], c[2, w] - d[2, w]
        out[w] = x * x + y * y + z * z - reach * reach


@njit(fastmath=_FAST)
def _box_margins(c, row, reach, out):
    wide, zero = row[15] + reach, np.float32(0.0)
    for w in range(LANES):
        x, y, z = c[0, w] - row[0], c[1, w] - row[1], c[2, w] - row[2]
        a = max(abs(row[3] * x + row[6] * y + row[9] * z) - row[12], zero)
        b = max(abs(row[4] * x + row[7] * y + row[10] * z) - row[13], zero)
        d = max(abs(row[5] * x + row[8] * y + row[11] * z) - row[14], zero)
        out[w] = a * a + b * b + d * d - wide * wide


@njit(fastmath=_FAST)
def _cylinder_margins(c, row, reach, out):
    zero = np.float32(0.0)
    for w in range(LANES):
        x, y, z = c[0, w] - row[0], c[1, w] - row[1], c[2, w] - row[2]
        lx = row[3] * x + row[6] * y + row[9] * z
        ly = row[4] * x + row[7] * y + row[10] * z
        a = max(np.sqrt(lx * lx + ly * ly) - row[12], zero)
        b = max(abs(row[5] * x + row[8] * y + row[11] * z) - row[13], zero)
        out[w] = a * a + b * b - reach * reach


@njit(fastmath=_FAST)
def _grid_margins(c, row, start, nodes, reach, out):
    for w in range(LANES):
        out[w] = to_grid(c[0, w], c[1, w], c[2, w], row, start, nodes)[0] - reach
