"""BOP's average recall of many poses, from the errors of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..camera import Camera
from ..pose.model import CadModel
from ..poses import Array
from .pose import SHARES, add, add_s, mspd, mspd_recall, mssd, mssd_recall, symmetry_group, vsd, vsd_recall


@dataclass(frozen=True)
class PoseErrors:
    """Of one pose.

    Attributes:
        diameter: of the object, m.
        add, add_s, mssd: m.
        mspd: px.
        vsd: at BOP's ten misalignments.
    """

    diameter: float
    add: float
    add_s: float
    mssd: float
    mspd: float
    vsd: tuple[float, ...]


def pose_errors(
    model: CadModel,
    pose: Array,
    truth: Array,
    drawn: np.ndarray,
    truly: np.ndarray,
    seen: np.ndarray,
    camera: Camera,
) -> PoseErrors:
    """Errors of `pose` against `truth`, both (4, 4) `camera_from_object`.

    Args:
        model: the object; MSSD and MSPD are of its vertices, ADD and ADD-S of samples of its surface.
        pose: to judge.
        truth: that it should be.
        drawn: depth (height, width) in m of the model in `pose`, 0 where it is not.
        truly: the same in `truth`.
        seen: depth that the camera measured.
        camera: of all three.
    """
    points, group = model.samples[0], symmetry_group(model.symmetries, model.axes)
    return PoseErrors(
        model.diameter,
        add(pose, truth, points),
        add_s(pose, truth, points),
        mssd(pose, truth, model.vertices, group),
        mspd(pose, truth, model.vertices, group, camera),
        tuple(vsd(drawn, truly, seen, camera, SHARES * model.diameter).tolist()),
    )


def average_recall(
    errors: Sequence[PoseErrors], found: Sequence[bool] | np.ndarray, width: int
) -> dict[str, float]:
    """BOP's recalls `vsd`, `mssd`, `mspd`, and their mean `ar`; an object that is not found is wrong.

    Args:
        errors: of every object that is asked for.
        found: whether each was found.
        width: of the pictures, px.
    """
    kept = np.asarray(found, bool)
    recalls = {
        "vsd": vsd_recall(np.where(kept[:, None], [e.vsd for e in errors], 1.0)),
        "mssd": mssd_recall(
            np.where(kept, [e.mssd for e in errors], np.inf), np.array([e.diameter for e in errors])
        ),
        "mspd": mspd_recall(np.where(kept, [e.mspd for e in errors], np.inf), width),
    }
    return recalls | {"ar": float(np.mean(list(recalls.values())))}
