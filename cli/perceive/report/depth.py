"""The page of `gaitway perceive depth`: what was matched, how sure, and how far from the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ....perception.depth.disparity import DisparityMap
from ....perception.depth.report import disparity_picture
from ....policies.figure_style import BLUE, ORANGE, light_grid, new_figure, png_of
from ....policies.page import Page, Picture, Table
from .pictures import photo

_WORST = 4.0  # px: errors above are not told apart


def add_depth(
    page: Page,
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]],
    pair: tuple[np.ndarray, np.ndarray],
    found: DisparityMap,
    truth: np.ndarray | None,
    depth: np.ndarray,
    ms: float,
) -> None:
    """Fill the page.

    Args:
        page: to fill.
        tables: columns and rows by their titles.
        pair: left and right picture, uint8.
        found: disparities.
        truth: (height, width) in px, not finite where unknown, if there is one.
        depth: (height, width) in m, 0 where it was not measured.
        ms: time that matching took.
    """
    page.facts.append(f"{found.density:.1%} of the pixels were measured, in {ms:.0f} ms.")
    for title, (columns, rows) in tables.items():
        page.add(title, table=Table(columns, rows))
    top = float(max(np.percentile(found.disparity, 99.5), 1.0))
    measured = np.where(found.valid, found.disparity, 0)
    page.add(
        "Pictures",
        photo(pair[0], "Left.", "left picture"),
        photo(pair[1], "Right.", "right picture"),
        photo(disparity_picture(measured, top), f"Measured; red: {top:.0f} px.", "measured disparities"),
        photo(disparity_picture(found.disparity, top), "Holes filled.", "filled disparities"),
        photo(
            disparity_picture(found.confidence, 1.0),
            "Confidence, the probability of an error below 1 px: red 1, black 0 (not measured).",
            "confidence",
        ),
        *_against(found, truth, top),
    )
    page.add("Distances", Picture(png_of(_histograms(found, truth, depth)), _CAPTION, "histograms"))


_CAPTION = (
    "Left: how far measured pixels are. Right, where the truth is known: share of pixels that are wrong by "
    "more than so much."
)


def _against(found: DisparityMap, truth: np.ndarray | None, top: float) -> list[Picture]:
    if truth is None:
        return []
    error = np.where(np.isfinite(truth), np.abs(found.disparity - truth), np.nan)
    shown = disparity_picture(error + 1e-3, _WORST)
    caption = (
        f"Error after filling: dark blue 0, red {_WORST:g} px and more, black where the truth is unknown."
    )
    return [
        photo(disparity_picture(truth, top), "Truth.", "true disparities"),
        photo(shown, caption, "errors"),
    ]


def _histograms(found: DisparityMap, truth: np.ndarray | None, depth: np.ndarray) -> Figure:
    figure = new_figure(3.2)
    distances, errors = figure.subplots(1, 2)
    known = depth[depth > 0]
    if known.size:
        far = float(np.percentile(known, 99))
        distances.hist(known[known <= far], bins=80, color=BLUE)
    distances.set(xlabel="m", ylabel="pixels")
    if truth is not None:
        levels = np.linspace(0.0, _WORST, 81)
        for name, where, colour in (
            ("all, filled", np.isfinite(truth), ORANGE),
            ("measured", np.isfinite(truth) & found.valid, BLUE),
        ):
            off = np.sort(np.abs(found.disparity - truth)[where])
            worse = 1 - np.searchsorted(off, levels, side="right") / max(off.size, 1)
            errors.plot(levels, 100 * worse, color=colour, label=name)
        errors.legend()
    else:
        errors.text(0.5, 0.5, "no truth to compare with", ha="center", transform=errors.transAxes)
    errors.set(xlabel="px", ylabel="% of pixels", ylim=(0, None))
    for axis in (distances, errors):
        light_grid(axis)
    return figure
