"""Poses of a BOP scene, found by the masks of what is seen, and results as the challenge takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from ..datasets.labels import LabelledPicture
from ..metrics.pose_report import PoseErrors, pose_errors
from ..poses import Array
from ..whole_file import whole_file
from .estimate import PoseEstimate, PoseEstimator


@dataclass(frozen=True, eq=False)
class JudgedPose:
    """One object of a picture.

    Attributes:
        name: of its model.
        estimate: of its pose, or None where the picture shows too little for one.
        errors: of the estimate; infinite without one.
    """

    name: str
    estimate: PoseEstimate | None
    errors: PoseErrors


@dataclass(frozen=True, eq=False)
class BopResult:
    """One object in one picture; `pose` (4, 4) `camera_from_object` in m, `seconds` of the whole picture."""

    scene: int
    picture: int
    object: int
    score: float
    pose: Array
    seconds: float


def judge_picture(
    picture: LabelledPicture, estimators: Mapping[str, PoseEstimator], least_visible: float
) -> tuple[list[JudgedPose], float]:
    """Poses of the objects of which `least_visible` is seen, and how many seconds they took in all."""
    asked = [item for item in picture.objects if item.visible_fraction >= least_visible]
    begin = perf_counter()
    estimates = [_try(estimators[item.name], picture, item.visible) for item in asked]
    seconds = perf_counter() - begin
    judged = []
    for item, estimate in zip(asked, estimates, strict=True):
        estimator = estimators[item.name]
        if estimate is None:
            far = float("inf")
            errors = PoseErrors(estimator.model.diameter, far, far, far, far, (1.0,) * 10)
        else:
            drawn, truly = estimator.shape.draw(picture.camera, np.stack([estimate.pose, item.pose]))
            errors = pose_errors(
                estimator.model, estimate.pose, item.pose, drawn, truly, picture.depth, picture.camera
            )
        judged.append(JudgedPose(item.name, estimate, errors))
    return judged, seconds


def _try(estimator: PoseEstimator, picture: LabelledPicture, mask: np.ndarray) -> PoseEstimate | None:
    try:
        return estimator.estimate(picture.depth, mask, picture.camera)
    except ValueError:  # next to no depth, or a mask that cannot be of the object
        return None


def write_results(path: Path, results: Iterable[BopResult]) -> None:
    """Write `scene_id,im_id,obj_id,score,R,t,time`, whole or not at all; R row by row, t in mm."""
    lines = ["scene_id,im_id,obj_id,score,R,t,time"]
    for r in results:
        rotation = " ".join(f"{value:.9g}" for value in r.pose[:3, :3].ravel())
        position = " ".join(f"{value:.9g}" for value in 1000 * r.pose[:3, 3])
        lines.append(f"{r.scene},{r.picture},{r.object},{r.score:.6f},{rotation},{position},{r.seconds:.6f}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
