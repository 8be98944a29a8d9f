"""Names and colours of the two policies, the same in the film, the plots and on the page."""

from __future__ import annotations

from matplotlib.colors import to_rgb

from ...policies.figure_style import BLUE, ORANGE

LABELS = {"fresh": "trained just now", "shipped": "shipped"}
COLORS = {"fresh": ORANGE, "shipped": BLUE}
COLOR_NAMES = {"fresh": "orange", "shipped": "blue"}


def rgb(name: str) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of a policy's colour."""
    return to_rgb(COLORS[name])
