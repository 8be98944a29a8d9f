"""Grasps on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..whole_file import whole_file
from .parallel import Grasps
from .suction import SuctionPlaces


def write_grasps(path: Path, frame: str, found: Mapping[int, Grasps | SuctionPlaces]) -> None:
    """Write ranked grasps as JSON, whole or not at all.

    Args:
        path: to write to.
        frame: in which the poses are, `object` or `camera`.
        found: by instance; of a mesh, which is one, by 1.
    """
    rows = [
        {
            "instance": instance,
            "frame": frame,
            "gripper": "suction" if isinstance(grasps, SuctionPlaces) else "parallel",
            "grasps": [_row(grasps, k) for k in range(len(grasps))],
        }
        for instance, grasps in found.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _row(grasps: Grasps | SuctionPlaces, k: int) -> dict[str, Any]:
    """One grasp: pose and start of the way in (4, 4), row by row; lengths in m."""
    row: dict[str, Any] = {
        "rank": k + 1,
        "score": float(grasps.scores[k]),
        "pose": grasps.poses[k].tolist(),
        "approach": grasps.approach_poses()[k].tolist(),
        "lever": float(grasps.levers[k]),
    }
    if isinstance(grasps, SuctionPlaces):
        return {**row, "gap": float(grasps.gaps[k])}
    return {
        **row,
        "width": float(grasps.widths[k]),
        "open_width": float(grasps.open_widths[k]),
        "margin": float(grasps.margins[k]),
        "clearance": float(grasps.clearances[k]),
    }
