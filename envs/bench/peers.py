"""Our stepping beside that of other libraries, on the same model with the same controls, in turns."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from itertools import cycle
from typing import Any

import gymnasium
import mujoco
import numpy as np
from mujoco.batch import Batch

from ..config import EnvCfg
from ..model import compile_model
from ..threaded_world import ThreadedWorld
from .humanoid_v5 import FRAME_SKIP, NUM_ACTIONS, GymnasiumHumanoid, load_model
from .robot import robot_steps
from .turns import rates_in_turns, ratios, summary

# Peer -> module it needs, and the command that installs it.
PEERS = {
    "envpool": ("envpool", "pip install envpool"),
    "gymnasium": ("imageio", "pip install 'gymnasium[mujoco]'"),
    "mjwarp": ("mujoco_warp", "pip install 'gaitway[sim]'"),
}
_CONTROLS = 64  # different ones; then they repeat
_MAX_CONTROL = 0.4
_WARP_WORLDS = 16  # one thread steps them one after another: more would only take longer

Contestant = Callable[[], int]


def check_peers(names: list[str]) -> None:
    """Raise a ValueError for a peer that is unknown or not installed."""
    for name in names:
        if name not in PEERS:
            raise ValueError(f"There is no peer '{name}' to measure; choose among {', '.join(PEERS)}.")
        module, command = PEERS[name]
        if find_spec(module) is None:
            raise ValueError(f"The peer '{name}' is not installed: {command}")


def measure_peers(peers: list[str], num_envs: int, seconds: float, warp_cfg: EnvCfg) -> dict[str, Any]:
    """Transitions per second of Humanoid-v5, and with `mjwarp` env steps per second of a robot's physics.

    A transition is `FRAME_SKIP` physics steps with reward and observation; a finished episode is reset at
    once. EnvPool and Gymnasium reset instead of stepping, and those calls do not count as transitions.
    `batch` is raw `mujoco.batch.Batch` stepping: no observation, no reward, no noise at reset. `seconds` is
    per contestant.

    Raises:
        ValueError: a peer is unknown or not installed, `num_envs` < 1 or `seconds` <= 0.
    """
    check_peers(peers)
    controls = np.random.default_rng(0).uniform(
        -_MAX_CONTROL, _MAX_CONTROL, (_CONTROLS, num_envs, NUM_ACTIONS)
    )
    contestants = {"gaitway": _gaitway(controls), "batch": _batch(controls)}
    if "envpool" in peers:
        contestants["envpool"] = _envpool(controls)
    if "gymnasium" in peers:
        contestants["gymnasium"] = _gymnasium(controls)
    result = {"num_envs": num_envs, "humanoid_v5": _measured(contestants, seconds)}
    if "mjwarp" in peers:
        result["robot"] = warp_cfg.robot.stem
        result["robot_physics"] = _measured(_robot_contestants(warp_cfg, num_envs), seconds)
    return result


def _measured(contestants: dict[str, Contestant], seconds: float) -> dict[str, Any]:
    rates = rates_in_turns(contestants, seconds)
    return {"per_second": summary(rates), "gaitway_is_faster_by": ratios(rates, "gaitway")}


def _gaitway(controls: np.ndarray) -> Contestant:
    env = GymnasiumHumanoid(controls.shape[1])
    env.reset()
    turn = cycle(controls)

    def step() -> int:
        env.step(next(turn))
        return env.num_envs

    return step


def _batch(controls: np.ndarray) -> Contestant:
    count = controls.shape[1]
    batch = Batch(load_model(), count)
    ctrl, qpos = batch.bind("ctrl"), batch.bind("qpos")
    turn = cycle(controls)

    def step() -> int:
        ctrl[:] = next(turn)
        batch.step(nstep=FRAME_SKIP)
        fallen = np.flatnonzero((qpos[:, 2] < 1.0) | (qpos[:, 2] > 2.0))
        batch.reset(fallen, stage=mujoco.mjtStage.mjSTAGE_NONE)
        return count

    return step


def _envpool(controls: np.ndarray) -> Contestant:
    import envpool  # pyright: ignore[reportMissingImports]

    env = envpool.make_gymnasium("Humanoid-v5", num_envs=controls.shape[1], num_threads=_cores(), seed=0)
    return _next_step_autoreset(env, controls)


def _gymnasium(controls: np.ndarray) -> Contestant:
    """Gymnasium's processes: as many as there are cores, since each steps one environment at a time."""
    count = min(_cores(), controls.shape[1])
    env = gymnasium.make_vec("Humanoid-v5", num_envs=count, vectorization_mode="async")
    return _next_step_autoreset(env, controls[:, :count])


def _next_step_autoreset(env: Any, controls: np.ndarray) -> Contestant:
    """Steps an env that resets a finished world in the call after, where it takes no action."""
    env.reset()
    turn = cycle(controls)
    resetting = 0

    def step() -> int:
        nonlocal resetting
        _, _, terminated, truncated, _ = env.step(next(turn))
        transitions = controls.shape[1] - resetting
        resetting = int(np.count_nonzero(terminated | truncated))
        return transitions

    return step


def _robot_contestants(cfg: EnvCfg, num_envs: int) -> dict[str, Contestant]:
    """Physics alone of a task's robot on both executors, in env steps."""
    from ..warp_world import WarpWorld

    model = compile_model(cfg)
    worlds = {
        "gaitway": ThreadedWorld(model, num_envs),
        # As many evaluations per step as `mujoco_warp.step` makes.
        "mjwarp": WarpWorld(model, min(num_envs, _WARP_WORLDS), "cpu"),
    }
    return {name: robot_steps(world, cfg) for name, world in worlds.items()}


def _cores() -> int:
    return len(os.sched_getaffinity(0))
