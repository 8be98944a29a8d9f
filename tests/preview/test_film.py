"""Films of a walk: what they show and how long they are."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import torch
from gaitway.envs.model import compile_model
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.preview.film import film
from gaitway.preview.rollout import rollout

TASK = "Gaitway/DroidVelocityFlat-v0"


def _stand(env: GaitwayVectorEnv) -> torch.Tensor:
    return torch.zeros(env.num_envs, env.actions.size)


def test_rollout_holds_the_command_and_reports_falls() -> None:
    """Thrown off its feet, the robot falls; the command stays what it was told through the new episode."""
    env = GaitwayVectorEnv(load_cfg(TASK), 1)
    command = torch.tensor([0.3, -0.1, 0.2])
    moments = rollout(env, lambda env: 3.0 * torch.ones(1, env.actions.size), command, seed=0)
    taken = [next(moments) for _ in range(200)]
    assert all(np.allclose(moment.command, [0.3, -0.1, 0.2]) for moment in taken)
    assert any(moment.fell for moment in taken)
    assert taken[0].qpos.shape == (env.model.nq,)


def test_film_is_as_long_as_the_walk(tmp_path: Path) -> None:
    """26 moments at 50 Hz are 13 pictures at 25 Hz, and the robot's orange is in the middle of them."""
    cfg = load_cfg(TASK)
    env = GaitwayVectorEnv(cfg, 1)
    file = tmp_path / "stand.mp4"
    film(
        rollout(env, _stand, torch.zeros(3), seed=0), 26, env.step_dt, compile_model(cfg, visuals=True), file
    )
    reader = imageio_ffmpeg.read_frames(str(file))
    meta = next(reader)
    width, height = meta["size"]
    frames = [np.frombuffer(frame, np.uint8).reshape(height, width, 3).astype(int) for frame in reader]
    assert meta["fps"] == 25 and len(frames) == 13
    middle = frames[-1][height // 4 : 3 * height // 4, width // 3 : 2 * width // 3]
    orange = (middle[..., 0] > 120) & (middle[..., 0] > 1.8 * middle[..., 2])
    assert orange.sum() > 100
