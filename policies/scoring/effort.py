"""What motion costs: mechanical power, cost of transport, and how restless the actions are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ...envs.vector_env import GaitwayVectorEnv
from ...envs.world import World
from .episodes import Episodes, Tally

GRAVITY = 9.81  # m/s2


class MeteredWorld:
    """A `World` that also measures the energy of its actuators, summed over the physics steps.

    Read once per control step, at the end of a target's hold, power comes out a tenth too small: the drives
    pull hardest just after a new target.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._velocity, self._force = world.view("actuator_velocity"), world.view("actuator_force")
        self._dt = float(world.model.opt.timestep)
        self.energy = torch.zeros(world.num_worlds, device=world.device, dtype=torch.float64)
        """Sum over actuators and time of |force * velocity| in J, (num_worlds,)."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def view(self, field: str) -> torch.Tensor:
        """`World.view`, and `energy`."""
        return self.energy if field == "energy" else self._world.view(field)

    def step(self, count: int) -> torch.Tensor:
        """`World.step`, with the same result."""
        diverged = torch.zeros(self._world.num_worlds, dtype=torch.bool, device=self._world.device)
        for _ in range(count):
            diverged |= self._world.step(1)
            self.energy += (self._force * self._velocity).abs().sum(-1) * self._dt
        return diverged


@contextmanager
def metered(env: GaitwayVectorEnv) -> Iterator[None]:
    """Let `env` step a `MeteredWorld` within the block."""
    world = env.world
    env.world = MeteredWorld(world)
    try:
        yield
    finally:
        env.world = world


def robot_mass(env: GaitwayVectorEnv) -> torch.Tensor:
    """Mass in kg of each world's robot on its moving base, with its payload, (num_envs,)."""
    root = env.model.body_rootid[env.model.jnt_bodyid[0]]
    own = torch.as_tensor(env.model.body_rootid == root, device=env.device)
    return (env.world.parameter("body_mass") * own).sum(-1).float()


class Effort:
    """Tallies of what every task's motion costs, of a metered env; with `travels`, also by the way made."""

    def __init__(self, env: GaitwayVectorEnv, travels: bool = False) -> None:
        self._env = env
        self._previous = env.actions.last.clone()
        self._energy = env.world.view("energy").clone()
        self._action_rate, self._power, self._transport = (Tally(env.num_envs, env.device) for _ in range(3))
        self._weight = robot_mass(env) * GRAVITY if travels else None

    def before_step(self) -> None:
        """Note the last action and the energy until now."""
        self._previous = self._env.actions.last.clone()
        self._energy = self._env.world.view("energy").clone()

    def after_step(
        self,
        counted: torch.Tensor,
        moving: torch.Tensor | None = None,
        travelling: torch.Tensor | None = None,
        speed: torch.Tensor | float = 0.0,
    ) -> None:
        """Take in a step, by masks (num_envs,) of the worlds that count.

        Of these, power counts while `moving`, and its cost at `speed` (num_envs,) in m/s while `travelling`;
        always, where a mask is not given.
        """
        moving = counted if moving is None else counted & moving
        travelling = counted if travelling is None else counted & travelling
        power = (self._env.world.view("energy") - self._energy) / self._env.step_dt
        self._action_rate.add((self._env.actions.last - self._previous).abs().mean(-1), counted)
        self._power.add(power, moving)
        if self._weight is not None:
            self._transport.add(power, travelling, self._weight * speed)

    def episodes(self) -> Episodes:
        """Mean action rate and power (W), and cost of transport: energy / (weight * way)."""
        found = {"action_rate_mean": self._action_rate.measure(), "power_mean": self._power.measure("W")}
        if self._weight is not None:
            found["cost_of_transport"] = self._transport.measure()
        return found
