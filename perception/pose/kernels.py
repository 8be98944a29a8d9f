"""Warp kernels of pose estimation, for CPU and CUDA: a thread refines a hypothesis or traces a ray."""

# Warp reads these functions' annotations and operators in its own way.
# pyright: reportIndexIssue=false, reportOperatorIssue=false, reportCallIssue=false
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportReturnType=false, reportInvalidTypeForm=false
# ruff: noqa: UP018
from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False})


@wp.struct
class Look:
    """A cut-out of a depth picture: what a pose must explain.

    depth (rows, columns) in m, 0 unknown; `beyond` (rows, columns) how many pixels away the object's mask is,
    0 in it; intrinsics in pixels of the cut-out.
    """

    depth: wp.array2d(dtype=float)
    beyond: wp.array2d(dtype=float)
    fx: float
    fy: float
    cx: float
    cy: float


@wp.struct
class Shape:
    """An object: its mesh, and a grid of distances to its surface in m from corner `low` on."""

    mesh: wp.uint64
    distance: wp.array3d(dtype=float)
    low: wp.vec3
    voxel: float
    reach: float


@wp.kernel
def fill_distances(shape: Shape):
    """Distance to the surface at every corner of the grid."""
    i, j, k = wp.tid()
    point = shape.low + shape.voxel * wp.vec3(float(i), float(j), float(k))
    found = wp.mesh_query_point_no_sign(shape.mesh, point, shape.reach)
    nearest = wp.mesh_eval_position(shape.mesh, found.face, found.u, found.v)
    shape.distance[i, j, k] = wp.length(point - nearest)


@wp.func
def grid_distance(shape: Shape, point: wp.vec3) -> wp.vec4:
    """Gradient and distance by trilinear interpolation; beyond the grid, that of its nearest point."""
    x = (point - shape.low) / shape.voxel
    i = wp.clamp(int(x[0]), 0, shape.distance.shape[0] - 2)
    j = wp.clamp(int(x[1]), 0, shape.distance.shape[1] - 2)
    k = wp.clamp(int(x[2]), 0, shape.distance.shape[2] - 2)
    a = wp.clamp(x[0] - float(i), 0.0, 1.0)
    b = wp.clamp(x[1] - float(j), 0.0, 1.0)
    c = wp.clamp(x[2] - float(k), 0.0, 1.0)
    d000 = shape.distance[i, j, k]
    d100 = shape.distance[i + 1, j, k]
    d010 = shape.distance[i, j + 1, k]
    d110 = shape.distance[i + 1, j + 1, k]
    d001 = shape.distance[i, j, k + 1]
    d101 = shape.distance[i + 1, j, k + 1]
    d011 = shape.distance[i, j + 1, k + 1]
    d111 = shape.distance[i + 1, j + 1, k + 1]
    d00 = wp.lerp(d000, d100, a)
    d10 = wp.lerp(d010, d110, a)
    d01 = wp.lerp(d001, d101, a)
    d11 = wp.lerp(d011, d111, a)
    d0 = wp.lerp(d00, d10, b)
    d1 = wp.lerp(d01, d11, b)
    along_x = wp.lerp(wp.lerp(d100 - d000, d110 - d010, b), wp.lerp(d101 - d001, d111 - d011, b), c)
    along_y = wp.lerp(d10 - d00, d11 - d01, c)
    gradient = wp.vec3(along_x, along_y, d1 - d0) / shape.voxel
    return wp.vec4(gradient[0], gradient[1], gradient[2], wp.lerp(d0, d1, c))


@wp.func
def mesh_distance(shape: Shape, point: wp.vec3, sight: wp.vec3) -> wp.vec4:
    """Gradient and signed distance to the mesh itself, seen along `sight`.

    The gradient is short where the nearest face looks away: such a point belongs to the other side of a thin
    wall, and counts by a tenth.
    """
    found = wp.mesh_query_point_no_sign(shape.mesh, point, shape.reach)
    away = point - wp.mesh_eval_position(shape.mesh, found.face, found.u, found.v)
    normal = wp.mesh_eval_face_normal(shape.mesh, found.face)
    distance = wp.length(away)
    if distance > 1.0e-5:
        direction = away / distance
        if wp.dot(direction, normal) < 0.0:
            direction = -direction
            distance = -distance
    else:
        direction = normal
        distance = wp.dot(away, normal)
    if wp.dot(normal, sight) > 0.0:
        direction = 0.3 * direction
    return wp.vec4(direction[0], direction[1], direction[2], distance)


