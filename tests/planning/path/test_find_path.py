"""Paths of a disc on two slides and of arms, beside geometry and brute force in NumPy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.obstacles import Box, Capsule, DistanceGrid, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import BlockedError, ConfigurationError, NoPathError
from gaitway.planning.kinematics.forward_numba import link_poses
from gaitway.planning.path import find
from gaitway.planning.path.find import find_path
from gaitway.planning.path.motion import FINEST, motions_free
from gaitway.planning.path.no_path import divided
from gaitway.planning.robot.file import load_robot
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT, CHECK
from gaitway.planning.robot.tree import JointRecord, build_tree
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import typeof

RADIUS = 0.05
ARM = Path(__file__).parents[3] / "assets" / "robots" / "arm.json"


def _robot(joints: list[JointRecord], spheres: list[tuple[str, list[float], float]]) -> CollisionBody:
    names = ["base", *(joint.child for joint in joints)]
    tree = build_tree("test", names, joints)
    rows = np.array([tree.link(link) for link, _, _ in spheres], np.int32)
    centres, radii = np.array([c for _, c, _ in spheres]), np.array([r for _, _, r in spheres])
    around, wide = np.zeros((len(names), 3)), np.zeros(len(names))
    for row in np.unique(rows):
        around[row] = centres[rows == row].mean(axis=0)
        wide[row] = (np.linalg.norm(centres[rows == row] - around[row], axis=1) + radii[rows == row]).max()
    pairs = np.full((len(names), len(names)), ADJACENT, np.int8)
    return collision_body(
        RobotModel(tree, rows, centres, radii, around, wide, pairs), select_group(tree, "base", names[-1])
    )


@pytest.fixture(scope="module")
def disc() -> CollisionBody:
    """A ball of 5 cm that slides along x and y by up to 1 m."""
    joints = [
        JointRecord("x", "prismatic", "base", "cart", axis=(1, 0, 0), lower=-1, upper=1),
        JointRecord("y", "prismatic", "cart", "disc", axis=(0, 1, 0), lower=-1, upper=1),
    ]
    return _robot(joints, [("disc", [0, 0, 0], RADIUS)])


@pytest.fixture(scope="module")
def planar() -> CollisionBody:
    """Two links of 0.5 m that turn about z, with a ball of 3 cm every 5 cm."""
    at = np.eye(4)
    at[0, 3] = 0.5
    joints = [
        JointRecord("shoulder", "revolute", "base", "upper", axis=(0, 0, 1), lower=-3, upper=3),
        JointRecord("elbow", "revolute", "upper", "fore", at, axis=(0, 0, 1), lower=-2.8, upper=2.8),
    ]
    along = np.arange(0.05, 0.501, 0.05)
    return _robot(joints, [(link, [x, 0, 0], 0.03) for link in ("upper", "fore") for x in along])


@pytest.fixture(scope="module")
def arm() -> CollisionBody:
    robot = load_robot(ARM)
    return collision_body(robot, select_group(robot.tree, "link0", "tool", {"finger_left": 0.04}))


def _wall(gap: tuple[float, float] | None) -> World:
    """A wall of 10 cm along y through the middle, with a gap from one y to another."""
    if gap is None:
        return World({"wall": Box((0, 0, 0), (0.1, 2.4, 1))})
    low, high = gap
    return World(
        {
            "below": Box((0, (low - 1.2) / 2, 0), (0.1, low + 1.2, 1)),
            "above": Box((0, (high + 1.2) / 2, 0), (0.1, 1.2 - high, 1)),
        }
    )


def test_free_way_is_a_straight_line(disc: CollisionBody) -> None:
    path = find_path(disc, World(), [-0.5, 0], [0.5, 0.3])
    np.testing.assert_array_equal(path.waypoints, [[-0.5, 0], [0.5, 0.3]])
    assert path.goal == 0 and path.nodes == 2


def test_path_through_a_gap_is_nearly_the_shortest(disc: CollisionBody) -> None:
    start, goal = np.array([-0.8, -0.4]), np.array([0.8, -0.4])
    found = find_path(disc, _wall((0.3, 0.45)), start, goal)
    # The middle of the disc passes the two upper corners of the lower wall at a radius: a taut string.
    corner = np.array([-0.05, 0.3])
    tangent = np.sqrt(((corner - start) ** 2).sum() - RADIUS**2)
    towards = np.arctan2(*(corner - start)[::-1]) + np.arcsin(RADIUS / np.linalg.norm(corner - start))
    shortest = 2 * (tangent + RADIUS * towards) + 0.1
    assert shortest <= found.length <= 1.03 * shortest
    assert found.length <= found.searched_length


def test_goal_that_can_be_reached_is_chosen(disc: CollisionBody) -> None:
    goals = [[0.0, 0.0], [0.9, 0.0], [-0.9, 0.9]]
    found = find_path(disc, _wall(None), [-0.9, 0.0], goals)
    assert found.goal == 2
    np.testing.assert_array_equal(found.waypoints[-1], goals[2])


def test_closed_wall_is_not_passed(disc: CollisionBody) -> None:
    with pytest.raises(NoPathError, match=r"infeasible.*'disc' meets 'wall'"):
        find_path(disc, _wall(None), [-0.5, 0], [0.5, 0], budget=2.0)
    with pytest.raises(NoPathError, match="timeout"):  # too little for a proof
        find_path(disc, _wall(None), [-0.5, 0], [0.5, 0], budget=0.0)


def test_proof_holds_only_where_there_is_no_gap(disc: CollisionBody) -> None:
    start, goals = np.array([-0.5, 0.0]), np.array([[0.5, 0.0], [0.6, 0.6]])
    assert divided(disc, _wall(None), start, goals, 32)
    assert not divided(disc, _wall((0.3, 0.401)), start, goals, 128)  # 1 mm more than the disc
    assert divided(disc, _wall((0.3, 0.36)), start, goals, 128)  # 4 cm less
    assert not divided(disc, _wall(None), start, np.array([[0.5, 0.0], [-0.6, 0.6]]), 128)


def test_wire_of_a_millimetre_is_never_slipped_through(disc: CollisionBody) -> None:
    wire = World({"wire": Capsule((0.2, -0.4, 0), (-0.1, 0.5, 0), 0.0005)})
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1, 1, (2, 4000, 2))
    apart = _segment_distance(a, b, np.array([0.2, -0.4]), np.array([-0.1, 0.5])) - RADIUS - 0.0005
    free = motions_free(disc, wire, a, b)
    assert not free[apart < -1e-5].any()
    assert free[apart > FINEST].all()
    fence = World({"wire": Capsule((0, -1.2, 0), (0, 1.2, 0), 0.0005)})
    with pytest.raises(NoPathError):
        find_path(disc, fence, [-0.5, 0], [0.5, 0], budget=0.1)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _segment_distance(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Distance of segments a b (m, 2) in the plane to the segment c d: 0 where they cross."""

    def to_point(p: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        part = np.clip(((p - u) * (v - u)).sum(-1) / ((v - u) ** 2).sum(-1), 0, 1)
        return np.linalg.norm(p - u - part[..., None] * (v - u), axis=-1)

    crossing = _cross(b - a, c - a) * _cross(b - a, d - a) < 0
    crossing &= _cross(d - c, a - c) * _cross(d - c, b - c) < 0
    ends = np.min([to_point(c, a, b), to_point(d, a, b), to_point(a, c, d), to_point(b, c, d)], axis=0)
    return np.where(crossing, 0.0, ends)


def test_folded_arm_passes_what_it_cannot_stretched(planar: CollisionBody) -> None:
    # From the shoulder a pole at 0.8 m is only reached by the forearm: the elbow must bend to pass it.
    pole = World({"pole": Sphere((0.8, 0, 0), 0.05)})
    found = find_path(planar, pole, [-0.6, 0], [0.6, 0])
    shoulder, elbow = _dense(found.waypoints).T
    tips = np.stack([0.5 * np.cos(shoulder) + 0.5 * np.cos(shoulder + elbow)], -1)
    assert tips.min() < 0.8  # drawn in, not stretched all the way
    for along in np.arange(0.05, 0.501, 0.05):
        x = 0.5 * np.cos(shoulder) + along * np.cos(shoulder + elbow)
        y = 0.5 * np.sin(shoulder) + along * np.sin(shoulder + elbow)
        assert (np.hypot(x - 0.8, y) > 0.08 - 1e-6).all()


def _dense(waypoints: np.ndarray, step: float = 0.002) -> np.ndarray:
    """Configurations (m, n) along a path, no joint farther than a step from the next."""
    pieces = []
    for a, b in pairwise(waypoints):
        count = int(np.ceil(np.abs(b - a).max() / step)) + 1
        pieces.append(a + np.linspace(0, 1, count)[:, None] * (b - a))
    return np.concatenate(pieces)


def _boxes(rng: np.random.Generator, count: int) -> dict[str, Box]:
    centres = rng.uniform([-0.7, -0.7, 0.1], [0.7, 0.7, 0.9], (count, 3))
    sizes = rng.uniform(0.05, 0.25, (count, 3))
    turns = rng.normal(size=(count, 4))
    turns /= np.linalg.norm(turns, axis=1)[:, None]
    return {
        f"box {i}": Box(centres[i], sizes[i], turns[i])
        for i in np.flatnonzero(np.hypot(centres[:, 0], centres[:, 1]) > 0.3)
    }


def _clearance(body: CollisionBody, boxes: dict[str, Box], q: np.ndarray) -> np.ndarray:
    """Least distance (B,) of spheres to boxes and to each other, by link poses and formulas of its own."""
    robot = body.robot
    poses = link_poses(body.group, q, robot.sphere_link)
    points = np.einsum("bsij,sj->bsi", poses[..., :3, :3], robot.sphere_centre) + poses[..., :3, 3]
    moving = body.group.link_frame[robot.sphere_link] > 0
    least = np.full(len(q), np.inf)
    for box in boxes.values():
        w, x, y, z = np.asarray(box.quaternion)
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        rotation = np.eye(3) + 2 * w * cross + 2 * cross @ cross
        local = np.abs((points[:, moving] - np.asarray(box.centre)) @ rotation) - np.asarray(box.size) / 2
        away = np.linalg.norm(np.maximum(local, 0), axis=-1) + np.minimum(local.max(axis=-1), 0)
        least = np.minimum(least, (away - robot.sphere_radius[moving]).min(axis=1))
    frame = body.group.link_frame[robot.sphere_link]
    may_meet = robot.pairs[np.ix_(robot.sphere_link, robot.sphere_link)] == CHECK
    may_meet &= frame[:, None] != frame
    for s in np.flatnonzero(may_meet.any(axis=1)):
        apart = np.linalg.norm(points[:, s, None] - points, axis=-1)
        apart -= robot.sphere_radius[s] + robot.sphere_radius
        least = np.minimum(least, np.where(may_meet[s], apart, np.inf).min(axis=1))
    return least


def test_paths_of_the_arm_are_free_by_brute_force(arm: CollisionBody) -> None:
    rng = np.random.default_rng(5)
    limits = arm.group.limits
    solved = turns = 0
    for _ in range(8):
        boxes = _boxes(rng, 8)
        q = rng.uniform(limits.lower, limits.upper, (200, arm.group.dof))
        free = q[_clearance(arm, boxes, q) > 0.002]
        found = find_path(arm, World(boxes), free[0], free[1], budget=20.0)
        solved += 1
        turns += len(found.waypoints) > 2
        np.testing.assert_array_equal(found.waypoints[[0, -1]], free[:2])
        along = _dense(found.waypoints, 0.01)
        assert (_clearance(arm, boxes, along) > 0).all()
        assert (along >= limits.lower).all() and (along <= limits.upper).all()
        assert found.length <= found.searched_length
    assert solved == 8 and turns >= 4


def test_same_seed_gives_the_same_path(arm: CollisionBody, monkeypatch: pytest.MonkeyPatch) -> None:
    # Walls from 16 cm about the first axis outwards: the arm has to stand up to get past.
    turn = (np.cos(np.pi / 8), 0, 0, np.sin(np.pi / 8))
    far = 1.16 * np.sqrt(0.5)
    walls = World({f"wall {x:+}": Box((far * x, far * x, 1), (2, 0.02, 4), turn) for x in (-1, 1)})
    start = np.array([0, -0.3, 0, -1.8, 0, 1.6, 0.7])
    goal = start + 1.5 * np.eye(7)[0]
    one = find_path(arm, walls, start, goal, seed=3, budget=20)
    monkeypatch.setattr(find, "_CHUNK", 7)  # looks at the clock at other moments
    two = find_path(arm, walls, start, goal, seed=3, budget=40)
    np.testing.assert_array_equal(one.waypoints, two.waypoints)
    assert one.checks == two.checks and len(one.waypoints) > 2
    other = find_path(arm, walls, start, goal, seed=4, budget=20)
    assert not np.array_equal(one.waypoints, other.waypoints)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*[st.floats(-1, 1)] * 4),
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.01, 0.3)), max_size=5),
    st.integers(0, 3),
)
def test_paths_stay_within_limits_and_off_obstacles(disc, ends, balls, seed) -> None:
    world = World({f"ball {i}": Sphere((x, y, 0), r) for i, (x, y, r) in enumerate(balls)})
    try:
        found = find_path(disc, world, ends[:2], ends[2:], seed=seed, budget=0.05)
    except (BlockedError, NoPathError):
        return
    along = _dense(found.waypoints)
    assert (np.abs(along) <= 1).all()
    for x, y, r in balls:
        assert (np.hypot(*(along - [x, y]).T) > r + RADIUS - 1e-5).all()


