"""Warp kernel that scans the primitive geoms of every world with rays; one code for CPU and CUDA.

A ray's distance is the smallest non-negative one at which it meets a surface, from inside a solid too, as
with `mj_ray`. Each geom is met in its own frame, where its surface has a short equation.
"""

# Warp compiles these functions to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportReturnType=false
from __future__ import annotations

import mujoco
import warp as wp

PLANE = wp.constant(int(mujoco.mjtGeom.mjGEOM_PLANE))
SPHERE = wp.constant(int(mujoco.mjtGeom.mjGEOM_SPHERE))
CAPSULE = wp.constant(int(mujoco.mjtGeom.mjGEOM_CAPSULE))
ELLIPSOID = wp.constant(int(mujoco.mjtGeom.mjGEOM_ELLIPSOID))
CYLINDER = wp.constant(int(mujoco.mjtGeom.mjGEOM_CYLINDER))
BOX = wp.constant(int(mujoco.mjtGeom.mjGEOM_BOX))
MISS = wp.constant(1.0e30)
_TINY = wp.constant(1.0e-9)


@wp.func
def _plane(p: wp.vec3, v: wp.vec3, size: wp.vec3) -> float:
    """Seen from above only; a half size of 0 is endless."""
    if v[2] > -_TINY:
        return MISS
    t = -p[2] / v[2]
    x, y = p[0] + t * v[0], p[1] + t * v[1]
    if t < 0.0 or (size[0] > 0.0 and wp.abs(x) > size[0]) or (size[1] > 0.0 and wp.abs(y) > size[1]):
        return MISS
    return t


@wp.func
def _nearest_root(a: float, half_b: float, c: float) -> wp.vec2:
    """Both solutions of a t^2 + 2 half_b t + c = 0, the smaller first; (MISS, MISS) if there is none."""
    discriminant = half_b * half_b - a * c
    if discriminant < 0.0 or a < _TINY:
        return wp.vec2(MISS, MISS)
    root = wp.sqrt(discriminant)
    return wp.vec2((-half_b - root) / a, (-half_b + root) / a)


@wp.func
def _ahead(roots: wp.vec2) -> float:
    return wp.where(roots[0] >= 0.0, roots[0], wp.where(roots[1] >= 0.0, roots[1], MISS))


@wp.func
def _sphere(p: wp.vec3, v: wp.vec3, radius: float) -> float:
    return _ahead(_nearest_root(wp.dot(v, v), wp.dot(p, v), wp.dot(p, p) - radius * radius))


@wp.func
def _side(p: wp.vec3, v: wp.vec3, radius: float, half_height: float) -> float:
    """The round side of a cylinder about Z, without its ends."""
    roots = _nearest_root(
        v[0] * v[0] + v[1] * v[1], p[0] * v[0] + p[1] * v[1], p[0] * p[0] + p[1] * p[1] - radius * radius
    )
    for i in range(2):
        if roots[i] >= 0.0 and roots[i] < MISS and wp.abs(p[2] + roots[i] * v[2]) <= half_height:
            return roots[i]
    return MISS


@wp.func
def _end(p: wp.vec3, v: wp.vec3, radius: float, height: float) -> float:
    """A disc across the Z axis."""
    if wp.abs(v[2]) < _TINY:
        return MISS
    t = (height - p[2]) / v[2]
    x, y = p[0] + t * v[0], p[1] + t * v[1]
    return wp.where(t >= 0.0 and x * x + y * y <= radius * radius, t, MISS)


@wp.func
def _cylinder(p: wp.vec3, v: wp.vec3, radius: float, half_height: float) -> float:
    ends = wp.min(_end(p, v, radius, half_height), _end(p, v, radius, -half_height))
    return wp.min(_side(p, v, radius, half_height), ends)


