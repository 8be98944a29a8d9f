"""`gaitway bench depth`: stereo matching beside OpenCV's, accuracy and speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from .report import machine_facts, on_machine, print_table, write_json

if TYPE_CHECKING:
    from ...perception.depth.disparity import DisparityMap

_DISPARITIES = 64
_SIZE = (480, 640)
_WARP = "gaitway, Warp"


@dataclass
class Depth:
    """Measure stereo matchers on scikit-image's motorcycle pair, a quarter of Middlebury's size.

    In turns: ours, its fast and its two-way variant, ours as Warp kernels, and OpenCV's SGBM as its samples
    set it, alone and with holes filled along the row by the smaller neighbour. They are timed on 640x480 of
    the pair.

    Attributes:
        repeats: how often each is timed; the Warp kernels once on a CPU.
        device: of the Warp kernels; `cuda:0` for a GPU.
        json: file to write the figures to, with the facts of the machine.
    """

    repeats: int = 20
    device: str = "cpu"
    json: Path | None = None

    def run(self) -> None:
        """Measure, print and write."""
        if self.repeats < 1:
            raise ValueError(f"repeats is {self.repeats}; there must be at least 1.")
        from skimage.data import stereo_motorcycle

        from ...perception.metrics.disparity import score_disparity

        machine = machine_facts()
        left, right, truth = stereo_motorcycle()
        matchers = _matchers(self.device)
        results: dict[str, Any] = {}
        for name, matcher in matchers.items():
            disparity, valid = matcher(left, right)
            results[name] = asdict(score_disparity(disparity, truth, valid))
        left, right = (np.ascontiguousarray(picture[: _SIZE[0], : _SIZE[1]]) for picture in (left, right))
        # On a CPU the kernels for a GPU are there for their accuracy: once is enough.
        slow = {name: matchers.pop(name) for name in (_WARP,) if self.device == "cpu"}
        timed = _times(matchers, left, right, self.repeats) | _times(slow, left, right, 1)
        for name, times in timed.items():
            results[name] |= {key: _summary(values) for key, values in times.items()}
        _print(f"motorcycle, quarter size, {_DISPARITIES} disparities; {on_machine(machine)}", results)
        pair = {"pair": "skimage.data.stereo_motorcycle", "device": self.device}
        write_json(self.json, pair | {"matchers": results}, machine)


def _summary(seconds: list[float]) -> dict[str, float]:
    return {"median": 1e3 * median(seconds), "best": 1e3 * min(seconds)}


def _print(title: str, results: dict[str, Any]) -> None:
    columns = (
        "bad-2 % all, filled", "bad-2 % valid", "density %", "D1 % all", "EPE px all", "ms at 640x480",
        "processor ms", "Hz",
    )  # fmt: skip
    rows = [
        (
            name,
            f"{100 * r['all']['bad'][2.0]:.2f}",
            f"{100 * r['valid']['bad'][2.0]:.2f}",
            f"{100 * r['density']:.1f}",
            f"{100 * r['all']['d1']:.2f}",
            f"{r['all']['epe']:.2f}",
            f"{r['ms_640x480']['median']:.1f}",
            f"{r['cpu_ms_640x480']['median']:.1f}",
            f"{1e3 / r['ms_640x480']['median']:.1f}",
        )
        for name, r in results.items()
    ]
    print_table(title, ("matcher", *columns), rows)


Matcher = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _matchers(device: str) -> dict[str, Matcher]:
    from ...perception.depth.matcher import StereoMatcher
    from ...perception.depth.sgm import WarpStereoMatcher

    def parts_of(matcher: Callable[[np.ndarray, np.ndarray], DisparityMap]) -> Matcher:
        def match(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            found = matcher(left, right)
            return found.disparity, found.valid

        return match

    return {
        "gaitway": parts_of(StereoMatcher(_DISPARITIES)),
        "gaitway, fast": parts_of(StereoMatcher(_DISPARITIES, fast=True)),
        "gaitway, two ways": parts_of(StereoMatcher(_DISPARITIES, two_way=True)),
        _WARP: parts_of(WarpStereoMatcher(_DISPARITIES, device)),
        "opencv": _opencv(False),
        "opencv, row fill": _opencv(True),
    }


def _opencv(is_filled: bool) -> Matcher:
    """SGBM along three paths with the settings of OpenCV's own samples, perhaps with the usual fill."""
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
        return _fill_along_rows(disparity) if is_filled else disparity, disparity > 0

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
) -> dict[str, dict[str, list[float]]]:
    """Seconds of each call by the clock and of all cores together, the matchers taking turns."""
    times = {name: {"ms_640x480": [], "cpu_ms_640x480": []} for name in matchers}
    for _ in range(repeats):
        for name, matcher in matchers.items():
            start = perf_counter(), process_time()
            matcher(left, right)
            end = perf_counter(), process_time()
            for values, first, last in zip(times[name].values(), start, end, strict=True):
                values.append(last - first)
    return times
