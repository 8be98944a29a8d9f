"""A sheet of frames of one rollout: what a return cannot say, such as whether a robot takes real steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from ..envs import rotations
from ..envs.commands.velocity import VelocityCommand
from ..envs.snapshots import Snapshots
from ..envs.vector_env import GaitwayVectorEnv
from .candidate import Candidate
from .evaluation import run_episodes

FRAMES, COLUMNS = 12, 4
_STEP_S = 0.2  # between frames of a gait
_WORLDS = 32


@dataclass(frozen=True)
class Rollout:
    """States (frames, nq) at `times` (frames,) in s; `command` is what the robot was told, if a velocity.

    `mocap_pos` (nmocap, 3) and `mocap_quat` (nmocap, 4) are where the episode has its furniture, if any.
    """

    times: np.ndarray
    states: np.ndarray
    mocap_pos: np.ndarray
    mocap_quat: np.ndarray
    command: tuple[float, float, float] | None


def record_rollout(candidate: Candidate, seed: int) -> Rollout:
    """One episode of the task: told to go forward fast if it follows velocities, else as the task draws it.

    Of a few worlds, a walk is the one that starts with its heading nearest to +X, so that the camera, which
    does not turn, sees it from the side; there are fewer states than `FRAMES` if it ends before. Of other
    tasks it is an episode as long as most are, from its start to its end.
    """
    env = GaitwayVectorEnv(candidate.cfg(), _WORLDS)
    follows = isinstance(env.command, VelocityCommand) and env.cfg.scorer == "velocity"
    forward = (env.cfg.commands.lin_vel_x[1], 0.0, 0.0) if follows else None  # type: ignore[attr-defined]
    span = FRAMES * _STEP_S if follows else env.cfg.episode_s
    every = max(1, round(span / FRAMES / env.step_dt))
    states: list[np.ndarray] = []
    going: list[np.ndarray] = []
    furniture: list[np.ndarray] = []

    def look(counted: torch.Tensor) -> None:
        states.append(env.world.view("qpos").double().cpu().numpy().copy())
        going.append(counted.cpu().numpy())

    def begin() -> None:
        if forward is not None:
            env.command.set(torch.tensor(forward, device=env.device))
        furniture.extend(env.world.view(name).cpu().numpy().copy() for name in ("mocap_pos", "mocap_quat"))
        look(torch.ones(env.num_envs, dtype=torch.bool))

    env.max_episode_length = min(env.max_episode_length, every * FRAMES)
    run_episodes(env, candidate.policy(env.num_envs).act, seed, begin, look)
    lengths = np.sum(going, axis=0)
    if follows:
        world = _facing_x(env, states[0])
        alive = range(0, min(int(lengths[world]), every * FRAMES), every)
    else:
        world = int(np.argsort(lengths)[len(lengths) // 2])
        alive = np.unique(np.linspace(0, lengths[world] - 1, FRAMES).round().astype(int)).tolist()
    return Rollout(
        np.array(alive) * env.step_dt,
        np.array([states[step][world] for step in alive]),
        furniture[0][world],
        furniture[1][world],
        forward,
    )


def _facing_x(env: GaitwayVectorEnv, qpos: np.ndarray) -> int:
    """The world whose base points most along +X; the first one if the base is fixed."""
    if not env.state.has_base:
        return 0
    return int(rotations.yaw(torch.from_numpy(qpos[:, 3:7])).abs().argmin())


def draw_sheet(candidate: Candidate, rollout: Rollout, out: Path) -> None:
    """Draw the rollout's states in rows, each with its time, into the PNG file `out`."""
    snapshots = Snapshots(candidate.cfg())
    snapshots.place_mocap(rollout.mocap_pos, rollout.mocap_quat)
    pictures = [Image.fromarray(snapshots.draw(qpos)) for qpos in rollout.states]
    width, height = pictures[0].size
    sheet = Image.new("RGB", (COLUMNS * width, -(-FRAMES // COLUMNS) * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for i in range(FRAMES):
        place = ((i % COLUMNS) * width, (i // COLUMNS) * height)
        if i < len(pictures):
            sheet.paste(pictures[i], place)
        label = f"{rollout.times[i]:.1f} s" if i < len(pictures) else "the episode has ended"
        draw.text((place[0] + 8, place[1] + 6), label, fill="black", font=font)
    sheet.save(out, "PNG", optimize=True)