@wp.func
def _capsule(p: wp.vec3, v: wp.vec3, radius: float, half_height: float) -> float:
    nearest = _side(p, v, radius, half_height)
    for i in range(2):
        sign = float(1 - 2 * i)
        center = wp.vec3(0.0, 0.0, sign * half_height)
        roots = _nearest_root(
            wp.dot(v, v), wp.dot(p - center, v), wp.dot(p - center, p - center) - radius * radius
        )
        for k in range(2):
            outside = sign * (p[2] + roots[k] * v[2]) >= half_height
            if roots[k] >= 0.0 and roots[k] < nearest and outside:
                nearest = roots[k]
    return nearest


@wp.func
def _box(p: wp.vec3, v: wp.vec3, size: wp.vec3) -> float:
    enter, leave = -MISS, MISS
    for i in range(3):
        if wp.abs(v[i]) < _TINY:
            if wp.abs(p[i]) > size[i]:
                return MISS
        else:
            first, second = (-size[i] - p[i]) / v[i], (size[i] - p[i]) / v[i]
            enter = wp.max(enter, wp.min(first, second))
            leave = wp.min(leave, wp.max(first, second))
    if enter > leave or leave < 0.0:
        return MISS
    return wp.where(enter >= 0.0, enter, leave)


@wp.func
def hit_geom(kind: int, size: wp.vec3, p: wp.vec3, v: wp.vec3) -> float:
    """Where, in multiples of `v`, the ray from `p` meets a geom, all in the geom's frame; MISS if not."""
    if kind == BOX:
        return _box(p, v, size)
    if kind == CYLINDER:
        return _cylinder(p, v, size[0], size[1])
    if kind == SPHERE:
        return _sphere(p, v, size[0])
    if kind == CAPSULE:
        return _capsule(p, v, size[0], size[1])
    if kind == ELLIPSOID:
        return _sphere(wp.cw_div(p, size), wp.cw_div(v, size), 1.0)
    return _plane(p, v, size)


@wp.kernel(enable_backward=False)
def scan(
    kinds: wp.array[int],
    sizes: wp.array[wp.vec3],
    radii: wp.array[float],  # of bounding spheres; 0: no bound
    positions: wp.array2d[wp.vec3],
    rotations: wp.array2d[wp.mat33],
    eyes: wp.array[wp.vec3],
    eye_rotations: wp.array[wp.mat33],
    directions: wp.array2d[wp.vec3],
    first_azimuth: float,
    azimuth_step: float,
    is_stale: wp.array[wp.bool],
    distances: wp.array3d[float],
):
    """Lower `distances` (worlds, rows, columns), in m, to where rays meet one geom of one world.

    Columns are `azimuth_step` rad apart about the eye's Z axis, so the geom's bounding sphere tells which of
    them can meet it: a tenth of all, in a hall. `directions` (rows, columns) are unit vectors in its frame.
    """
    world, geom = wp.tid()
    if not is_stale[world]:
        return
    rows, columns = distances.shape[1], distances.shape[2]
    to_geom = wp.transpose(rotations[world, geom])
    offset = eyes[world] - positions[world, geom]
    eye = to_geom * offset
    turn = to_geom * eye_rotations[world]
    middle, half = 0.0, float(wp.PI)
    radius = radii[geom]
    if radius > 0.0:
        center = wp.transpose(eye_rotations[world]) * (-offset)
        apart = wp.sqrt(center[0] * center[0] + center[1] * center[1])
        if apart > radius:
            middle, half = wp.atan2(center[1], center[0]), wp.asin(radius / apart)
    for lap in range(-1, 2):
        start = (middle + 2.0 * wp.PI * float(lap) - first_azimuth) / azimuth_step
        spread = half / azimuth_step
        first = wp.max(int(wp.ceil(start - spread)), 0)
        last = wp.min(int(wp.floor(start + spread)), columns - 1)
        for column in range(first, last + 1):
            for row in range(rows):
                ray = turn * directions[row, column]
                hit = hit_geom(kinds[geom], sizes[geom], eye, ray)
                if hit < distances[world, row, column]:
                    wp.atomic_min(distances, world, row, column, hit)
