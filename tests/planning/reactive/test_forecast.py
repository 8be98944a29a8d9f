"""What obstacles may take up contains every place they can be at, by membership formulas of its own."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, Obstacle, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import WorldError
from gaitway.planning.reactive.forecast import SLICE, Forecast
from gaitway.planning.reactive.swept import Moving, box_row, grown, swept, swept_rows
from scipy.spatial.transform import Rotation

TURN = Rotation.from_rotvec([0.4, -0.9, 1.3])
BOX = Box((0.1, 0.2, 0.3), (0.1, 0.2, 0.3), TURN.as_quat(scalar_first=True))
BALL = Sphere((0.1, 0.2, 0.3), 0.1)
LIMB = Capsule((0.0, 0.2, 0.3), (0.3, 0.3, 0.1), 0.05)


def points_in(shape: Box | Sphere | Capsule, count: int, rng: np.random.Generator) -> np.ndarray:
    if isinstance(shape, Box):
        return np.asarray(shape.centre) + TURN.apply(
            rng.uniform(-0.5, 0.5, (count, 3)) * np.asarray(shape.size)
        )
    ball = rng.normal(size=(count, 3))
    ball *= shape.radius / np.linalg.norm(ball, axis=1)[:, None]
    if isinstance(shape, Sphere):
        return np.asarray(shape.centre) + ball
    part = rng.random((count, 1))
    return (1 - part) * np.asarray(shape.start) + part * np.asarray(shape.end) + ball


def contains(shape: Obstacle, points: np.ndarray) -> np.ndarray:
    assert isinstance(shape, Box | Capsule | Sphere)
    if isinstance(shape, Box):
        turn = Rotation.from_quat(np.asarray(shape.quaternion), scalar_first=True)
        local = turn.inv().apply(points - np.asarray(shape.centre))
        return (np.abs(local) <= np.asarray(shape.size) / 2 + 1e-9).all(axis=1)
    if isinstance(shape, Sphere):
        return np.linalg.norm(points - np.asarray(shape.centre), axis=1) <= shape.radius + 1e-9
    start, along = np.asarray(shape.start), np.asarray(shape.end) - np.asarray(shape.start)
    part = np.clip((points - start) @ along / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - start - part[:, None] * along, axis=1) <= shape.radius + 1e-9


def _in_row(row: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Within a radius of a box, by the nearest point of the box."""
    local = (points - row[:3]) @ row[3:12].reshape(3, 3)
    nearest = np.clip(local, -row[12:15], row[12:15])
    return np.linalg.norm(local - nearest, axis=1) <= row[15] + 1e-9


@pytest.mark.parametrize("shape", [BALL, BOX, LIMB])
@pytest.mark.parametrize("way", [(0.5, 0.1, -0.4), (0.01, 0.0, 0.0), (0.0, 0.0, 0.0)])
def test_swept_contains_every_place_on_the_way(shape, way) -> None:
    rng, way = np.random.default_rng(0), np.asarray(way)
    row = box_row(shape, way)
    points = points_in(shape, 3000, rng) + rng.random((3000, 1)) * way
    assert np.any([contains(piece, points) for piece in swept(row, way, 0.0)], axis=0).all()
    rows = swept_rows(row, way, 0.0)
    assert np.any([_in_row(one, points) for one in rows], axis=0).all()
    # A margin holds what is that far away, too.
    points = points + 0.03 / np.sqrt(3) * rng.uniform(-1, 1, points.shape)
    rows = swept_rows(row, way, 0.03)
    assert np.any([_in_row(one, points) for one in rows], axis=0).all()


def test_a_box_along_its_axis_sweeps_no_more_than_it_does() -> None:
    way = 0.7 * TURN.apply([0.0, 1.0, 0.0])
    (piece,) = swept(box_row(BOX, way), way, 0.0)
    assert isinstance(piece, Box)
    np.testing.assert_allclose(np.asarray(piece.size), [0.1, 0.9, 0.3], atol=1e-9)


def test_grown_contains_what_is_near() -> None:
    rng = np.random.default_rng(1)
    for shape in (BALL, BOX, LIMB):
        near = points_in(shape, 1000, rng) + 0.04 / np.sqrt(3) * rng.uniform(-1, 1, (1000, 3))
        assert contains(grown(shape, 0.04), near).all()
    tall = grown(Cylinder((0, 0, 0), 0.1, 0.2), 0.04)
    assert (tall.radius, tall.height) == pytest.approx((0.14, 0.28))


def test_forecast_reaches_to_where_velocity_brings_it_and_no_farther() -> None:
    forecast = Forecast(
        World(),
        {"ball": Moving(BALL, (0.5, 0.0, 0.0)), "slow": Moving(LIMB, (0.0, 0.09, 0.0))},
        seen=7.0,
        clearance=0.02,
        horizon=0.5,
        drift=0.1,
        reaction=0.3,
    )
    assert forecast.end == pytest.approx(7.5)
    # A slice counts as its end; the last one is for all later times.
    assert forecast.slice_of(np.array([7.001, 7.05, 7.051, 7.5, 99.0])).tolist() == [1, 1, 2, 10, 10]
    for number in (1, 4, 10):
        shape, slow = forecast.moving(number).obstacles.values()
        after, grows = number * SLICE, 0.1 * min(number * SLICE, 0.3)
        assert isinstance(shape, Capsule)
        assert shape.radius == pytest.approx(0.1 + 0.02 + grows)
        np.testing.assert_allclose(np.asarray(shape.end) - shape.start, [0.5 * after, 0, 0])
        assert isinstance(slow, Capsule)
        np.testing.assert_allclose(slow.row()[:3], LIMB.row()[:3])  # slower than it may be wrong: stands


def test_refuses_what_cannot_be_foreseen() -> None:
    with pytest.raises(WorldError, match="sphere, box or capsule"):
        Moving(Cylinder((0, 0, 0), 0.1, 0.2), (0, 0, 0))  # type: ignore[arg-type]
    with pytest.raises(WorldError, match="three finite numbers"):
        Moving(BALL, (0.0, np.nan, 0.0))
    with pytest.raises(WorldError, match="'ball' is there already"):
        Forecast(World({"ball": BALL}), {"ball": Moving(BALL, (0, 0, 0))}, 0.0, 0.0, 1.0, 0.0, 0.0)
