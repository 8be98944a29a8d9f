"""A pinhole camera and where it is, as Warp kernels take them."""

# See voxel_hash.py for what Warp does not take from Python.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportGeneralTypeIssues=false
# pyright: reportIndexIssue=false, reportInvalidTypeForm=false, reportOperatorIssue=false
from __future__ import annotations

import warp as wp

from ..camera import Camera
from ..poses import Array


@wp.struct
class View:
    """A pinhole camera and where it is.

    Attributes:
        fx, fy, cx, cy: px.
        rotation, position: of the camera's frame in the world, m.
        near, far: depths in m between which a pixel counts.
    """

    fx: wp.float32
    fy: wp.float32
    cx: wp.float32
    cy: wp.float32
    rotation: wp.mat33
    position: wp.vec3
    near: wp.float32
    far: wp.float32


@wp.func
def ray_of(view: View, u: float, v: float) -> wp.vec3:
    """Direction of a pixel in the world, one m along the optical axis."""
    return view.rotation * wp.vec3((u - view.cx) / view.fx, (v - view.cy) / view.fy, 1.0)


def view_of(camera: Camera, world_from_camera: Array, near: float, far: float) -> View:
    """The view of a camera at a pose (4, 4), that counts depths from `near` to `far`, m."""
    view = View()
    view.fx, view.fy, view.cx, view.cy = camera.fx, camera.fy, camera.cx, camera.cy
    view.rotation = wp.mat33(*world_from_camera[:3, :3].ravel().tolist())
    view.position = wp.vec3(*world_from_camera[:3, 3].tolist())
    view.near, view.far = near, far
    return view
