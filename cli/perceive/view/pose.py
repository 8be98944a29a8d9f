"""What `gaitway perceive pose --view` shows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ....perception.camera import Camera
from ....perception.pose.estimate import PoseEstimate, PoseEstimator
from .things import cloud, picture, pinhole, pose

_FOUND = (60, 200, 90)


def show_pose(
    view: rr.RecordingStream,
    drawn: np.ndarray,
    depth: np.ndarray,
    camera: Camera,
    estimator: PoseEstimator,
    found: Mapping[int, PoseEstimate],
) -> None:
    """Show the picture with the poses drawn in, the depth's points, and the object in every pose found."""
    view.send_blueprint(
        rrb.Blueprint(
            rrb.Horizontal(
                rrb.Spatial3DView(origin="camera", name="points and poses"),
                rrb.Vertical(rrb.Spatial2DView(origin="drawn"), rrb.TextLogView(origin="log")),
                column_shares=[3, 2],
            ),
            collapse_panels=True,
        )
    )
    view.log("camera", rr.ViewCoordinates.RDF, static=True)
    view.log("camera/picture", pinhole(camera, 0.1), static=True)
    view.log("camera/picture/drawn", picture(drawn), static=True)
    view.log("drawn", picture(drawn), static=True)
    view.log("camera/points", cloud(depth, camera), static=True)
    model = estimator.model
    for k, one in found.items():
        if one.found:
            path: list[object] = ["camera", model.name, k]
            mesh = rr.Mesh3D(
                vertex_positions=model.vertices, triangle_indices=model.faces, albedo_factor=[*_FOUND, 200]
            )
            view.log(path, mesh, pose(one.pose), static=True)
            axes = rr.Arrows3D(
                vectors=0.5 * model.diameter * np.eye(3), colors=255 * np.eye(3, dtype=np.uint8)
            )
            view.log([*path, "axes"], axes, static=True)
        state = "found" if one.found else "not found"
        view.log("log", rr.TextLog(f"{model.name} {k}: {state}, score {one.score:.2f}"))
