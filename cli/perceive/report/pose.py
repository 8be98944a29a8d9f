"""The page of `gaitway perceive pose`: the object drawn where it was found, and how well that fits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ....perception.camera import Camera
from ....perception.pose.estimate import PoseEstimate, PoseEstimator
from ....policies.figure_style import BLUE, light_grid, new_figure, png_of
from ....policies.page import Page, Picture, Table
from .pictures import photo

_FURTHEST = 15.0  # mm: residuals beyond are those of something else, which hides the object or lies behind it


def add_pose(
    page: Page,
    overlay: np.ndarray,
    depth: np.ndarray,
    camera: Camera,
    estimator: PoseEstimator,
    found: Mapping[int, PoseEstimate],
) -> None:
    """Fill the page.

    Args:
        page: to fill.
        overlay: RGB picture with the poses drawn in.
        depth: (height, width) in m, 0 where there is none.
        camera: of it.
        estimator: of the object.
        found: poses by instance.
    """
    off = {k: _residuals(depth, camera, estimator, one) for k, one in found.items()}
    page.add("Poses", photo(overlay, _OVERLAY, "poses"), table=_table(found, off))
    shown = {k: values for k, values in off.items() if found[k].found and values.size}
    if shown:
        page.add("Residuals", Picture(png_of(_histogram(shown)), _RESIDUALS, "residuals"))


_OVERLAY = "Outline and axes (x red, y green, z blue) of each pose that was found, with its score."
_RESIDUALS = (
    "Measured depth less that of the drawn object, pixel by pixel: a narrow hill about 0 is a good fit, a "
    "shifted one a wrong scale, offset or mesh, a second one something that hides the object."
)


def _residuals(
    depth: np.ndarray, camera: Camera, estimator: PoseEstimator, estimate: PoseEstimate
) -> np.ndarray:
    """Measured depth less that of the drawn object, mm, of pixels within 15 mm."""
    drawn = estimator.shape.draw(camera, estimate.pose[None])[0]
    both = (drawn > 0) & (depth > 0)
    off = 1e3 * (depth[both] - drawn[both])
    return off[np.abs(off) < _FURTHEST]


def _table(found: Mapping[int, PoseEstimate], off: Mapping[int, np.ndarray]) -> Table:
    rows = []
    for k, one in found.items():
        turn, shift = np.split(np.sqrt(np.diag(one.covariance)), 2)
        rms = f"{np.sqrt(np.mean(off[k] ** 2)):.1f}" if off[k].size else "–"
        x, y, z = one.pose[:3, 3]
        rows.append((
            str(k), "found" if one.found else "not found", f"{one.score:.2f}", f"{x:.4f}, {y:.4f}, {z:.4f}",
            f"{1e3 * shift.max():.1f}", f"{np.degrees(turn.max()):.1f}", f"{one.visible:.0%}", rms,
            str(len(one.others)),
        ))  # fmt: skip
    columns = (
        "instance", "", "score", "x, y, z, m", "sigma, mm", "sigma, deg", "not hidden", "RMS, mm", "rivals"
    )  # fmt: skip
    return Table(columns, rows, texts=(0, 1))


def _histogram(off: Mapping[int, np.ndarray]) -> Figure:
    figure = new_figure(2.8)
    axis = figure.subplots()
    edges = np.linspace(-_FURTHEST, _FURTHEST, 121).tolist()
    for k, values in off.items():
        axis.hist(values, edges, density=True, histtype="step", label=f"instance {k}")
    axis.axvline(0.0, color=BLUE, lw=0.6)
    axis.set(xlabel="mm", ylabel="share of pixels per mm")
    axis.legend(fontsize="small")
    light_grid(axis)
    return figure
