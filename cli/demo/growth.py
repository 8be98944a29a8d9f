"""From falling to walking: the checkpoints of one run, each asked to walk forward over flat ground.

They act as they did in training, with the noise by which PPO explores: it is what makes the first ones fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from scipy.spatial.transform import Rotation

from ...assets import ASSETS
from ...envs.registration import load_cfg
from ...envs.render import RayTracer
from ...envs.stage import RobotPlacement, load_stage
from ...envs.vector_env import GaitwayVectorEnv
from ...policies.checkpoint import Checkpoint
from ...policies.evaluation import undisturbed
from ...policies.export import trained_actor
from ...policies.ppo import observations

SECONDS, FRAMES, SPEED = 4.0, 8, 0.4
WIDTH, HEIGHT, MARGIN = 176, 132, 150
_FALLEN_SHARE = 0.6
"""Below this share of its standing height a base has fallen."""


@dataclass(frozen=True)
class Attempt:
    """A checkpoint's first steps: `states` (T, nq) until it fell, `distance` walked forward in m."""

    minutes: float
    samples: int
    states: np.ndarray
    fell_after: float | None

    @property
    def distance(self) -> float:
        """Way along the direction it started in, m."""
        return float(self.states[-1, 0] - self.states[0, 0])


def choose_checkpoints(run: Path, count: int = 6) -> list[Path]:
    """The first, the last and the ones between whose training times are spread like 0, 1, 2, 4, 7, 10."""
    checkpoints = sorted(run.glob("model_*.pt"), key=lambda path: int(path.stem.partition("_")[2]))
    shares = np.linspace(0.0, 1.0, count) ** 1.5
    chosen = sorted({round(share * (len(checkpoints) - 1)) for share in shares})
    return [checkpoints[index] for index in chosen]


@torch.inference_mode()
def attempts(checkpoints: list[Path]) -> list[Attempt]:
    """Let each checkpoint walk for `SECONDS` from a standing start; nothing but time ends it."""
    torch.manual_seed(0)
    env, found = None, []
    for path in checkpoints:
        checkpoint = Checkpoint.load(path)
        if env is None:
            cfg = undisturbed(load_cfg(checkpoint.task))
            cfg.terminations = {name: term for name, term in cfg.terminations.items() if term.time_out}
            env = GaitwayVectorEnv(cfg, 1)
        actor = trained_actor(env, checkpoint, path)
        env.reset(seed=0)
        env.command.set(torch.tensor([SPEED, 0.0, 0.0]))
        states = []
        for _ in range(round(SECONDS / env.step_dt)):
            states.append(env.world.view("qpos")[0].numpy().copy())
            env.step(actor(observations(env), stochastic_output=True))
        found.append(_attempt(checkpoint, np.array(states), env.step_dt))
    return found


def _attempt(checkpoint: Checkpoint, states: np.ndarray, dt: float) -> Attempt:
    """The states turned so that the walk starts at the origin, forward along +X."""
    rotation = Rotation.from_quat(states[:, 3:7], scalar_first=True)
    forward = rotation[0].apply([1.0, 0.0, 0.0])
    turn = Rotation.from_euler("z", -math.atan2(forward[1], forward[0]))
    states[:, :3] = turn.apply(states[:, :3] - [*states[0, :2], 0.0])
    states[:, 3:7] = (turn * rotation).as_quat(scalar_first=True)
    down = np.flatnonzero(states[:, 2] < _FALLEN_SHARE * states[0, 2])
    return Attempt(
        minutes=checkpoint.seconds / 60,
        samples=checkpoint.samples,
        states=states,
        fell_after=float(down[0] * dt) if len(down) else None,
    )


def draw_strip(found: list[Attempt], out: Path) -> None:
    """A row of frames per checkpoint, written to the PNG file `out`."""
    droid = RobotPlacement(ASSETS / "robots/droid.usda")
    tracer = RayTracer(
        load_stage(ASSETS / "scenes/flat.usda", [droid]).compile(), WIDTH, HEIGHT, supersample=2
    )
    strip = Image.new("RGB", (2 * MARGIN + FRAMES * WIDTH, len(found) * HEIGHT), "white")
    draw, font = ImageDraw.Draw(strip), ImageFont.load_default(22)
    for row, attempt in enumerate(found):
        top = row * HEIGHT
        label = f"{attempt.minutes:.1f} min\n{attempt.samples / 1e6:.2f} M\nsamples"
        draw.multiline_text((8, top + 26), label, fill="black", font=font)
        for column, tick in enumerate(np.linspace(0, len(attempt.states) - 1, FRAMES).astype(int)):
            x, y = attempt.states[tick, :2]
            tracer.look_at((x + 0.5, y - 1.15, 0.5), (x, y, 0.3))
            picture = Image.fromarray(tracer.render(attempt.states[tick]))
            strip.paste(picture, (MARGIN + column * WIDTH, top))
        draw.multiline_text(
            (MARGIN + FRAMES * WIDTH + 10, top + 40), _outcome(attempt), fill="black", font=font
        )
    strip.save(out)


def _outcome(attempt: Attempt) -> str:
    if attempt.fell_after is not None:
        return f"fell after\n{attempt.fell_after:.1f} s"
    return f"upright,\n{round(attempt.distance, 1) + 0.0:.1f} m"
