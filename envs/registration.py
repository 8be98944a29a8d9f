"""Names of the environments. This runs while Gymnasium is imported: it imports nothing heavy."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import EnvCfg

# Environment id -> "module:function" that returns its `EnvCfg`.
TASKS = {
    "Gaitway/AmrNavigation-v0": "amr_navigation:with_lidar",
    "Gaitway/AmrNavigationDepth-v0": "amr_navigation:with_depth",
    "Gaitway/ArmLift-v0": "arm_lift:lift",
    "Gaitway/ArmPush-v0": "arm_push:push",
    "Gaitway/ArmReach-v0": "arm_reach:position",
    "Gaitway/ArmReachPose-v0": "arm_reach:pose",
    "Gaitway/DroidVelocityFlat-v0": "droid_velocity:flat",
    "Gaitway/DroidVelocityRough-v0": "droid_velocity:rough",
    "Gaitway/DroidRecover-v0": "recover:droid",
    "Gaitway/DroidPerform-v0": "droid_perform:perform",
    "Gaitway/ForkliftPallet-v0": "forklift_pallet:dock",
    "Gaitway/HumanoidVelocityFlat-v0": "humanoid_velocity:flat",
    "Gaitway/HumanoidVelocityRough-v0": "humanoid_velocity:rough",
    "Gaitway/PickPlace-v0": "pick_place:place",
    "Gaitway/QuadrupedVelocityFlat-v0": "quadruped_velocity:flat",
    "Gaitway/QuadrupedVelocityRough-v0": "quadruped_velocity:rough",
    "Gaitway/QuadrupedRecover-v0": "recover:quadruped",
    "Gaitway/VelocityFlat-v0": "any_robot:flat",
}


def register_envs() -> None:
    """Register every task with Gymnasium: `make` gives a single NumPy env, `make_vec` N worlds in torch."""
    from gymnasium.envs.registration import register

    for task in TASKS:
        register(
            id=task,
            entry_point="gaitway.envs.make:make_single",
            vector_entry_point="gaitway.envs.make:make_vector",
            kwargs={"task": task},
            order_enforce=False,
        )


def load_cfg(task: str, overrides: Iterable[str] = ()) -> EnvCfg:
    """The config of a registered task, changed by `overrides` such as `commands.lin_vel_x=0 1`.

    A task that is made for a robot, such as Gaitway/VelocityFlat-v0, is made for that of `robot=FILE`.

    Raises:
        ValueError: there is no such task or field; the sentence names the nearest one.
    """
    if task not in TASKS:
        nearest = difflib.get_close_matches(task, TASKS, n=1, cutoff=0.3)
        hint = f"did you mean '{nearest[0]}'?" if nearest else "'gaitway list' shows what there is."
        raise ValueError(f"There is no task '{task}'; {hint}")
    from .overrides import apply_overrides

    module, name = TASKS[task].split(":")
    make = getattr(importlib.import_module(f".tasks.{module}", __package__), name)
    overrides, arguments = list(overrides), {}
    if "robot" in inspect.signature(make).parameters:
        for override in [override for override in overrides if override.startswith("robot=")]:
            overrides.remove(override)
            arguments["robot"] = Path(override.removeprefix("robot="))
    return apply_overrides(make(**arguments), overrides)
