"""Aisles that are closed or one way, chargers that are fewer, and orders that stay the same for all that."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from gaitway.assets.warehouse.layout import Layout, WarehouseCfg, plan
from gaitway.fleet.graph import STEP_XY
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.twin.warehouse.demand import draw_demand
from gaitway.twin.warehouse.network import Network, build_network
from gaitway.twin.warehouse.scenario import OrdersCfg, WaysCfg

ONE_WAY = WaysCfg(one_way=("aisle_03A",))


@pytest.fixture(scope="module")
def layout() -> Layout:
    return plan(WarehouseCfg(area_m2=2500.0), np.random.default_rng(0))


@pytest.fixture(scope="module")
def free(layout: Layout) -> Network:
    return build_network(layout)


def _digraph(network: Network) -> nx.DiGraph:
    here, heading = np.nonzero(network.graph.ahead >= 0)
    return nx.DiGraph(zip(here.tolist(), network.graph.ahead[here, heading].tolist(), strict=True))


def test_nothing_leads_into_a_closed_aisle(layout: Layout, free: Network) -> None:
    network = build_network(layout, WaysCfg(closed=("aisle_06A",)))
    shut = set(free.aisles["aisle_06A"].tolist())
    assert not shut & set(_digraph(network)) and not network.core[list(shut)].any()
    assert set(network.closed) == {"aisle_06A"} and "aisle_06A" not in network.aisles
    assert np.array_equal(network.at, free.at), "vertices stay"
    assert network.stations == free.stations and network.parking == free.parking


def test_nobody_drives_against_one_way_lanes(layout: Layout, free: Network) -> None:
    network = build_network(layout, ONE_WAY)
    roads = _digraph(network)
    lanes = _lanes_of(network, "aisle_03A")
    for a, b in roads.edges:
        for vertex in {a, b} & set(lanes):
            assert (network.at[b, 1] - network.at[a, 1]) * lanes[vertex] > -1e-9
    assert nx.is_strongly_connected(roads.subgraph(np.flatnonzero(network.core).tolist()))
    assert np.array_equal(network.core, free.core), "everything is reached as before"
    assert len(roads.edges) < len(_digraph(free).edges)


def _lanes_of(network: Network, aisle: str) -> dict[int, int]:
    """1 for vertices of the lane that leads north, the eastern one; -1 for the other's."""
    vertices = network.aisles[aisle]
    east = network.at[vertices, 0] > network.at[vertices, 0].mean()
    return dict(zip(vertices.tolist(), np.where(east, 1, -1).tolist(), strict=True))


def test_vehicles_reach_all_of_a_one_way_aisle(layout: Layout) -> None:
    """Six of them, by the fleet's own rules, each to the ends of both lanes of both aisles."""
    network = build_network(layout, ONE_WAY)
    traffic = Traffic(network.graph, list(network.parking.values())[:6], weights=network.weights)
    goals = [int(vertices[end]) for vertices in network.aisles.values() for end in (0, 1, -2, -1)]
    left = [goals[k:] + goals[:k] for k in range(6)]
    lanes = _lanes_of(network, "aisle_03A")
    for _ in range(3000):
        idle = [k for k in range(6) if traffic.goal[k] < 0 and left[k]]
        for k in idle:
            traffic.send([k], [left[k].pop()])
        before = traffic.cell.copy()
        traffic.step()
        for a, b in zip(before.tolist(), traffic.cell.tolist(), strict=True):
            assert a not in lanes or (network.at[b, 1] - network.at[a, 1]) * lanes[a] > -1e-9
        if not any(left) and (traffic.goal < 0).all():
            return
    pytest.fail("not all arrived")


def test_chargers_are_left_out_evenly(layout: Layout, free: Network) -> None:
    count = len(free.chargers)
    for n in range(1, count + 1):
        some = build_network(layout, chargers=n).chargers
        assert len(some) == n and some.items() <= free.chargers.items()
    with pytest.raises(ValueError, match=rf"fleet.chargers = {count + 1}: the hall has {count}"):
        build_network(layout, chargers=count + 1)


@pytest.mark.parametrize(
    ("ways", "says"),
    [
        (
            WaysCfg(closed=("aisle_01A",)),
            "'aisle_01A' is no aisle of the AMRs; theirs are aisle_03A, aisle_06A",
        ),
        (WaysCfg(closed=("aisle_03A", "aisle_06A")), "leaves AMRs no aisle"),
        (WaysCfg(("aisle_03A",), ("aisle_03A",)), "aisle_03A is in ways.closed and in ways.one_way"),
    ],
)
def test_what_is_wrong_is_said(layout: Layout, ways: WaysCfg, says: str) -> None:
    with pytest.raises(ValueError) as caught:
        build_network(layout, ways)
    assert says in str(caught.value)


def test_orders_stay_the_same_but_for_those_of_closed_aisles() -> None:
    slots, stations = [f"aisle_{k:02d}_{n}" for k in range(4) for n in range(5)], ["east", "west"]
    shut = [name for name in slots if name.startswith("aisle_02")]
    left = [name for name in slots if name not in shut]
    cfg = OrdersCfg(per_hour=600.0)
    everywhere = draw_demand(cfg, 1800.0, slots, [], stations, np.random.default_rng(7))
    without = draw_demand(cfg, 1800.0, left, shut, stations, np.random.default_rng(7))
    assert len(everywhere) == len(without) > 200
    assert (np.diff([order.created for order in everywhere]) >= 0).all()
    moved = 0
    for one, other in zip(everywhere, without, strict=True):
        if {one.source, one.target} & set(shut):
            moved += 1
            assert not {other.source, other.target} & set(shut)
            assert (one.created, one.sku, one.loading) == (other.created, other.sku, other.loading)
        else:
            assert one == other
    assert moved > 30


def test_headings_are_those_of_the_fleet(free: Network) -> None:
    """A move of heading 1 goes south in the world: rows count from the north."""
    for heading, (dx, dy) in enumerate(STEP_XY.tolist()):
        here = np.flatnonzero(free.graph.ahead[:, heading] >= 0)
        step = free.at[free.graph.ahead[here, heading]] - free.at[here]
        assert (np.sign(np.round(step, 6)) == (dx, -dy)).all()
