"""Roadmaps: robots have room on every cell and move, rules hold, and what is wrong is said in a sentence."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaitway.fleet.errors import MapError, RoadmapError
from gaitway.fleet.fields import FAR, distance_fields
from gaitway.fleet.lifelong.traffic import Traffic
from gaitway.fleet.maps.map_server import Occupancy, read_map_server
from gaitway.fleet.roadmap.areas import distances, polygon
from gaitway.fleet.roadmap.build import build_roadmap
from gaitway.fleet.roadmap.document import roadmap_document
from gaitway.fleet.roadmap.roadmap import YAW, Roadmap
from gaitway.fleet.roadmap.rules import Rules, Site, Zone
from gaitway.fleet.roadmap.rules_file import read_rules
from PIL import Image

EAST, SOUTH, WEST, NORTH = range(4)
RESOLUTION, ORIGIN = 0.1, (-12.0, -7.0)
RACKS = [(-8.0, -3.0, 8.0, -1.0), (-8.0, 1.0, 8.0, 3.0)]


def hall() -> Occupancy:
    """24 x 14 m with two racks of 16 x 2 m, walls of 0.5 m; row 0 is the north."""
    free = np.zeros((140, 240), bool)
    free[5:-5, 5:-5] = True
    for x0, y0, x1, y1 in RACKS:
        free[round((7 - y1) * 10) : round((7 - y0) * 10), round((x0 + 12) * 10) : round((x1 + 12) * 10)] = (
            False
        )
    return Occupancy(free, RESOLUTION, ORIGIN)


def zone(name: str, area, **rule) -> Zone:
    return Zone(name, polygon(area), **rule)


SITES = (
    Site("A", "station", (0.0, 6.0)),
    Site("B", "charger", (-11.0, 0.2)),
    Site("C", "parking", (11.0, 0.0)),
)
RULES = Rules("rules", diameter=0.7, sites=SITES)


def gap_to_walls(points: np.ndarray) -> np.ndarray:
    """(n,) distance to what stands, by the boxes themselves and not by the map."""
    walls = np.minimum.reduce([11.5 - np.abs(points[:, 0]), 6.5 - np.abs(points[:, 1])])
    for x0, y0, x1, y1 in RACKS:
        dx = np.maximum(np.maximum(x0 - points[:, 0], points[:, 0] - x1), 0)
        dy = np.maximum(np.maximum(y0 - points[:, 1], points[:, 1] - y1), 0)
        walls = np.minimum(walls, np.hypot(dx, dy))
    return walls


def moves(roadmap: Roadmap) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    here, heading = np.nonzero(roadmap.graph.ahead >= 0)
    return roadmap.positions[here], roadmap.positions[roadmap.graph.ahead[here, heading]], heading


@pytest.mark.parametrize("diameter", [0.5, 0.7, 1.0])
def test_robots_have_room_on_every_move(diameter):
    roadmap = build_roadmap(hall(), replace(RULES, diameter=diameter))
    here, there, heading = moves(roadmap)
    for part in np.linspace(0, 1, 11):
        assert gap_to_walls(here + part * (there - here)).min() >= diameter / 2 + 0.05
    # Headings are directions of the world: YAW points to the next cell.
    way = (there - here) / roadmap.cell
    assert np.allclose(way, np.stack([np.cos(np.array(YAW)[heading]), np.sin(np.array(YAW)[heading])], 1))
    assert roadmap.footprint <= 0.7 + 1e-9
    Traffic(roadmap.graph, [0], footprint=roadmap.footprint, weights=roadmap.weights)


def test_sites_are_served_from_the_nearest_cell_on_their_side():
    roadmap = build_roadmap(hall(), replace(RULES, sites=(*SITES, Site("D", "station", (0.0, 0.9)))))
    for site in roadmap.rules.sites:
        at = np.array(roadmap.position(roadmap.vertex(site.name)))
        assert np.linalg.norm(at - site.position) <= site.reach
    # D stands at the rack's southern face; cells north of the rack are no way to it.
    assert abs(roadmap.position(roadmap.vertex("D"))[1]) < 1
    assert roadmap.nearest((0.0, 6.0)) == roadmap.vertex("A")
    assert roadmap.named("charger") == ["B"] and roadmap.site("C").kind == "parking"
    with pytest.raises(RoadmapError, match="no site 'E'"):
        roadmap.vertex("E")


def test_one_way_lanes_are_followed_by_ways_and_speed_zones_cost_more():
    middle, slow = (-9.0, -0.9, 9.0, 0.9), (-9.0, 3.1, 9.0, 6.4)
    rules = replace(
        RULES,
        one_way=(zone("aisle", middle, direction=EAST),),
        speed=(zone("people", slow, speed=0.25),),
    )
    roadmap = build_roadmap(hall(), rules)
    here, there, heading = moves(roadmap)
    inside = (distances(polygon(middle), here) == 0) & (distances(polygon(middle), there) == 0)
    assert (heading[inside] == EAST).any() and not (heading[inside] == WEST).any()
    west, east = roadmap.vertex("B"), roadmap.vertex("C")
    field = distance_fields(roadmap.graph, [west, east])
    assert field[0, east] > field[1, west] and field.max() < FAR
    cheap = roadmap.weights[roadmap.nearest((0, -5))].min()
    assert roadmap.speed[roadmap.nearest((0, 5))] == 0.25
    assert roadmap.weights[roadmap.nearest((0, 5))].min() == 4 * cheap


def test_keep_outs_and_what_falls_on_the_floor_are_not_touched():
    triangle = [(-2.0, -6.5), (2.0, -6.5), (0.0, -4.5)]
    roadmap = build_roadmap(hall(), replace(RULES, keep_out=(zone("pit", triangle),)))
    here, there, _ = moves(roadmap)
    for part in np.linspace(0, 1, 11):
        assert distances(polygon(triangle), here + part * (there - here)).min() >= 0.4
    pallet = (3.1, -0.35, 3.2, 0.05)
    blocked = np.zeros(len(roadmap.graph), bool)
    blocked[roadmap.blocked_by(pallet)] = True
    assert 0 < blocked.sum() < 12
    open_graph = roadmap.graph.without(blocked)
    starts, headings = np.nonzero(open_graph.ahead >= 0)
    a, b = roadmap.positions[starts], roadmap.positions[open_graph.ahead[starts, headings]]
    for part in np.linspace(0, 1, 41):
        assert distances(polygon(pallet), a + part * (b - a)).min() >= 0.4
    assert len(roadmap.blocked_by((30, 30, 31, 31))) == 0


def test_distances_against_points_along_the_border():
    corners = polygon([(0, 0), (4, 0), (4, 3), (2, 1), (0, 3)])
    points = np.random.default_rng(0).uniform(-2, 6, (200, 2))
    ends = np.roll(corners, -1, axis=0)
    border = np.concatenate(
        [a + np.linspace(0, 1, 501)[:, None] * (b - a) for a, b in zip(corners, ends, strict=True)]
    )
    found = distances(corners, points)
    to_border = np.linalg.norm(points[:, None] - border, axis=2).min(1)
    assert np.allclose(found[found > 0], to_border[found > 0], atol=1e-2)
    x, y = points.T
    inside = (x > 0) & (x < 4) & (y > 0) & (y < np.where(x < 2, 3 - x, x - 1))
    assert np.array_equal(found == 0, inside)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sites": (Site("A", "station", (0.0, 2.0)),)}, "site 'A' at x 0.0, y 2.0 m stands in a wall"),
        ({"sites": (Site("A", "station", (90.0, 2.0)),)}, "in a wall or outside the map"),
        ({"sites": (Site("A", "dock", (0.0, 6.4), reach=0.1),)}, "'A'.*cannot be reached.*reach is 0.1 m"),
        ({"sites": (*SITES, Site("B2", "charger", (-11.0, 0.6)))}, "'B' and 'B2' overlap: they are 0.40 m"),
        (
            {"sites": (Site("A", "dock", (1, 5)), Site("B", "dock", (1.75, 5))), "cell": 2.0},
            "one cell of the road",
        ),
        ({"diameter": 6.0}, "nowhere on the map could two robots of 6 m"),
        ({"cell": 0.5}, "cell is 0.5 m; robots of 0.7 m need"),
        ({"keep_out": (zone("K", (50, 50, 51, 51)),)}, "keep_out 'K' lies outside the map"),
        ({"speed": (zone("S", (-8, 1, 8, 3), speed=0.5),)}, "speed 'S' covers no cell"),
        ({"one_way": (zone("O", (0, 5, 0.4, 5.4), direction=EAST),)}, "one_way 'O' covers no"),
        # All moves at the west wall lead south: its corner can be left, and not entered.
        ({"one_way": (zone("W", (-12, -7, 12, 7), direction=SOUTH),)}, "one-way lanes cut off .*one_way 'W'"),
    ],
)
def test_what_is_wrong_is_named(change, sentence):
    with pytest.raises(RoadmapError, match=sentence):
        build_roadmap(hall(), replace(RULES, **change))


def test_a_dead_end_and_a_pocket_are_named():
    # A wall closes the aisle between the racks in the east.
    walled = hall()
    walled.free[:, 195:200] &= (np.arange(140) < 40)[:, None] | (np.arange(140) > 100)[:, None]
    narrow = replace(RULES, cell=2.0, sites=(Site("S", "station", (5.0, 0.0)),))
    with pytest.raises(RoadmapError, match=r"'S' at x 5\.0, y 0\.0 m lies in a dead end"):
        build_roadmap(walled, narrow)
    # The aisle's western half leads in only, and its eastern half both ways.
    half = replace(narrow, sites=(), one_way=(zone("in", (-9.5, -1, -5, 1), direction=EAST),))
    with pytest.raises(RoadmapError, match=r"robots could lock at .*one_way 'in'.*only way out"):
        build_roadmap(hall(), half)


SITES_TOML = """
cell = 1.0
sites = "sites.json"
[robot]
diameter = 0.7
[[site]]
name = "A"
kind = "station"
position = [0.0, 6.0]
[[one_way]]
name = "aisle"
area = [-9.0, -0.9, 9.0, 0.9]
direction = "east"
"""
SITES_JSON = {
    "frame": "world",
    "stations": [{"name": "charger_00", "kind": "charger", "position": [-11.0, 0.2, 0.0], "yaw": 3.14}],
    "docks": [{"name": "dock_00", "kind": "dock_closed", "position": [5.0, -6.2, 0.0], "yaw": -1.57}],
    "spawn_points": [{"name": "worker_00", "kind": "worker", "position": [0.0, 0.0, 0.0], "yaw": 0.0}],
    "cameras": [],
}


def written(folder: Path, toml: str = SITES_TOML, sites: object = SITES_JSON) -> Path:
    (folder / "sites.json").write_text(json.dumps(sites))
    (folder / "rules.toml").write_text(toml)
    return folder / "rules.toml"


def test_rules_are_read_with_the_sites_of_a_generated_warehouse(tmp_path):
    rules = read_rules(written(tmp_path))
    assert [(site.name, site.kind) for site in rules.sites] == [("A", "station"), ("charger_00", "charger")]
    assert rules.one_way[0].direction == EAST and rules.cell == 1.0 and rules.clearance == 0.05
    document = roadmap_document(build_roadmap(hall(), rules))
    assert len(document["cells"]) == len(document["speed"]) and document["sites"][0]["name"] == "A"
    # The same rules as JSON.
    import tomllib

    (tmp_path / "rules.json").write_text(json.dumps(tomllib.loads(SITES_TOML)))
    assert read_rules(tmp_path / "rules.json").sites == rules.sites


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("cell = 1.0", "cel = 1.0", "'cel' is no key here; did you mean 'cell'"),
        ("cell = 1.0", "cell = nan", "cell is nan; it must be a number from 0.05 to 100"),
        ("diameter = 0.7", "", "robot: diameter is missing; it must be a number"),
        ("diameter = 0.7", "diameter = true", "diameter is True"),
        ('kind = "station"', 'kind = "sofa"', "site 'A': kind is 'sofa'; it must be one of station"),
        ("position = [0.0, 6.0]", "position = [0.0]", "site 'A': position is .*x, y. in m"),
        ('"east"', '"up"', "one_way 'aisle': direction is 'up'"),
        ("[-9.0, -0.9, 9.0, 0.9]", "[1, 2, 3]", "one_way 'aisle': area must be a box"),
        ('name = "A"', 'name = "charger_00"', "two sites are named 'charger_00'"),
        ('name = "A"', "name = 3", "site number 1: name is 3; it must be a name"),
        ("[[one_way]]", "[[one_way]", "is no TOML"),
        ("[robot]", "[[robot]]", "robot must be a table"),
        ("sites.json", "none.json", "none.json: No such file"),
    ],
)
def test_bad_rules_are_refused(tmp_path, old, new, sentence):
    with pytest.raises(RoadmapError, match=sentence):
        read_rules(written(tmp_path, SITES_TOML.replace(old, new)))


MAP_YAML = """image: map.pgm
resolution: 0.1
origin: [-12.0, -7.0, 0.0]
negate: 0
occupied_thresh: 0.65
free_thresh: 0.196
"""


def test_a_map_is_read_as_it_was_made(tmp_path):
    expected = hall()
    Image.fromarray(np.where(expected.free, 254, 0).astype(np.uint8)).save(tmp_path / "map.pgm")
    (tmp_path / "map.yaml").write_text(MAP_YAML)
    found = read_map_server(tmp_path / "map.yaml")
    assert np.array_equal(found.free, expected.free) and found.origin == ORIGIN
    x0, y0, x1, y1 = RACKS[1]
    inside, outside = ((x0 + x1) / 2, (y0 + y1) / 2), (x0 - 0.3, y1 + 0.3)
    assert found.is_free([inside, outside, (99, 0)]).tolist() == [False, True, False]
    row, column = 17, 30
    assert np.allclose(found.points((row, column)), (ORIGIN[0] + 3.05, ORIGIN[1] + 14.0 - 1.75))
    assert found.cells(found.points((row, column))).tolist() == [row, column]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("resolution: 0.1", "resolution: -1", "resolution is -1; it must be a number"),
        ("0.0]", f"{math.pi / 2}]", "turns the map by 1.5708 rad"),
        ("[-12.0, -7.0, 0.0]", "[1, 2]", "origin is"),
        ("map.pgm", "none.pgm", "none.pgm: No such file"),
        ("map.pgm", "map.yaml", "map.yaml: is no image"),
        ("negate: 0", "negate: 1", "no cell of the map is free"),
        ("negate", "negates", "unknown field 'negates'"),
        ("negate: 0", "negate: [", "line 6: is no YAML"),
    ],
)
def test_bad_maps_are_refused(tmp_path, old, new, sentence):
    Image.fromarray(np.full((4, 4), 254, np.uint8)).save(tmp_path / "map.pgm")
    (tmp_path / "map.yaml").write_text(MAP_YAML.replace(old, new))
    with pytest.raises(MapError, match=sentence):
        read_map_server(tmp_path / "map.yaml")
