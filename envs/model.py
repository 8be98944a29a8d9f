"""From a task's config to the compiled model and the worlds that step it."""

from __future__ import annotations

import mujoco

from .config import EnvCfg
from .options import apply_options
from .stage import RobotPlacement, load_stage
from .threaded_world import ThreadedWorld
from .world import World


def compile_model(cfg: EnvCfg, visuals: bool = False) -> mujoco.MjModel:
    """Compile the task's robot into its scene, with the task's physics options; `visuals` for pictures.

    Raises:
        StageError: a USD file is missing or wrong; the sentence names file and prim.
    """
    model = load_stage(cfg.scene, [RobotPlacement(cfg.robot)], visuals).compile()
    apply_options(model, cfg.sim)
    return model


def make_world(model: mujoco.MjModel, num_worlds: int, device: str, threads: int) -> World:
    """The executor for `device`: threads on `cpu`, mujoco_warp on CUDA."""
    if device == "cpu":
        return ThreadedWorld(model, num_worlds, threads)
    from .warp_world import WarpWorld

    return WarpWorld(model, num_worlds, device)
