"""The look that every plot of the project shares."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..assets.whole_file import whole_file

ORANGE, BLUE, GREY = "#e4572e", "#1f78d1", "#6b7280"
DPI = 110
WIDTH = 11.0  # inches


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of `width` x `height` inches that lays itself out."""
    return Figure(figsize=(width, height), layout="constrained")


def light_grid(axis: Axes) -> None:
    """A grid that stays behind the data."""
    axis.grid(alpha=0.3)
    axis.set_axisbelow(True)


def save_figure(figure: Figure, path: Path) -> None:
    """Write a picture, whole or not at all; PNG unless the name says otherwise."""
    with whole_file(path) as temporary:
        figure.savefig(temporary, format=path.suffix.lstrip(".") or "png", dpi=DPI)


def png_of(figure: Figure) -> bytes:
    """The figure as a PNG file's content."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI)
    return content.getvalue()
