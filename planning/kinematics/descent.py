"""One descent of inverse kinematics: Levenberg-Marquardt from a seed, within joint limits, compiled.

The damping is Sugihara's (Solvability-unconcerned inverse kinematics by the Levenberg-Marquardt method,
IEEE T-RO 27(5), 2011): proportional to the squared residual, so that the step is Newton's near a solution and
stays small near singularities and out of reach. Joints at a limit that a step would push outwards are frozen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..robot.group import JointGroup
from .lanes import FASTMATH, Frames, frame_arrays, sin_cos

ANGLE_WEIGHT = 0.2  # m/rad: how much an angle counts beside a distance, about the lever of a hand
_DAMPING = 0.1  # of the squared residual
_LEAST_DAMPING = 1e-10
_LARGEST_STEP = 0.6  # rad or m of any joint: beyond it the linear model is worth nothing
_PATIENCE = 6  # steps without progress before a seed is given up


class Chain(NamedTuple):
    """A group as compiled descents take it.

    Attributes:
        frames: of the group.
        tip_frame: frame that carries the tip.
        tip_offset: (4, 4) pose of the tip in it.
        lower: (n,) least positions.
        upper: (n,) greatest positions.
    """

    frames: Frames
    tip_frame: int
    tip_offset: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def chain_of(group: JointGroup) -> Chain:
    """A group as compiled descents take it."""
    carrier, offset = int(group.link_frame[group.tip]), group.link_offset[group.tip]
    return Chain(frame_arrays(group), carrier, offset, group.limits.lower, group.limits.upper)


@njit(fastmath=FASTMATH)
def tip_of(q, chain: Chain, pose):
    """Fill the poses (F, 3, 4) of all frames at one configuration (n,); returns the tip's (3, 4)."""
    parent, fixed, turns, dof, multiplier, offset = chain.frames
    for i in range(3):
        for j in range(4):
            pose[0, i, j] = 1.0 if i == j else 0.0
    for f in range(1, parent.shape[0]):
        above, own = pose[parent[f]], pose[f]
        _compose(above, fixed[f], own)
        value = multiplier[f] * q[dof[f]] + offset[f]
        if turns[f]:
            s, c = sin_cos(value)
            for i in range(3):
                x, y = own[i, 0], own[i, 1]
                own[i, 0], own[i, 1] = x * c + y * s, y * c - x * s
        else:
            for i in range(3):
                own[i, 3] += own[i, 2] * value
    tip = np.empty((3, 4))
    _compose(pose[chain.tip_frame], chain.tip_offset, tip)
    return tip


@njit(fastmath=FASTMATH)
def _compose(a, b, out):
    """Product (3, 4) of rigid motions a (3, 4) and b (4, 4)."""
    for i in range(3):
        for j in range(4):
            value = a[i, 3] if j == 3 else 0.0
            for k in range(3):
                value += a[i, k] * b[k, j]
            out[i, j] = value


@njit(fastmath=FASTMATH)
def pose_error(tip, target, free_axis, error):
    """Fill the error (6,) from the tip (3, 4) to the target (3, 4); returns (distance in m, angle in rad).

    The angular part is a rotation vector in the base, times `ANGLE_WEIGHT`. If `free_axis` (3,) is not zero,
    turning about this axis of the tip costs nothing, and the error is the angle between the two axes.
    """
    for i in range(3):
        error[i] = target[i, 3] - tip[i, 3]
    distance = np.sqrt(error[0] ** 2 + error[1] ** 2 + error[2] ** 2)
    if free_axis[0] == 0 and free_axis[1] == 0 and free_axis[2] == 0:
        angle = _turn_between(tip, target, error)
    else:
        angle = _tilt_between(tip, target, free_axis, error)
    for i in range(3, 6):
        error[i] *= ANGLE_WEIGHT
    return distance, angle


@njit(fastmath=FASTMATH)
def _turn_between(tip, target, error):
    """Rotation vector of target @ tip^T, by its quaternion's largest part, so that half turns are safe."""
    m = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            m[i, j] = target[i, 0] * tip[j, 0] + target[i, 1] * tip[j, 1] + target[i, 2] * tip[j, 2]
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    x, y, z = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    w = 1.0 + trace
    if trace < 0:  # more than 120 degrees: w is small
        k = 0
        for i in range(1, 3):
            if m[i, i] > m[k, k]:
                k = i
        part = np.empty(3)
        for i in range(3):
            part[i] = m[i, k] + m[k, i]
        part[k] = 1.0 + 2.0 * m[k, k] - trace
        w = x if k == 0 else (y if k == 1 else z)
        x, y, z = part[0], part[1], part[2]
    if w < 0:
        w, x, y, z = -w, -x, -y, -z
    length = np.sqrt(x * x + y * y + z * z)
    angle = 2.0 * np.arctan2(length, w)
    scale = angle / length if length > 1e-12 else 2.0 / w
    error[3], error[4], error[5] = x * scale, y * scale, z * scale
    return angle


