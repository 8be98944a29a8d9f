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
from .signed_distance import to_box, to_cylinder, to_grid, to_sphere
from .world import World

_LEAST = 64  # configurations that are worth a thread of their own


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
        lambda a, b: _distances(
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
def _distances(q, frames, body, world, distance, nearest, gradient):
    bounds, spheres = body[2], body[3]
    lanes = np.empty((q.shape[1], LANES))
    pose = np.empty((frames[0].shape[0], 12, LANES))
    room = np.empty((bounds.shape[0], 3)), np.empty((spheres.shape[0], 3)), np.empty(3)
    for start in range(0, q.shape[0], LANES):
        fill_lanes(q, start, lanes)
        frame_lanes(lanes, frames, pose)
        for w in range(min(LANES, q.shape[0] - start)):
            _fill(start + w, w, pose, frames, body, world, room, distance, nearest, gradient)


@njit(fastmath=FASTMATH, **BORROWED)
def _fill(row, w, pose, frames, body, world, room, distance, nearest, gradient):
    """Fill a row of the answer, for lane w of the poses."""
    part_frame, part_start, bounds, spheres, pairs = body
    around, centre, direction = room
    for part in range(bounds.shape[0]):
        _place(pose[part_frame[part]], w, bounds[part], around[part])
        for s in range(part_start[part], part_start[part + 1]):
            _place(pose[part_frame[part]], w, spheres[s], centre[s])
    part = _nearest_obstacle(body, world, around, centre, distance[row], nearest[row], direction)
    if part >= 0:
        point = centre[nearest[row, 0, 0]]
        _add_slope(frames, pose, w, part_frame[part], point, direction, 1.0, gradient[row, 0])
    p = _nearest_pair(body, around, centre, distance[row], nearest[row], direction)
    if p >= 0:
        s, t = nearest[row, 1, 0], nearest[row, 1, 1]
        a, b = part_frame[pairs[p, 0]], part_frame[pairs[p, 1]]
        _add_slope(frames, pose, w, a, centre[s], direction, 1.0, gradient[row, 1])
        _add_slope(frames, pose, w, b, centre[t], direction, -1.0, gradient[row, 1])


@njit(fastmath=FASTMATH, **BORROWED)
def _place(pose, w, sphere, out):
    """Centre (3,) of a sphere (4,) in lane w of a frame's poses (12, 16)."""
    for i in range(3):
        out[i] = pose[4 * i + 3, w]
        for k in range(3):
            out[i] += pose[4 * i + k, w] * sphere[k]


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
def _nearest_obstacle(body, world, around, centre, distance, nearest, direction):
    """Fill row 0 of distance and nearest, and the direction (3,); the part that is nearest, or -1."""
    part_frame, part_start, bounds, spheres, _ = body
    first_grid = world[0].shape[0] + world[1].shape[0] + world[2].shape[0]
    found = -1
    for part in range(bounds.shape[0]):
        if part_frame[part] == 0:
            continue
        for o in range(first_grid + world[3].shape[0]):
            # Distances to shapes change no faster than a point moves; those between nodes only nearly so.
            slack = 1.74 * world[3][o - first_grid, 12] if o >= first_grid else 0.0
            if _to_obstacle(around[part], world, o)[0] - bounds[part, 3] - slack >= distance[0]:
                continue
            for s in range(part_start[part], part_start[part + 1]):
                d, x, y, z = _to_obstacle(centre[s], world, o)
                if d - spheres[s, 3] < distance[0]:
                    distance[0] = d - spheres[s, 3]
                    nearest[0, 0], nearest[0, 1] = s, o
                    direction[0], direction[1], direction[2] = x, y, z
                    found = part
    return found


@njit(fastmath=FASTMATH, **BORROWED)
def _nearest_pair(body, around, centre, distance, nearest, direction):
    """Fill row 1 of distance and nearest, and the direction (3,) to the first sphere; the pair, or -1."""
    _, part_start, bounds, spheres, pairs = body
    found = -1
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        if _apart(around[a], around[b]) - bounds[a, 3] - bounds[b, 3] >= distance[1]:
            continue
        for s in range(part_start[a], part_start[a + 1]):
            if _apart(centre[s], around[b]) - spheres[s, 3] - bounds[b, 3] >= distance[1]:
                continue
            for t in range(part_start[b], part_start[b + 1]):
                d = _apart(centre[s], centre[t]) - spheres[s, 3] - spheres[t, 3]
                if d < distance[1]:
                    distance[1] = d
                    nearest[1, 0], nearest[1, 1] = s, t
                    found = p
    if found >= 0:
        s, t = nearest[1, 0], nearest[1, 1]
        length = max(_apart(centre[s], centre[t]), 1e-12)
        for i in range(3):
            direction[i] = (centre[s, i] - centre[t, i]) / length
    return found


@njit(fastmath=FASTMATH, **BORROWED)
def _apart(a, b):
    return np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)


@njit(fastmath=FASTMATH, **BORROWED)
def _add_slope(frames, pose, w, frame, point, direction, sign, out):
    """Add to out (n,) sign times how fast each joint moves a point (3,) of a frame along a direction (3,)."""
    parent, _, turns, dof, multiplier, _ = frames
    nx, ny, nz = direction[0], direction[1], direction[2]
    f = frame
    while f > 0:
        own = pose[f]
        zx, zy, zz = own[2, w], own[6, w], own[10, w]
        if turns[f]:
            x, y, z = point[0] - own[3, w], point[1] - own[7, w], point[2] - own[11, w]
            zx, zy, zz = zy * z - zz * y, zz * x - zx * z, zx * y - zy * x
        out[dof[f]] += sign * multiplier[f] * (zx * nx + zy * ny + zz * nz)
        f = parent[f]
