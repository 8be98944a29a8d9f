"""What a robust policy has to bear, one parameter at a time: how each is set, and how far it goes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ..envs.config import EnvCfg, EventTerm
from ..envs.masks import write
from ..envs.terms import events, randomization
from ..envs.vector_env import GaitwayVectorEnv


@dataclass(frozen=True)
class Sweep:
    """One parameter, from harmless to hopeless.

    `configure` changes a task's config so that world i has the parameter at `levels[i]`; where only a whole
    env can have one, `per_world` is false and all levels are equal.
    `trained` reads the range in training from a task's config, None if it did not vary there. `applies`
    says whether a task has the parameter.
    """

    name: str
    label: str
    levels: tuple[float, ...]
    configure: Callable[[EnvCfg, torch.Tensor], None]
    trained: Callable[[EnvCfg], tuple[float, float] | None] = lambda cfg: None
    applies: Callable[[GaitwayVectorEnv], bool] = lambda env: True
    per_world: bool = True
    log: bool = False


def _term(cfg: EnvCfg, func: Callable[..., Any]) -> dict[str, Any] | None:
    """Parameters of the event that calls `func`, if the task has one."""
    return next((term.params for term in cfg.events.values() if term.func is func), None)


def _shove(env: GaitwayVectorEnv, mask: torch.Tensor, speed: torch.Tensor) -> None:
    """Add `speed` m/s (num_envs,) to the base in a random horizontal direction."""
    angle = 2 * torch.pi * env.uniform((env.num_envs,))
    qvel = env.world.view("qvel").clone()
    qvel[:, 0] += speed * torch.cos(angle)
    qvel[:, 1] += speed * torch.sin(angle)
    env.world.set_velocity(mask, qvel)


def _push(cfg: EnvCfg, levels: torch.Tensor) -> None:
    cfg.events["push"] = EventTerm(_shove, "interval", (3.0, 5.0), {"speed": levels})


def _trained_push(cfg: EnvCfg) -> tuple[float, float] | None:
    params = _term(cfg, events.push_robot)
    return None if params is None else (0.0, params["lin_vel"])


def _friction(cfg: EnvCfg, levels: torch.Tensor) -> None:
    sliding = levels[:, None]
    cfg.events["swept_friction"] = EventTerm(
        randomization.friction, "startup", params={"sliding": (sliding, sliding)}
    )


def _trained_friction(cfg: EnvCfg) -> tuple[float, float] | None:
    params = _term(cfg, randomization.friction)
    return None if params is None else params["sliding"]


def _load(env: GaitwayVectorEnv, mask: torch.Tensor, share: torch.Tensor) -> None:
    """Put `share` (num_envs,) of the robot's own mass on its base."""
    added = share[:, None] * float(env.model.body_mass.sum())
    randomization.base_mass(env, mask, (added, added))  # pyright: ignore[reportArgumentType]


def _payload(cfg: EnvCfg, levels: torch.Tensor) -> None:
    cfg.events["swept_payload"] = EventTerm(_load, "startup", params={"share": levels})


def _noise(cfg: EnvCfg, levels: torch.Tensor) -> None:
    widths = {
        name: value for name, value in dataclasses.asdict(cfg.noise).items() if isinstance(value, float)
    }
    cfg.noise = dataclasses.replace(cfg.noise, **{n: float(levels[0]) * width for n, width in widths.items()})


def _action_latency(cfg: EnvCfg, levels: torch.Tensor) -> None:
    """Room for the longest latency, and each world's own at every reset."""
    cfg.actions.latency_s = (0.0, float(levels.max()))
    cfg.events["swept_latency"] = EventTerm(_delay_actions, "reset", params={"seconds": levels})


def _delay_actions(env: GaitwayVectorEnv, mask: torch.Tensor, seconds: torch.Tensor) -> None:
    write(env.actions.delay, mask, (seconds / env.cfg.sim.timestep).round())


def _sensor_latency(cfg: EnvCfg, levels: torch.Tensor) -> None:
    cfg.noise.latency_s = (float(levels[0]), float(levels[0]))


def _has_base(env: GaitwayVectorEnv) -> bool:
    return env.state.has_base


SWEEPS = (
    Sweep(
        "push",
        "push every 3-5 s, m/s",
        (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0),
        _push,
        trained=_trained_push,
        applies=_has_base,
    ),
    Sweep(
        "friction",
        "sliding friction",
        (1.0, 0.7, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02),
        _friction,
        trained=_trained_friction,
        log=True,
    ),
    Sweep(
        "payload",
        "payload on the base, share of the robot's mass",
        (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0),
        _payload,
        applies=_has_base,
    ),
    Sweep(
        "action_latency",
        "latency of the actuators, s",
        (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.16, 0.2),
        _action_latency,
        trained=lambda cfg: cfg.actions.latency_s,
    ),
    Sweep(
        "sensor_latency",
        "latency of the sensors, s",
        (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2, 0.24, 0.3),
        _sensor_latency,
        trained=lambda cfg: cfg.noise.latency_s,
        per_world=False,
    ),
    Sweep(
        "noise",
        "sensor noise, multiples of training's",
        (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0),
        _noise,
        trained=lambda cfg: (0.0, 1.0),
        per_world=False,
    ),
)
