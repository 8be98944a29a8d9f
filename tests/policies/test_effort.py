"""Power and cost of transport of motions whose answers are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import mujoco
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.threaded_world import ThreadedWorld
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.scoring.effort import Effort, MeteredWorld, robot_mass

_FLYWHEEL = """
<mujoco>
  <option timestep="0.002" gravity="0 0 0" integrator="Euler"><flag eulerdamp="disable"/></option>
  <worldbody><body>
    <joint name="hinge" type="hinge" axis="0 0 1"/>
    <inertial pos="0 0 0" mass="1" diaginertia="0.5 0.5 0.5"/>
  </body></worldbody>
  <actuator><motor joint="hinge" gear="3"/></actuator>
</mujoco>
"""


def test_energy_of_a_flywheel() -> None:
    """A constant torque of 3 u on an inertia of 0.5 puts half I w^2 into it; a brake counts as well."""
    world = MeteredWorld(ThreadedWorld(mujoco.MjModel.from_xml_string(_FLYWHEEL), 2, threads=1))
    steps, dt, inertia = 400, 0.002, 0.5
    world.set_ctrl(torch.tensor([[1.0], [-2.0]]))
    world.step(steps)
    torque = torch.tensor([3.0, 6.0])
    # Semi-implicit Euler: w_k = k torque dt / I, so the sum of torque w_k dt is n(n+1)/2 of its first term.
    expected = torque**2 * dt**2 / inertia * steps * (steps + 1) / 2
    torch.testing.assert_close(world.energy.float(), expected, rtol=1e-5, atol=0.0)
    speed = world.view("qvel")[:, 0].float()
    torch.testing.assert_close(world.energy.float(), inertia * speed**2 / 2, rtol=2 / steps, atol=0.0)
    world.set_ctrl(torch.tensor([[-1.0], [2.0]]))
    world.step(steps)
    torch.testing.assert_close(world.energy.float(), 2 * expected, rtol=2 / steps, atol=0.0)


def test_metering_changes_nothing() -> None:
    env = GaitwayVectorEnv(load_cfg("Gaitway/DroidVelocityFlat-v0"), 2, threads=1)
    metered = []
    for wrap in (False, True):
        env.reset(seed=3)
        inner = env.world
        env.world = MeteredWorld(inner) if wrap else inner
        for _ in range(10):
            env.step(0.5 * torch.ones(2, env.actions.size))
        env.world = inner
        metered.append(env.state.qpos.clone())
    assert torch.equal(*metered)


def _effort(travels: bool) -> tuple[Effort, Any]:
    """Two robots of 5 and 10 kg whose motors take 20 W and 60 W; power is all that changes."""
    energy = torch.zeros(2, dtype=torch.float64)
    model = SimpleNamespace(body_rootid=torch.tensor([0, 1, 1, 3]).numpy(), jnt_bodyid=[1])
    masses = torch.tensor([[0.0, 3.0, 2.0, 100.0], [0.0, 8.0, 2.0, 100.0]])
    env = SimpleNamespace(
        num_envs=2,
        device=torch.device("cpu"),
        step_dt=0.02,
        model=model,
        actions=SimpleNamespace(last=torch.zeros(2, 3)),
        world=SimpleNamespace(view=lambda field: energy, parameter=lambda field: masses),
    )
    return Effort(cast(GaitwayVectorEnv, env), travels), energy


def test_cost_of_transport_is_power_by_weight_and_speed() -> None:
    effort, energy = _effort(travels=True)
    for step in range(100):
        effort.before_step()
        energy += torch.tensor([20.0, 60.0]) * 0.02
        everyone = torch.ones(2, dtype=torch.bool)
        first_half = everyone & (step < 50)
        effort.after_step(everyone, first_half, first_half, torch.tensor([1.0, 2.0]))
    power, cost = (effort.episodes()[name] for name in ("power_mean", "cost_of_transport"))
    assert (power.sums / power.counts).tolist() == pytest.approx([20.0, 60.0])
    assert power.counts.tolist() == [50, 50]
    assert (cost.sums / cost.counts).tolist() == pytest.approx([20 / (5 * 9.81), 60 / (10 * 9.81 * 2)])
    assert cost.estimate().value == pytest.approx(80 / (9.81 * (5 + 20))), "energy by weight and way, of all"


def test_what_does_not_travel_has_no_cost_of_transport() -> None:
    assert "cost_of_transport" not in _effort(travels=False)[0].episodes()


def test_mass_is_the_robots_with_its_payload() -> None:
    env = GaitwayVectorEnv(load_cfg("Gaitway/DroidVelocityFlat-v0"), 8, threads=1)
    mass = robot_mass(env)
    nominal = float(env.model.body_mass.sum())
    assert ((mass > nominal - 0.5) & (mass < nominal + 1.0)).all()
    assert mass.std() > 0.05
