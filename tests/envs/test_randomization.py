"""What differs between worlds, tested by what it does: closed forms, on both executors where it matters."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import mujoco
import numpy as np
import pytest
import torch
from gaitway.envs.delay import DelayLine, steps_of
from gaitway.envs.registration import load_cfg
from gaitway.envs.terms import randomization
from gaitway.envs.threaded_world import ThreadedWorld
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.envs.warp_world import WarpWorld

TASK = "Gaitway/DroidVelocityFlat-v0"
ALL = torch.ones(4, dtype=torch.bool)
SPEED_CONTROL = """
<mujoco>
  <option timestep="0.002" gravity="0 0 -9.81" integrator="implicitfast"/>
  <worldbody>
    <geom type="plane" size="0 0 1" friction="1"/>
    <body name="cart" pos="0 0 1"><joint name="slide" type="slide" axis="1 0 0"/>
      <geom type="box" size=".1 .1 .1" mass="2" contype="0" conaffinity="0"/></body>
    <body name="block" pos="5 0 0.1"><freejoint/><geom type="box" size=".1 .1 .1" mass="1"/></body>
  </worldbody>
  <actuator><general name="motor" joint="slide" gainprm="3" biasprm="0 0 0" biastype="affine"/></actuator>
</mujoco>"""


def _env(world: Any, actuators: list[int] | None = None) -> Any:
    generator = torch.Generator().manual_seed(0)
    return SimpleNamespace(
        model=world.model,
        world=world,
        device=world.device,
        num_envs=world.num_worlds,
        state=SimpleNamespace(actuators=actuators or [0]),
        uniform=lambda shape: torch.rand(shape, generator=generator),
    )


@pytest.fixture(params=["threads", "warp"])
def world(request: pytest.FixtureRequest) -> Any:
    model = mujoco.MjModel.from_xml_string(SPEED_CONTROL)
    return ThreadedWorld(model, 4) if request.param == "threads" else WarpWorld(model, 4, "cpu")


def test_a_heavier_world_falls_behind_by_the_closed_form(world: Any) -> None:
    """A cart of mass m under a constant force F is at F t^2 / 2 m."""
    randomization.link_mass(_env(world), ALL, (0.5, 2.0))
    mass = world.parameter("body_mass")[:, 1].clone()
    world.set_ctrl(torch.ones(4, 1))
    world.step(250)
    expected = 3.0 * 0.5**2 / (2 * mass)
    assert float(mass.max() / mass.min()) > 1.2
    # Euler's velocity is half a step ahead: a share of dt / t.
    torch.testing.assert_close(world.view("qpos")[:, 0].float(), expected.float(), rtol=0.006, atol=0)


def test_tilted_gravity_slides_a_block_off_by_the_closed_form(world: Any) -> None:
    """On ice, a block moves by g sin(tilt) t^2 / 2."""
    env = _env(world)
    randomization.friction(env, ALL, (1e-3, 1e-3))
    randomization.gravity_tilt(env, ALL, 0.3)
    gravity = world.parameter("opt.gravity").clone().double()
    torch.testing.assert_close(gravity.norm(dim=-1), torch.full((4,), 9.81).double(), rtol=1e-5, atol=0)
    start = world.view("qpos")[:, 1:3].clone().double()
    world.step(100)
    moved = world.view("qpos")[:, 1:3].double() - start
    torch.testing.assert_close(moved, 0.5 * gravity[:, :2] * 0.2**2, rtol=0.05, atol=1e-3)


def test_friction_decides_how_far_a_block_slides() -> None:
    """A block pushed to speed v slides v^2 / (2 mu g)."""
    model = mujoco.MjModel.from_xml_string(SPEED_CONTROL)
    world = ThreadedWorld(model, 4)
    randomization.friction(_env(world), ALL, (0.3, 0.9))
    mu = world.parameter("geom_friction")[:, 2, 0].clone()
    world.step(50)
    start, qvel = world.view("qpos")[:, 1].clone(), world.view("qvel").clone()
    qvel[:, 1] = 1.5
    world.set_velocity(ALL, qvel)
    world.step(600)
    slid = world.view("qpos")[:, 1] - start
    torch.testing.assert_close(slid, 1.5**2 / (2 * mu * 9.81), rtol=0.1, atol=0)


@pytest.mark.parametrize(
    ("term", "params", "field", "column"),
    [
        ("gains", {"stiffness": (0.8, 1.2), "damping": (0.5, 1.5)}, "actuator_gainprm", 0),
        ("motor_strength", {"factor": (0.7, 1.0)}, "actuator_forcerange", 1),
        ("armature", {"factor": (0.5, 2.0)}, "dof_armature", None),
        ("joint_friction", {"factor": (0.5, 2.0)}, "dof_frictionloss", None),
        ("link_inertia", {"factor": (0.8, 1.2)}, "body_inertia", 0),
    ],
)
def test_factors_multiply_the_compiled_value_however_often_drawn(
    term: str, params: dict[str, Any], field: str, column: int | None
) -> None:
    env = GaitwayVectorEnv(load_cfg(TASK), 64)
    for _ in range(3):
        getattr(randomization, term)(env, torch.ones(64, dtype=torch.bool), **params)
    values, nominal = env.world.parameter(field).numpy(), getattr(env.model, field)
    if column is not None:
        values, nominal = values[..., column], nominal[..., column]
    driven = env.model.actuator_trnid[env.state.actuators, 0]
    rows = {
        "actuator_gainprm": env.state.actuators,
        "actuator_forcerange": env.state.actuators,
        "dof_armature": env.model.jnt_dofadr[driven],
        "dof_frictionloss": env.model.jnt_dofadr[driven],
        "body_inertia": np.arange(1, env.model.nbody),
    }[field]
    ratio = values[:, rows] / nominal[rows]
    low, high = params["factor"] if "factor" in params else params["stiffness"]
    assert ratio.min() >= low - 1e-9 and ratio.max() <= high + 1e-9
    assert ratio.min() < low + 0.1 * (high - low) and ratio.max() > high - 0.1 * (high - low)
    others = np.setdiff1d(np.arange(len(nominal)), rows)
    np.testing.assert_array_equal(
        values[:, others], np.broadcast_to(nominal[others], values[:, others].shape)
    )


def test_moved_centre_of_mass_is_where_it_was_put() -> None:
    env = GaitwayVectorEnv(load_cfg(TASK), 32)
    randomization.base_com(
        env, torch.ones(32, dtype=torch.bool), x=(0.01, 0.02), y=(0.0, 0.0), z=(-0.03, -0.02)
    )
    base = env.model.body("base").id
    moved = env.world.parameter("body_ipos")[:, base].numpy() - env.model.body_ipos[base]
    assert (moved >= [0.01, -1e-9, -0.03]).all() and (moved <= [0.02, 1e-9, -0.02]).all()


def test_encoder_bias_shows_in_the_reading_and_moves_the_joint_the_other_way() -> None:
    cfg = load_cfg(TASK)
    cfg.events = {"reset": replace(cfg.events["reset"], params={"joint_noise": 0.0})}
    env = GaitwayVectorEnv(cfg, 8, noise=False)
    env.reset(seed=0)
    randomization.encoder_bias(env, torch.ones(8, dtype=torch.bool), (0.05, 0.05))
    env.step(torch.zeros(8, env.actions.size))
    torch.testing.assert_close(env.measurements.joint_pos - env.state.joint_pos, torch.full((8, 10), 0.05))
    ctrl = env.world.view("ctrl")[:, env.state.actuators].float()
    torch.testing.assert_close(ctrl, (env.state.default_joint_pos - 0.05).expand(8, -1))


def test_delay_line_reads_each_world_at_its_age() -> None:
    line = DelayLine(3, torch.zeros(3, 1))
    for value in range(1, 8):
        line.push(torch.full((3, 1), float(value)))
    assert line.read(torch.tensor([0, 1, 3])).flatten().tolist() == [7, 6, 4]
    line.restart(torch.tensor([False, True, False]), torch.tensor([[9.0]]))
    line.push(torch.full((3, 1), 8.0))
    assert line.read(torch.tensor([1, 1, 3])).flatten().tolist() == [7, 9, 5]


def test_late_actions_reach_the_drives_when_their_time_has_come() -> None:
    """The control of every physics step, against a list written down by hand."""
    env = GaitwayVectorEnv(load_cfg(TASK, ["actions.latency_s=0 0.035"]), 8, noise=False)
    env.reset(seed=0)
    env.actions.delay[:] = torch.arange(8)
    seen: list[torch.Tensor] = []
    set_ctrl = env.world.set_ctrl

    def record(ctrl: torch.Tensor) -> None:
        seen.append(ctrl[:, 0].clone())
        set_ctrl(ctrl)

    env.world.set_ctrl = record  # type: ignore[method-assign]
    for action in (1.0, 2.0, 3.0):
        env.step(torch.full((8, env.actions.size), action))
    default, scale = float(env.state.default_ctrl[0]), float(env.actions.scale[0])
    wanted = [1.0] * 4 + [2.0] * 4 + [3.0] * 4
    for delay in range(8):
        expected = ([0.0] * delay + wanted)[:12]
        got = [(float(ctrl[delay]) - default) / scale for ctrl in seen]
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_late_readings_are_those_of_an_earlier_step() -> None:
    env = GaitwayVectorEnv(load_cfg(TASK, ["noise.latency_s=0.04 0.04"]), 4, noise=False)
    env.reset(seed=0)
    history = [env.state.joint_vel.clone()]
    for _ in range(6):
        env.step(0.3 * torch.ones(4, env.actions.size))
        history.append(env.state.joint_vel.clone())
    torch.testing.assert_close(env.measurements.joint_vel, history[-3])


def test_negative_latency_is_refused() -> None:
    with pytest.raises(ValueError, match=r"noise\.latency_s is -0\.01 to 0 s; give 0 or more"):
        steps_of((-0.01, 0.0), 0.02, "noise")
