"""AMRs that the fleet sends on before they have passed their cells do not meet there."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.assets.warehouse.layout import WarehouseCfg, plan
from gaitway.twin.warehouse.network import build_network
from gaitway.twin.warehouse.scenario import WaysCfg
from gaitway.twin.warehouse.vehicles import Vehicles


@pytest.mark.parametrize("from_the_side", [True, False])
def test_who_comes_from_the_side_waits_until_the_cell_is_passed(from_the_side: bool):
    """The first is sent from 0.9 m before a cell straight across it; the second is then granted that cell."""
    layout = plan(WarehouseCfg(2500.0, cameras=0), np.random.default_rng(0))
    network = build_network(layout, WaysCfg(), None)
    at, ahead = network.at, network.graph.ahead
    crossing = next(v for v in np.flatnonzero((ahead >= 0).all(axis=1)) if (ahead[ahead[v, 0], 0]) >= 0)
    east, north, west = ahead[crossing, 0], ahead[crossing, 3], ahead[crossing, 2]
    vehicles = Vehicles(network, layout, 2, 0, 1.2, 0.1, np.random.default_rng(0))
    second = north if from_the_side else west
    before = at[crossing] + 0.9 * (at[west] - at[crossing]) / np.linalg.norm(at[west] - at[crossing])
    behind = at[second] + (0.0 if from_the_side else 1.0) * (at[second] - at[crossing])
    position = np.stack([before, behind])
    yaw = np.arctan2(*(at[crossing] - position).T[::-1])
    (body,), (mind,) = vehicles._platforms._parts, vehicles._senses._parts
    body.position, body.yaw, mind.pose = position, yaw, np.column_stack([position, yaw])  # type: ignore[misc]
    vehicles.traffic.cell[:] = east, crossing
    vehicles._came_from[:] = crossing, second
    vehicles._know()
    moved_early, apart = 0.0, []
    for _ in range(60):
        passed = vehicles.position[0, 0] > at[crossing, 0]
        start = vehicles.position[1].copy()
        vehicles.drive()
        moved_early += 0.0 if passed else float(np.linalg.norm(vehicles.position[1] - start))
        apart.append(np.linalg.norm(vehicles.position[0] - vehicles.position[1]))
    assert (moved_early < 0.05) == from_the_side
    assert min(apart) > 0.8
    assert np.linalg.norm(vehicles.position[1] - at[crossing]) < 0.2, "it gets there"
