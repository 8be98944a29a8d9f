"""Signed distance of a point to each kind of obstacle, and the unit vector along which it grows."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..kinematics.lanes import BORROWED, FASTMATH


@njit(fastmath=FASTMATH, **BORROWED)
def to_sphere(x: float, y: float, z: float, row: np.ndarray) -> tuple[float, float, float, float]:
    """Distance and direction for a sphere (4,); upwards from its very centre."""
    dx, dy, dz = x - row[0], y - row[1], z - row[2]
    d = np.sqrt(dx * dx + dy * dy + dz * dz)
    if d == 0.0:
        return -row[3], 0.0, 0.0, 1.0
    return d - row[3], dx / d, dy / d, dz / d


@njit(fastmath=FASTMATH, **BORROWED)
def to_box(x: float, y: float, z: float, row: np.ndarray) -> tuple[float, float, float, float]:
    """Distance and direction for a box with a radius around it (16,): `Box.row` and `Capsule.row`."""
    lx, ly, lz = _local(x, y, z, row)
    qx, qy, qz = abs(lx) - row[12], abs(ly) - row[13], abs(lz) - row[14]
    ox, oy, oz = max(qx, 0.0), max(qy, 0.0), max(qz, 0.0)
    d = np.sqrt(ox * ox + oy * oy + oz * oz)
    if d > 0.0:
        gx, gy, gz = ox / d, oy / d, oz / d
    else:  # inside: out through the nearest face
        d = max(qx, qy, qz)
        gx = 1.0 if qx == d else 0.0
        gy = 1.0 if gx == 0.0 and qy == d else 0.0
        gz = 1.0 if gx == 0.0 and gy == 0.0 else 0.0
    gx, gy, gz = np.copysign(gx, lx), np.copysign(gy, ly), np.copysign(gz, lz)
    wx, wy, wz = _world(gx, gy, gz, row)
    return d - row[15], wx, wy, wz


@njit(fastmath=FASTMATH, **BORROWED)
def to_cylinder(x: float, y: float, z: float, row: np.ndarray) -> tuple[float, float, float, float]:
    """Distance and direction for a cylinder (14,)."""
    lx, ly, lz = _local(x, y, z, row)
    radial = np.sqrt(lx * lx + ly * ly)
    ux, uy = (lx / radial, ly / radial) if radial > 0.0 else (1.0, 0.0)
    side, top = radial - row[12], abs(lz) - row[13]
    a, b = max(side, 0.0), max(top, 0.0)
    d = np.sqrt(a * a + b * b)
    if d > 0.0:
        a, b = a / d, b / d
    else:
        d = max(side, top)
        a = 1.0 if side == d else 0.0
        b = 1.0 - a
    wx, wy, wz = _world(a * ux, a * uy, np.copysign(b, lz), row)
    return d, wx, wy, wz


@njit(fastmath=FASTMATH, **BORROWED)
def to_grid(
    x: float, y: float, z: float, row: np.ndarray, start: int, nodes: np.ndarray
) -> tuple[float, float, float, float]:
    """Distance and its slope for a grid (17,), whose nodes begin at `start`: see `DistanceGrid`.

    Between nodes the slope is that of the trilinear function, which need not have length 1.
    """
    lx, ly, lz = _local(x, y, z, row)
    h, ny, nz = row[12], int(row[14]), int(row[15])
    i, fx, ex = _cell(lx, h, row[13])
    j, fy, ey = _cell(ly, h, row[14])
    k, fz, ez = _cell(lz, h, row[15])
    at = start + (i * ny + j) * nz + k
    dx, dy = ny * nz, nz
    v000, v001, v010, v011 = nodes[at], nodes[at + 1], nodes[at + dy], nodes[at + dy + 1]
    at += dx
    v100, v101, v110, v111 = nodes[at], nodes[at + 1], nodes[at + dy], nodes[at + dy + 1]
    a00, a01 = v000 + fz * (v001 - v000), v010 + fz * (v011 - v010)
    a10, a11 = v100 + fz * (v101 - v100), v110 + fz * (v111 - v110)
    b0, b1 = a00 + fy * (a01 - a00), a10 + fy * (a11 - a10)
    value = b0 + fx * (b1 - b0)
    outside = np.sqrt(ex * ex + ey * ey + ez * ez)
    beyond = outside + row[16]
    if beyond > value - outside and outside > 0.0:
        gx, gy, gz = ex / outside, ey / outside, ez / outside
        value = beyond
    else:
        y0, y1 = a01 - a00, a11 - a10
        z00, z01, z10, z11 = v001 - v000, v011 - v010, v101 - v100, v111 - v110
        z0, z1 = z00 + fy * (z01 - z00), z10 + fy * (z11 - z10)
        gx = (b1 - b0) / h if ex == 0.0 else 0.0
        gy = (y0 + fx * (y1 - y0)) / h if ey == 0.0 else 0.0
        gz = (z0 + fx * (z1 - z0)) / h if ez == 0.0 else 0.0
        if outside > 0.0:
            gx, gy, gz = gx - ex / outside, gy - ey / outside, gz - ez / outside
        value -= outside
    wx, wy, wz = _world(gx, gy, gz, row)
    return value, wx, wy, wz


@njit(fastmath=FASTMATH, **BORROWED)
def _cell(position, h, count):
    """Cell along an axis, place in it from 0 to 1, and signed length outside of the grid."""
    last = h * (count - 1.0)
    inside = min(max(position, 0.0), last)
    cell = min(int(inside / h), int(count) - 2)
    return cell, inside / h - cell, position - inside


@njit(fastmath=FASTMATH, **BORROWED)
def _local(x, y, z, row):
    """A point in the axes of an obstacle, whose row begins with position and rotation."""
    dx, dy, dz = x - row[0], y - row[1], z - row[2]
    return (
        row[3] * dx + row[6] * dy + row[9] * dz,
        row[4] * dx + row[7] * dy + row[10] * dz,
        row[5] * dx + row[8] * dy + row[11] * dz,
    )


@njit(fastmath=FASTMATH, **BORROWED)
def _world(x, y, z, row):
    """A direction from the axes of an obstacle."""
    return (
        row[3] * x + row[4] * y + row[5] * z,
        row[6] * x + row[7] * y + row[8] * z,
        row[9] * x + row[10] * y + row[11] * z,
    )
