"""A strip of pictures of one grasp: come, grip, raise, shake."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ...envs.render import RayTracer
from .score_grasps import GraspTrial, TriedGrasp

_FROM = np.array([0.38, -0.45, 0.28])  # of the object, m


def save_strip(path: Path, trial: GraspTrial, seed: int) -> TriedGrasp:
    """Try a grasp, and write what it looked like as each of its four stages ended."""
    hand = trial.hand
    tracer = RayTracer(hand.model, 400, 320, supersample=2)
    pictures: list[np.ndarray] = []

    def watch(stage: str) -> None:
        middle = hand.object_pose()[:3, 3]
        tracer.look_at(middle + _FROM, middle)
        pictures.append(tracer.render(hand.data.qpos))

    tried = trial.run(seed, watch)
    if pictures:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.concatenate(pictures, axis=1)).save(path)
    return tried
