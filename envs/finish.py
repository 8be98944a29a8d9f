"""The ray tracer's last pass, a Warp kernel: floor pattern, haze, sky, and one colour per pixel."""

# Warp compiles these functions to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False, "fast_math": True})

_HORIZON = wp.constant(wp.vec3(0.80, 0.84, 0.88))
_ZENITH = wp.constant(wp.vec3(0.42, 0.55, 0.72))
_HAZE_DISTANCE = wp.constant(220.0)  # m; colours fade to the horizon's by 1/e over it
_CHECK = wp.constant(0.5)  # m; edge of the floor's checks, small enough to show a walking robot's speed
_CHECK_CONTRAST = wp.constant(0.07)


@wp.func
def check_brightness(hit: wp.vec3, depth: float, slope: float) -> float:
    """Brightness factor of a checked floor at `hit`; fades where a check is finer than a few pixels."""
    checks = wp.sign(wp.sin(hit[0] * wp.pi / _CHECK)) * wp.sign(wp.sin(hit[1] * wp.pi / _CHECK))
    # Length on the floor that a pixel covers along the view, in checks; `slope` is the ray's fall per depth.
    footprint = 0.002 * depth / wp.max(wp.abs(slope), 0.001) / _CHECK
    return 1.0 + _CHECK_CONTRAST * checks * wp.clamp(1.0 - footprint, 0.0, 1.0)


@wp.func
def unpack(packed: wp.uint32) -> wp.vec3:
    """Colour in [0, 1] of the ray tracer's packed ARGB pixel."""
    red = float((packed >> wp.uint32(16)) & wp.uint32(255))
    green = float((packed >> wp.uint32(8)) & wp.uint32(255))
    blue = float(packed & wp.uint32(255))
    return wp.vec3(red, green, blue) / 255.0


@wp.kernel
def finish_rows(
    first_row: int,
    rays_per_edge: int,
    packed: wp.array2d[wp.uint32],
    depth: wp.array2d[float],
    segment: wp.array2d[wp.vec2i],
    rays: wp.array2d[wp.vec3],
    is_floor: wp.array1d[int],
    eye: wp.vec3,
    rotation: wp.mat33,
    picture: wp.array3d[wp.uint8],
):
    """Finish the picture's rows from `first_row` on.

    `packed`, `depth` (m along the optical axis, 0 where nothing was hit), `segment` (geom id first) and
    `rays` (unit, camera frame) have `rays_per_edge` rows and columns per pixel of `picture`. `is_floor`
    marks the geoms that get the checks; `eye` and `rotation` are the camera's pose in the world.
    """
    row, column = wp.tid()
    row += first_row
    colour = wp.vec3(0.0)
    for down in range(rays_per_edge):
        for right in range(rays_per_edge):
            i = row * rays_per_edge + down
            j = column * rays_per_edge + right
            ray = rotation * rays[i, j]
            if depth[i, j] == 0.0:
                colour += wp.lerp(_HORIZON, _ZENITH, wp.sqrt(wp.max(ray[2], 0.0)))
            else:
                seen = unpack(packed[i, j])
                distance = depth[i, j] / -rays[i, j][2]
                if is_floor[segment[i, j][0]] != 0:
                    slope = ray[2] / -rays[i, j][2]
                    seen *= check_brightness(eye + ray * distance, depth[i, j], slope)
                colour += wp.lerp(_HORIZON, seen, wp.exp(-distance / _HAZE_DISTANCE))
    colour *= 255.0 / float(rays_per_edge * rays_per_edge)
    for channel in range(3):
        picture[row, column, channel] = wp.uint8(wp.clamp(colour[channel] + 0.5, 0.0, 255.0))
