"""Things of ours as rerun has them."""

from __future__ import annotations

import cv2
import numpy as np
import rerun as rr

from ....perception.camera import Camera
from ....perception.poses import Array

_QUALITY = 80


def picture(pixels: np.ndarray) -> rr.EncodedImage:
    """A grey or RGB uint8 picture, as JPEG."""
    pixels = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return rr.EncodedImage(contents=content.tobytes(), media_type="image/jpeg")


def pose(parent_from_child: Array) -> rr.Transform3D:
    """A pose (4, 4)."""
    return rr.Transform3D(translation=parent_from_child[:3, 3], mat3x3=parent_from_child[:3, :3])


def pinhole(camera: Camera, size: float = 0.3) -> rr.Pinhole:
    """A camera: z forward, x to the right, its picture drawn `size` m before it."""
    return rr.Pinhole(
        image_from_camera=camera.matrix,
        resolution=[camera.width, camera.height],
        camera_xyz=rr.ViewCoordinates.RDF,
        image_plane_distance=size,
    )


def cloud(
    depth: np.ndarray, camera: Camera, colours: np.ndarray | None = None, most: int = 200_000
) -> rr.Points3D:
    """Points of a depth picture (height, width) in m, 0 where there is none, at most so many of them.

    `colours` is grey or RGB (height, width) uint8; without, points are grey.
    """
    known = np.flatnonzero(depth > 0)
    known = known[:: max(1, -(-len(known) // most))]
    points = camera.unproject(depth).reshape(-1, 3)[known]
    if colours is None:
        return rr.Points3D(points, colors=[150, 150, 150])
    rgb = colours if colours.ndim == 3 else np.repeat(colours[..., None], 3, axis=2)
    return rr.Points3D(points, colors=rgb.reshape(-1, 3)[known])
