"""The fleet against PettingZoo's own checks, the single robot's task, and situations set up by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.rotations import from_yaw
from gaitway.envs.tasks.warehouse_fleet import FleetCfg

pytest.importorskip("pettingzoo")
from gaitway.envs.wrappers.pettingzoo import WarehouseFleet
from pettingzoo.test import parallel_api_test


@pytest.fixture(scope="module")
def fleet() -> WarehouseFleet:
    return WarehouseFleet(FleetCfg(robots=4, layouts=2), noise=False)


def _move(fleet: WarehouseFleet, agent: int, x: float, y: float, yaw: float) -> None:
    """Put one robot elsewhere; the others stay."""
    qpos, qvel = (fleet.world.view(name)[0].clone() for name in ("qpos", "qvel"))
    at = fleet._qpos_at[agent]
    qpos[at : at + 2] = torch.tensor([x, y])
    qpos[at + 3 : at + 7] = from_yaw(torch.tensor([yaw]))[0]
    fleet._set(qpos, qvel)


def test_pettingzoos_own_test() -> None:
    parallel_api_test(WarehouseFleet(FleetCfg(robots=4, layouts=2)), num_cycles=60)


def test_robots_start_apart_and_clear(fleet: WarehouseFleet) -> None:
    for seed in range(3):
        observations, _ = fleet.reset(seed=seed)
        assert list(observations) == fleet.agents == ["amr_0", "amr_1", "amr_2", "amr_3"]
        positions = fleet._positions()
        gaps = torch.cdist(positions, positions) + 99 * torch.eye(4)
        goals = torch.cdist(fleet._pool_goals(), fleet._pool_goals()) + 99 * torch.eye(4)
        assert gaps.min() >= 1.5 and goals.min() >= 1.5
        assert all(footprint.clearance()[0] > 0 for footprint in fleet._footprints)
        assert (positions.abs() < 9.6).all()


def test_an_agent_sees_what_the_single_robot_sees(fleet: WarehouseFleet) -> None:
    cfg = load_cfg("Gaitway/AmrNavigation-v0")
    assert list(cfg.actor) == ["goal", "waypoint", "wheel_speed", "base_ang_vel", "last_action", "lidar"]
    assert fleet.observation_space("amr_0").shape == (67,)
    assert fleet.cfg.wheel_speed == cfg.actions.scale and fleet.cfg.sim == cfg.sim
    observations, _ = fleet.reset(seed=0)
    for agent, observation in observations.items():
        i = fleet._index(agent)
        offset = fleet._pool_goals()[i] - fleet._positions()[i]
        bearing = float(torch.atan2(offset[1], offset[0]) - fleet._headings()[i])
        assert observation[:2] == pytest.approx([np.cos(bearing), np.sin(bearing)], abs=1e-5)


def test_lidar_sees_the_other_robots(fleet: WarehouseFleet) -> None:
    """Outside the walls, on the open floor: one 3 m ahead of another, its rear 0.4 m behind its middle."""
    fleet.reset(seed=1)
    _move(fleet, 0, 30.0, 30.0, 0.0)
    _move(fleet, 1, 33.0, 30.0, 0.0)
    assert float(fleet._lidars[0].read().min()) == pytest.approx(3.0 - 0.4 - 0.36, abs=1e-3)
    assert float(fleet._footprints[0].clearance()[0]) == pytest.approx(3.0 - 0.8, abs=1e-4)


def test_collision_ends_both_and_the_rest_drive_on(fleet: WarehouseFleet) -> None:
    fleet.reset(seed=2)
    _move(fleet, 0, 30.0, 30.0, 0.0)
    _move(fleet, 1, 30.9, 30.0, np.pi)
    stay = {agent: np.zeros(2, dtype=np.float32) for agent in fleet.agents}
    drive = stay | {agent: np.full(2, 0.3, dtype=np.float32) for agent in ("amr_0", "amr_1")}
    _, rewards, terminated, truncated, infos = fleet.step(drive)
    while not any(terminated.values()):
        _, rewards, terminated, truncated, infos = fleet.step(drive)
    assert [agent for agent, end in terminated.items() if end] == ["amr_0", "amr_1"]
    assert infos["amr_0"]["collision"] and rewards["amr_0"] < -8 and not any(truncated.values())
    assert fleet.agents == ["amr_2", "amr_3"]
    observations, *_ = fleet.step({agent: stay[agent] for agent in fleet.agents})
    assert list(observations) == ["amr_2", "amr_3"]
    parked = fleet._positions()[:2]
    assert (parked[:, 0] - 14.0).abs().max() < 0.05


def test_arriving_ends_with_a_bonus(fleet: WarehouseFleet) -> None:
    fleet.reset(seed=3)
    x, y = fleet._pool_goals()[2].tolist()
    _move(fleet, 2, x - 0.4, y, 0.0)
    fleet._ways, _ = fleet._follow()
    actions = {agent: np.zeros(2, dtype=np.float32) for agent in fleet.agents}
    actions["amr_2"] = np.full(2, 0.2, dtype=np.float32)
    total, infos = 0.0, {"amr_2": {"reached": False}}
    for _ in range(6):
        if not infos["amr_2"]["reached"]:
            _, rewards, _, _, infos = fleet.step(actions)
            total += rewards["amr_2"]
    assert infos["amr_2"]["reached"] and total == pytest.approx(10.1, abs=0.15)


def test_a_seed_repeats(fleet: WarehouseFleet) -> None:
    first, _ = fleet.reset(seed=5)
    again, _ = fleet.reset(seed=5)
    assert all(np.array_equal(first[agent], again[agent]) for agent in first)
    with pytest.raises(ValueError, match="give 1 to 16"):
        FleetCfg(robots=0)
