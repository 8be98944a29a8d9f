"""What `gaitway perceive depth --view` shows."""

from __future__ import annotations

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ....perception.camera import Camera
from ....perception.depth.disparity import DisparityMap
from ....perception.depth.report import disparity_picture
from .things import cloud, picture, pinhole


def show_depth(
    view: rr.RecordingStream,
    pair: tuple[np.ndarray, np.ndarray],
    camera: Camera,
    found: DisparityMap,
    depth: np.ndarray,
) -> None:
    """Show the pair, its disparities and their confidence, and the points that were measured.

    Args:
        view: to log to.
        pair: left and right picture, uint8.
        camera: of the left one.
        found: disparities.
        depth: (height, width) in m, 0 where it was not measured.
    """
    top = float(max(np.percentile(found.disparity, 99.5), 1.0))
    pictures = {
        "left": pair[0],
        "right": pair[1],
        "disparity": disparity_picture(found.disparity, top),
        "confidence": disparity_picture(found.confidence, 1.0),
    }
    flat = rrb.Grid(*(rrb.Spatial2DView(origin=name) for name in pictures))
    eye = rrb.EyeControls3D(position=[0.0, 0.0, 0.0], look_target=[0.0, 0.0, 1.0], eye_up=[0.0, -1.0, 0.0])
    points = rrb.Spatial3DView(origin="camera", name="points", eye_controls=eye)
    view.send_blueprint(rrb.Blueprint(rrb.Horizontal(points, flat), collapse_panels=True))
    for name, pixels in pictures.items():
        view.log(name, picture(pixels), static=True)
    view.log("camera", rr.ViewCoordinates.RDF, static=True)
    view.log("camera/left", pinhole(camera), static=True)
    view.log("camera/points", cloud(depth, camera, pair[0]), static=True)
