"""Whether a pair sees as its calibration says, before anybody trusts a pose."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_MIN_MATCHES = 30
_SHARE = 0.7  # of matches that must be to the left in the right picture
_MAX_ROW_ERROR = 3.0  # px
_MAX_BITS = 40  # of 256


@dataclass(frozen=True)
class PairCheck:
    """How a rectified pair of pictures agrees.

    Attributes:
        matches: corners matched without regard to rows; all else is NaN if there are too few.
        epipolar_px: median distance between the rows of a match.
        share_right: of the matches, those further left in the right picture, as they must be.
    """

    matches: int
    epipolar_px: float
    share_right: float


def check_pair(left: np.ndarray, right: np.ndarray) -> PairCheck:
    """Match ORB features (Rublee et al. 2011) of rectified grey pictures, mutually nearest.

    Raises:
        ValueError: points move to the right in the right picture, as when the cameras are swapped, or their
            rows differ by far more than rectified ones do.
    """
    orb = cv2.ORB.create(500)
    spots_left, words_left = orb.detectAndCompute(left, None)
    spots_right, words_right = orb.detectAndCompute(right, None)
    if words_left is None or words_right is None:
        return PairCheck(0, np.nan, np.nan)
    found = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words_left, words_right)
    found = [match for match in found if match.distance < _MAX_BITS]
    if len(found) < _MIN_MATCHES:
        return PairCheck(len(found), np.nan, np.nan)
    shifts = np.array([np.subtract(spots_left[m.queryIdx].pt, spots_right[m.trainIdx].pt) for m in found])
    near = np.abs(shifts[:, 1]) < 10 * _MAX_ROW_ERROR
    epipolar, share = np.median(np.abs(shifts[:, 1])), (shifts[near, 0] > -1).mean()
    check = PairCheck(len(found), float(epipolar), float(share))
    if check.share_right < 1 - _SHARE:
        raise ValueError(
            f"{100 * (1 - check.share_right):.0f} % of the points lie further right in the right picture "
            "than in the left one, as no point before a pair can; swap the left and right pictures."
        )
    if check.epipolar_px > _MAX_ROW_ERROR:
        raise ValueError(
            f"The rows of {check.matches} points differ by {check.epipolar_px:.1f} px between the rectified "
            f"pictures, more than {_MAX_ROW_ERROR:g}; check the calibration, and that both are of one moment."
        )
    return check