@wp.func
def pull_to_mask(look: Look, point: wp.vec3, margin: float) -> wp.vec3:
    """(distance to the mask in m, its derivative by u and by v) of a point of the object, seen by the camera.

    0 in the mask, where something nearer or a hole may hide the point, and outside the picture.
    """
    if point[2] < 0.05:
        return wp.vec3(0.0)
    u = look.fx * point[0] / point[2] + look.cx
    v = look.fy * point[1] / point[2] + look.cy
    columns = look.beyond.shape[1]
    rows = look.beyond.shape[0]
    i = wp.clamp(int(v), 0, rows - 2)
    j = wp.clamp(int(u), 0, columns - 2)
    if u < 0.0 or v < 0.0 or u > float(columns - 1) or v > float(rows - 1):
        return wp.vec3(0.0)
    if look.depth[int(v + 0.5), int(u + 0.5)] < point[2] - margin:
        return wp.vec3(0.0)
    a = u - float(j)
    b = v - float(i)
    d00 = look.beyond[i, j]
    d01 = look.beyond[i, j + 1]
    d10 = look.beyond[i + 1, j]
    d11 = look.beyond[i + 1, j + 1]
    value = wp.lerp(wp.lerp(d00, d01, a), wp.lerp(d10, d11, a), b)
    return wp.vec3(
        value * point[2] / look.fx, wp.lerp(d01 - d00, d11 - d10, b), wp.lerp(d10 - d00, d11 - d01, a)
    )


@wp.func
def row_of(arm: wp.vec3, direction: wp.vec3) -> wp.spatial_vector:
    """How the coordinate of a point at `arm` along `direction` changes with a turn about 0 and a shift."""
    return wp.spatial_vector(wp.cross(arm, direction), direction)


@wp.func
def solve(matrix: wp.spatial_matrix, right: wp.spatial_vector) -> wp.spatial_vector:
    """x of matrix x = right, for a symmetric positive matrix, by Cholesky's factors."""
    lower = wp.spatial_matrix()
    x = wp.spatial_vector()
    for i in range(6):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, i] = wp.sqrt(wp.max(total, 1.0e-12))
            else:
                lower[i, j] = total / lower[j, j]
    for i in range(6):
        total = right[i]
        for k in range(i):
            total -= lower[i, k] * x[k]
        x[i] = total / lower[i, i]
    for m in range(6):
        i = 5 - m
        total = x[i]
        for k in range(i + 1, 6):
            total -= lower[k, i] * x[k]
        x[i] = total / lower[i, i]
    return x


