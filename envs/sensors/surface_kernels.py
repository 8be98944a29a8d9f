"""Warp kernel that gives what the tile tracer found its colour: textures with mip levels, and even light.

Colours are vectors of one channel or three, with a kernel for each. One generic kernel would do for both, but
Warp specialises it while threads launch it, and then ran one as compiled for the other.
"""

# Warp compiles these functions to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportReturnType=false, reportInvalidTypeForm=false
from __future__ import annotations

from typing import Any

import warp as wp

from .ray_kernels import BOX, CAPSULE, CYLINDER, ELLIPSOID, MISS, PLANE
from .tile_kernels import MESH, TILE, Geoms, Sight, View

Grey = wp.types.vector(1, float)


@wp.struct
class Surfaces:
    """Emission and texture (-1: none) of geoms (n,), and where the levels of mip pyramids start.

    A `uniform` texture repeats `repeat` / 2 times a metre, as MuJoCo's do on a plane; another one `repeat`
    times over a face. `shift` moves it, in repeats. `texture_size` holds width, height and levels.
    """

    glow: wp.array[float]
    texture: wp.array[int]
    repeat: wp.array[wp.vec2]
    uniform: wp.array[int]
    shift: wp.array[wp.vec2]
    level_start: wp.array2d[int]
    texture_size: wp.array[wp.vec3i]


@wp.func
def _normal(geoms: Geoms, g: int, p: wp.vec3, eye: wp.vec3, ray: wp.vec3) -> wp.vec3:
    """Of the surface at `p`, in the geom's frame, towards the eye."""
    kind, size = geoms.kind[g], geoms.size[g]
    n = wp.vec3(0.0, 0.0, 1.0)
    if kind == BOX:
        q = wp.vec3(wp.abs(p[0]) / size[0], wp.abs(p[1]) / size[1], wp.abs(p[2]) / size[2])
        if q[0] >= q[1] and q[0] >= q[2]:
            n = wp.vec3(wp.sign(p[0]), 0.0, 0.0)
        elif q[1] >= q[2]:
            n = wp.vec3(0.0, wp.sign(p[1]), 0.0)
        else:
            n = wp.vec3(0.0, 0.0, wp.sign(p[2]))
    elif kind == MESH:
        hit = wp.mesh_query_ray(geoms.mesh[g], eye, ray, MISS)
        n = hit.normal
    elif kind == CYLINDER and wp.abs(p[2]) > 0.9999 * size[1]:
        n = wp.vec3(0.0, 0.0, wp.sign(p[2]))
    elif kind == CYLINDER:
        n = wp.vec3(p[0], p[1], 0.0)
    elif kind == CAPSULE:
        n = wp.vec3(p[0], p[1], p[2] - wp.clamp(p[2], -size[1], size[1]))
    elif kind == ELLIPSOID:
        n = wp.cw_div(p, wp.cw_mul(size, size))
    elif kind != PLANE:
        n = p
    n = wp.normalize(n)
    return wp.where(wp.dot(n, ray) > 0.0, -n, n)


@wp.func
def _on_face(v: wp.vec3, n: wp.vec3) -> wp.vec2:
    """A vector of the geom's frame along the texture's axes on the face with normal `n`."""
    if wp.abs(n[2]) >= wp.max(wp.abs(n[0]), wp.abs(n[1])):
        return wp.vec2(v[0], -v[1])
    if wp.abs(n[0]) >= wp.abs(n[1]):
        return wp.vec2(wp.where(n[0] > 0.0, v[1], -v[1]), -v[2])
    return wp.vec2(wp.where(n[1] < 0.0, v[0], -v[0]), -v[2])


@wp.func
def _bilinear(s: Surfaces, texels: wp.array[Any], texture: int, level: int, uv: wp.vec2):
    """Of one level, at `uv` in [0, 1)."""
    width = wp.max(s.texture_size[texture][0] >> level, 1)
    height = wp.max(s.texture_size[texture][1] >> level, 1)
    x, y = uv[0] * float(width) - 0.5, uv[1] * float(height) - 0.5
    i, j = int(x + 1.0) - 1, int(y + 1.0) - 1  # rounded down; faster than `floor`
    i0, i1 = wp.where(i < 0, i + width, i), wp.where(i + 1 >= width, i + 1 - width, i + 1)
    j0, j1 = wp.where(j < 0, j + height, j), wp.where(j + 1 >= height, j + 1 - height, j + 1)
    start = s.level_start[texture, level]
    row0, row1 = start + j0 * width, start + j1 * width
    right, down = x - float(i), y - float(j)
    top = wp.lerp(texels[row0 + i0], texels[row0 + i1], right)
    bottom = wp.lerp(texels[row1 + i0], texels[row1 + i1], right)
    return wp.lerp(top, bottom, down)


