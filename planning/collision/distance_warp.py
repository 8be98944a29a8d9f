"""Free checks and distances as Warp kernels, for CUDA: a thread for each configuration and part, or pair.

On the CPU `free_numba` and `distance_numba` do the same many times as fast; there these kernels serve to hold
both together. Poses are made in float64, all else in float32.
"""

# Warp types `dtype` as float, and the arguments of kernels by their values; a variable that a loop changes
# must start as `wp.float32(0.0)`, because `0.0` is a constant.
# pyright: reportArgumentType=false, reportIndexIssue=false, reportInvalidTypeForm=false
# pyright: reportAssignmentType=false, reportGeneralTypeIssues=false, reportOperatorIssue=false
# pyright: reportCallIssue=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

from functools import lru_cache

import numpy as np
import warp as wp
from numpy.typing import ArrayLike

from ..kinematics.forward_warp import WarpKinematics
from .body import CollisionBody
from .distance_numba import Distances
from .signed_distance_warp import Obstacles, count, looseness, to_obstacle
from .world import World

wp.set_module_options({"enable_backward": False})  # gradients are computed here, not by Warp


@wp.struct
class Body:
    """A `CollisionBody` on a device: bounds of the K parts, then the S spheres, in one row."""

    parts: int
    part_frame: wp.array(dtype=wp.int32)
    part_start: wp.array(dtype=wp.int32)
    frame: wp.array(dtype=wp.int32)
    balls: wp.array(dtype=wp.vec4)
    pairs: wp.array2d(dtype=wp.int32)


@wp.kernel
def _place(pose: wp.array2d(dtype=wp.mat44d), body: Body, centres: wp.array2d(dtype=wp.vec4)):
    """Centres (B, K + S) of bounds and spheres, with their radii."""
    b, k = wp.tid()
    ball = body.balls[k]
    m = pose[b, body.frame[k]]
    p = m * wp.vec4d(wp.float64(ball[0]), wp.float64(ball[1]), wp.float64(ball[2]), wp.float64(1.0))
    centres[b, k] = wp.vec4(wp.float32(p[0]), wp.float32(p[1]), wp.float32(p[2]), ball[3])


@wp.func
def _at(centre: wp.vec4) -> wp.vec3:
    return wp.vec3(centre[0], centre[1], centre[2])


@wp.func
def _apart(a: wp.vec4, b: wp.vec4) -> wp.float32:
    """Signed distance between two balls."""
    return wp.length(_at(a) - _at(b)) - a[3] - b[3]


@wp.kernel
def _parts_free(
    centres: wp.array2d(dtype=wp.vec4),
    body: Body,
    world: Obstacles,
    margin: wp.float32,
    out: wp.array(dtype=wp.bool),
):
    """Clear out (B,) where a part (K of them) meets an obstacle."""
    b, part = wp.tid()
    if body.part_frame[part] == 0:
        return
    bound = centres[b, part]
    for o in range(count(world)):
        if not out[b]:
            return
        if to_obstacle(_at(bound), world, o)[0] - looseness(world, o) < bound[3] + margin:
            for s in range(body.part_start[part], body.part_start[part + 1]):
                ball = centres[b, body.parts + s]
                if to_obstacle(_at(ball), world, o)[0] < ball[3] + margin:
                    out[b] = False


@wp.kernel
def _pairs_free(
    centres: wp.array2d(dtype=wp.vec4), body: Body, margin: wp.float32, out: wp.array(dtype=wp.bool)
):
    """Clear out (B,) where two parts (P pairs) meet."""
    b, p = wp.tid()
    first, second = body.pairs[p, 0], body.pairs[p, 1]
    if not out[b] or _apart(centres[b, first], centres[b, second]) >= 2.0 * margin:
        return
    for s in range(body.part_start[first], body.part_start[first + 1]):
        ball = centres[b, body.parts + s]
        if _apart(ball, centres[b, second]) < 2.0 * margin:
            for t in range(body.part_start[second], body.part_start[second + 1]):
                if _apart(ball, centres[b, body.parts + t]) < 2.0 * margin:
                    out[b] = False


@wp.kernel
def _parts_nearest(
    centres: wp.array2d(dtype=wp.vec4),
    body: Body,
    world: Obstacles,
    within: wp.float32,
    distance: wp.array2d(dtype=wp.float32),
    nearest: wp.array2d(dtype=wp.vec2i),
):
    """Least distance (B, K) of each part to the world, and its sphere and obstacle."""
    b, part = wp.tid()
    least, found = wp.float32(within), wp.vec2i(-1, -1)
    if body.part_frame[part] > 0:
        bound = centres[b, part]
        for o in range(count(world)):
            if to_obstacle(_at(bound), world, o)[0] - bound[3] - looseness(world, o) < least:
                for s in range(body.part_start[part], body.part_start[part + 1]):
                    ball = centres[b, body.parts + s]
                    d = to_obstacle(_at(ball), world, o)[0] - ball[3]
                    if d < least:
                        least = d
                        found = wp.vec2i(s, o)
    distance[b, part] = wp.where(found[0] >= 0, least, wp.inf)
    nearest[b, part] = found


