"""Pose of a known object from one depth picture and its mask: hypotheses, refinement, render-and-compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..camera import Camera
from ..poses import Array
from .hypotheses import box_poses, everywhere, turned_over
from .model import CadModel
from .observation import Observation, observe
from .shape import DeviceShape, Refined, Refinement
from .symmetry import distinct


@dataclass(frozen=True)
class PoseCfg:
    """How an object is looked for.

    Attributes:
        rotations: of a mesh that is no box, spread over all there are.
        kept: hypotheses that are refined exactly and drawn.
        tolerance: depth error in m at which a pixel does not agree at all.
        threshold: score under which the object counts as not found.
        rivals: how much worse than the best a score may be for another pose to be reported with it.
        noise: standard deviation of the depth in m, below which no covariance goes.
        threads: of the CPU.
        device: Warp device.
    """

    rotations: int = 600
    kept: int = 16
    tolerance: float = 0.015
    threshold: float = 0.55
    rivals: float = 0.02
    noise: float = 0.001
    threads: int = 2
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class PoseEstimate:
    """Where the object is, as far as the picture says.

    Attributes:
        found: whether the score reached the threshold; a pose is given all the same.
        pose: (4, 4) `camera_from_object`.
        score: 0 to 1, agreement of the drawn object with the picture over all pixels that count.
        covariance: (6, 6) of turn in rad and shift in m, in the camera's frame about the object's origin.
        others: (k, 4, 4) poses that explain the picture as well and are no symmetry of the first.
        visible: share of the drawn object's pixels that are not hidden.
    """

    found: bool
    pose: Array
    score: float
    covariance: Array
    others: Array
    visible: float


_POLISHED = 6  # poses that are refined to the end
_COARSE = Refinement(6, 0.03, 0.012, False, 96, 96)
_MIDDLE = Refinement(8, 0.012, 0.006, False, 256, 256)
_FINE = Refinement(6, 0.006, 0.003, True, 256, 256)
_LAST = Refinement(8, 0.004, 0.002, True, 768, 768)
_TURNED = 2  # poses that are tried turned over
_CLOSE = 0.05  # in score, of poses between which the last refinement decides


class PoseEstimator:
    """Looks for one object in pictures.

    Args:
        model: the object.
        cfg: how it is looked for.
    """

    def __init__(self, model: CadModel, cfg: PoseCfg | None = None) -> None:
        self.model, self.cfg = model, cfg or PoseCfg()
        self.shape = DeviceShape(model, self.cfg.device, self.cfg.threads)

    def estimate(self, depth: np.ndarray, mask: np.ndarray, camera: Camera) -> PoseEstimate:
        """Pose of the object whose visible pixels are `mask` (height, width) bool.

        Args:
            depth: (height, width) float32 in m, 0 where there is none.
            mask: (height, width) bool.
            camera: without distortion.

        Raises:
            ValueError: sizes that do not fit, or a mask with next to no depth.
        """
        observation = observe(depth, mask, camera, self.model.diameter)
        check_units(self.model, observation)
        return self._judge(observation, self._search(observation))

    def refine(self, observation: Observation, poses: Array) -> PoseEstimate:
        """Pose of the object in an observation from starts (h, 4, 4) near it: tracking."""
        return self._judge(observation, self.shape.refine(observation, poses, _MIDDLE).poses)

    def _judge(self, observation: Observation, poses: Array) -> PoseEstimate:
        """The best of some refined poses by render-and-compare, polished, with those as good as it."""
        scores = self._scores(observation, poses, 1500)[0]
        best = distinct(self.model, poses, -scores, _POLISHED)
        polished = self.shape.refine(observation, poses[best], _FINE)
        scores, _ = self._scores(observation, polished.poses, 4000)
        close = distinct(self.model, polished.poses, -scores, _POLISHED)
        close = [k for k in close if scores[k] >= scores[close[0]] - _CLOSE]
        polished = self.shape.refine(observation, polished.poses[close], _LAST)
        scores, visible = self._scores(observation, polished.poses, 20_000)
        first, *others = distinct(self.model, polished.poses, -scores, _POLISHED)
        others = [k for k in others if scores[k] >= scores[first] - self.cfg.rivals]
        return PoseEstimate(
            found=bool(scores[first] >= self.cfg.threshold),
            pose=polished.poses[first],
            score=float(scores[first]),
            covariance=self._covariance(polished, first),
            others=polished.poses[others],
            visible=float(visible[first]),
        )

    def _search(self, observation: Observation) -> Array:
        if self.model.is_box:
            poses = box_poses(self.model, observation)
            if len(poses):
                return self._narrow(observation, poses)
        poses = everywhere(self.model, observation, self.cfg.rotations)
        refined = self.shape.refine(observation, poses, _COARSE)
        keep = np.argsort(refined.costs)[: 4 * self.cfg.kept]
        return self._with_turned(observation, self._narrow(observation, refined.poses[keep]))

    def _with_turned(self, observation: Observation, poses: Array) -> Array:
        """The poses, and their best turned about the shape's axes: a shape may almost fit turned over.

        A mug without its handle, a tote on its side: such turns are out of reach of refinement.
        """
        best = np.argsort(-self._scores(observation, poses, 1500)[0])[:_TURNED]
        turned = turned_over(self.model, poses[best])
        return np.concatenate([poses, self.shape.refine(observation, turned, _MIDDLE).poses])

    def _narrow(self, observation: Observation, poses: Array) -> Array:
        refined = self.shape.refine(observation, poses, _MIDDLE)
        return refined.poses[distinct(self.model, refined.poses, refined.costs, self.cfg.kept)]

    def _scores(self, observation: Observation, poses: Array, pixels: int) -> tuple[Array, Array]:
        """Score and visible share of poses."""
        tally = self.shape.compare(observation, poses, self.cfg.tolerance, pixels)
        agreement, counted, hidden, seen = tally.T
        return agreement / np.maximum(counted, 1.0), seen / np.maximum(seen + hidden, 1.0)

    def _covariance(self, refined: Refined, k: int) -> Array:
        """Inverse of the information of the points, which the depth noise scales.

        Directions that the picture says nothing about keep a prior of 60 degrees and half a diameter.
        """
        prior = np.diag([1.0] * 3 + [4 / self.model.diameter**2] * 3)
        points = _LAST.points / self.cfg.noise**2
        covariance = np.linalg.inv(points * refined.information[k] + prior)
        return (covariance + covariance.T) / 2


def check_units(model: CadModel, observation: Observation) -> None:
    """Raise ValueError if what is seen is far larger or smaller than the mesh."""
    low, high = np.percentile(observation.points, [3, 97], axis=0)
    seen = float(np.linalg.norm(high - low))
    if not 0.05 * model.diameter < seen < 3 * model.diameter:
        raise ValueError(
            f"What the mask shows is {seen:.3g} m across, mesh {model.name} {model.diameter:.3g} m; check "
            "that both are in metres, and that the mask is of this object alone."
        )