@wp.kernel
def refine(
    shape: Shape,
    look: Look,
    points: wp.array(dtype=wp.vec3),
    samples: wp.array(dtype=wp.vec3),
    exact: int,
    iterations: int,
    first_scale: float,
    last_scale: float,
    silhouette: float,
    damping: float,
    rotations: wp.array(dtype=wp.mat33),
    positions: wp.array(dtype=wp.vec3),
    costs: wp.array(dtype=float),
    information: wp.array(dtype=wp.spatial_matrix),
):
    """Gauss-Newton steps of every hypothesis, `camera_from_object`, in place.

    Residuals are the distances of seen `points` (camera frame) to the surface, and those of surface `samples`
    (object frame) to the mask where they would have to be seen. Both are weighted by Geman and McClure's
    function at a scale that falls from `first_scale` to `last_scale` m. `costs` are the final means of it;
    `information` the last normal matrix of the points, turn first.
    """
    h = wp.tid()
    rotation = rotations[h]
    position = positions[h]
    fall = wp.pow(last_scale / first_scale, 1.0 / float(wp.max(iterations - 1, 1)))
    scale = first_scale
    point_share = 1.0 / float(points.shape[0])
    sample_share = silhouette / float(samples.shape[0])
    for step in range(iterations + 1):
        cost = float(0.0)  # a variable to Warp, not a constant
        normal = wp.spatial_matrix()
        right = wp.spatial_vector()
        inverse = wp.transpose(rotation)
        for n in range(points.shape[0]):
            arm = points[n] - position
            local = inverse * arm
            if exact == 1:
                found = mesh_distance(shape, local, inverse * points[n])
            else:
                found = grid_distance(shape, local)
            ratio = found[3] * found[3] / (scale * scale)
            cost += point_share * ratio / (1.0 + ratio)
            weight = point_share / ((1.0 + ratio) * (1.0 + ratio))
            row = row_of(arm, rotation * wp.vec3(found[0], found[1], found[2]))
            normal += weight * wp.outer(row, row)
            share = float(1.0)
            if exact == 1:
                share = wp.length(wp.vec3(found[0], found[1], found[2]))
            right += weight * share * found[3] * row
        if step == iterations:
            information[h] = normal
        for n in range(samples.shape[0]):
            arm = rotation * samples[n]
            place = arm + position
            pull = pull_to_mask(look, place, 0.01)
            if pull[0] > 0.0:
                ratio = pull[0] * pull[0] / (scale * scale)
                cost += sample_share * ratio / (1.0 + ratio)
                weight = sample_share / ((1.0 + ratio) * (1.0 + ratio))
                along = -(pull[1] * place[0] + pull[2] * place[1]) / place[2]
                row = row_of(arm, wp.vec3(pull[1], pull[2], along))
                normal += weight * wp.outer(row, row)
                right -= weight * pull[0] * row
        costs[h] = cost
        if step < iterations:
            size = shape.reach * shape.reach
            for i in range(3):
                normal[i, i] = normal[i, i] + damping * size
                normal[i + 3, i + 3] = normal[i + 3, i + 3] + damping
            change = solve(normal, right)
            turn = wp.spatial_top(change)
            angle = wp.length(turn)
            if angle > 0.5:
                change = change * (0.5 / angle)
                turn = wp.spatial_top(change)
                angle = 0.5
            if angle > 1.0e-9:
                rotation = wp.quat_to_matrix(wp.quat_from_axis_angle(turn / angle, angle)) * rotation
            position += wp.spatial_bottom(change)
            scale = wp.max(scale * fall, last_scale)
    rotations[h] = rotation
    positions[h] = position


@wp.kernel
def compare(
    shape: Shape,
    look: Look,
    rows: wp.array(dtype=int),
    columns: wp.array(dtype=int),
    tolerance: float,
    rotations: wp.array(dtype=wp.mat33),
    positions: wp.array(dtype=wp.vec3),
    tally: wp.array2d(dtype=float),
):
    """Draw every hypothesis at some pixels; tally agreement, pixels that count, hidden ones, seen ones."""
    h, n = wp.tid()
    i = rows[n]
    j = columns[n]
    inverse = wp.transpose(rotations[h])
    ray = wp.vec3((float(j) - look.cx) / look.fx, (float(i) - look.cy) / look.fy, 1.0)
    length = wp.length(ray)
    found = wp.mesh_query_ray(shape.mesh, -(inverse * positions[h]), inverse * (ray / length), 20.0)
    seen = look.depth[i, j]
    if look.beyond[i, j] == 0.0:
        wp.atomic_add(tally, h, 1, 1.0)
        if found.result:
            wp.atomic_add(tally, h, 3, 1.0)
            error = wp.abs(found.t / length - seen) / tolerance
            if seen == 0.0:
                wp.atomic_add(tally, h, 1, -1.0)
            elif error < 1.0:
                wp.atomic_add(tally, h, 0, 1.0 - error)
    elif found.result and seen > 0.0:
        if seen < found.t / length - tolerance:
            wp.atomic_add(tally, h, 2, 1.0)
        else:
            wp.atomic_add(tally, h, 1, 1.0)


@wp.kernel
def draw(
    mesh: wp.uint64,
    camera_from_object: wp.array(dtype=wp.mat44),
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    depth: wp.array3d(dtype=float),
):
    """Depth pictures (poses, rows, columns) of the mesh, m along the optical axis, 0 where it is not."""
    h, i, j = wp.tid()
    object_from_camera = wp.inverse(camera_from_object[h])
    ray = wp.vec3((float(j) - cx) / fx, (float(i) - cy) / fy, 1.0)
    length = wp.length(ray)
    eye = wp.transform_point(object_from_camera, wp.vec3(0.0))
    found = wp.mesh_query_ray(mesh, eye, wp.transform_vector(object_from_camera, ray / length), 100.0)
    if found.result:
        depth[h, i, j] = found.t / length
