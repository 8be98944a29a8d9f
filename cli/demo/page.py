"""Writes `index.html`: what the demo has found so far, readable from the first second on."""

from __future__ import annotations

from pathlib import Path

import jinja2

from ...assets.whole_file import whole_file
from ...deploy_jetson.golden import TOLERANCE
from .bars import BARS, missed
from .growth import SPEED
from .story import Story
from .style import COLOR_NAMES, COLORS, LABELS

PAGE_FILE = "index.html"
REFRESH_S = 15
_MARK = '<meta name="generator" content="gaitway demo">'


def write_page(story: Story) -> Path:
    """Write the page into the story's folder, whole or not at all; returns its path.

    While more is to come, the page asks the browser to load it again every `REFRESH_S` s.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html").render(
        story=story,
        verdict=verdict(story),
        bars=BARS,
        labels=LABELS,
        colors=COLORS,
        color_names=COLOR_NAMES,
        tolerance=TOLERANCE,
        growth_speed=SPEED,
        refresh_s=REFRESH_S if story.running else None,
        mark=_MARK,
        exists=lambda name: (story.folder / name).is_file(),
    )
    path = story.folder / PAGE_FILE
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def is_demo_folder(folder: Path) -> bool:
    """Whether an earlier demo wrote its page into `folder`."""
    page = folder / PAGE_FILE
    return page.is_file() and _MARK in page.read_text(encoding="utf-8", errors="replace")


def verdict(story: Story) -> list[str]:
    """The demo's outcome in two lines; empty while there is none."""
    if "fresh" not in story.walks or "fresh" not in story.scores:
        return []
    walked = [
        f"the {name} policy {walk.reached} of {len(walk.errand.route.waypoints)}"
        for name, walk in story.walks.items()
    ]
    score = story.scores["fresh"].score
    time = f"{story.minutes:g} minutes of training were"
    if short := missed(score):
        names = ", ".join(f"{bar.label} {score[bar.name].value:.2g} (bar {bar.text})" for bar in short)
        outcome = f"{time} not enough to meet every bar: {names}."
    else:
        survival, velocity, yaw_rate = (
            score[name].value for name in ("survival_rate", "lin_vel_error", "yaw_rate_error")
        )
        outcome = (
            f"{time} enough: {survival:.1%} of episodes survived, velocity error {velocity:.2f} m/s, "
            f"yaw rate error {yaw_rate:.2f} rad/s."
        )
    return [f"Waypoints reached in the warehouse: {', '.join(walked)}.", outcome]