def test_blocked_ends_name_what_is_met_and_what_is_near(disc: CollisionBody) -> None:
    world = _wall(None)
    with pytest.raises(BlockedError, match=r"start: 'disc' is 60.0 mm inside obstacle 'wall'") as caught:
        find_path(disc, world, [0.04, 0.2], [0.5, 0])
    error = caught.value
    assert (error.stage, error.link, error.obstacle) == ("start", "disc", "wall")
    assert error.margin == pytest.approx(-0.06, abs=1e-6)
    assert error.nearest is not None
    np.testing.assert_allclose(error.nearest, [0.1, 0.2], atol=2e-3)
    with pytest.raises(BlockedError, match=r"number 1.*'wall'"):
        find_path(disc, world, [0.5, 0], [[-0.04, 0.0], [0.03, 0.0]])
    with pytest.raises(BlockedError, match=r"joint y is at 1.2000") as caught:
        find_path(disc, world, [0.5, 0], [0.5, 1.2])
    assert caught.value.stage == "goal" and caught.value.nearest is not None
    np.testing.assert_allclose(caught.value.nearest, [0.5, 1.0])


def test_no_obstacle_makes_code_compile_anew() -> None:
    nodes = np.ones((3, 3, 3), np.float32)
    nodes.setflags(write=False)
    worlds = [
        World(),
        World({"box": Box((0, 0, 0), (1, 1, 1)), "ball": Sphere((0, 0, 0), 1)}),
        World({"grid": DistanceGrid((0, 0, 0), 0.1, nodes)}),
        World({"grid": DistanceGrid((0, 0, 0), 0.1, np.ones((3, 3, 3), order="F"))}),
    ]
    assert len({str(typeof(world.arrays_single)) for world in worlds}) == 1


def test_bad_input_is_refused(disc: CollisionBody) -> None:
    for start, goals, message in (
        ([0, 0, 0], [1, 0], "2 joints"),
        ([0, 0], [[np.nan, 0]], "joint x"),
        ([0, 0], [], "no goal"),
        ([[0, 0]], [1, 0], "one configuration"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            find_path(disc, World(), start, goals)
