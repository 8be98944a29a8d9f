"""Write the card of a bundle: how it was trained, how good it is, its curve and frames of a rollout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro


def main(bundle: Annotated[Path, tyro.conf.Positional], run: Path, episodes: int = 256) -> None:
    """Write README.md, curve.png and frames.png into a bundle's folder.

    The bundle is scored through the edge runtime's own code, as 'gaitway eval' does.

    Args:
        bundle: folder made by 'gaitway export'.
        run: the run or checkpoint that was exported.
        episodes: how many to score for each of 3 seeds.
    """
    # Loads torch: not before the arguments are known to be right.
    from ..policies.model_card import write_card
    from .bench.report import machine_facts, on_machine

    machine = on_machine(machine_facts())
    print(f"wrote {write_card(bundle, run, episodes, machine)}")