@wp.kernel
def _pairs_nearest(
    centres: wp.array2d(dtype=wp.vec4),
    body: Body,
    within: wp.float32,
    distance: wp.array2d(dtype=wp.float32),
    nearest: wp.array2d(dtype=wp.vec2i),
):
    """Least distance (B, P) of two parts that may meet, and their spheres."""
    b, p = wp.tid()
    first, second = body.pairs[p, 0], body.pairs[p, 1]
    least, found = wp.float32(within), wp.vec2i(-1, -1)
    for s in range(body.part_start[first], body.part_start[first + 1]):
        ball = centres[b, body.parts + s]
        if _apart(ball, centres[b, second]) < least:
            for t in range(body.part_start[second], body.part_start[second + 1]):
                d = _apart(ball, centres[b, body.parts + t])
                if d < least:
                    least = d
                    found = wp.vec2i(s, t)
    distance[b, p] = wp.where(found[0] >= 0, least, wp.inf)
    nearest[b, p] = found


@wp.func
def _least(distance: wp.array2d(dtype=wp.float32), b: int) -> int:
    """Column of the least value in row b, or -1 if all are infinite."""
    column, least = int(-1), wp.float32(wp.inf)
    for k in range(distance.shape[1]):
        if distance[b, k] < least:
            least = distance[b, k]
            column = k
    return column


@wp.kernel
def _gather(
    part_distance: wp.array2d(dtype=wp.float32),
    part_nearest: wp.array2d(dtype=wp.vec2i),
    pair_distance: wp.array2d(dtype=wp.float32),
    pair_nearest: wp.array2d(dtype=wp.vec2i),
    distance: wp.array2d(dtype=wp.float32),
    nearest: wp.array2d(dtype=wp.vec2i),
):
    """The nearest of all parts, and of all pairs: (B, 2)."""
    b = wp.tid()
    distance[b, 0] = wp.inf
    distance[b, 1] = wp.inf
    part = _least(part_distance, b)
    if part >= 0:
        distance[b, 0] = part_distance[b, part]
        nearest[b, 0] = part_nearest[b, part]
    pair = _least(pair_distance, b)
    if pair >= 0:
        distance[b, 1] = pair_distance[b, pair]
        nearest[b, 1] = pair_nearest[b, pair]


@wp.struct
class Chain:
    """Which joints move a group's frames, on a device."""

    parent: wp.array(dtype=wp.int32)
    turns: wp.array(dtype=wp.int32)
    dof: wp.array(dtype=wp.int32)
    multiplier: wp.array(dtype=wp.float64)


@wp.func
def _add_slope(
    pose: wp.array2d(dtype=wp.mat44d),
    chain: Chain,
    b: int,
    frame: int,
    point: wp.vec3,
    slope: wp.vec3,
    gradient: wp.array3d(dtype=wp.float32),
    row: int,
):
    """Add what each joint does to a point of a frame along the slope."""
    f = int(frame)
    while f > 0:
        m = pose[b, f]
        move = wp.vec3(wp.float32(m[0, 2]), wp.float32(m[1, 2]), wp.float32(m[2, 2]))
        if chain.turns[f] == 1:
            joint = wp.vec3(wp.float32(m[0, 3]), wp.float32(m[1, 3]), wp.float32(m[2, 3]))
            move = wp.cross(move, point - joint)
        gain = wp.float32(chain.multiplier[f]) * wp.dot(move, slope)
        gradient[b, row, chain.dof[f]] = gradient[b, row, chain.dof[f]] + gain
        f = chain.parent[f]


@wp.kernel
def _gradients(
    pose: wp.array2d(dtype=wp.mat44d),
    centres: wp.array2d(dtype=wp.vec4),
    body: Body,
    world: Obstacles,
    chain: Chain,
    nearest: wp.array2d(dtype=wp.vec2i),
    gradient: wp.array3d(dtype=wp.float32),
):
    """Slopes (B, 2, n) of both distances; gradient is zero before."""
    b = wp.tid()
    near = nearest[b, 0]
    if near[0] >= 0:
        point = _at(centres[b, body.parts + near[0]])
        answer = to_obstacle(point, world, near[1])
        slope = wp.vec3(answer[1], answer[2], answer[3])
        _add_slope(pose, chain, b, body.frame[body.parts + near[0]], point, slope, gradient, 0)
    near = nearest[b, 1]
    if near[0] >= 0:
        point, other = _at(centres[b, body.parts + near[0]]), _at(centres[b, body.parts + near[1]])
        slope = (point - other) / wp.max(wp.length(point - other), 1.0e-12)
        _add_slope(pose, chain, b, body.frame[body.parts + near[0]], point, slope, gradient, 1)
        _add_slope(pose, chain, b, body.frame[body.parts + near[1]], other, -slope, gradient, 1)


