"""How fast physics steps, and how much of an env's time is anything else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import torch

from ..config import EnvCfg
from ..model import compile_model, make_world
from ..vector_env import GaitwayVectorEnv
from ..world import World

_ROUNDS = 5
ACTION_NOISE = 0.3


@dataclass
class EnvSpeed:
    """Env steps per second, of all worlds together.

    `physics` is the executor alone, replaying the env's controls; `env` is the whole `step`. `overhead` is
    the share of `step` that is not spent in the executor's own `step` and `set_ctrl`.
    """

    num_envs: int
    physics: float
    env: float
    overhead: float


@dataclass
class SceneSpeed:
    """Env steps per second of the physics alone on the task's own scene and on another one.

    `slowdown` is the share of speed that the other scene costs.
    """

    own: float
    other: float
    slowdown: float


class _TimedWorld:
    """A world that adds up the time spent in its physics."""

    def __init__(self, world: World, clock: Callable[[], float]) -> None:
        self._world, self._clock = world, clock
        self.seconds = 0.0
        self.controls: list[torch.Tensor] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def set_ctrl(self, ctrl: torch.Tensor) -> None:
        self.controls.append(ctrl.clone())
        begin = self._clock()
        self._world.set_ctrl(ctrl)
        self.seconds += self._clock() - begin

    def step(self, count: int) -> torch.Tensor:
        begin = self._clock()
        diverged = self._world.step(count)
        self.seconds += self._clock() - begin
        return diverged


def measure_env(cfg: EnvCfg, num_envs: int, seconds: float, device: str = "cpu") -> EnvSpeed:
    """Step an env by random actions for about `seconds` s, in rounds with the same physics alone.

    Medians over the rounds: other processes disturb some of them.

    Raises:
        ValueError: `num_envs` < 1 or `seconds` <= 0.
    """
    if not seconds > 0:
        raise ValueError(f"seconds is {seconds:g}; a measurement needs more than 0.")
    env = GaitwayVectorEnv(cfg, num_envs, device)
    clock = _clock_of(env.device)
    world, timed = env.world, _TimedWorld(env.world, clock)
    env.world = timed
    env.reset(seed=0)
    steps = _steps_in(seconds / (2 * _ROUNDS), lambda: _act(env), clock)
    everywhere = torch.ones(num_envs, dtype=torch.bool, device=env.device)
    env_times, physics_times, overheads = [], [], []
    for _ in range(_ROUNDS):
        start = _state(world)
        timed.seconds, timed.controls = 0.0, []
        begin = clock()
        for _ in range(steps):
            _act(env)
        env_times.append(clock() - begin)
        overheads.append(1 - timed.seconds / env_times[-1])
        end = _state(world)
        world.reset(everywhere, *start)
        physics_times.append(_replay(world, timed.controls, cfg.sim.decimation, clock))
        world.reset(everywhere, *end)
    work = num_envs * steps
    return EnvSpeed(num_envs, work / median(physics_times), work / median(env_times), median(overheads))


def measure_scene(
    cfg: EnvCfg,
    scene: Path,
    num_envs: int,
    seconds: float,
    device: str = "cpu",
    at: tuple[float, float] = (0.0, 0.0),
) -> SceneSpeed:
    """Step the robot standing at the origin of its task's scene and at `at` (x, y in m) of `scene`, in turns.

    Raises:
        StageError: the scene cannot be compiled.
    """
    worlds, targets, starts = [], [], []
    for variant, (x, y) in ((cfg, (0.0, 0.0)), (replace(cfg, scene=scene), at)):
        model = compile_model(variant)
        worlds.append(make_world(variant, model, num_envs, device, 0))
        key = model.key(cfg.keyframe)
        targets.append(torch.as_tensor(key.ctrl).repeat(num_envs, 1))
        qpos = torch.as_tensor(key.qpos).repeat(num_envs, 1)
        qpos[:, :2] += torch.tensor([x, y])
        starts.append((qpos, torch.zeros(num_envs, model.nv)))
    clock = _clock_of(worlds[0].device)
    decimation = cfg.sim.decimation
    steps = _steps_in(seconds / (2 * _ROUNDS), lambda: worlds[0].step(decimation), clock)
    times: list[list[float]] = [[], []]
    for _ in range(_ROUNDS):
        for world, target, start, spent in zip(worlds, targets, starts, times, strict=True):
            everywhere = torch.ones(num_envs, dtype=torch.bool, device=world.device)
            world.reset(everywhere, *(part.to(world.device) for part in start))
            spent.append(_replay(world, [target.to(world.device)] * steps, decimation, clock))
    own, other = (num_envs * steps / median(spent) for spent in times)
    return SceneSpeed(own, other, 1 - other / own)


def _act(env: GaitwayVectorEnv) -> None:
    env.step(ACTION_NOISE * torch.randn(env.num_envs, env.actions.size, device=env.device))


def _state(world: World) -> tuple[torch.Tensor, torch.Tensor]:
    return world.view("qpos").clone(), world.view("qvel").clone()


def _replay(world: World, controls: list[torch.Tensor], decimation: int, clock: Callable[[], float]) -> float:
    """Seconds that the physics of these controls takes."""
    begin = clock()
    for ctrl in controls:
        world.set_ctrl(ctrl)
        world.step(decimation)
    return clock() - begin


def _steps_in(seconds: float, step: Callable[[], object], clock: Callable[[], float]) -> int:
    """How many calls of `step` fill `seconds`, at least 5, after a few to warm up."""
    for _ in range(3):
        step()
    begin = clock()
    for _ in range(5):
        step()
    return max(5, round(seconds * 5 / (clock() - begin)))


def _clock_of(device: torch.device) -> Callable[[], float]:
    """A clock that waits for the device's work."""
    if device.type == "cpu":
        return time.perf_counter

    def synchronized() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    return synchronized
