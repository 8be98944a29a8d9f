"""`signed_distance` as Warp functions in float32: distance of a point to an obstacle, and where it grows."""

# Warp compiles these functions to C++; the operators and types it allows are not Python's.
# pyright: reportArgumentType=false, reportCallIssue=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
# pyright: reportReturnType=false
from __future__ import annotations

import warp as wp


@wp.struct
class Obstacles:
    """`World.arrays` on a device; the order of obstacles is that of `World.names`."""

    balls: wp.array2d(dtype=wp.float32)
    boxes: wp.array2d(dtype=wp.float32)
    cylinders: wp.array2d(dtype=wp.float32)
    grids: wp.array2d(dtype=wp.float32)
    starts: wp.array(dtype=wp.int32)
    nodes: wp.array(dtype=wp.float32)


@wp.func
def count(world: Obstacles) -> int:
    """How many obstacles there are."""
    solids = world.balls.shape[0] + world.boxes.shape[0] + world.cylinders.shape[0]
    return solids + world.grids.shape[0]


@wp.func
def looseness(world: Obstacles, o: int) -> wp.float32:
    """How much more than a point's way a distance may change, in m: 0 but for what lies between nodes."""
    solids = world.balls.shape[0] + world.boxes.shape[0] + world.cylinders.shape[0]
    slack = wp.float32(0.0)
    if o >= solids:
        slack = 1.74 * world.grids[o - solids, 12]
    return slack


@wp.func
def to_obstacle(p: wp.vec3, world: Obstacles, o: int) -> wp.vec4:
    """Signed distance to an obstacle by its row in `World.names`, and its slope."""
    balls, boxes, cylinders = world.balls.shape[0], world.boxes.shape[0], world.cylinders.shape[0]
    if o < balls:
        return _to_ball(p, world.balls, o)
    if o < balls + boxes:
        return _to_box(p, world.boxes, o - balls)
    if o < balls + boxes + cylinders:
        return _to_cylinder(p, world.cylinders, o - balls - boxes)
    return _to_grid(p, world, o - balls - boxes - cylinders)


@wp.func
def _to_ball(p: wp.vec3, rows: wp.array2d(dtype=wp.float32), o: int) -> wp.vec4:
    away = p - wp.vec3(rows[o, 0], rows[o, 1], rows[o, 2])
    d = wp.length(away)
    slope = wp.vec3(0.0, 0.0, 1.0)
    if d > 0.0:
        slope = away / d
    return wp.vec4(d - rows[o, 3], slope[0], slope[1], slope[2])


@wp.func
def _to_box(p: wp.vec3, rows: wp.array2d(dtype=wp.float32), o: int) -> wp.vec4:
    at = _own_axes(p, rows, o)
    q = wp.vec3(wp.abs(at[0]) - rows[o, 12], wp.abs(at[1]) - rows[o, 13], wp.abs(at[2]) - rows[o, 14])
    over = wp.max(q, wp.vec3(0.0, 0.0, 0.0))
    d = wp.length(over)
    slope = wp.vec3(0.0, 0.0, 1.0)
    if d > 0.0:
        slope = over / d
    else:  # inside: out through the nearest face
        d = wp.max(q)
        if q[0] == d:
            slope = wp.vec3(1.0, 0.0, 0.0)
        elif q[1] == d:
            slope = wp.vec3(0.0, 1.0, 0.0)
    slope = wp.vec3(slope[0] * wp.sign(at[0]), slope[1] * wp.sign(at[1]), slope[2] * wp.sign(at[2]))
    return _answer(d - rows[o, 15], slope, rows, o)


@wp.func
def _to_cylinder(p: wp.vec3, rows: wp.array2d(dtype=wp.float32), o: int) -> wp.vec4:
    at = _own_axes(p, rows, o)
    radial = wp.sqrt(at[0] * at[0] + at[1] * at[1])
    outwards = wp.vec3(1.0, 0.0, 0.0)
    if radial > 0.0:
        outwards = wp.vec3(at[0] / radial, at[1] / radial, 0.0)
    side, top = radial - rows[o, 12], wp.abs(at[2]) - rows[o, 13]
    a, b = wp.max(side, 0.0), wp.max(top, 0.0)
    d = wp.sqrt(a * a + b * b)
    if d > 0.0:
        a = a / d
        b = b / d
    else:
        d = wp.max(side, top)
        a = wp.where(side == d, 1.0, 0.0)
        b = 1.0 - a
    return _answer(d, wp.vec3(a * outwards[0], a * outwards[1], b * wp.sign(at[2])), rows, o)


