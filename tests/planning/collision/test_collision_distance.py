"""Distances and free checks beside brute force in NumPy, and gradients beside finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.collision import distance_warp
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.distance_numba import distances, explain
from gaitway.planning.collision.free_numba import is_free, lane_room, lanes_hit
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, DistanceGrid, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import WorldError
from gaitway.planning.kinematics.forward_numba import link_poses
from gaitway.planning.kinematics.lanes import frame_arrays
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT, CHECK
from gaitway.planning.robot.tree import JointRecord, build_tree

TURN = np.array([0.9, 0.1, -0.3, 0.3]) / np.linalg.norm([0.9, 0.1, -0.3, 0.3])
CENTRE = np.array([0.5, 0.1, 0.4])


@pytest.fixture(scope="module")
def body() -> CollisionBody:
    """Three links of 0.4 m on turning joints about z, y and x, with two spheres each."""
    links = ["base", "one", "two", "three"]
    axes = [(0, 0, 1), (0, 1, 0), (1, 0, 0)]
    joints = []
    for n, axis in enumerate(axes):
        at = np.eye(4)
        at[:3, 3] = [0.0, 0.05, 0.4 if n else 0.1]
        joints.append(
            JointRecord(f"j{n}", "revolute", links[n], links[n + 1], at, axis=axis, lower=-3, upper=3)
        )
    tree = build_tree("three", links, joints)
    link = np.repeat(np.arange(4), 2).astype(np.int32)
    centre = np.tile([[0.0, 0.02, 0.1], [0.03, 0.0, 0.3]], (4, 1))
    radius = np.linspace(0.05, 0.09, 8)
    pairs = np.full((4, 4), CHECK, np.int8)
    for a in range(4):
        for b in range(max(0, a - 1), min(4, a + 2)):
            pairs[a, b] = ADJACENT
    middle = np.tile([0.015, 0.01, 0.2], (4, 1))
    robot = RobotModel(tree, link, centre, radius, middle, np.full(4, 0.2), pairs)
    return collision_body(robot, select_group(tree, "base", "three"))


def _rotation(q: np.ndarray) -> np.ndarray:
    w, v = q[0], q[1:]
    cross = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def _to_box(p: np.ndarray) -> np.ndarray:
    q = np.abs((p - CENTRE) @ _rotation(TURN)) - [0.1, 0.15, 0.2]
    return np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(axis=-1), 0)


def _to_cylinder(p: np.ndarray) -> np.ndarray:
    local = (p + CENTRE) @ _rotation(TURN)
    q = np.stack([np.hypot(local[..., 0], local[..., 1]) - 0.1, np.abs(local[..., 2]) - 0.2], axis=-1)
    return np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(axis=-1), 0)


def _to_capsule(p: np.ndarray) -> np.ndarray:
    a, along = np.array([-0.5, 0.4, 0.2]), np.array([0.1, 0.2, 0.5])
    part = np.clip((p - a) @ along / (along @ along), 0, 1)
    return np.linalg.norm(p - a - part[..., None] * along, axis=-1) - 0.07


def _to_plane(p: np.ndarray) -> np.ndarray:
    return p[..., 2] + 0.15  # linear, so that a trilinear grid has no error


WORLD = World(
    {
        "plane": DistanceGrid(
            (-2, -2, -2), 0.5, np.broadcast_to(np.arange(9) * 0.5 - 1.85, (9, 9, 9)).copy()
        ),
        "box": Box(CENTRE, (0.2, 0.3, 0.4), TURN),
        "cylinder": Cylinder(-CENTRE, 0.1, 0.4, TURN),
        "capsule": Capsule((-0.5, 0.4, 0.2), (-0.4, 0.6, 0.7), 0.07),
        "ball": Sphere((0.3, -0.5, 0.6), 0.12),
    }
)
FORMULAS = {
    "ball": lambda p: np.linalg.norm(p - [0.3, -0.5, 0.6], axis=-1) - 0.12,
    **{"box": _to_box, "capsule": _to_capsule, "cylinder": _to_cylinder, "plane": _to_plane},
}


def _brute_force(body: CollisionBody, q: np.ndarray) -> np.ndarray:
    """Least distances (B, 2) to the world and between parts, by formulas of their own and link poses."""
    robot = body.robot
    poses = link_poses(body.group, q, robot.sphere_link)
    points = np.einsum("bsij,sj->bsi", poses[..., :3, :3], robot.sphere_centre) + poses[..., :3, 3]
    moving = robot.sphere_link > 0
    to_world = [(f(points[:, moving]) - robot.sphere_radius[moving]).min(axis=1) for f in FORMULAS.values()]
    apart = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)
    apart -= robot.sphere_radius[:, None] + robot.sphere_radius
    may_meet = robot.pairs[np.ix_(robot.sphere_link, robot.sphere_link)] == CHECK
    return np.column_stack([np.min(to_world, axis=0), np.where(may_meet, apart, np.inf).min(axis=(1, 2))])


def _configurations(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-3, 3, (count, 3))


def test_distances_are_those_of_brute_force(body: CollisionBody) -> None:
    q = _configurations(500, 0)
    np.testing.assert_allclose(
        distances(body, WORLD, q).distance, _brute_force(body, q), atol=1e-7
    )  # nodes are float32


def test_depth_is_that_of_brute_force(body: CollisionBody) -> None:
    q = _configurations(300, 8)
    world = World({f"{n}": Box((0.1 * n, 0, 0.4), (4 - n, 3, 3.5 + n)) for n in range(3)})
    robot = body.robot
    poses = link_poses(body.group, q, robot.sphere_link)
    points = np.einsum("bsij,sj->bsi", poses[..., :3, :3], robot.sphere_centre) + poses[..., :3, 3]
    sizes = [np.array([4 - n, 3, 3.5 + n]) for n in range(3)]
    inside = [(np.abs(points - [0.1 * n, 0, 0.4]) - size / 2).max(axis=-1) for n, size in enumerate(sizes)]
    deepest = (np.min(inside, axis=0) - robot.sphere_radius)[:, robot.sphere_link > 0].min(axis=1)
    assert deepest.max() < -0.3
    np.testing.assert_allclose(distances(body, world, q).distance[:, 0], deepest, atol=1e-9)


def test_free_is_where_distances_exceed_the_margin(body: CollisionBody) -> None:
    q = _configurations(2003, 1)
    to_world, own = _brute_force(body, q).T
    for margin in (0.0, 0.03):
        spare = np.minimum(to_world - margin, own - 2 * margin)
        clear = np.abs(spare) > 1e-5  # float32 may decide either way on the border
        free = is_free(body, WORLD, q, margin)
        assert 0.05 < free.mean() < 0.95
        np.testing.assert_array_equal(free[clear], (spare > 0)[clear])


def test_gradients_are_finite_differences(body: CollisionBody) -> None:
    q = _configurations(200, 2)
    found = distances(body, WORLD, q)
    for joint in range(3):
        step = 1e-6 * np.eye(3)[joint]
        up, down = distances(body, WORLD, q + step), distances(body, WORLD, q - step)
        same = (up.nearest == down.nearest).all(axis=2)
        slope = (up.distance - down.distance) / 2e-6
        assert same.mean() > 0.95
        error = np.abs(found.gradient[..., joint] - slope)[same]
        assert np.mean(error < 1e-6) > 0.99  # edges of the medial axis within the step are rare


def test_one_hit_is_enough_for_a_motion(body: CollisionBody) -> None:
    q = _configurations(16 * 200, 4).reshape(200, 16, 3)
    arrays = frame_arrays(body.group), body.arrays, WORLD.arrays_single
    room = lane_room(arrays[0], arrays[1])
    for lanes in q:
        free = is_free(body, WORLD, lanes)
        every = lanes_hit(lanes.T.copy(), *arrays, 0.0, room, False)
        assert [(every >> w) & 1 == 0 for w in range(16)] == free.tolist()
        some = lanes_hit(lanes.T.copy(), *arrays, 0.0, room, True)
        assert (some == 0) == free.all() and some & ~every == 0


def test_warp_kernels_equal_the_lanes(body: CollisionBody) -> None:
    q = _configurations(10000, 5)
    ours, theirs = distances(body, WORLD, q), distance_warp.distances(body, WORLD, q, device="cpu")
    np.testing.assert_allclose(theirs.distance, ours.distance, atol=1e-5)
    same = (ours.nearest == theirs.nearest).all(axis=2)
    assert same.mean() > 0.999  # rounding may prefer the other of two at the same distance
    error = np.abs(theirs.gradient - ours.gradient).max(axis=2)[same]
    assert np.mean(error < 1e-5) > 0.999  # edges of the medial axis and of a grid's cells
    near = distance_warp.distances(body, WORLD, q, within=0.05, device="cpu").distance
    np.testing.assert_array_equal(np.isfinite(near), theirs.distance < 0.05)
    clear = np.array(np.abs(ours.distance).min(axis=1) > 1e-5)
    free = distance_warp.is_free(body, WORLD, q, device="cpu")
    np.testing.assert_array_equal(free[clear], is_free(body, WORLD, q)[clear])
    np.testing.assert_array_equal(free[clear], (ours.distance[clear] > 0).all(axis=1))


def test_sentence_names_link_and_obstacle(body: CollisionBody) -> None:
    found = distances(body, WORLD, _configurations(50, 3))
    row = int(np.argmin(found.distance[:, 0]))
    (sentence,) = explain(body, WORLD, _configurations(50, 3)[row])
    assert f"obstacle '{WORLD.names[found.nearest[row, 0, 1]]}'" in sentence or "mm" in sentence
    assert sentence.endswith(".")


def test_attached_object_is_checked_and_released(body: CollisionBody) -> None:
    q = np.zeros((1, 3))
    tip = link_poses(body.group, q, body.robot.tree.link("three"))[0, 0]
    wall = World({"wall": Box(tip[:3, 3] + [0, 0, 0.9], (1, 1, 0.2))})
    held = body.attached("cup", "three", [[0, 0, 0.5], [0, 0, 0.7]], [0.05, 0.15])
    assert is_free(body, wall, q).all()
    assert not is_free(held, wall, q).any()
    assert explain(held, wall, q) == ["'cup' is 50.0 mm inside obstacle 'wall'."]
    assert is_free(held.released("cup"), wall, q).all()
    with pytest.raises(WorldError, match="'cup'"):
        body.released("cup")


def test_order_of_obstacles_does_not_matter(body: CollisionBody) -> None:
    rng = np.random.default_rng(6)
    away = rng.normal(size=(30, 3)) * 0.6
    world = World({f"{n}": Box(at, (0.1, 0.1, 0.2), TURN) for n, at in enumerate(away)})
    q = _configurations(2000, 7)
    ours = distances(body, world, q).distance
    clear = np.array(np.abs(ours).min(axis=1) > 1e-5)
    np.testing.assert_array_equal(is_free(body, world, q)[clear], (ours[clear] > 0).all(axis=1))


def test_changes_make_the_next_world() -> None:
    moved = WORLD.with_changes({"box": Sphere((0, 0, 1), 0.2), "more": Sphere((0, 0, 2), 0.1)}, ["ball"])
    assert set(moved.names) == {"box", "more", "capsule", "cylinder", "plane"}
    assert isinstance(moved.obstacles["box"], Sphere) and isinstance(WORLD.obstacles["box"], Box)
    with pytest.raises(WorldError, match="no obstacle 'door'"):
        WORLD.with_changes({}, ["door"])


def test_world_is_a_snapshot() -> None:
    bigger = WORLD.with_obstacle("more", Sphere((0, 0, 1), 0.1))
    assert "more" not in WORLD.names and "more" in bigger.names
    assert set(bigger.without("box").names) == {*WORLD.names, "more"} - {"box"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Box((0, 0, 0), (1, 0, 1)), "size"),
        (lambda: Box((0, 0, np.nan), (1, 1, 1)), "finite"),
        (lambda: Cylinder((0, 0, 0), 0.1, 0.2, (1, 1, 0, 0)), "normalise"),
        (lambda: Sphere((0, 0), 1), "shape"),
        (lambda: Sphere((0, 0, 0), -1), "radius"),
        (lambda: DistanceGrid((0, 0, 0), 0.1, np.zeros((1, 2, 2))), "shape"),
        (lambda: DistanceGrid((0, 0, 0), 0.1, np.full((2, 2, 2), np.inf)), "finite"),
        (lambda: WORLD.with_obstacle("box", Sphere((0, 0, 0), 1)), "already"),
        (lambda: WORLD.without("door"), "no obstacle 'door'"),
    ],
)
def test_bad_obstacles_are_refused(make, message: str) -> None:
    with pytest.raises(WorldError, match=message):
        make()
