"""Draw a portrait of every robot and write a page of their cards: mass, joints, limits, sources."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from rich.progress import track

from ..assets import ASSETS
from ..assets.warehouse.generate import write_all

_HEAD = """# Robots

Our own geometry after published facts; each USD file in `assets/robots/` names its sources. Ranges are in
rad or m, effort in N m or N, speed in rad/s or m/s. This page and its pictures are made by
`gaitway robots --out docs/robots.md`.
"""


def main(out: Path = Path("robots.md")) -> None:
    """Write the cards of Gaitway's robots.

    Args:
        out: Markdown page to write; the portraits go into images/robots next to it.
    """
    # Loads the simulator: not before the arguments are known to be right.
    from ..envs.robot_card import portrait, robot_card

    robots = sorted((ASSETS / "robots").glob("*.usda"))
    pages, files = [_HEAD], {}
    for path in track(robots, "Robots"):
        picture = Path("images/robots") / f"{path.stem}.png"
        pages.append(robot_card(path).markdown(picture.as_posix()))
        file = io.BytesIO()
        Image.fromarray(portrait(path)).save(file, "PNG", optimize=True)
        files[out.parent / picture] = file.getvalue()
    files[out] = ("\n\n".join(page.strip() for page in pages) + "\n").encode()
    write_all(files)
    print(f"wrote {out} and {len(files) - 1} portraits")
