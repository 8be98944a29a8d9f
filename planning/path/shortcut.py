"""Shorter paths: corners are cut where the straight motion is free, the same way whenever asked."""

from __future__ import annotations

import numpy as np
from numba import njit

from .look import LEAF
from .motion import is_motion_free, motion_room
from .sampling import halton

_LEAST_GAIN = 1e-3  # of a cut's length; smaller ones are not worth two vertices


def length(path: np.ndarray) -> float:
    """Sum of the Euclidean lengths of a path's (m, n) motions, in rad."""
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())


@njit(nogil=True, cache=True)
def shorten(path, attempts, body, world):
    """A path without needless vertices and corners.

    First each vertex is joined to the last one that it reaches straight. Then pairs of places are joined
    where that is free and shorter: in turn anywhere on the path, taken from Halton's sequence, and as far
    before a vertex as behind it. At last vertices are joined again.

    Args:
        path: (m, n) vertices; motions between them are free.
        attempts: at cutting corners.
        body: by `checked_body`.
        world: by `World.arrays_single`.

    Returns:
        (k, n) vertices, and how many configurations were looked at.
    """
    room = motion_room(body, world)
    vertices = np.empty((len(path) + 2, path.shape[1]))  # a cut adds two at most, and takes one
    vertices[: len(path)] = path
    vertices, count, looks = _skip(vertices, len(path), body, world, room)
    for attempt in range(attempts):
        if count == 2:
            break
        if count + 1 > len(vertices):
            vertices = np.concatenate((vertices, np.empty_like(vertices)))
        count, more = _cut(vertices, count, attempt, body, world, room)
        looks += more
    vertices, count, more = _skip(vertices, count, body, world, room)
    return vertices[:count].copy(), looks + more


@njit
def _skip(vertices, count, body, world, room):
    """Join each vertex to the last that it reaches; (vertices, count, looks)."""
    out = np.empty_like(vertices)
    out[0] = vertices[0]
    kept, at, total = 1, 0, 0
    while at < count - 1:
        after = count - 1
        while after > at + 1:
            looks = is_motion_free(vertices[at], vertices[after], body, world, room)
            total += abs(looks)
            if looks > 0:
                break
            after -= 1
        out[kept] = vertices[after]
        kept, at = kept + 1, after
    return out, kept, total


@njit
def _cut(vertices, count, attempt, body, world, room):
    """Join two places on the path if that is free and shorter; (count, looks)."""
    lengths = np.empty(count - 1)
    for i in range(count - 1):
        lengths[i] = _distance(vertices[i], vertices[i + 1])
    total = lengths.sum()
    a, b = halton(attempt // 2, 0, 0.0), halton(attempt // 2, 1, 0.0)
    if attempt % 2:
        corner = 1 + int(a * (count - 2))
        at = lengths[:corner].sum()
        reach = b * b * min(at, total - at)
        a, b = at - reach, at + reach
    else:
        a, b = min(a, b) * total, max(a, b) * total
    first, start = _place(vertices, lengths, a)
    last, end = _place(vertices, lengths, b)
    if first == last:
        return count, 0
    along = b - a
    if along - _distance(start, end) < _LEAST_GAIN * along:
        return count, 0
    looks = is_motion_free(start, end, body, world, room)
    if looks < 0:
        return count, -looks
    # Vertices first + 1 to last give way to two.
    shift = 2 - (last - first)
    if shift > 0:
        for i in range(count - 1, last, -1):
            vertices[i + shift] = vertices[i]
    else:
        for i in range(last + 1, count):
            vertices[i + shift] = vertices[i]
    vertices[first + 1], vertices[first + 2] = start, end
    return count + shift, looks


@njit
def _place(vertices, lengths, along):
    """The motion and the configuration that lie a length along a path."""
    i = 0
    while i < len(lengths) - 1 and along > lengths[i]:
        along -= lengths[i]
        i += 1
    part = min(along / max(lengths[i], 1e-12), 1.0)
    return i, vertices[i] + part * (vertices[i + 1] - vertices[i])


@njit(**LEAF)
def _distance(a, b):
    total = 0.0
    for d in range(len(a)):
        total += (a[d] - b[d]) ** 2
    return np.sqrt(total)
