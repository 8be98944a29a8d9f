"""How good a reconstructed surface is: accuracy, completeness and F-score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from ..poses import Array


@dataclass(frozen=True)
class SurfaceScore:
    """Of a surface beside the true one.

    Attributes:
        accuracy_rms, accuracy_95: distance of the reconstruction's points from the true surface, m.
        completeness: share of the visible true surface with a reconstructed point within `within`.
        precision: share of the reconstruction's points within `within` of the true surface.
        f_score: harmonic mean of precision and completeness.
        within: m.
    """

    accuracy_rms: float
    accuracy_95: float
    completeness: float
    precision: float
    f_score: float
    within: float


def score_surface(
    points: Array, distance_to_truth: Callable[[Array], Array], visible: Array, within: float
) -> SurfaceScore:
    """Score points of a surface, such as a mesh's vertices.

    Args:
        points: (n, 3), m, no farther apart than `within` where the surface is whole.
        distance_to_truth: gives signed distances (n,) of points (n, 3) to the true surface, m.
        visible: (m, 3) points of the true surface that were seen.
        within: m.

    Raises:
        ValueError: no points.
    """
    if not len(points) or not len(visible):
        raise ValueError("A surface without points cannot be scored.")
    distance = np.abs(distance_to_truth(points))
    gap, _ = cKDTree(points).query(visible, distance_upper_bound=within)
    precision, completeness = float((distance <= within).mean()), float(np.isfinite(gap).mean())
    total = precision + completeness
    return SurfaceScore(
        accuracy_rms=float(np.sqrt((distance**2).mean())),
        accuracy_95=float(np.percentile(distance, 95)),
        completeness=completeness,
        precision=precision,
        f_score=2 * precision * completeness / total if total else 0.0,
        within=within,
    )
