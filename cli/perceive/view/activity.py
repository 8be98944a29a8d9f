"""What `gaitway perceive activity --view` shows while it goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from ....perception.activity.calibration import Calibration
from ....perception.activity.classes import KINDS
from ....perception.activity.picture import COLOURS
from ....perception.activity.pipeline import Activity, Thing
from ....perception.activity.view import Picture
from ....perception.poses import Array
from .things import picture

_CAMERAS = 4  # whose pictures are shown
_ZONE = (150, 165, 190)
_WAY = 240  # last positions of each thing that are drawn


class ActivityView:
    """Shows the floor frame by frame: things as boxes with their ways, pictures, counts and incidents.

    Args:
        view: to log to.
        calibration: of cameras, zones and lines.
    """

    def __init__(self, view: rr.RecordingStream, calibration: Calibration) -> None:
        self._view = view
        self._ways: dict[int, list[Array]] = defaultdict(list)
        self._cameras = list(calibration.cameras)[:_CAMERAS]
        self._start: float | None = None
        view.send_blueprint(self._blueprint())
        view.log("floor", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
        rings = [np.vstack([zone.polygon, zone.polygon[:1]]) for zone in calibration.zones]
        names = [zone.name for zone in calibration.zones]
        zones = rr.LineStrips3D([_flat(ring) for ring in rings], labels=names, colors=[_ZONE], radii=0.02)
        view.log("floor/zones", zones, static=True)
        lines = [_flat(line.ends) for line in calibration.lines]
        view.log("floor/lines", rr.LineStrips3D(lines, colors=[[60, 60, 60]]), static=True)
        eyes = [camera.body_from_camera[:3, 3] for camera in calibration.cameras.values()]
        view.log("floor/cameras", rr.Points3D(eyes, colors=[[160, 160, 160]], radii=0.1), static=True)

    def see(self, activity: Activity, pictures: Mapping[str, Picture]) -> None:
        """Show one time, with the pictures it is of."""
        view = self._view
        self._start = activity.time if self._start is None else self._start
        view.set_time("time", duration=activity.time - self._start)
        self._things(activity.things)
        for name in self._cameras:
            if name in pictures and (rgb := pictures[name].rgb) is not None:
                view.log(["pictures", name], picture(rgb))
        for kind in KINDS:
            there = sum(thing.kind == kind for thing in activity.things)
            view.log(f"counts/{kind}", rr.Scalars(there), rr.SeriesLines(colors=[COLOURS[kind]]))
        for incident in activity.incidents:
            state = "began" if incident.end is None else "is over"
            who = " ".join(map(str, incident.things))
            place = incident.zone or "{:.1f}, {:.1f} m".format(*incident.position)
            view.log("incidents", rr.TextLog(f"{incident.kind.replace('_', ' ')} {state}: {who}, {place}"))

    def _things(self, things: list[Thing]) -> None:
        for thing in things:
            self._ways[thing.id] = [*self._ways[thing.id], thing.position][-_WAY:]
        turns = [rr.RotationAxisAngle(axis=[0, 0, 1], radians=thing.heading) for thing in things]
        boxes = rr.Boxes3D(
            centers=[[*thing.position, thing.height / 2] for thing in things],
            sizes=[[*thing.size, max(thing.height, 0.02)] for thing in things],
            rotation_axis_angles=turns,
            colors=[COLOURS[thing.kind] for thing in things],
            labels=[f"{thing.kind} {thing.id}" for thing in things],
        )
        ways = [_flat(np.array(self._ways[thing.id])) for thing in things]
        self._view.log("floor/things", boxes)
        self._view.log("floor/ways", rr.LineStrips3D(ways, colors=[COLOURS[thing.kind] for thing in things]))

    def _blueprint(self) -> rrb.Blueprint:
        pictures = [
            rrb.Spatial2DView(origin=f"pictures/{rr.escape_entity_path_part(name)}", name=name)
            for name in self._cameras
        ]
        beside = rrb.Vertical(
            rrb.Grid(*pictures),
            rrb.TimeSeriesView(origin="counts", name="on the floor"),
            rrb.TextLogView(origin="incidents", name="incidents"),
        )
        floor = rrb.Spatial3DView(origin="floor", name="floor")
        return rrb.Blueprint(rrb.Horizontal(floor, beside, column_shares=[3, 2]), collapse_panels=True)


def _flat(points: Array) -> Array:
    """Points (n, 2) on the floor, (n, 3)."""
    return np.column_stack([points, np.zeros(len(points))])