@wp.func
def _to_grid(p: wp.vec3, world: Obstacles, o: int) -> wp.vec4:
    rows = world.grids
    at, h = _own_axes(p, rows, o), rows[o, 12]
    ny, nz = int(rows[o, 14]), int(rows[o, 15])
    i, j, k = _cell(at[0], h, rows[o, 13]), _cell(at[1], h, rows[o, 14]), _cell(at[2], h, rows[o, 15])
    f = wp.vec3(_part(at[0], h, rows[o, 13]), _part(at[1], h, rows[o, 14]), _part(at[2], h, rows[o, 15]))
    beyond = wp.vec3(
        _beyond(at[0], h, rows[o, 13]), _beyond(at[1], h, rows[o, 14]), _beyond(at[2], h, rows[o, 15])
    )
    near = world.starts[o] + (i * ny + j) * nz + k
    far = near + ny * nz
    n = world.nodes
    z00, z01 = n[near + 1] - n[near], n[near + nz + 1] - n[near + nz]
    z10, z11 = n[far + 1] - n[far], n[far + nz + 1] - n[far + nz]
    a00, a01 = n[near] + f[2] * z00, n[near + nz] + f[2] * z01
    a10, a11 = n[far] + f[2] * z10, n[far + nz] + f[2] * z11
    b0, b1 = a00 + f[1] * (a01 - a00), a10 + f[1] * (a11 - a10)
    value = b0 + f[0] * (b1 - b0)
    outside = wp.length(beyond)
    slope = wp.vec3(0.0, 0.0, 0.0)
    if outside + rows[o, 16] > value - outside and outside > 0.0:
        slope = beyond / outside
        value = outside + rows[o, 16]
    else:
        z0, z1 = z00 + f[1] * (z01 - z00), z10 + f[1] * (z11 - z10)
        slope = wp.vec3(
            wp.where(beyond[0] == 0.0, (b1 - b0) / h, 0.0),
            wp.where(beyond[1] == 0.0, ((a01 - a00) + f[0] * ((a11 - a10) - (a01 - a00))) / h, 0.0),
            wp.where(beyond[2] == 0.0, (z0 + f[0] * (z1 - z0)) / h, 0.0),
        )
        if outside > 0.0:
            slope = slope - beyond / outside
        value = value - outside
    return _answer(value, slope, rows, o)


@wp.func
def _inside(position: wp.float32, h: wp.float32, nodes: wp.float32) -> wp.float32:
    """The nearest place in a grid along an axis."""
    return wp.min(wp.max(position, 0.0), h * (nodes - 1.0))


@wp.func
def _cell(position: wp.float32, h: wp.float32, nodes: wp.float32) -> int:
    return wp.min(int(_inside(position, h, nodes) / h), int(nodes) - 2)


@wp.func
def _part(position: wp.float32, h: wp.float32, nodes: wp.float32) -> wp.float32:
    """Place in the cell from 0 to 1."""
    return _inside(position, h, nodes) / h - wp.float32(_cell(position, h, nodes))


@wp.func
def _beyond(position: wp.float32, h: wp.float32, nodes: wp.float32) -> wp.float32:
    """Signed length outside of the grid."""
    return position - _inside(position, h, nodes)


@wp.func
def _own_axes(p: wp.vec3, rows: wp.array2d(dtype=wp.float32), o: int) -> wp.vec3:
    """A point in the axes of an obstacle, whose row begins with position and rotation."""
    d = p - wp.vec3(rows[o, 0], rows[o, 1], rows[o, 2])
    return wp.vec3(
        rows[o, 3] * d[0] + rows[o, 6] * d[1] + rows[o, 9] * d[2],
        rows[o, 4] * d[0] + rows[o, 7] * d[1] + rows[o, 10] * d[2],
        rows[o, 5] * d[0] + rows[o, 8] * d[1] + rows[o, 11] * d[2],
    )


@wp.func
def _answer(d: wp.float32, v: wp.vec3, rows: wp.array2d(dtype=wp.float32), o: int) -> wp.vec4:
    """A distance, and its slope turned from the axes of an obstacle."""
    return wp.vec4(
        d,
        rows[o, 3] * v[0] + rows[o, 4] * v[1] + rows[o, 5] * v[2],
        rows[o, 6] * v[0] + rows[o, 7] * v[1] + rows[o, 8] * v[2],
        rows[o, 9] * v[0] + rows[o, 10] * v[1] + rows[o, 11] * v[2],
    )
