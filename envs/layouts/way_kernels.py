"""Warp kernels of ways over a grid: their lengths by fast sweeping, and following them downhill."""

# Warp compiles these functions to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportReturnType=false
from __future__ import annotations

import warp as wp

from .block import CELL, HALF

FAR = wp.constant(1.0e6)
_ROUNDS = wp.constant(12)
_TOLERANCE = wp.constant(1.0e-3)
_EXACT_CELLS = wp.constant(3)  # cells from the goal that start from their true distance
_BLOCKED_COST = wp.constant(4.0)
_STEP = wp.constant(0.5 * CELL)
_CELL = wp.constant(CELL)
_HALF = wp.constant(HALF)


@wp.func
def _godunov(a: float, b: float, step: float) -> float:
    if wp.abs(a - b) >= step:
        return wp.min(a, b) + step
    return 0.5 * (a + b + wp.sqrt(2.0 * step * step - (a - b) * (a - b)))


@wp.func
def _sweep(
    field: int,
    is_free: wp.array3d[wp.bool],
    map_of: wp.array[int],
    cell: float,
    blocked: bool,
    length: wp.array3d[float],
) -> float:
    """Four sweeps over the cells that are blocked, or over those that are not; the largest change in m."""
    size = length.shape[1]
    change = wp.float32(0.0)
    step = wp.where(blocked, _BLOCKED_COST * cell, cell)
    orders = wp.int32(4)
    for order in range(orders):
        for p in range(size):
            for q in range(size):
                i = wp.where(order % 2 == 0, p, size - 1 - p)
                j = wp.where(order / 2 == 0, q, size - 1 - q)
                if is_free[map_of[field], i, j] != blocked:
                    a, b = float(FAR), float(FAR)
                    if i > 0:
                        a = wp.min(a, length[field, i - 1, j])
                    if i < size - 1:
                        a = wp.min(a, length[field, i + 1, j])
                    if j > 0:
                        b = wp.min(b, length[field, i, j - 1])
                    if j < size - 1:
                        b = wp.min(b, length[field, i, j + 1])
                    if wp.min(a, b) < FAR:
                        now = _godunov(a, b, step)
                        if now < length[field, i, j]:
                            change = wp.max(change, wp.min(length[field, i, j], 1000.0) - now)
                            length[field, i, j] = now
    return change


@wp.kernel(enable_backward=False)
def solve(
    is_free: wp.array3d[wp.bool],
    map_of: wp.array[int],
    goals: wp.array2d[int],
    cell: float,
    length: wp.array3d[float],
):
    """Lengths of the ways to one goal: over free cells first, then from there into the blocked ones."""
    field = wp.tid()
    for i in range(-_EXACT_CELLS, _EXACT_CELLS + 1):
        for j in range(-_EXACT_CELLS, _EXACT_CELLS + 1):
            row, column = goals[field, 0] + i, goals[field, 1] + j
            if row < 0 or column < 0 or row >= length.shape[1] or column >= length.shape[2]:
                continue
            if is_free[map_of[field], row, column]:
                length[field, row, column] = cell * wp.sqrt(float(i * i + j * j))
    for _ in range(_ROUNDS):
        if _sweep(field, is_free, map_of, cell, False, length) < _TOLERANCE:
            break
    for _ in range(_ROUNDS):
        if _sweep(field, is_free, map_of, cell, True, length) < _TOLERANCE:
            break


@wp.func
def _sample(lengths: wp.array3d[float], field: int, at: wp.vec2) -> wp.vec3:
    """Bilinear length in m at a point, and its gradient."""
    last = lengths.shape[1] - 1
    x = wp.clamp((at[0] + _HALF) / _CELL - 0.5, 0.0, float(last) - 1.0e-3)
    y = wp.clamp((at[1] + _HALF) / _CELL - 0.5, 0.0, float(last) - 1.0e-3)
    i, j = int(x), int(y)
    u, v = x - float(i), y - float(j)
    a, b = lengths[field, i, j], lengths[field, i + 1, j]
    c, d = lengths[field, i, j + 1], lengths[field, i + 1, j + 1]
    dx = ((b - a) * (1.0 - v) + (d - c) * v) / _CELL
    dy = ((c - a) * (1.0 - u) + (d - b) * u) / _CELL
    value = (a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v
    return wp.vec3(value, dx, dy)


@wp.kernel(enable_backward=False)
def follow(
    lengths: wp.array3d[float],
    map_lengths: wp.array3d[float],
    fields: wp.array[int],
    goals: wp.array[wp.vec2],
    points: wp.array[wp.vec2],
    lookahead: float,
    length: wp.array[float],
    waypoint: wp.array[wp.vec2],
):
    """Length from a point, and the point `lookahead` m downhill from it on the map."""
    world = wp.tid()
    field = fields[world]
    length[world] = _sample(lengths, field, points[world])[0]
    at = points[world]
    for _ in range(int(lookahead / _STEP)):
        if wp.length(goals[world] - at) > 2.0 * _CELL:
            here = _sample(map_lengths, field, at)
            at -= _STEP * wp.normalize(wp.vec2(here[1], here[2]))
        else:
            at = goals[world]
    waypoint[world] = at
