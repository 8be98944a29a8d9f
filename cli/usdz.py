"""Package a stage, or the recording of a simulation, for viewers of augmented reality: one USDZ file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro


def main(stage: Annotated[Path, tyro.conf.Positional], out: Path) -> None:
    """Package what is drawn of a USD stage, its animation included, as one USDZ file.

    Args:
        stage: USD file, such as a scene or the recording.usda that `gaitway play --usd-live` leaves.
        out: USDZ file to write, checked by the ARKit profile of USD's compliance checker.
    """
    from ..assets.usdz import package_usdz

    print(package_usdz(stage, out).sentence(out))
