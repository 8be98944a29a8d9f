"""What is behind the browser window: commands, pushes, resets, signals."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.layouts.pool import PoolCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.stage import load_stage
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.preview.window.session import StageSession, TaskSession

DROID = "Gaitway/DroidVelocityFlat-v0"


@pytest.fixture
def session() -> TaskSession:
    return TaskSession(GaitwayVectorEnv(load_cfg(DROID), 2), act=None)


def test_commands_by_hand_outlast_episodes(session: TaskSession) -> None:
    session.command((0.3, -0.1, 0.2))
    for _ in range(3):
        session.step()
        session.reset()
    session.step()
    assert torch.allclose(session.env.command.value, torch.tensor([0.3, -0.1, 0.2]))
    session.command(None)
    session.reset()
    assert not torch.allclose(session.env.command.value[0], session.env.command.value[1]), "drawn by the task"


def test_a_push_is_seen_from_the_robot(session: TaskSession) -> None:
    """Each robot has another heading, and moves ahead of itself."""
    session.step()
    state = session.env.state
    before, heading = state.qvel[:, :2].clone(), state.heading.clone()
    session.push(0.8, 0.0)
    gained = session.env.world.view("qvel")[:, :2] - before
    ahead = torch.stack((torch.cos(heading), torch.sin(heading)), dim=1)
    assert torch.allclose(gained.float(), 0.8 * ahead, atol=1e-5)
    session.push(0.0, 0.5)
    left = session.env.world.view("qvel")[:, :2] - before - gained
    assert torch.allclose((left.float() * ahead).sum(1), torch.zeros(2), atol=1e-5)


def test_signals_add_up_to_the_reward(session: TaskSession) -> None:
    env = session.env
    rewards = []
    step = env.step
    env.step = lambda actions: rewards.append(step(actions)[1]) or (None,) * 5  # type: ignore[method-assign,func-returns-value]
    session.step()
    signals = session.signals(1)
    terms = [value for title, curves in signals.items() if "per second" in title for value in curves.values()]
    assert len(terms) == len(env.rewards.terms)
    assert sum(terms) * env.step_dt == pytest.approx(float(rewards[0][1]), abs=1e-5)
    assert signals["vx, m/s"]["commanded"] == pytest.approx(float(env.command.value[1, 0]))


def test_poses_are_those_of_the_model_that_is_drawn(session: TaskSession) -> None:
    session.step()
    xpos, xquat = session.poses()
    data = mujoco.MjData(session.model)
    data.qpos[:] = session.env.world.view("qpos")[1].numpy()
    mujoco.mj_kinematics(session.model, data)
    assert np.allclose(xpos[1], data.xpos, atol=1e-6) and np.allclose(xquat[1], data.xquat, atol=1e-6)


def test_the_scan_ends_on_what_is_drawn() -> None:
    """Every dot lies as far from the lidar as it read, at its height, in the world that is looked at."""
    cfg = load_cfg("Gaitway/AmrNavigation-v0")
    cfg.commands.pool = PoolCfg(layouts=2, goals=2)  # type: ignore[attr-defined]
    session = TaskSession(GaitwayVectorEnv(cfg, 2, noise=False), act=None)
    session.step()
    env = session.env
    scan = session.scan(1)
    assert scan is not None
    eye = env.world.view("site_xpos")[1, env.model.site("lidar").id].numpy()
    distance = np.linalg.norm(scan - eye, axis=1)
    read = env.observation_groups["actor"][1, -54:].numpy() * 10.0  # pairs of rays, the nearer one; m
    nearer = np.where(distance > 0.01, distance, 10.0).reshape(-1, 2).min(axis=1)
    assert np.allclose(nearer, read, atol=1e-3) and (distance > 0.01).any()
    assert np.allclose(scan[:, 2], eye[2], atol=0.02)


def test_a_stage_falls_and_starts_again(tmp_path: Path) -> None:
    stage = tmp_path / "ball.usda"
    stage.write_text("""#usda 1.0
(
    metersPerUnit = 1
    upAxis = "Z"
)
def PhysicsScene "scene" {}
def Sphere "ball" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI"])
{
    double radius = 0.1
    double3 xformOp:translate = (0, 0, 3)
    uniform token[] xformOpOrder = ["xformOp:translate"]
}
""")
    session = StageSession(load_stage(stage).compile(), 2)
    start = session.poses()[0][:, session.followed_body, 2].copy()
    for _ in range(round(0.5 / session.step_dt)):
        session.step()
    fallen = start - session.poses()[0][:, session.followed_body, 2]
    assert np.allclose(start, 3.0) and np.allclose(fallen, 9.81 / 2 * 0.5**2, rtol=0.03)
    session.reset()
    assert np.allclose(session.poses()[0][:, session.followed_body, 2], 3.0)


def test_a_robots_stage_stands_in_its_keyframe() -> None:
    model = load_stage(ASSETS / "robots/arm.usda").compile()
    session = StageSession(model, 1)
    start = session.poses()[0].copy()
    for _ in range(50):
        session.step()
    assert session.followed_body is None
    assert np.abs(session.poses()[0] - start).max() < 0.05, "its drives hold it"
