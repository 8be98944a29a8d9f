"""Semi-global matching as Warp kernels: census transform, costs, four paths, winner.

After Hirschmueller, "Stereo Processing by Semi-Global Matching and Mutual Information", PAMI 2008, with the
census cost of Zabih and Woodfill. All arithmetic is of integers, so that every device gives the same
disparities.
"""

# Warp compiles these functions to C++; the operators and types it allows are not Python's, and a variable
# that a loop changes must start as `int(0)`, because `0` is a constant.
# pyright: reportOperatorIssue=false, reportInvalidTypeForm=false, reportAssignmentType=false
# pyright: reportGeneralTypeIssues=false, reportArgumentType=false
# ruff: noqa: RUF046, UP018
from __future__ import annotations

import warp as wp

CENSUS_RADIUS_X, CENSUS_RADIUS_Y = wp.constant(4), wp.constant(3)
CENSUS_BITS = wp.constant(62)


@wp.func
def count_bits(bits: wp.uint64) -> int:
    """How many of the bits are 1, by adding neighbours."""
    v = bits - ((bits >> wp.uint64(1)) & wp.uint64(0x5555555555555555))
    v = (v & wp.uint64(0x3333333333333333)) + ((v >> wp.uint64(2)) & wp.uint64(0x3333333333333333))
    v = (v + (v >> wp.uint64(4))) & wp.uint64(0x0F0F0F0F0F0F0F0F)
    v = v + (v >> wp.uint64(8))
    v = v + (v >> wp.uint64(16))
    v = v + (v >> wp.uint64(32))
    return int(v & wp.uint64(127))


@wp.kernel(enable_backward=False)
def census(picture: wp.array2d(dtype=wp.uint8), bits: wp.array2d(dtype=wp.uint64)):
    """Which of the 62 neighbours in 9 x 7 px are darker than a pixel, row by row; borders are repeated."""
    y, x = wp.tid()
    height, width = picture.shape[0], picture.shape[1]
    middle = int(picture[y, x])
    code = wp.uint64(0)
    for dy in range(-CENSUS_RADIUS_Y, CENSUS_RADIUS_Y + 1):
        for dx in range(-CENSUS_RADIUS_X, CENSUS_RADIUS_X + 1):
            if dx != 0 or dy != 0:
                v, u = wp.clamp(y + dy, 0, height - 1), wp.clamp(x + dx, 0, width - 1)
                code = code << wp.uint64(1)
                if int(picture[v, u]) < middle:
                    code = code | wp.uint64(1)
    bits[y, x] = code


@wp.kernel(enable_backward=False)
def matching_costs(
    left: wp.array2d(dtype=wp.uint64), right: wp.array2d(dtype=wp.uint64), costs: wp.array3d(dtype=wp.uint8)
):
    """Hamming distance of the codes at u and u - d; all bits differ where u - d is outside."""
    y, x, d = wp.tid()
    cost = CENSUS_BITS
    if x >= d:
        cost = count_bits(left[y, x] ^ right[y, x - d])
    costs[y, x, d] = wp.uint8(cost)


@wp.kernel(enable_backward=False)
def aggregate(
    costs: wp.array3d(dtype=wp.uint8),
    penalty_small: int,
    penalty_large: int,
    path: wp.array4d(dtype=wp.int32),
    total: wp.array3d(dtype=wp.int32),
):
    """Add to `total` the costs along one line: rightwards, leftwards, downwards or upwards.

    One thread walks one line, and keeps the path costs of the last pixel in `path` (direction, line, 2,
    disparity).
    """
    direction, line = wp.tid()
    height, width, count = costs.shape[0], costs.shape[1], costs.shape[2]
    lines, length = height, width
    if direction >= 2:
        lines, length = width, height
    if line >= lines:
        return
    least = int(0)
    for step in range(length):
        at = step
        if direction == 1 or direction == 3:
            at = length - 1 - step
        y, x = line, at
        if direction >= 2:
            y, x = at, line
        now, last = step % 2, (step + 1) % 2
        least_now = int(2147483647)
        for d in range(count):
            cost = int(costs[y, x, d])
            if step > 0:
                best = wp.min(path[direction, line, last, d], least + penalty_large)
                if d > 0:
                    best = wp.min(best, path[direction, line, last, d - 1] + penalty_small)
                if d < count - 1:
                    best = wp.min(best, path[direction, line, last, d + 1] + penalty_small)
                cost = cost + best - least
            path[direction, line, now, d] = cost
            least_now = wp.min(least_now, cost)
            wp.atomic_add(total, y, x, d, cost)
        least = least_now


@wp.kernel(enable_backward=False)
def choose_left(total: wp.array3d(dtype=wp.int32), uniqueness: int, disparity: wp.array2d(dtype=wp.float32)):
    """Least total cost of each left pixel, to a fraction by a parabola; -1 if another is nearly as good.

    Nearly is within `uniqueness` per cent, by a disparity that is not beside the best.
    """
    y, x = wp.tid()
    count = total.shape[2]
    best = int(0)
    for d in range(1, count):
        if total[y, x, d] < total[y, x, best]:
            best = d
    least = total[y, x, best]
    value = float(best)
    if best > 0 and best < count - 1:
        before, after = total[y, x, best - 1], total[y, x, best + 1]
        curvature = before + after - 2 * least
        if curvature > 0:
            value = value + float(before - after) / float(2 * curvature)
    for d in range(count):
        if wp.abs(d - best) > 1 and total[y, x, d] * (100 - uniqueness) < least * 100:
            value = -1.0
    disparity[y, x] = value


@wp.kernel(enable_backward=False)
def choose_right(total: wp.array3d(dtype=wp.int32), disparity: wp.array2d(dtype=wp.float32)):
    """Least total cost of each right pixel, read along the diagonal of the left pixels that may match it."""
    y, x = wp.tid()
    width, count = total.shape[1], total.shape[2]
    best = int(0)
    for d in range(1, wp.min(count, width - x)):
        if total[y, x + d, d] < total[y, x + best, best]:
            best = d
    disparity[y, x] = float(best)
