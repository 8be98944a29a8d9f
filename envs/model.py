"""From a task's config to the compiled model and the worlds that step it."""

from __future__ import annotations

import mujoco

from .config import EnvCfg
from .options import apply_options
from .robot_defaults import complete_robot
from .stage import RobotPlacement, load_stage
from .terrain.field import TerrainField
from .threaded_world import ThreadedWorld
from .world import World

# Scratch memory of one world. A walking droid uses 0.04 MB; MuJoCo's default of 14 MB would ask for 7 GB
# at 512 worlds, and a process of that size may no longer start another one.
_ARENA_BYTES = 2 << 20


def compile_model(cfg: EnvCfg, visuals: bool = False, terrain: TerrainField | None = None) -> mujoco.MjModel:
    """Compile the task's robot into its scene, with the task's physics options; `visuals` for pictures.

    `terrain` is the field of `cfg.terrain`, made here if None.

    Raises:
        StageError: a USD file is missing or wrong; the sentence names file and prim.
    """
    stage = load_stage(cfg.scene, [RobotPlacement(cfg.robot)], visuals)
    if cfg.derive:
        complete_robot(stage.spec, str(cfg.robot))
    if cfg.terrain is not None:
        (terrain or TerrainField(cfg.terrain)).add_to(stage.spec)
    stage.spec.memory = _ARENA_BYTES
    model = stage.compile()
    apply_options(model, cfg.sim)
    return model


def make_world(cfg: EnvCfg, model: mujoco.MjModel, num_worlds: int, device: str, threads: int) -> World:
    """The executor for `device`: threads on `cpu`, mujoco_warp on CUDA and, for tests, `warp`, or Isaac Sim.

    `model` is compiled from `cfg`.
    """
    if device == "cpu":
        return ThreadedWorld(model, num_worlds, threads)
    if device == "isaacsim":
        from .isaac_world import IsaacWorld

        return IsaacWorld(model, num_worlds, cfg.scene, cfg.robot)
    from .warp_world import WarpWorld

    return WarpWorld(model, num_worlds, "cpu" if device == "warp" else device)