@wp.func
def _sample(
    s: Surfaces, texels: wp.array[Any], g: int, p: wp.vec3, n: wp.vec3, half: wp.vec3, footprint: float
):
    """Texture at `p`; `footprint` is the width in m that a pixel covers there."""
    texture = s.texture[g]
    at = _on_face(p, n)
    scale = s.repeat[g] * 0.5
    if s.uniform[g] == 0:
        extent = _on_face(half, n)
        extent = wp.vec2(wp.abs(extent[0]), wp.abs(extent[1]))
        scale = wp.cw_div(s.repeat[g], 2.0 * extent)
        at += extent
    uv = wp.cw_mul(at, scale) + s.shift[g]
    uv -= wp.vec2(wp.floor(uv[0]), wp.floor(uv[1]))
    width = footprint * scale[0] * float(s.texture_size[texture][0])
    last = float(s.texture_size[texture][2] - 1)
    level = wp.clamp(wp.log2(wp.max(width, 1.0e-6)), 0.0, last)
    low = int(level)
    high = wp.min(low + 1, int(last))
    fine, coarse = _bilinear(s, texels, texture, low, uv), _bilinear(s, texels, texture, high, uv)
    return wp.lerp(fine, coarse, level - float(low))


@wp.func
def _radiance(
    geoms: Geoms,
    view: View,
    sight: Sight,
    surfaces: Surfaces,
    colours: wp.array[Any],
    texels: wp.array[Any],
    lights: wp.array[Any],
    direction: wp.vec3,
    depth: wp.array2d[float],
    seen: wp.array2d[int],
    row: int,
    column: int,
):
    """Linear radiance of a pixel."""
    g = seen[row, column]
    if g < 0:
        return lights[3]
    u, v = (float(column) - view.cx) / view.fx, (float(row) - view.cy) / view.fy
    ray = sight.turn[g] * wp.vec3(u, v, 1.0)
    p = sight.eye[g] + ray * depth[row, column]
    n = _normal(geoms, g, p, sight.eye[g], ray)
    normal = geoms.rotation[g] * n
    lit = lights[0] + lights[1] * wp.max(normal[2], 0.0)
    lit += lights[2] * wp.max(wp.dot(normal, direction), 0.0)
    colour = colours[g]
    light = wp.cw_mul(colour, lit) + colour * surfaces.glow[g]
    if surfaces.texture[g] >= 0:
        # Between the footprints across and along a slanted view.
        facing = wp.max(-wp.dot(n, ray) / wp.length(ray), 0.02)
        footprint = depth[row, column] / view.fx / wp.sqrt(facing)
        light = wp.cw_mul(light, _sample(surfaces, texels, g, p, n, geoms.half[g], footprint))
    return light


@wp.kernel(enable_backward=False)
def shade_grey(
    geoms: Geoms,
    view: View,
    sight: Sight,
    surfaces: Surfaces,
    colours: wp.array[Grey],
    texels: wp.array[Grey],
    lights: wp.array[Grey],
    direction: wp.vec3,
    depth: wp.array2d[float],
    seen: wp.array2d[int],
    radiance: wp.array2d[Grey],
):
    """Linear radiance of each pixel from `view.first_row` on, in one channel.

    `lights` are those from everywhere, from above and from `direction` (unit), and of what is behind all.
    """
    down, chunk = wp.tid()
    row = view.first_row + down
    for column in range(chunk * TILE, wp.min((chunk + 1) * TILE, view.width)):
        radiance[row, column] = _radiance(
            geoms, view, sight, surfaces, colours, texels, lights, direction, depth, seen, row, column
        )


@wp.kernel(enable_backward=False)
def shade_colour(
    geoms: Geoms,
    view: View,
    sight: Sight,
    surfaces: Surfaces,
    colours: wp.array[wp.vec3],
    texels: wp.array[wp.vec3],
    lights: wp.array[wp.vec3],
    direction: wp.vec3,
    depth: wp.array2d[float],
    seen: wp.array2d[int],
    radiance: wp.array2d[wp.vec3],
):
    """The same in three channels."""
    down, chunk = wp.tid()
    row = view.first_row + down
    for column in range(chunk * TILE, wp.min((chunk + 1) * TILE, view.width)):
        radiance[row, column] = _radiance(
            geoms, view, sight, surfaces, colours, texels, lights, direction, depth, seen, row, column
        )
