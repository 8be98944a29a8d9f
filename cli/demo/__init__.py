"""The whole chain on this computer: build, train, export, walk, film, run a shift; with a page to look at."""

from __future__ import annotations

from pathlib import Path


def main(minutes: float = 10.0, out: Path = Path("out/demo")) -> int:
    """Build a warehouse, train a droid from scratch, and walk it through.

    Args:
        minutes: wall time of training; everything else takes about seven minutes more on two cores.
        out: folder for index.html and everything it shows; what an earlier demo left there is replaced.
    """
    # Loads torch: not before the arguments are known to be right.
    from ...policies import ZOO
    from .run import Demo

    if not minutes > 0:
        raise ValueError(f"--minutes is {minutes:g}; training needs more than 0.")
    return Demo(minutes, out, ZOO / "droid-velocity-flat").run()
