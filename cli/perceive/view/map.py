"""What `gaitway perceive map --view` shows while it goes, and at the end."""

from __future__ import annotations

import cv2
import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ....perception.mapping.build import DepthView
from ....perception.mapping.mesh import Mesh
from ....perception.poses import Array
from .things import cloud, picture, pinhole, pose

_CLOUD_EVERY, _CLOUD_POINTS = 5, 10_000


class MapView:
    """Shows each picture where it was taken, and at the end the surface and the floor.

    Args:
        view: to log to.
    """

    def __init__(self, view: rr.RecordingStream) -> None:
        self._view = view
        self._way: list[Array] = []
        self._start = 0.0
        flat = [rrb.Spatial2DView(origin=name) for name in ("world/camera", "costs", "distances")]
        space = rrb.Spatial3DView(origin="world", name="map")
        blueprint = rrb.Horizontal(space, rrb.Vertical(*flat), column_shares=[3, 1])
        view.send_blueprint(rrb.Blueprint(blueprint, collapse_panels=True))
        view.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)

    def see(self, seen: DepthView) -> None:
        """Show a depth picture that goes into the map."""
        view = self._view
        self._start = self._start if self._way else seen.time
        view.set_time("time", duration=seen.time - self._start)
        view.log("world/camera", pose(seen.world_from_camera), pinhole(seen.camera))
        view.log("world/camera/picture", picture(_shown(seen)))
        if len(self._way) % _CLOUD_EVERY == 0:
            depth = np.nan_to_num(seen.depth, posinf=0.0)
            points = cloud(depth, seen.camera, seen.colour, _CLOUD_POINTS)
            view.log("world/seen", pose(seen.world_from_camera), points)
        self._way.append(seen.world_from_camera[:3, 3])
        view.log("world/way", rr.LineStrips3D([np.array(self._way[-500:])], colors=[[228, 87, 46]]))

    def end(self, mesh: Mesh, costs: np.ndarray, cut: np.ndarray) -> None:
        """Show the surface, the costs of the floor and a cut through the distances, pictures uint8."""
        surface = rr.Mesh3D(
            vertex_positions=mesh.vertices, triangle_indices=mesh.triangles, vertex_colors=mesh.colours
        )
        self._view.log("world/surface", surface, static=True)
        for name, pixels in (("costs", costs), ("distances", cut)):
            self._view.log(name, rr.Image(np.ascontiguousarray(pixels)).compress(95), static=True)


def _shown(seen: DepthView) -> np.ndarray:
    """Its colour, or its depth in grey."""
    if seen.colour is not None:
        return seen.colour
    depth = np.nan_to_num(seen.depth, posinf=0.0)
    return cv2.convertScaleAbs(depth, alpha=255 / max(float(depth.max()), 1e-3))