@njit(fastmath=FASTMATH)
def _tilt_between(tip, target, axis, error):
    """Rotation vector of the shortest turn that brings the tip's free axis onto the target's."""
    a, b = np.empty(3), np.empty(3)
    for i in range(3):
        a[i] = tip[i, 0] * axis[0] + tip[i, 1] * axis[1] + tip[i, 2] * axis[2]
        b[i] = target[i, 0] * axis[0] + target[i, 1] * axis[1] + target[i, 2] * axis[2]
    error[3], error[4], error[5] = (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )
    sine = np.sqrt(error[3] ** 2 + error[4] ** 2 + error[5] ** 2)
    angle = np.arctan2(sine, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
    scale = angle / sine if sine > 1e-12 else 1.0
    for i in range(3, 6):
        error[i] *= scale
    return angle


@njit(fastmath=FASTMATH)
def _jacobian(chain: Chain, tip, pose, free_axis, jacobian):
    """Fill the weighted Jacobian (6, n) of the tip; what turns about a free axis counts as nothing."""
    parent, _, turns, dof, multiplier, _ = chain.frames
    jacobian[:] = 0.0
    f = chain.tip_frame
    while f > 0:
        d, m, own = dof[f], multiplier[f], pose[f]
        zx, zy, zz = m * own[0, 2], m * own[1, 2], m * own[2, 2]
        if turns[f]:
            x, y, z = tip[0, 3] - own[0, 3], tip[1, 3] - own[1, 3], tip[2, 3] - own[2, 3]
            jacobian[0, d] += zy * z - zz * y
            jacobian[1, d] += zz * x - zx * z
            jacobian[2, d] += zx * y - zy * x
            jacobian[3, d] += ANGLE_WEIGHT * zx
            jacobian[4, d] += ANGLE_WEIGHT * zy
            jacobian[5, d] += ANGLE_WEIGHT * zz
        else:
            jacobian[0, d] += zx
            jacobian[1, d] += zy
            jacobian[2, d] += zz
        f = parent[f]
    if free_axis[0] != 0 or free_axis[1] != 0 or free_axis[2] != 0:
        a = np.empty(3)
        for i in range(3):
            a[i] = tip[i, 0] * free_axis[0] + tip[i, 1] * free_axis[1] + tip[i, 2] * free_axis[2]
        for d in range(jacobian.shape[1]):
            along = a[0] * jacobian[3, d] + a[1] * jacobian[4, d] + a[2] * jacobian[5, d]
            for i in range(3):
                jacobian[3 + i, d] -= along * a[i]


@njit(fastmath=FASTMATH)
def _damped_step(jacobian, is_frozen, error, damping, step):
    """Fill the step J^T (J J^T + damping I)^-1 error of the joints that are not frozen, by Cholesky."""
    n = jacobian.shape[1]
    a, y = np.empty((6, 6)), np.empty(6)
    for i in range(6):
        for j in range(i + 1):
            value = damping if i == j else 0.0
            for d in range(n):
                if not is_frozen[d]:
                    value += jacobian[i, d] * jacobian[j, d]
            for k in range(j):
                value -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(value) if i == j else value / a[j, j]
    for i in range(6):
        y[i] = error[i]
        for k in range(i):
            y[i] -= a[i, k] * y[k]
        y[i] /= a[i, i]
    for i in range(5, -1, -1):
        for k in range(i + 1, 6):
            y[i] -= a[k, i] * y[k]
        y[i] /= a[i, i]
    for d in range(n):
        step[d] = 0.0
        if not is_frozen[d]:
            for i in range(6):
                step[d] += jacobian[i, d] * y[i]


@njit(fastmath=FASTMATH)
def descend(q, target, free_axis, chain: Chain, goal, iterations):
    """Move a seed q (n,), in place, towards a target (3, 4) until both errors are below goal (2,).

    Returns:
        (distance in m, angle in rad) left.
    """
    n = q.shape[0]
    pose, jacobian = np.empty((chain.frames[0].shape[0], 3, 4)), np.empty((6, n))
    error, step, is_frozen = np.empty(6), np.empty(n), np.zeros(n, np.bool_)
    best, idle = np.inf, 0
    distance, angle = np.inf, np.inf
    for _ in range(iterations):
        tip = tip_of(q, chain, pose)
        distance, angle = pose_error(tip, target, free_axis, error)
        residual = 0.0
        for i in range(6):
            residual += error[i] * error[i]
        idle = 0 if residual < 0.9 * best else idle + 1
        best = min(best, residual)
        if (distance < goal[0] and angle < goal[1]) or idle > _PATIENCE:
            break
        _jacobian(chain, tip, pose, free_axis, jacobian)
        is_frozen[:] = False
        for _ in range(n):
            _damped_step(jacobian, is_frozen, error, _DAMPING * residual + _LEAST_DAMPING, step)
            if not _freeze(q, step, chain.lower, chain.upper, is_frozen):
                break
        _move(q, step, chain.lower, chain.upper)
    return distance, angle


@njit(fastmath=FASTMATH)
def _freeze(q, step, lower, upper, is_frozen):
    """Freeze joints that a step pushes out of a limit at which they are; returns whether there was any."""
    found = False
    for d in range(q.shape[0]):
        if (q[d] <= lower[d] and step[d] < 0) or (q[d] >= upper[d] and step[d] > 0):
            is_frozen[d] = True
            found = True
    return found


@njit(fastmath=FASTMATH)
def _move(q, step, lower, upper):
    """Add a step, shortened to the largest that is trusted, and stay within limits."""
    longest = 0.0
    for d in range(q.shape[0]):
        longest = max(longest, abs(step[d]))
    scale = min(1.0, _LARGEST_STEP / longest) if longest > 0 else 0.0
    for d in range(q.shape[0]):
        q[d] = min(max(q[d] + scale * step[d], lower[d]), upper[d])
