"""Poses that perception finds in simulated bins, beside the true ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...assets.objects import CATALOGUE
from ...perception.metrics.pose_report import PoseErrors, pose_errors
from ...perception.pose.estimate import PoseCfg, PoseEstimate, PoseEstimator
from ...perception.pose.symmetry import turn_apart
from ...perception.poses import Array
from .drop import drop
from .models import cad_model
from .view import View, look_into, noisy_mask

LEAST_VISIBLE = 0.6
"""Objects of which more is hidden are not asked for."""
_LEAST_PIXELS = 300


@dataclass(frozen=True)
class ScoredPose:
    """One object in one bin.

    Attributes:
        name, seed: which object, in which bin.
        visible: share of its silhouette that is seen.
        found: whether perception says that it found it.
        score: of the pose, by perception itself.
        errors: of the pose.
        turn: rad, symmetries counted as equal.
        rivals: how many other poses were reported with it.
        seconds: wall time.
    """

    name: str
    seed: int
    visible: float
    found: bool
    score: float
    errors: PoseErrors
    turn: float
    rivals: int
    seconds: float


class BinTrial:
    """Drops bins, looks into them and asks perception where each object is that is seen well enough.

    Args:
        per_bin: objects in each.
        threads: of the CPU that perception may use.
    """

    def __init__(self, per_bin: int, threads: int = 2) -> None:
        if not 1 <= per_bin <= len(CATALOGUE):
            raise ValueError(f"{per_bin} objects in a bin; there are {len(CATALOGUE)} to choose from.")
        self.per_bin = per_bin
        cfg = PoseCfg(threads=threads)
        self.estimators = {name: PoseEstimator(cad_model(name), cfg) for name in CATALOGUE}
        shapes = {name: estimator.shape for name, estimator in self.estimators.items()}
        self.shapes = shapes

    def bin(self, seed: int) -> tuple[tuple[str, ...], View, list[tuple[int, np.ndarray]]]:
        """Names of the objects, the look into the bin, and (index, noisy mask) of those seen well enough."""
        rng = np.random.default_rng([seed, 7])
        names = [str(name) for name in rng.choice(list(CATALOGUE), self.per_bin, replace=False)]
        scene = drop(names, seed)
        view = look_into(scene, self.shapes, rng)
        masks = [(k, noisy_mask(view.instances, k, rng)) for k in range(len(names))]
        shown = [
            (k, mask) for k, mask in masks if view.visible[k] >= LEAST_VISIBLE and mask.sum() >= _LEAST_PIXELS
        ]
        return scene.names, view, shown

    def run(self, seed: int) -> Iterator[tuple[ScoredPose, PoseEstimate, View]]:
        """Scores of one bin, with what they are of."""
        names, view, shown = self.bin(seed)
        for k, mask in shown:
            estimator = self.estimators[names[k]]
            begin = time.perf_counter()
            estimate = estimator.estimate(view.depth, mask, view.camera)
            seconds = time.perf_counter() - begin
            scored = self._scored(
                names[k], seed, float(view.visible[k]), estimate, view, view.poses[k], seconds
            )
            yield scored, estimate, view

    def _scored(
        self,
        name: str,
        seed: int,
        visible: float,
        estimate: PoseEstimate,
        view: View,
        truth: Array,
        seconds: float,
    ) -> ScoredPose:
        model, pose = cad_model(name), estimate.pose
        drawn, truly = self.shapes[name].draw(view.camera, np.stack([pose, truth]))
        return ScoredPose(
            name,
            seed,
            visible,
            estimate.found,
            estimate.score,
            pose_errors(model, pose, truth, drawn, truly, view.depth, view.camera),
            turn_apart(model, pose, truth),
            len(estimate.others),
            seconds,
        )
