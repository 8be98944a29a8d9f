"""How far a disparity map is from the truth, by the measures of Middlebury and KITTI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BAD_THRESHOLDS = (0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class DisparityScore:
    """Over the pixels whose truth is known, at the resolution they were given in.

    Attributes:
        bad: by threshold in px, the share of pixels that are wrong by more.
        d1: share wrong by more than 3 px and 5 % of the truth (KITTI's D1-all).
        epe: mean absolute error of the pixels that have a disparity, px.
        pixels: how many the shares are of.
    """

    bad: dict[float, float]
    d1: float
    epe: float
    pixels: int


@dataclass(frozen=True)
class DisparityReport:
    """A disparity map beside the truth.

    Attributes:
        all: over every pixel of known truth; one without a disparity counts as bad.
        valid: over those that the matcher calls valid.
        density: share of the pixels of known truth that are valid.
    """

    all: DisparityScore
    valid: DisparityScore
    density: float


def score_disparity(
    disparity: np.ndarray, truth: np.ndarray, valid: np.ndarray | None = None
) -> DisparityReport:
    """Score a disparity map.

    Args:
        disparity: (height, width), px; not finite or not positive where there is none.
        truth: (height, width), px; not finite where it is unknown.
        valid: (height, width) bool of what was measured; by default, wherever there is a disparity.

    Raises:
        ValueError: shapes that differ, or a truth that is unknown everywhere.
    """
    if disparity.shape != truth.shape:
        raise ValueError(
            f"The disparities have {disparity.shape[1]} x {disparity.shape[0]} px, the truth "
            f"{truth.shape[1]} x "
            f"{truth.shape[0]}; score them at one size."
        )
    known = np.isfinite(truth)
    if not known.any():
        raise ValueError("The true disparities are unknown everywhere; nothing can be scored.")
    there = np.isfinite(disparity) & (disparity > 0)
    valid = there if valid is None else valid & there
    errors = np.where(there, np.abs(np.where(there, disparity, 0) - np.where(known, truth, 0)), np.inf)
    return DisparityReport(
        _score(errors[known], truth[known]),
        _score(errors[known & valid], truth[known & valid]),
        float(valid[known].mean()),
    )


def _score(errors: np.ndarray, truth: np.ndarray) -> DisparityScore:
    if not errors.size:
        return DisparityScore(dict.fromkeys(BAD_THRESHOLDS, float("nan")), float("nan"), float("nan"), 0)
    measured = errors[np.isfinite(errors)]
    return DisparityScore(
        bad={threshold: float((errors > threshold).mean()) for threshold in BAD_THRESHOLDS},
        d1=float(((errors > 3) & (errors > 0.05 * np.abs(truth))).mean()),
        epe=float(measured.mean()) if measured.size else float("nan"),
        pixels=errors.size,
    )
