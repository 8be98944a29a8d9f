"""What `gaitway perceive grasp --view` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ....perception.camera import Camera
from ....perception.poses import Array
from ..hands import strips_of
from .things import cloud, pinhole

if TYPE_CHECKING:
    from ..grasp import Found, Hand
    from ..held import Held

_SURFACE, _OBSTACLES = (225, 205, 170), (120, 120, 130)
_MOST = 60  # hands of each instance


def show_grasps(
    view: rr.RecordingStream,
    held: Mapping[int, Held],
    found: Mapping[int, Found],
    hand: Hand,
    seen: tuple[np.ndarray, np.ndarray, Camera] | None,
) -> None:
    """Show surfaces, what is in the way, and hands: green the best, red the worst, arrows the way in."""
    first = next(iter(held.values()))
    middle = first.surface.points.mean(axis=0)
    up = np.array([0.0, 0.0, 1.0]) if first.down is None else -first.down
    eye = rrb.EyeControls3D(position=middle + _eye(up), look_target=middle, eye_up=up)
    space = rrb.Spatial3DView(origin="world", name="grasps", eye_controls=eye)
    view.send_blueprint(rrb.Blueprint(space, collapse_panels=True))
    view.log(
        "world", rr.ViewCoordinates.RIGHT_HAND_Z_UP if seen is None else rr.ViewCoordinates.RDF, static=True
    )
    if seen is not None:
        depth, _, camera = seen
        view.log("world/picture", pinhole(camera, 0.1), static=True)
        view.log("world/depth", cloud(depth, camera), static=True)
    for k, one in held.items():
        surface, grasps = one.surface, found[k]
        points = rr.Points3D(surface.points, colors=[_SURFACE], radii=0.6 * surface.spacing)
        view.log(f"world/{k}/surface", points, static=True)
        if one.obstacles is not None and len(one.obstacles):
            points = rr.Points3D(one.obstacles, colors=[_OBSTACLES], radii=0.001)
            view.log(f"world/{k}/obstacles", points, static=True)
        if not len(grasps):
            continue
        worth = np.asarray(grasps.scores[:_MOST])[:, None]
        colours = (worth * [30, 180, 70] + (1 - worth) * [200, 40, 40]).astype(np.uint8)
        strips = rr.LineStrips3D(strips_of(grasps, hand, _MOST), colors=colours, radii=0.0008)
        view.log(f"world/{k}/hands", strips, static=True)
        best = rr.LineStrips3D(strips_of(grasps, hand, 1), colors=[colours[0]], radii=0.003)
        view.log(f"world/{k}/best", best, static=True)
        start = grasps.approach_poses()[0, :3, 3]
        way = rr.Arrows3D(origins=[start], vectors=[grasps.poses[0, :3, 3] - start], colors=[[30, 90, 200]])
        view.log(f"world/{k}/approach", way, static=True)


def _eye(up: Array) -> Array:
    """From where to look, aslant from above."""
    side = np.cross(up, [1.0, 0.0, 0.0] if abs(up[0]) < 0.9 else [0.0, 1.0, 0.0])
    return 0.35 * up + 0.45 * side / np.linalg.norm(side)
