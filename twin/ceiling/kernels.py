"""The Warp kernel that finds where rays meet actors."""

# Warp compiles this function to C++; the operators and indices it allows are not Python's.
# pyright: reportIndexIssue=false
from __future__ import annotations

import warp as wp

_FAR = wp.constant(50.0)  # m


@wp.kernel(enable_backward=False)
def trace_meshes(
    meshes: wp.array1d[wp.uint64],
    origins: wp.array1d[wp.vec3],
    owners: wp.array1d[wp.int32],
    rays: wp.array1d[wp.vec3],
    reach: wp.array1d[float],
    faces: wp.array1d[wp.int32],
    normals: wp.array1d[wp.vec3],
):
    """Trace ray k (m, 3) from `origins[owners[k]]` to `meshes[owners[k]]`, all in the frame of that mesh.

    `reach` (m,) is in lengths of the ray; `faces` (m,) is -1 where nothing is hit; `normals` are (m, 3).
    """
    k = wp.tid()
    owner = owners[k]
    hit = wp.mesh_query_ray(meshes[owner], origins[owner], wp.normalize(rays[k]), _FAR)
    faces[k] = wp.int32(-1)
    if hit.result:
        reach[k] = hit.t / wp.length(rays[k])
        faces[k] = hit.face
        normals[k] = hit.normal
