"""Pictures of bins with the poses that perception found drawn in."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ...perception.pose.estimate import PoseEstimate
from ...perception.pose.overlay import draw_pose
from .score_poses import BinTrial, ScoredPose
from .view import View

_RIGHT, _WRONG = (60, 220, 90), (235, 60, 50)


def save_overlay(path: Path, trial: BinTrial, rows: list[tuple[ScoredPose, PoseEstimate, View]]) -> None:
    """Write a picture of one bin: outlines in green if within 1 cm by ADD-S, else in red."""
    view = rows[0][2]
    picture = view.rgb.copy()
    for scored, estimate, _ in rows:
        color = _RIGHT if scored.errors.add_s < 0.01 else _WRONG
        label = f"{scored.name} {1e3 * scored.errors.add_s:.1f} mm"
        shape = trial.shapes[scored.name]
        picture = draw_pose(picture, shape, view.camera, estimate.pose, color, label)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.ascontiguousarray(picture[..., ::-1]))
