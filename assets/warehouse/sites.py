"""`sites.json`: the named places of a warehouse and its ceiling cameras, for planners and perception."""

from __future__ import annotations

import json

from .cameras import HORIZONTAL_FOV, RESOLUTION, TAN_WIDE, CeilingCamera
from .layout import Layout

GROUPS = {
    "stations": ("pick_station", "charger"),
    "docks": ("dock_open", "dock_closed"),
    "spawn_points": ("amr", "worker", "forklift"),
}
# A downward camera whose image's right side lies towards +Y, as a rotation from OpenCV's optical frame
# (x right, y down, z forward) to the world: x -> +Y, y -> +X, z -> -Z; wxyz.
OPTICAL_TO_WORLD = (0.0, 0.5**0.5, 0.5**0.5, 0.0)


def sites_json(layout: Layout, cameras: list[CeilingCamera], coverage: float) -> str:
    """Every site with its pose, and every camera with pose and intrinsics."""
    document: dict[str, object] = {
        "frame": "world: origin in the middle of the floor, X along the length, Y along the width, Z up",
        "units": {
            "position": "m",
            "yaw": "rad about +Z, 0 facing +X",
            "quaternion": "wxyz",
            "intrinsics": "px",
        },
        "floor": {"length": round(layout.length, 4), "width": round(layout.width, 4)},
    }
    for group, kinds in GROUPS.items():
        document[group] = [
            {
                "name": site.name,
                "kind": site.kind,
                "position": _rounded(site.position),
                "yaw": round(site.yaw, 6),
            }
            for site in layout.sites
            if site.kind in kinds
        ]
    focal = RESOLUTION[0] / 2 / TAN_WIDE
    document["camera_model"] = {
        "frame": "OpenCV optical: x right, y down, z forward",
        "resolution": list(RESOLUTION),
        "horizontal_fov": round(HORIZONTAL_FOV, 6),
        "intrinsics": {
            "fx": round(focal, 4),
            "fy": round(focal, 4),
            "cx": RESOLUTION[0] / 2,
            "cy": RESOLUTION[1] / 2,
        },
        "floor_coverage": round(coverage, 4),
    }
    document["cameras"] = [
        {
            "name": camera.name,
            "prim": f"/World/Cameras/{camera.name}",
            "position": _rounded(camera.position),
            "quaternion_world_from_optical": _rounded(OPTICAL_TO_WORLD, 9),
        }
        for camera in cameras
    ]
    return json.dumps(document, indent=1) + "\n"


def _rounded(values: tuple[float, ...], digits: int = 4) -> list[float]:
    return [round(value, digits) for value in values]
