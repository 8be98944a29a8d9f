"""Watch a policy: as a video, live in the browser, or live as a USD stage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import tyro

_VIDEO_S = 20.0


def main(
    task: Annotated[str, tyro.conf.Positional],
    policy: Path,
    video: Path | None = None,
    web: bool = False,
    usd_live: Path | None = None,
    usd_rate: float = 60.0,
    nucleus: str | None = None,
    worlds: int = 1,
    seconds: float | None = None,
    vx: float | None = None,
    vy: float | None = None,
    yaw_rate: float | None = None,
    port: int = 0,
    seed: int = 0,
) -> None:
    """Watch a policy on a task.

    Without a velocity the task draws commands as in training; with one, the others are 0. What a run changed
    of the task's config is changed here, too.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0.
        policy: run folder, checkpoint, or bundle.
        video: MP4 file to write.
        web: serve a browser viewer on 127.0.0.1 until interrupted.
        usd_live: folder for a USD stage that follows the simulation until interrupted: open its live.usda.
        usd_rate: frames a second of that stage and its recording.usda; at most one per step of the policy.
        nucleus: folder on an Omniverse Nucleus server that gets that stage, too: omniverse://HOST/PATH.
        worlds: how many worlds that stage shows, side by side.
        seconds: length of the video, 20 by default, or when to end the live stage.
        vx: forward velocity to command, in m/s.
        vy: leftward velocity to command, in m/s.
        yaw_rate: turning rate to command, in rad/s.
        port: of the browser viewer; 0 takes the first free one from 8080 on.
        seed: of resets and commands.
    """
    _check_way(video, web, usd_live)
    _check_live(usd_live is not None, usd_rate, nucleus, worlds)
    if seconds is not None and not seconds > 0:
        raise ValueError(f"--seconds is {seconds:g}; it must be above 0.")
    # Load torch and the rest: not before the arguments are known to be right.
    import torch

    from ..envs.model import compile_model
    from ..envs.registration import load_cfg
    from ..envs.vector_env import GaitwayVectorEnv
    from ..policies.evaluation import undisturbed
    from ..policies.load import load_policy, trained_overrides
    from ..preview.rollout import rollout

    cfg = undisturbed(load_cfg(task, trained_overrides(policy)))
    env = GaitwayVectorEnv(cfg, worlds)
    act = load_policy(policy, env).act
    given = [vx, vy, yaw_rate]
    command = None if given == [None] * 3 else torch.tensor([value or 0.0 for value in given])
    moments = rollout(env, act, command, seed)
    if usd_live is not None:
        from ..preview.usd_live.show import show

        show(moments, env, usd_live, usd_rate, seconds, nucleus)
    elif video is not None:
        from ..preview.film import film

        seconds = _VIDEO_S if seconds is None else seconds
        film(moments, round(seconds / env.step_dt), env.step_dt, compile_model(cfg, visuals=True), video)
        print(f"{video}: {seconds:g} s.")
    else:
        from ..preview.web import serve

        serve(moments, env.step_dt, compile_model(cfg, visuals=True), port)


def _check_way(video: Path | None, web: bool, usd_live: Path | None) -> None:
    if (video is not None) + web + (usd_live is not None) != 1:
        raise ValueError("Say how to watch: either --video FILE.mp4, --web or --usd-live DIR.")
    if video is not None and video.suffix != ".mp4":
        raise ValueError(f"--video is {video}; its name must end in .mp4.")


def _check_live(is_live: bool, usd_rate: float, nucleus: str | None, worlds: int) -> None:
    if not is_live and (nucleus is not None or worlds != 1):
        raise ValueError("--nucleus and --worlds say something about a live stage; give --usd-live DIR, too.")
    if not usd_rate > 0:
        raise ValueError(f"--usd-rate is {usd_rate:g}; it must be above 0.")
    if worlds < 1:
        raise ValueError(f"--worlds is {worlds}; there must be at least 1.")
    if nucleus is not None and not re.fullmatch(r"omniverse://[^/]+/.+", nucleus):
        raise ValueError(f"--nucleus is {nucleus}; it must be a folder's URL: omniverse://HOST/PATH.")
