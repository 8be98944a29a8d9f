"""The AMR's navigation task: what it shows, what it pays for and when it ends, by geometry done by hand."""

from __future__ import annotations

import math

import gymnasium
import numpy as np
import pytest
import torch
from gaitway.envs.commands.goal import GoalCommandCfg
from gaitway.envs.layouts.pieces import distance_to, pieces_of
from gaitway.envs.layouts.pool import PoolCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.rotations import from_yaw
from gaitway.envs.terms import navigation
from gaitway.envs.vector_env import GaitwayVectorEnv

WORLDS = 16


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    cfg = load_cfg("Gaitway/AmrNavigation-v0")
    assert isinstance(cfg.commands, GoalCommandCfg)
    cfg.commands.pool = PoolCfg(layouts=4, goals=2)
    return GaitwayVectorEnv(cfg, WORLDS, threads=1)


def _stand_at(env: GaitwayVectorEnv, position: torch.Tensor, yaw: torch.Tensor) -> None:
    """Put every robot somewhere else, in the furniture of its episode."""
    qpos = env.state.default_qpos.repeat(WORLDS, 1)
    qpos[:, :2], qpos[:, 3:7] = position, from_yaw(yaw)
    everywhere = torch.ones(WORLDS, dtype=torch.bool)
    env.world.reset(everywhere, qpos, torch.zeros(WORLDS, env.model.nv), env.command.furniture())
    env.state.refresh()


def test_robot_starts_clear_of_everything_and_sees_its_goal(env: GaitwayVectorEnv) -> None:
    env.reset(seed=5)
    assert (navigation.clearance(env, 9.0) > 0).all()
    assert not env.command.reached.any()
    assert ((env.command.shortest > 2.5) & (env.command.shortest < 16.1)).all()
    assert (env.command.shortest + 0.31 > env.command.distance * 0.97).all()
    to_goal = env.command.goal - env.state.root_pos[:, :2]
    seen = navigation.goal(env, farthest=10.0)
    bearing = torch.atan2(to_goal[:, 1], to_goal[:, 0]) - env.state.heading
    torch.testing.assert_close(seen[:, 0], torch.cos(bearing), atol=1e-5, rtol=0)
    torch.testing.assert_close(seen[:, 1], torch.sin(bearing), atol=1e-5, rtol=0)
    torch.testing.assert_close(seen[:, 2], (to_goal.norm(dim=-1) / 10).clamp(max=1.0))


def test_clearance_is_that_of_the_hulls_outline(env: GaitwayVectorEnv) -> None:
    """Against the smallest distance of points along the hull's edge from the pieces and the walls."""
    env.reset(seed=6)
    generator = torch.Generator().manual_seed(0)
    position = 17 * torch.rand(WORLDS, 2, generator=generator) - 8.5
    yaw = 6 * torch.rand(WORLDS, generator=generator)
    _stand_at(env, position, yaw)
    found = navigation.clearance(env, 9.0)[:, 0].numpy()
    pieces = pieces_of(env.model)
    x, y = np.linspace(-0.4, 0.4, 81), np.linspace(-0.29, 0.29, 59)
    edge = np.concatenate(
        [[(a, b) for a in x for b in (-0.29, 0.29)], [(a, b) for a in (-0.4, 0.4) for b in y]]
    )
    inner = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    positions, quats = (values.numpy() for values in env.command.furniture())
    touching = 0
    for world in range(WORLDS):
        cos, sin = math.cos(yaw[world]), math.sin(yaw[world])
        turn = np.array([[cos, -sin], [sin, cos]])
        points = {
            name: position[world].numpy() + p @ turn.T for name, p in {"edge": edge, "inner": inner}.items()
        }
        gap = 10 - np.abs(points["edge"]).max()
        overlaps = False
        for piece, where, quat in zip(pieces, positions[world], quats[world], strict=True):
            if where[2] == 0:
                pose = np.array([*where[:2], 2 * math.atan2(quat[3], quat[0])])
                gap = min(gap, distance_to(piece, pose, points["edge"]).min())
                overlaps |= distance_to(piece, pose, points["inner"]).min() < -0.01
        touching += overlaps
        if overlaps:
            assert found[world] < 0
        else:
            # Corner to corner the axes see less than the distance, and 1 / sqrt(2) of it at least.
            assert found[world] == pytest.approx(gap, abs=0.01) or 0.7 * gap - 0.01 < found[world] < gap
    assert 0 < touching < WORLDS


def test_driving_into_something_ends_in_a_collision_and_reaching_the_goal_in_success(
    env: GaitwayVectorEnv,
) -> None:
    env.reset(seed=7)
    goal = env.command.goal.clone()
    # Half of the robots a hand's breadth before their goal, facing it; the others before the west wall.
    yaw = torch.zeros(WORLDS)
    yaw[WORLDS // 2 :] = torch.pi
    before = goal - torch.tensor([0.4, 0.0])
    before[WORLDS // 2 :, 0] = -9.5
    _stand_at(env, before, yaw)
    env.command.step()
    clear = navigation.clearance(env, 9.0)[:, 0] > 0.02
    done = torch.zeros(WORLDS, dtype=torch.bool)
    for _ in range(10):
        _, reward, terminated, truncated, _ = env.step(torch.full((WORLDS, 2), 0.2))
        fired = env.terminations.fired
        first = terminated & ~done & clear
        assert not (first & (fired["reached"] == fired["collision"])).any() and not truncated.any()
        assert (reward[first & fired["reached"]] > 4).all() and (
            reward[first & fired["collision"]] < -9
        ).all()
        assert not (first[: WORLDS // 2] & fired["collision"][: WORLDS // 2]).any()
        assert not (first[WORLDS // 2 :] & fired["reached"][WORLDS // 2 :]).any()
        done |= terminated
    assert done[clear].all() and clear.sum() > WORLDS // 2


def test_progress_adds_up_to_the_way_that_was_driven(env: GaitwayVectorEnv) -> None:
    env.reset(seed=8)
    before = env.command.shortest.clone()
    total, alive = torch.zeros(WORLDS), torch.ones(WORLDS, dtype=torch.bool)
    for _ in range(8):
        shortest = env.command.shortest.clone()
        env.actions.apply(torch.full((WORLDS, 2), 0.3))
        env.actions.advance()
        env.state.refresh()
        total += navigation.progress(env) * env.step_dt
        env.command.step()
        assert torch.equal(shortest, env.command.shortest)
    way = before + env.command.cfg.reach - total
    torch.testing.assert_close(way[alive], env.command._follow()[0], atol=1e-4, rtol=0)
    assert total.abs().max() > 0.1


def test_seeds_draw_other_blocks_and_repeat(env: GaitwayVectorEnv) -> None:
    first, _ = env.reset(seed=1)
    first, furniture = first.clone(), env.command.furniture()[0].clone()
    other, _ = env.reset(seed=2)
    assert not torch.equal(env.command.furniture()[0], furniture)
    assert not torch.equal(other, first)
    again, _ = env.reset(seed=1)
    assert torch.equal(again, first)


def test_registered_under_gymnasium() -> None:
    env = gymnasium.make("Gaitway/AmrNavigation-v0")
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation) and env.action_space.shape == (2,)
    observation, reward, terminated, truncated, _ = env.step(np.array([0.3, 0.3], dtype=np.float32))
    assert np.isfinite(observation).all() and math.isfinite(reward) and not (terminated or truncated)
    env.close()
