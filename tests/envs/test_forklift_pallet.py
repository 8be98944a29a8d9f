"""The forklift's task: what it sees against the simulator, and a script that solves it."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/ForkliftPallet-v0"
WORLDS = 12
WHEELBASE, LOOK_AHEAD = 1.0, 0.9


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    return GaitwayVectorEnv(load_cfg(TASK), WORLDS, noise=False)


def _pose(env: GaitwayVectorEnv, world: int) -> mujoco.MjData:
    data = mujoco.MjData(env.model)
    data.qpos[:] = env.state.qpos[world]
    mujoco.mj_forward(env.model, data)
    return data


def test_starts_before_the_pallet_and_sees_it(env: GaitwayVectorEnv) -> None:
    """The tips of the tines and the pallet's runners, as the simulator places them."""
    seen = env.reset(seed=2)[0][:, :4]
    for world in range(WORLDS):
        data = _pose(env, world)
        tips = np.mean(
            [
                data.geom(tine).xpos + data.geom(tine).xmat.reshape(3, 3)[:, 0] * env.model.geom(tine).size[0]
                for tine in ("left_tine", "right_tine")
            ],
            axis=0,
        )
        runner = env.model.geom("middle_runner")
        face = data.geom("middle_runner").xpos - [runner.size[0], 0, 0]
        forks = data.body("base").xmat.reshape(3, 3)
        offset = (face - tips) @ forks
        np.testing.assert_allclose(seen[world, :2], offset[:2], atol=1e-4)
        np.testing.assert_allclose(seen[world, 2:], forks[0, :2], atol=1e-4)
        assert 3.0 <= face[0] - tips[0] <= 6.0
        assert abs(tips[1]) <= 0.5 and seen[world, 2] >= math.cos(0.3)


def _script(env: GaitwayVectorEnv) -> torch.Tensor:
    """Pure pursuit of the pallet's axis (Coulter, 1992), slower near the pallet; lift once inside."""
    x, y, cos, sin = env.command.value.unbind(-1)
    ahead = env.command.cfg.reach + x  # of the base, which no wheel lets slip sideways
    # The base in the pallet's frame, whose origin is the middle of the face.
    along, left = -(cos * ahead + sin * y), sin * ahead - cos * y
    goal_left = sin * LOOK_AHEAD - cos * left
    curvature = 2 * goal_left / (LOOK_AHEAD**2 + left**2)
    is_in = along + env.command.cfg.reach >= env.command.cfg.depth + 0.05
    near = along + env.command.cfg.reach > -0.5
    speed = torch.where(is_in, 0.0, torch.where(near, 0.3, 0.8))
    lift = torch.where(is_in, 1.0, 0.0)
    return torch.stack((-torch.atan(curvature * WHEELBASE), speed, lift), dim=-1).clamp(-1, 1)


def _play(env: GaitwayVectorEnv, script: bool) -> tuple[dict[str, int], torch.Tensor]:
    """How many worlds ended their first episode by which termination, and its return."""
    env.reset(seed=0)
    alive = torch.ones(env.num_envs, dtype=torch.bool)
    ended = dict.fromkeys(env.terminations.terms, 0)
    total = torch.zeros(env.num_envs)
    for _ in range(env.max_episode_length):
        action = _script(env) if script else torch.tensor([[0.0, 0.8, 0.0]]).repeat(env.num_envs, 1)
        _, reward, terminated, truncated, _ = env.step(action)
        total += reward * alive
        for name, mask in env.terminations.fired.items():
            ended[name] += int((mask & alive).sum())
        alive &= ~(terminated | truncated)
        if not alive.any():
            break
    return ended, total


def test_a_script_picks_the_pallet_up_and_is_paid_for_it(env: GaitwayVectorEnv) -> None:
    ended, paid = _play(env, script=True)
    assert ended["reached"] >= 0.9 * WORLDS, ended
    blind_ended, blind_paid = _play(env, script=False)
    assert blind_ended["reached"] <= 0.2 * WORLDS and blind_ended["collision"] > 0
    assert paid.mean() > blind_paid.mean() + 5.0


def test_the_lift_moves_at_its_rated_speed(env: GaitwayVectorEnv) -> None:
    env.reset(seed=1)
    column = env.state.joint_names.index("lift")
    heights = []
    for _ in range(15):
        env.step(torch.tensor([[0.0, 0.0, 1.0]]).repeat(WORLDS, 1))
        heights.append(env.state.joint_pos[0, column].item())
    speeds = np.diff(heights) / env.step_dt
    assert speeds.max() == pytest.approx(0.2, rel=0.1)
    assert heights[-1] == pytest.approx(0.25, abs=0.01)


def test_a_scene_without_pallet_is_named() -> None:
    cfg = load_cfg(TASK)
    cfg.scene = cfg.scene.with_name("flat.usda")
    with pytest.raises(ValueError, match=r"flat\.usda: has no free body 'pallet'"):
        GaitwayVectorEnv(cfg, 1)
