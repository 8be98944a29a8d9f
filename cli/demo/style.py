"""Names and colours of the two policies, the same in the film, the plots and on the page."""

from __future__ import annotations

from matplotlib.colors import to_rgb

LABELS = {"fresh": "trained just now", "shipped": "shipped"}
COLORS = {"fresh": "#e4572e", "shipped": "#1f78d1"}
COLOR_NAMES = {"fresh": "orange", "shipped": "blue"}


def rgb(name: str) -> tuple[float, float, float]:
    """Red, green and blue in [0, 1] of a policy's colour."""
    return to_rgb(COLORS[name])
