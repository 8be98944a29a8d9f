"""Terrain: the height map against MuJoCo's rays, where robots start, and how levels change."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.terms import curricula, observations, terminations
from gaitway.envs.terrain.config import PatchCfg, TerrainCfg
from gaitway.envs.terrain.field import Terrain, TerrainField
from gaitway.envs.terrain.kinds import CELL, KINDS
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/DroidVelocityRough-v0"
HARD = {
    "flat": 0.0,
    "stairs_down": 0.08,
    "stairs_up": 0.08,
    "ridge": 0.3,
    "valley": 0.3,
    "bumps": 0.06,
    "stones": 0.15,
}


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    return GaitwayVectorEnv(load_cfg(TASK), 32, noise=False)


def _heights_by_ray(model: mujoco.MjModel, xy: np.ndarray) -> np.ndarray:
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    down, geom = np.array([0.0, 0.0, -1.0]), np.zeros(1, np.int32)
    top = [np.array([x, y, 5.0]) for x, y in xy]
    return np.array([5.0 - mujoco.mj_ray(model, data, start, down, None, 1, -1, geom) for start in top])


@pytest.mark.parametrize("kind", KINDS)
def test_height_map_is_what_a_ray_hits(kind: str) -> None:
    field = TerrainField(TerrainCfg({kind: PatchCfg(2, HARD[kind] / 2, HARD[kind])}, levels=2, patch=5.0))
    spec = mujoco.MjSpec.from_string(
        '<mujoco><worldbody><geom type="plane" size="0 0 1"/></worldbody></mujoco>'
    )
    field.add_to(spec)
    rng = np.random.default_rng(0)
    # Middles of cells: between them the map is a staircase of its own.
    cells = rng.integers(0, field.height_map.shape, (800, 2))
    hit = _heights_by_ray(spec.compile(), (cells + 0.5) * CELL)
    error = np.abs(hit - field.height_map[cells[:, 0], cells[:, 1]])
    # An edge of a step may run through a cell; no more than the cells along edges can differ.
    assert np.mean(error > 1e-4) < 0.02
    assert error.max() <= max(2 * HARD[kind], 0.06)
    assert np.ptp(field.height_map) >= (0.05 if kind == "stones" else 0.9 * HARD[kind])


def test_harder_levels_are_higher() -> None:
    field = TerrainField(TerrainCfg({"stairs_up": PatchCfg(1, 0.02, 0.1)}, levels=5, patch=4.0))
    rows = field.height_map.reshape(5, -1).max(axis=1)
    steps = rows / np.array([0.02, 0.04, 0.06, 0.08, 0.1])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-5)


def test_robots_start_on_their_platform(env: GaitwayVectorEnv) -> None:
    env.reset(seed=0)
    assert env.terrain is not None
    assert (env.terrain.distance(env.state.root_pos[:, :2]) <= env.terrain.cfg.platform / 2).all()
    # The default height, up to joint noise that the reset adds.
    torch.testing.assert_close(
        env.state.root_height, torch.full((32,), env.state.default_height), atol=0.01, rtol=0
    )
    assert len(set(env.terrain.column.tolist())) == len(env.terrain.field.kinds)


def test_scan_sees_what_rays_hit(env: GaitwayVectorEnv) -> None:
    env.reset(seed=3)
    scan = observations.height_scan(env, length=0.8, width=0.4, spacing=0.2).reshape(32, 5, 3)
    world = 5
    x, y, _ = env.state.root_pos[world].tolist()
    yaw = float(env.state.heading[world])
    points = []
    for ahead in (-0.4, -0.2, 0.0, 0.2, 0.4):
        for left in (-0.2, 0.0, 0.2):
            points.append(
                (x + np.cos(yaw) * ahead - np.sin(yaw) * left, y + np.sin(yaw) * ahead + np.cos(yaw) * left)
            )
    ground = _heights_by_ray(env.model, np.array(points)).reshape(5, 3)
    expected = ground - float(env.state.root_pos[world, 2]) + env.state.default_height
    np.testing.assert_allclose(scan[world], expected, atol=0.01)


def test_levels_follow_how_far_robots_walk() -> None:
    cfg = load_cfg(TASK)
    env = GaitwayVectorEnv(cfg, 8, noise=False)
    env.reset(seed=0)
    terrain = env.terrain
    assert terrain is not None
    terrain.level[:] = torch.tensor([0, 1, 2, 3, 0, 1, 2, terrain.cfg.levels - 1])
    half = terrain.cfg.patch / 2
    walked = torch.tensor([half, half, 0.1, 0.1, 0.1, half, 0.1, half])
    env.state.root_pos[:, :2] = terrain.origin()[:, :2] + torch.stack((walked, torch.zeros(8)), dim=-1) * 1.01
    env.terminated = torch.tensor([False, False, True, False, True, False, False, False])
    assert terminations.off_patch(env).tolist() == (walked == half).tolist()
    mean = curricula.terrain_level(env, torch.ones(8, dtype=torch.bool))
    # Off the patch: one up. Fallen early: one down, not below 0. Neither: the same. Past the last: any level.
    assert terrain.level[:7].tolist() == [1, 2, 1, 3, 0, 2, 2]
    assert 0 <= int(terrain.level[7]) < terrain.cfg.levels
    assert float(mean) == pytest.approx(float(terrain.level.float().mean()))


def test_ground_off_the_field_is_the_floor() -> None:
    field = TerrainField(TerrainCfg({"stairs_down": PatchCfg(1, 0.05, 0.05)}, levels=1, patch=4.0))
    terrain = Terrain(field, 1, torch.device("cpu"))
    heights = terrain.height(torch.tensor([[-0.01, 2.0], [2.0, 2.0], [4.01, 2.0]]))
    assert heights.tolist() == pytest.approx([0.0, 0.05 * 4, 0.0])


@pytest.mark.parametrize(
    ("cfg", "sentence"),
    [
        (TerrainCfg({"stair_up": PatchCfg(1, 0, 1)}), "no terrain 'stair_up'; did you mean 'stairs_up'"),
        (TerrainCfg({}), "has no patch"),
        (
            TerrainCfg({"flat": PatchCfg(1, 0, 0)}, patch=1.0),
            "a platform of 1.2 m does not fit a patch of 1 m",
        ),
    ],
)
def test_bad_terrain_is_named(cfg: TerrainCfg, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        TerrainField(cfg)
