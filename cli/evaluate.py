"""Score a policy: survival, velocity errors and gait over whole episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro


def main(
    task: Annotated[str, tyro.conf.Positional],
    policy: Path,
    episodes: int = 256,
    seed: int = 0,
    json: Path | None = None,
) -> None:
    """Score a policy on a task.

    Sensor noise and the task's randomization are on, pushes are off. A bundle is scored through the edge
    runtime's own code, so what is scored is what ships.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0.
        policy: run folder, checkpoint, or bundle.
        episodes: how many, each of the task's full length unless the robot fails.
        seed: of resets, commands and noise.
        json: file to write the result to.
    """
    from ..policies.score import score_policy

    result = score_policy(task, policy, episodes, seed)
    result.print_table()
    if json is not None:
        result.write(json)
