"""The AMRs' ways keep off what stands in the hall, and lead from everywhere to everywhere."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from gaitway.assets.warehouse.layout import Layout, WarehouseCfg, plan
from gaitway.twin.warehouse.network import Network, build_network


@pytest.fixture(scope="module", params=[2500.0, 9290.0])
def hall(request: pytest.FixtureRequest) -> tuple[Layout, Network]:
    layout = plan(WarehouseCfg(area_m2=request.param), np.random.default_rng(0))
    return layout, build_network(layout)


def _moves(network: Network) -> np.ndarray:
    here, heading = np.nonzero(network.graph.ahead >= 0)
    return np.stack([here, network.graph.ahead[here, heading]], axis=1)


def test_no_move_comes_near_a_rack(hall: tuple[Layout, Network]) -> None:
    layout, network = hall
    ends = network.at[_moves(network)]
    share = np.linspace(0.0, 1.0, 9)[:, None]
    points = np.concatenate([start + share * (end - start) for start, end in ends])
    for box in layout.obstacles:
        low = np.array(box.center[:2]) - np.array(box.size[:2]) / 2
        high = low + np.array(box.size[:2])
        gap = np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0.0), axis=1)
        assert gap.min() > 0.5, box.name


def test_every_place_is_reached_from_every_other(hall: tuple[Layout, Network]) -> None:
    _, network = hall
    graph = nx.DiGraph(_moves(network).tolist())
    assert nx.is_strongly_connected(graph.subgraph(np.flatnonzero(network.core).tolist()))
    places = [*network.stations.values(), *network.chargers.values(), *network.parking.values()]
    assert network.core[places].all() and len(set(places)) == len(places)
    assert all(network.core[vertices].all() and len(vertices) for vertices in network.aisles.values())


def test_sites_are_where_the_hall_has_them(hall: tuple[Layout, Network]) -> None:
    layout, network = hall
    for site in layout.sites:
        if site.kind == "pick_station":
            place = network.at[network.stations[site.name]]
            assert np.linalg.norm(place - site.position[:2]) < 1.0, site.name


def test_lanes_keep_to_the_right(hall: tuple[Layout, Network]) -> None:
    """In an aisle, cheap moves lead north on its eastern side and south on its western side."""
    _, network = hall
    vertices = next(iter(network.aisles.values()))
    middle = network.at[vertices, 0].mean()
    for vertex in vertices:
        costs = {h: network.weights[vertex, h] for h in (1, 3)}
        assert (costs[3] < costs[1]) == (network.at[vertex, 0] > middle)


def test_a_hall_without_an_aisle_for_them_is_refused() -> None:
    layout = plan(WarehouseCfg(area_m2=2500.0, aisles=2), np.random.default_rng(0))
    with pytest.raises(ValueError, match="no aisle for AMRs"):
        build_network(layout)
