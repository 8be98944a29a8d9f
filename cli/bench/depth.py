"""`gaitway bench depth`: stereo matching beside OpenCV's, accuracy and speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

_DISPARITIES = 64
_SIZE = (480, 640)


@dataclass
class Depth:
    """Measure stereo matchers on scikit-image's motorcycle pair, a quarter of Middlebury's size.

    In turns: ours, ours both ways, and OpenCV's SGBM as it comes, its holes filled along the row with the
    smaller neighbour. They are timed on 640x480 of the pair.

    Attributes:
        repeats: how often each is timed.
        json: file to write the figures to, with the facts of the machine.
    """

    repeats: int = 20
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        if self.repeats < 1:
            raise ValueError(f"repeats is {self.repeats}; there must be at least 1.")
        from skimage.data import stereo_motorcycle

        from ...perception.metrics.disparity import score_disparity

        machine = machine_facts()
        left, right, truth = stereo_motorcycle()
        cut = [np.ascontiguousarray(picture[: _SIZE[0], : _SIZE[1]]) for picture in (left, right)]
        matchers = _matchers()
        results: dict[str, Any] = {}
        for name, matcher in matchers.items():
            disparity, valid = matcher(left, right)
            results[name] = asdict(score_disparity(disparity, truth, valid))
        for name, times in _times(matchers, cut[0], cut[1], self.repeats).items():
            results[name]["ms_640x480"] = {"median": 1e3 * median(times), "best": 1e3 * min(times)}
        title = f"motorcycle, quarter size, {_DISPARITIES} disparities; {on_machine(machine)}"
        columns = (
            "bad-2 % all, filled",
            "bad-2 % valid",
            "density %",
            "D1 % all",
            "EPE px all",
            "ms at 640x480",
            "Hz",
        )
        rows = [
            (
                name,
                f"{100 * r['all']['bad'][2.0]:.2f}",
                f"{100 * r['valid']['bad'][2.0]:.2f}",
                f"{100 * r['density']:.1f}",
                f"{100 * r['all']['d1']:.2f}",
                f"{r['all']['epe']:.2f}",
                f"{r['ms_640x480']['median']:.1f}",
                f"{1e3 / r['ms_640x480']['median']:.0f}",
            )
            for name, r in results.items()
        ]
        print_table(title, ("matcher", *columns), rows)
        write_json(self.json, {"pair": "skimage.data.stereo_motorcycle", "matchers": results}, machine)


Matcher = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _matchers() -> dict[str, Matcher]:
    from ...perception.depth.matcher import StereoMatcher

    def ours(two_way: bool) -> Matcher:
        matcher = StereoMatcher(_DISPARITIES, two_way)

        def match(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            found = matcher(left, right)
            return found.disparity, found.valid

        return match

    return {"gaitway": ours(False), "gaitway, two ways": ours(True), "opencv, row fill": _opencv()}


def _opencv() -> Matcher:
    """SGBM along three paths with the settings of OpenCV's own samples, and the usual fill."""
    import cv2

    block = 5
    sgbm = cv2.StereoSGBM.create(
        minDisparity=0, numDisparities=_DISPARITIES, blockSize=block, P1=8 * block**2, P2=32 * block**2,
        disp12MaxDiff=1, uniquenessRatio=10, speckleWindowSize=100, speckleRange=2,
        mode=cv2.StereoSGBM_MODE_SGBM_3WAY,
    )  # fmt: skip

    def match(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (left, right)]
        disparity = sgbm.compute(*grey).astype(np.float32) / 16
        return _fill_along_rows(disparity), disparity > 0

    return match


def _fill_along_rows(disparity: np.ndarray) -> np.ndarray:
    columns, width = np.arange(disparity.shape[1]), disparity.shape[1]
    valid = disparity > 0
    before = np.maximum.accumulate(np.where(valid, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(valid, columns, width)[:, ::-1], axis=1)[:, ::-1]
    padded = np.pad(np.where(valid, disparity, np.inf), ((0, 0), (0, 1)), constant_values=np.inf)
    neighbours = [np.take_along_axis(padded, index, axis=1) for index in (before, after)]
    filled = np.minimum(*neighbours)
    return np.where(np.isfinite(filled), filled, 0).astype(np.float32)


def _times(
    matchers: dict[str, Matcher], left: np.ndarray, right: np.ndarray, repeats: int
) -> dict[str, list[float]]:
    """Seconds of each call, the matchers taking turns."""
    times: dict[str, list[float]] = {name: [] for name in matchers}
    for _ in range(repeats):
        for name, matcher in matchers.items():
            start = perf_counter()
            matcher(left, right)
            times[name].append(perf_counter() - start)
    return times
