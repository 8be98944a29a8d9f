"""Distance of configurations to the nearest obstacle and of a robot's parts to each other, with gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from ..kinematics import inputs
from ..kinematics.lanes import BORROWED, FASTMATH, LANES, fill_lanes, frame_arrays, frame_lanes
from ..threads import share
from .body import CollisionBody
from .free_numba import lane_room
from .nearest import ROBOT, SCRATCH, WORLD, find_nearest
from .signed_distance import to_box, to_cylinder, to_grid, to_sphere
from .world import World

_LEAST = 512  # configurations that are worth a thread of their own
_FAR = 1e6  # m beyond which nothing is looked for


@dataclass(frozen=True, eq=False)
class Distances:
    """What is nearest at each of B configurations; row 0 of the second axis is the world, row 1 the robot.

    Attributes:
        distance: (B, 2) signed, in m, of the nearest sphere and obstacle, and of the nearest two spheres of
            parts that may meet; inf where there is nothing, or nothing near enough to be looked at.
        nearest: (B, 2, 2) sphere of the body, then obstacle (a row of `World.names`) or other sphere; -1
            where there is nothing.
        gradient: (B, 2, n) of each distance with respect to the joints, in m/rad or m/m.
    """

    distance: np.ndarray
    nearest: np.ndarray
    gradient: np.ndarray


def distances(body: CollisionBody, world: World, q: ArrayLike, within: float = np.inf) -> Distances:
    """Signed distances, what they are between, and their gradients.

    Args:
        body: the robot and what it holds.
        world: obstacles.
        q: (B, n) configurations of the body's group.
        within: m beyond which nothing is looked at: the nearer, the faster.

    Raises:
        ConfigurationError: q has another number of joints, or values that are no numbers.
    """
    values = inputs.configurations(body.group, q)
    count, dof = values.shape
    out = Distances(np.full((count, 2), within), np.full((count, 2, 2), -1), np.zeros((count, 2, dof)))
    frames, parts, obstacles = frame_arrays(body.group), body.arrays, world.arrays
    share(
        lambda a, b: fill_distances(
            values[a:b], frames, parts, obstacles, out.distance[a:b], out.nearest[a:b], out.gradient[a:b]
        ),
        count,
        _LEAST,
    )
    out.distance[out.nearest[:, :, 0] < 0] = np.inf
    return out


def explain(body: CollisionBody, world: World, q: ArrayLike) -> list[str]:
    """One sentence on each configuration: what is nearest to what, and by how much."""
    found = distances(body, world, q)
    sentences = []
    for distance, nearest in zip(found.distance, found.nearest, strict=True):
        row = int(np.argmin(distance))
        if not np.isfinite(distance[row]):
            sentences.append("there is nothing to meet.")
            continue
        part = body.names[body.part_of(int(nearest[row, 0]))]
        other = int(nearest[row, 1])
        what = f"obstacle '{world.names[other]}'" if row == 0 else f"'{body.names[body.part_of(other)]}'"
        how = "inside" if distance[row] < 0 else "from"
        sentences.append(f"'{part}' is {abs(distance[row]) * 1000:.1f} mm {how} {what}.")
    return sentences


@njit(nogil=True, cache=True, fastmath=FASTMATH)
def fill_distances(q, frames, body, world, distance, nearest, gradient):
    """Fill arrays as `Distances` has them, for use in compiled code.

    `distance` holds what is not to be looked beyond, `nearest` -1, and `gradient` 0.
    """
    lanes = np.empty((q.shape[1], LANES))
    pose, point, other = np.empty((frames[0].shape[0], 12, LANES)), np.empty(3), np.empty(3)
    room, best = lane_room(frames, body), np.empty((SCRATCH + 1, LANES), np.float32)
    for start in range(0, q.shape[0], LANES):
        fill_lanes(q, start, lanes)
        frame_lanes(lanes, frames, pose)
        _begin(start, pose, room, distance, best)
        find_nearest(body, world, room, best)
        for w in range(min(LANES, q.shape[0] - start)):
            row = start + w
            if best[WORLD + 1, w] >= 0:
                nearest[row, 0] = best[WORLD + 1, w], best[WORLD + 2, w]
                _to_world(
                    w, pose, frames, body, world, point, nearest[row, 0], distance[row], gradient[row, 0]
                )
            if best[ROBOT + 1, w] >= 0:
                nearest[row, 1] = best[ROBOT + 1, w], best[ROBOT + 2, w]
                _to_itself(
                    w, pose, frames, body, point, other, nearest[row, 1], distance[row], gradient[row, 1]
                )


@njit(fastmath=FASTMATH, **BORROWED)
def _begin(start, pose, room, distance, best):
    """Poses in float32, and nothing found yet."""
    single = room[0]
    for f in range(pose.shape[0]):
        for i in range(12):
            for w in range(LANES):
                single[f, i, w] = pose[f, i, w]
    for w in range(LANES):
        row = min(start + w, distance.shape[0] - 1)
        best[WORLD, w], best[ROBOT, w] = min(distance[row, 0], _FAR), min(distance[row, 1], _FAR)
        best[WORLD + 1, w] = best[WORLD + 2, w] = best[ROBOT + 1, w] = best[ROBOT + 2, w] = -1.0


@njit(fastmath=FASTMATH, **BORROWED)
def _to_world(w, pose, frames, body, world, point, nearest, distance, gradient):
    """The distance of a sphere and an obstacle in float64, and its slope."""
    frame = _place(w, pose, body, nearest[0], point)
    d, x, y, z = _to_obstacle(point, world, nearest[1])
    distance[0] = d - body[3][nearest[0], 3]
    _add_slope(frames, pose, w, frame, point, x, y, z, gradient)


@njit(fastmath=FASTMATH, **BORROWED)
def _to_itself(w, pose, frames, body, point, other, nearest, distance, gradient):
    """The distance of two spheres in float64, and its slope."""
    a = _place(w, pose, body, nearest[0], point)
    b = _place(w, pose, body, nearest[1], other)
    x, y, z = point[0] - other[0], point[1] - other[1], point[2] - other[2]
    apart = np.sqrt(x * x + y * y + z * z)
    distance[1] = apart - body[3][nearest[0], 3] - body[3][nearest[1], 3]
    apart = max(apart, 1e-12)
    x, y, z = x / apart, y / apart, z / apart
    _add_slope(frames, pose, w, a, point, x, y, z, gradient)
    _add_slope(frames, pose, w, b, other, -x, -y, -z, gradient)


@njit(fastmath=FASTMATH, **BORROWED)
def _place(w, pose, body, sphere, out):
    """Fill out with the centre (3,) of a sphere in lane w; the frame that carries it."""
    part_frame, part_start, spheres = body[0], body[1], body[3]
    part = 0
    while part_start[part + 1] <= sphere:
        part += 1
    own = pose[part_frame[part]]
    for i in range(3):
        out[i] = own[4 * i + 3, w]
        for k in range(3):
            out[i] += own[4 * i + k, w] * spheres[sphere, k]
    return part_frame[part]


@njit(fastmath=FASTMATH, **BORROWED)
def _to_obstacle(point, world, o):
    """Signed distance to an obstacle, by its row in `World.names`, and its direction."""
    balls, boxes, cylinders, grids, starts, nodes = world
    x, y, z = point[0], point[1], point[2]
    if o < balls.shape[0]:
        return to_sphere(x, y, z, balls[o])
    o -= balls.shape[0]
    if o < boxes.shape[0]:
        return to_box(x, y, z, boxes[o])
    o -= boxes.shape[0]
    if o < cylinders.shape[0]:
        return to_cylinder(x, y, z, cylinders[o])
    o -= cylinders.shape[0]
    return to_grid(x, y, z, grids[o], starts[o], nodes)


@njit(fastmath=FASTMATH, **BORROWED)
def _add_slope(frames, pose, w, frame, point, nx, ny, nz, out):
    """Add to out (n,) how fast each joint moves a point (3,) of a frame along a direction."""
    parent, _, turns, dof, multiplier, _ = frames
    f = frame
    while f > 0:
        own = pose[f]
        zx, zy, zz = own[2, w], own[6, w], own[10, w]
        if turns[f]:
            x, y, z = point[0] - own[3, w], point[1] - own[7, w], point[2] - own[11, w]
            zx, zy, zz = zy * z - zz * y, zz * x - zx * z, zx * y - zy * x
        out[dof[f]] += multiplier[f] * (zx * nx + zy * ny + zz * nz)
        f = parent[f]
