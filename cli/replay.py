"""Play a robot's log back in the simulator: the sim-to-real gap, joint by joint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import tyro


def main(
    log: Annotated[Path, tyro.conf.Positional],
    window: float = 0.2,
    scene: Path | None = None,
    as_json: Annotated[Path | None, tyro.conf.arg(name="json")] = None,
) -> None:
    """Compare a run's log with the simulator, started again and again from where the robot was.

    Args:
        log: MCAP file that `gaitway-edge run` wrote.
        window: s that the simulator runs on its own before it starts from the log again.
        scene: USD file that the robot stood in; a flat floor if none.
        as_json: write the gap to this file.
    """
    from ..deploy_jetson.log.reader import RunLog
    from ..policies.sim_gap import measure_gap

    gap = measure_gap(RunLog.load(log), window, scene)
    print(gap.table())
    if as_json is not None:
        as_json.write_text(json.dumps(gap.as_json(), indent=2) + "\n", encoding="utf-8")
