"""Watch a policy: as a video, or live in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro


def main(
    task: Annotated[str, tyro.conf.Positional],
    policy: Path,
    video: Path | None = None,
    web: bool = False,
    seconds: float = 20.0,
    vx: float | None = None,
    vy: float | None = None,
    yaw_rate: float | None = None,
    port: int = 0,
    seed: int = 0,
) -> None:
    """Watch a policy on a task.

    Without a velocity the task draws commands as in training; with one, the others are 0.

    Args:
        task: registered task, such as Gaitway/DroidVelocityFlat-v0.
        policy: run folder, checkpoint, or bundle.
        video: MP4 file to write.
        web: serve a browser viewer on 127.0.0.1 until interrupted.
        seconds: length of the video.
        vx: forward velocity to command, in m/s.
        vy: leftward velocity to command, in m/s.
        yaw_rate: turning rate to command, in rad/s.
        port: of the browser viewer; 0 takes the first free one from 8080 on.
        seed: of resets and commands.
    """
    if (video is None) == (not web):
        raise ValueError("Say how to watch: either --video FILE.mp4 or --web.")
    if video is not None and video.suffix != ".mp4":
        raise ValueError(f"--video is {video}; its name must end in .mp4.")
    if not seconds > 0:
        raise ValueError(f"--seconds is {seconds:g}; it must be above 0.")
    # Load torch and the rest: not before the arguments are known to be right.
    import torch

    from ..envs.model import compile_model
    from ..envs.registration import load_cfg
    from ..envs.vector_env import GaitwayVectorEnv
    from ..policies.evaluation import undisturbed
    from ..policies.load import load_policy
    from ..preview.rollout import rollout

    cfg = undisturbed(load_cfg(task))
    env = GaitwayVectorEnv(cfg, 1)
    act = load_policy(policy, env).act
    given = [vx, vy, yaw_rate]
    command = None if given == [None] * 3 else torch.tensor([value or 0.0 for value in given])
    moments = rollout(env, act, command, seed)
    model = compile_model(cfg, visuals=True)
    if video is not None:
        from ..preview.film import film

        film(moments, round(seconds / env.step_dt), env.step_dt, model, video)
        print(f"{video}: {seconds:g} s.")
    else:
        from ..preview.web import serve

        serve(moments, env.step_dt, model, port)
