"""The AMRs' laser scanners: beams beside small steps along them, people's legs, what lies too low."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gaitway.assets.warehouse.layout import Layout, WarehouseCfg, plan
from gaitway.twin.ceiling import cast
from gaitway.twin.ceiling.shapes import Shape
from gaitway.twin.warehouse.mishaps import Lying
from gaitway.twin.warehouse.people import Crowd
from gaitway.twin.warehouse.scanner import ANGLES, FARTHEST, Bystanders, Scanners, points_of
from gaitway.twin.warehouse.scenario import MishapCfg

HALF = (0.4, 0.3)
AWAY = np.full((4, 3), 1e3)
NOBODY = Crowd(np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros((0, 2)))


@pytest.fixture(scope="module")
def layout() -> Layout:
    return plan(WarehouseCfg(area_m2=800, cameras=0), np.random.default_rng(0))


@pytest.fixture(scope="module")
def scanners(layout: Layout) -> Scanners:
    return Scanners(layout, HALF, np.random.default_rng(0))


def _free_places(layout: Layout, count: int) -> np.ndarray:
    """Poses (count, 3) off racks, a metre or more from each other's."""
    rng = np.random.default_rng(1)
    places: list[np.ndarray] = []
    while len(places) < count:
        at = rng.uniform([-layout.half_length, -layout.half_width], [layout.half_length, layout.half_width])
        if not _is_solid(layout, at[None])[0] and all(np.linalg.norm(at - p[:2]) > 1 for p in places):
            places.append(np.append(at, rng.uniform(-3, 3)))
    return np.array(places)


def _is_solid(layout: Layout, at: np.ndarray) -> np.ndarray:
    """Whether points (k, 2) are in a rack or out of the hall."""
    solid = [(np.abs(at) > [layout.half_length, layout.half_width]).any(axis=1)]
    solid += [((at > box.lo[:2]) & (at < box.hi[:2])).all(axis=1) for box in layout.obstacles]
    return np.any(solid, axis=0)


def test_beams_end_where_small_steps_do(layout: Layout, scanners: Scanners):
    step = 0.005
    poses = _free_places(layout, 4)
    ranges, normals = scanners.expected(poses, AWAY)
    for pose, row in zip(poses, ranges, strict=True):
        for j in range(0, len(ANGLES), 17):
            beam = np.array([np.cos(pose[2] + ANGLES[j]), np.sin(pose[2] + ANGLES[j])])
            way = np.arange(step, FARTHEST, step)
            solid = _is_solid(layout, pose[:2] + way[:, None] * beam)
            assert row[j] == pytest.approx(way[solid.argmax()] if solid.any() else np.inf, abs=2 * step)
    hit = np.isfinite(ranges)
    heading = poses[:, 2:] + ANGLES
    beam = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    assert ((normals * beam).sum(axis=-1)[hit] < 0).all()


def _scan_of(
    scanners: Scanners,
    pose: np.ndarray,
    crowd: Crowd = NOBODY,
    kinds: tuple[str, ...] = (),
    lying: tuple[Lying, ...] = (),
) -> np.ndarray:
    """Where beams of the first vehicle end (k, 2) before what the empty hall has."""
    ranges = scanners.scan(1, pose, Bystanders(crowd, kinds, lying))
    nearer = ranges[0] < scanners.expected(pose, AWAY)[0][0] - 0.1
    return points_of(pose[0], ranges[0])[nearer]


@pytest.fixture
def pose(layout: Layout) -> np.ndarray:
    """In the middle of an aisle, along it."""
    return np.array([[layout.aisle_x[0], np.mean(layout.blocks[0]), np.pi / 2]])


def test_a_person_is_two_legs(scanners: Scanners, pose: np.ndarray):
    at = pose[:, :2] + [0.0, 1.5]
    points = _scan_of(
        scanners, pose, Crowd(at, np.array([-np.pi / 2]), np.zeros(1), np.zeros((1, 2))), ("worker",)
    )
    assert len(points) >= 4
    aside = points[:, 0] - at[0, 0]
    assert aside.min() == pytest.approx(-0.18, abs=0.03)
    assert aside.max() == pytest.approx(0.18, abs=0.03)
    assert (np.abs(aside) > 0.02).all(), "one sees between them"


LIE = [
    ("dropped_load", cast.carton, True),
    ("blocked_aisle", cast.fallen_pallet, True),
    ("spill", cast.spill, False),
]


@pytest.mark.parametrize(("kind", "make", "is_seen"), LIE)
def test_what_lies_is_seen_if_it_stands_higher_than_the_beams(
    scanners: Scanners, pose: np.ndarray, kind: str, make: Callable[..., Shape], is_seen: bool
):
    ahead = pose[0, :2] + [0.0, 2.0]
    thing = Lying(MishapCfg(kind, 0.0), make(np.random.default_rng(0)), "", ahead, 0.3)
    points = _scan_of(scanners, pose, lying=(thing,))
    assert (len(points) > 5) == is_seen


def test_vehicles_see_each_other_and_not_themselves(scanners: Scanners, pose: np.ndarray):
    assert not len(_scan_of(scanners, pose))
    other = pose + np.array([0.0, 2.0, 0.0])
    points = _scan_of(scanners, np.concatenate([pose, other]))
    assert points[:, 1].min() == pytest.approx(pose[0, 1] + 2.0 - HALF[0], abs=0.05)
