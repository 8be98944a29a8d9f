"""Watch a task, a stage or a training live in the browser: steer, push, pause, plot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from .overrides import Overrides

if TYPE_CHECKING:
    from ..preview.window.server import Window

_STAGES = (".usd", ".usda", ".usdc", ".usdz")
_LEAST_PRIORITY = 19


def main(
    target: Annotated[str, tyro.conf.Positional],
    policy: Path | None = None,
    worlds: int = 1,
    port: int = 8080,
    host: str = "127.0.0.1",
    seed: int = 0,
    env: Overrides = (),
) -> None:
    """Serve a page that shows worlds live, until interrupted.

    Args:
        target: registered task, USD stage, run folder, checkpoint or bundle. A run shows its newest
            checkpoint, also while it trains, at the lowest priority.
        policy: run folder, checkpoint or bundle that acts; that of the target, or else the zero action.
        worlds: how many are shown.
        port: of the page; 0 takes any that is free.
        host: address to listen on. There is no password: others than 127.0.0.1 let everybody steer.
        seed: of resets and commands.
        env: changes of the task's config.
    """
    if worlds < 1:
        raise ValueError(f"--worlds is {worlds}; there must be at least 1.")
    if not 0 <= port <= 65535:
        raise ValueError(f"--port is {port}; it must be 0 to 65535.")
    if target.endswith(_STAGES):
        if policy is not None or env:
            raise ValueError(f"{target} is a stage without a task; --policy and --env need a task.")
        window = _stage_window(Path(target), worlds, host, port)
    else:
        window = _task_window(target, policy, worlds, host, port, seed, env)
    print(f"{target}: open {window.address} (Ctrl+C ends it).", flush=True)
    try:
        window.run()
    finally:
        window.close()


def _stage_window(stage: Path, worlds: int, host: str, port: int) -> Window:
    from ..envs.stage import load_stage
    from ..preview.window.server import Window
    from ..preview.window.session import StageSession

    session = StageSession(load_stage(stage).compile(), worlds)
    return Window(session, stage.name, host=host, port=port)


def _task_window(
    target: str, policy: Path | None, worlds: int, host: str, port: int, seed: int, overrides: Overrides
) -> Window:
    from ..envs.registration import TASKS, load_cfg
    from ..envs.vector_env import GaitwayVectorEnv
    from ..policies.evaluation import undisturbed
    from ..policies.follow import FollowedPolicy, task_of
    from ..preview.window.server import Window
    from ..preview.window.session import TaskSession

    if target not in TASKS and Path(target).exists():
        policy = policy or Path(target)
        target, trained_with = task_of(Path(target))
        overrides = (*trained_with, *overrides)
    env = GaitwayVectorEnv(undisturbed(load_cfg(target, overrides)), worlds, threads=1)
    acting = None if policy is None else FollowedPolicy(policy, env)
    if acting is not None and acting.may_change:
        os.nice(_LEAST_PRIORITY)  # a training that may be going on goes first
    news = (lambda: "zero action: give --policy") if acting is None else acting.refresh
    return Window(TaskSession(env, acting, seed), target, news, host, port)