class WarpCollision:
    """A body and a world on a Warp device, for callers that leave results there."""

    def __init__(self, body: CollisionBody, world: World, device: str = "cuda:0") -> None:
        """Copy both to a device such as "cuda:0" or "cpu"."""
        self.device = device
        self._kinematics = WarpKinematics(body.group, device)
        self._body, self._world, self._chain = Body(), Obstacles(), Chain()
        self._parts, self._spheres, self._pairs = len(body.names), len(body.spheres), len(body.pairs)
        frames = np.repeat(body.part_frame, np.diff(body.part_start))
        self._body.parts = self._parts
        self._body.part_frame = self._array(body.part_frame, wp.int32)
        self._body.part_start = self._array(body.part_start, wp.int32)
        self._body.frame = self._array(np.concatenate([body.part_frame, frames]), wp.int32)
        self._body.balls = self._array(np.vstack([body.bounds, body.spheres]), wp.vec4)
        self._body.pairs = self._array(body.pairs, wp.int32)
        kinds = ("balls", "boxes", "cylinders", "grids")
        *rows, starts, nodes = world.arrays
        for kind, values in zip(kinds, rows, strict=True):
            setattr(self._world, kind, self._array(values, wp.float32))
        self._world.starts, self._world.nodes = self._array(starts, wp.int32), self._array(nodes, wp.float32)
        group = body.group
        self._chain.parent, self._chain.turns, self._chain.dof = (
            self._array(values, wp.int32)
            for values in (group.frame_parent, group.frame_turns, group.frame_dof)
        )
        self._chain.multiplier = self._array(group.multiplier, wp.float64)

    def is_free(self, q: ArrayLike, margin: float = 0.0) -> wp.array:
        """`free_numba.is_free`, as an array (B,) of bool on the device."""
        pose, centres = self._placed(q)
        out = wp.full(len(pose), True, dtype=wp.bool, device=self.device)
        self._launch(_parts_free, (len(pose), self._parts), [centres, self._body, self._world, margin], [out])
        self._launch(_pairs_free, (len(pose), self._pairs), [centres, self._body, margin], [out])
        return out

    def distances(self, q: ArrayLike, within: float = np.inf) -> tuple[wp.array, wp.array, wp.array]:
        """The fields of `distance_numba.distances` on the device: distance, nearest (`vec2i`), gradient."""
        pose, centres = self._placed(q)
        count, body = len(pose), self._body
        parts = self._nearest(_parts_nearest, (count, self._parts), [centres, body, self._world, within])
        pairs = self._nearest(_pairs_nearest, (count, self._pairs), [centres, body, within])
        distance = wp.empty((count, 2), dtype=wp.float32, device=self.device)
        nearest = wp.full((count, 2), wp.vec2i(-1, -1), dtype=wp.vec2i, device=self.device)
        self._launch(_gather, count, [*parts, *pairs], [distance, nearest])
        dof = self._kinematics.group.dof
        gradient = wp.zeros((count, 2, dof), dtype=wp.float32, device=self.device)
        given = [pose, centres, body, self._world, self._chain, nearest]
        self._launch(_gradients, count, given, [gradient])
        return distance, nearest, gradient

    def _placed(self, q: ArrayLike) -> tuple[wp.array, wp.array]:
        """Poses (B, F) of frames, and centres (B, K + S)."""
        pose = self._kinematics.frame_poses(q)
        shape = len(pose), self._parts + self._spheres
        centres = wp.empty(shape, dtype=wp.vec4, device=self.device)
        self._launch(_place, shape, [pose, self._body], [centres])
        return pose, centres

    def _nearest(self, kernel: wp.Kernel, shape: tuple[int, int], given: list) -> tuple[wp.array, wp.array]:
        distance = wp.empty(shape, dtype=wp.float32, device=self.device)
        nearest = wp.empty(shape, dtype=wp.vec2i, device=self.device)
        self._launch(kernel, shape, given, [distance, nearest])
        return distance, nearest

    def _launch(self, kernel: wp.Kernel, shape: int | tuple[int, int], given: list, filled: list) -> None:
        wp.launch(kernel, shape, given, filled, device=self.device)

    def _array(self, values: np.ndarray, dtype: type) -> wp.array:
        return wp.array(np.ascontiguousarray(values), dtype=dtype, device=self.device)


def is_free(
    body: CollisionBody, world: World, q: ArrayLike, margin: float = 0.0, device: str = "cuda:0"
) -> np.ndarray:
    """`free_numba.is_free` on a Warp device."""
    return _on_device(body, world, device).is_free(q, margin).numpy()


def distances(
    body: CollisionBody, world: World, q: ArrayLike, within: float = np.inf, device: str = "cuda:0"
) -> Distances:
    """`distance_numba.distances` on a Warp device."""
    distance, nearest, gradient = _on_device(body, world, device).distances(q, within)
    return Distances(distance.numpy().astype(float), nearest.numpy(), gradient.numpy().astype(float))


@lru_cache(maxsize=4)
def _on_device(body: CollisionBody, world: World, device: str) -> WarpCollision:
    """Neither changes, so copies of the last few are kept."""
    return WarpCollision(body, world, device)
