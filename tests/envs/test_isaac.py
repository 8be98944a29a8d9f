"""`IsaacWorld` beside threads, on a stand-in for Isaac Sim that steps by MuJoCo: what lies between."""

from __future__ import annotations

import mujoco
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.isaac_world import IsaacWorld
from gaitway.envs.model import compile_model
from gaitway.envs.registration import load_cfg
from gaitway.envs.threaded_world import ThreadedWorld
from gaitway.envs.vector_env import GaitwayVectorEnv

from . import fake_isaacsim

_WORLDS = 3
_TASKS = ("Gaitway/DroidVelocityFlat-v0", "Gaitway/ArmReach-v0")


def _model(task: str) -> mujoco.MjModel:
    model = compile_model(load_cfg(task))
    model.opt.iterations, model.opt.ls_iterations = 50, 50
    return model


def _states(model: mujoco.MjModel) -> tuple[torch.Tensor, torch.Tensor]:
    """Off the floor, turned and moving, each world otherwise."""
    generator = torch.Generator().manual_seed(0)
    qpos = torch.as_tensor(model.key_qpos[0]).repeat(_WORLDS, 1)
    qvel = torch.randn(_WORLDS, model.nv, generator=generator, dtype=torch.float64)
    if model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE:
        qpos[:, 2] += 1.0
        quat = torch.randn(_WORLDS, 4, generator=generator, dtype=torch.float64)
        qpos[:, 3:7] = quat / quat.norm(dim=1, keepdim=True)
    return qpos, 0.5 * qvel


@pytest.mark.parametrize("task", _TASKS)
def test_it_moves_as_threads_do(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resets of some worlds, targets, pushes and steps; joints in another order, worlds at other places.

    A joint in the place of another would be 0.1 off and more; float32 at a joint limit is 5e-4 off, and its
    speed 0.02.
    """
    model, cfg = _model(task), load_cfg(task)
    stage = fake_isaacsim.install(monkeypatch, model)
    ours, theirs = IsaacWorld(model, _WORLDS, cfg.scene, cfg.robot), ThreadedWorld(model, _WORLDS, 1)
    assert ("add_reference_to_stage", (str(cfg.robot), "/World/envs/env_0/Robot")) in stage.calls
    qpos, qvel = _states(model)
    ctrl = torch.as_tensor(model.key_ctrl[0]).repeat(_WORLDS, 1) + 0.1
    everywhere = torch.ones(_WORLDS, dtype=torch.bool)
    for world in (ours, theirs):
        world.reset(everywhere, qpos, qvel)
        world.set_ctrl(ctrl)
        world.step(4)
        world.reset(torch.tensor([False, True, False]), qpos.flip(0), qvel.flip(0))
        world.set_velocity(torch.tensor([True, False, False]), qvel.roll(1, 0))
        world.set_ctrl(ctrl - 0.2)
        assert not world.step(6).any()
    for field, tolerance in (("qpos", 1e-3), ("qvel", 5e-2), ("xpos", 1e-3), ("geom_xpos", 1e-3)):
        torch.testing.assert_close(ours.view(field), theirs.view(field), atol=tolerance, rtol=0)
    if "imu_gyro" in [model.sensor(i).name for i in range(model.nsensor)]:
        at = slice(*(model.sensor("imu_gyro").adr[0] + torch.tensor([0, 3])).tolist())
        torch.testing.assert_close(
            ours.view("sensordata")[:, at], theirs.view("sensordata")[:, at], atol=2e-2, rtol=0
        )


def test_a_world_that_diverges_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    model, cfg = _model(_TASKS[0]), load_cfg(_TASKS[0])
    stage = fake_isaacsim.install(monkeypatch, model)
    world = IsaacWorld(model, _WORLDS, cfg.scene, cfg.robot)
    monkeypatch.setattr(mujoco, "mj_step", lambda model, data: None)
    stage.data[1].qpos[9] = torch.nan
    assert world.step(1).tolist() == [False, True, False]
    assert world.diverged_count == 1
    assert torch.isfinite(world.view("qpos")).all()
    assert stage.data[1].qpos[9] == pytest.approx(model.qpos0[9], abs=1e-6)


def test_an_env_runs_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = load_cfg(_TASKS[0])
    for name in [name for name, term in cfg.events.items() if term.mode == "startup"]:
        del cfg.events[name]
    fake_isaacsim.install(monkeypatch, compile_model(cfg))
    env = GaitwayVectorEnv(cfg, _WORLDS, "isaacsim")
    env.reset(seed=0)
    observation, *_ = env.step(torch.zeros(_WORLDS, env.actions.size))
    assert torch.isfinite(observation).all()


def test_what_it_cannot_do_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    cfg = load_cfg(_TASKS[0])
    with pytest.raises(ValueError, match="Isaac Sim is not installed"):
        GaitwayVectorEnv(cfg, 1, "isaacsim")
    model = compile_model(cfg)
    fake_isaacsim.install(monkeypatch, model)
    world = IsaacWorld(model, 1, cfg.scene, cfg.robot)
    with pytest.raises(ValueError, match="'geom_friction' cannot differ between the worlds"):
        world.parameter("geom_friction")
    other = compile_model(load_cfg(_TASKS[1]))
    other.opt.timestep = model.opt.timestep
    fake_isaacsim.install(monkeypatch, other)
    with pytest.raises(ValueError, match=r"do not agree on the joints .*left_knee"):
        IsaacWorld(model, 1, cfg.scene, ASSETS / "robots/droid.usda")
