"""`gaitway perceive depth`: disparities of a rectified pair."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..bench.report import machine_facts, print_table, write_json
from .looks import Looks

if TYPE_CHECKING:
    from rerun import RecordingStream

    from ...perception.metrics.disparity import DisparityReport


@dataclass
class Depth(Looks):
    """Match a rectified stereo pair: disparities, which of them were measured, and depth.

    Attributes:
        left: picture of the left camera.
        right: picture of the right camera.
        calib: Middlebury `calib.txt` of the pair.
        out: disparities to write, float32 px, holes filled: `.npy`, or `.pfm` as Middlebury. Beside it come
            `_valid.png`, white where a disparity was measured, `_depth.npy` in m with 0 where not,
            `_sigma.npy`, its standard deviation in m, and `.png` to look at.
        gt: true disparities to score against: `.pfm`, `.npy`, or KITTI's 16-bit `.png`.
        json: file to write the figures to, with the facts of the machine.
        disparities: how many to search; the calibration's `ndisp` by default.
        two_way: match from right to left, too: fewer wrong ones, half as fast.
        fast: match every second row only: an eighth more wrong ones, nearly twice as fast.
        onnx: stereo network of your own to match with instead of SGBM.
    """

    left: Path
    right: Path
    calib: Path
    out: Path
    gt: Path | None = None
    json: Path | None = None
    disparities: int | None = None
    two_way: bool = False
    fast: bool = False
    onnx: Path | None = None

    def work(self, view: RecordingStream | None) -> None:
        """Match, score, print and write."""
        from ...perception.datasets.middlebury import (
            read_calibration,
            read_stereo_picture,
            read_true_disparity,
        )
        from ...perception.depth.matcher import StereoMatcher
        from ...perception.depth.onnx_matcher import OnnxStereoMatcher
        from ...perception.depth.order import check_order
        from ...perception.depth.save import save_disparity
        from ...perception.metrics.disparity import score_disparity

        machine = machine_facts()
        calibration = read_calibration(self.calib)
        left, right = (read_stereo_picture(path, calibration) for path in (self.left, self.right))
        truth = None if self.gt is None else read_true_disparity(self.gt)
        if self.out.suffix not in (".npy", ".pfm"):
            raise ValueError(f"{self.out}: disparities are written to a .npy or .pfm file.")
        if self.disparities is None and calibration.disparities is None:
            raise ValueError(f"{self.calib} has no ndisp; give --disparities.")
        disparities = self.disparities or calibration.disparities or 0
        check_order(left, right, disparities, self.left, self.right)
        sgbm = StereoMatcher(disparities, self.two_way, self.fast)
        matcher = OnnxStereoMatcher(self.onnx) if self.onnx else sgbm
        start = perf_counter()
        found = matcher(left, right)
        figures: dict[str, Any] = {"ms": 1e3 * (perf_counter() - start), "density": found.density}
        print(f"{found.density:.1%} of the pixels matched in {figures['ms']:.0f} ms.")
        tables: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {}
        if truth is not None:
            report = score_disparity(found.disparity, truth, found.valid)
            figures |= asdict(report)
            title = f"Against {self.gt}, {report.density:.1%} of its pixels valid"
            tables[title] = _table(report)
            print_table(title, *tables[title])
        save_disparity(self.out, found, calibration)
        write_json(self.json, figures, machine)
        depth, _ = found.depth(calibration.left.fx, calibration.baseline, calibration.offset)
        if view is not None:
            from .view.depth import show_depth

            show_depth(view, (left, right), calibration.left, found, depth)
        if self.report is not None:
            from .report.depth import add_depth

            page = self.page(f"Depth of {self.left.name} and {self.right.name}", machine)
            add_depth(page, tables, (left, right), found, truth, depth, figures["ms"])
            page.write(self.report)


def _table(report: DisparityReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Columns and rows."""
    rows = [
        (name, *(f"{100 * score.bad[n]:.2f}" for n in (1.0, 2.0, 4.0)), f"{100 * score.d1:.2f}",
         f"{score.epe:.3f}", f"{score.pixels:,}")
        for name, score in (("all, filled", report.all), ("valid", report.valid))
    ]  # fmt: skip
    return ("pixels", "bad-1 %", "bad-2 %", "bad-4 %", "D1 %", "EPE px", "number"), rows
