"""Score a policy with confidence intervals, report what it bears, check it in other physics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from .overrides import Overrides

if TYPE_CHECKING:
    from ..policies.candidate import Candidate


def main(
    task: Annotated[str, tyro.conf.Positional],
    policy: Path,
    env: Overrides = (),
    episodes: int = 256,
    seed: int = 0,
    seeds: int = 3,
    json: Path | None = None,
    report: Path | None = None,
    cross: bool = False,
    pushes: bool = False,
) -> int:
    """Score a policy on a task, each measure with its 95 % confidence interval.

    Sensor noise and the task's randomization are on, pushes are off; on a terrain, worlds are spread over all
    levels. What a run changed of the task's config is changed here, too, a robot of one's own included. A
    bundle is scored through the edge runtime's own code, so what is scored is what ships.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0.
        policy: run folder, checkpoint, or bundle.
        env: further changes of the task's config.
        episodes: how many for each seed, each of the task's full length unless the robot fails.
        seed: of resets, commands and noise; the first of `seeds`.
        seeds: how many seeds.
        json: file to write the result to.
        report: folder to write a page with figures to: commands, gait, robustness.
        cross: run the same episodes in other physics instead; exits with 1 if survival or success changes by
            more than 5 %.
        pushes: keep the pushes of the task's training on.
    """
    from ..policies.load import trained_overrides

    env = (*trained_overrides(policy), *env)
    if cross:
        from ..policies.candidate import Candidate

        return _cross(Candidate(task, policy, env), episodes, seed, json)
    from ..policies.score import score_policy

    result = score_policy(task, policy, episodes, seed, seeds, env, pushes)
    result.print_table()
    if json is not None:
        result.write(json)
    if report is not None:
        from ..policies.report import write_report

        print(write_report(result, report, lambda stage: print(f"{stage} ...", flush=True)))
    return 0


def _cross(candidate: Candidate, episodes: int, seed: int, json: Path | None) -> int:
    from ..policies.cross_check import cross_check, print_comparisons
    from ..policies.provenance import git_commit
    from ..policies.score import write_json

    found = cross_check(candidate, episodes, seed)
    print_comparisons(found)
    if json is not None:
        record = {"task": candidate.task, "policy": str(candidate.path), "overrides": candidate.overrides}
        origin = {"seed": seed, "git_commit": git_commit()}
        write_json(json, {**record, **origin, "comparisons": [one.to_json() for one in found]})
    return int(not all(one.transfers for one in found))
