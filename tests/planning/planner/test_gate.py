"""A ball among posts: what the gate lets through or refuses, and what makes a motion shorter before."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.obstacles import Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import PlanFailure
from gaitway.planning.kinematics.lanes import frame_arrays
from gaitway.planning.limits import Limits
from gaitway.planning.optimise.band import KNOTS, Terms, band_cost, inverse_hessian, pull
from gaitway.planning.optimise.shorten import shorten, surroundings
from gaitway.planning.planner.gate import check, first_hit
from gaitway.planning.planner.timing import time_path
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.trajectory.retime import retime
from gaitway.planning.trajectory.trajectory import Trajectory

LIMITS = Limits([1.0, 1.0], [5.0, 5.0], [200.0, 200.0])
RADIUS = 0.01


@pytest.fixture(scope="module")
def ball() -> CollisionBody:
    """A ball of 1 cm that slides in a plane: its position is (q, 0)."""
    joints = [
        JointRecord(f"slide{n}", "prismatic", a, b, axis=axis, lower=-1.0, upper=1.0)
        for n, (a, b, axis) in enumerate((("base", "cart", (1, 0, 0)), ("cart", "ball", (0, 1, 0))))
    ]
    tree = build_tree("ball", ["base", "cart", "ball"], joints)
    bound = np.zeros((3, 3)), np.array([0, 0, RADIUS])
    robot = RobotModel(
        tree,
        np.array([2], np.int32),
        np.zeros((1, 3)),
        np.array([RADIUS]),
        *bound,
        np.full((3, 3), ADJACENT, np.int8),
    )
    return collision_body(robot, select_group(tree, "base", "ball"))


def test_thin_wire_is_met_when_it_is_met(ball: CollisionBody) -> None:
    trajectory = retime([[-0.5, 0], [0.5, 0]], LIMITS).trajectory
    wire = World({"wire": Sphere((0.2, 0.0105, 0), 0.001)})  # grazed by half a millimetre
    hit = first_hit(ball, wire, trajectory, LIMITS)
    assert hit is not None and (hit.link, hit.obstacle) == ("ball", "wire")
    # The ball touches once it is this far before the wire; a look comes less than a centimetre later.
    touch = 0.2 - np.sqrt(0.011**2 - 0.0105**2)
    assert touch - 1e-9 <= trajectory.position(hit.time)[0] <= touch + 0.01
    with pytest.raises(PlanFailure, match="wire") as caught:
        check(ball, wire, trajectory, LIMITS)
    assert caught.value.stage == "gate" and caught.value.time == hit.time and caught.value.margin <= 0
    # A tenth of a millimetre beside it passes: no margin is left in the way.
    assert first_hit(ball, World({"wire": Sphere((0.2, 0.0111, 0), 0.001)}), trajectory, LIMITS) is None


def test_limits_are_looked_at_between_knots(ball: CollisionBody) -> None:
    fast = retime([[-0.5, 0], [0.5, 0]], Limits([2.0, 1.0], LIMITS.acceleration, LIMITS.jerk)).trajectory
    with pytest.raises(PlanFailure, match="velocity"):
        check(ball, World(), fast, LIMITS)
    # One polynomial that leaves the range of joint 0 and comes back between its only two knots.
    t = 4.0
    bump = np.array([0.9, 0, 0, 0, 0.0, 0, 0])
    bump[3:6] = [0.8 * 10 / t**3, -0.8 * 15 / t**4, 0.8 * 6 / t**5]
    there = Trajectory([0, t], np.column_stack([bump, np.zeros(7)])[None])
    with pytest.raises(PlanFailure, match="slide0"):
        check(ball, World(), there, LIMITS)


def test_corner_is_cut_as_far_as_what_stands_in_it_allows(ball: CollisionBody) -> None:
    corner = np.array([[-0.3, 0], [0, 0], [0, 0.3]])
    free = time_path(ball, World(), corner, LIMITS)
    post = World({"post": Sphere((-0.05, 0.05, 0), 0.035)})  # 5 mm from both legs
    near = time_path(ball, post, corner, LIMITS)
    assert 0 <= near.deviation < 0.03 < free.deviation
    assert near.trajectory.duration > free.trajectory.duration
    check(ball, post, near.trajectory, LIMITS)
    blocked = World({"post": Sphere((-0.25, 0.0, 0), 0.03)})
    with pytest.raises(PlanFailure, match="post") as caught:
        time_path(ball, blocked, corner, LIMITS)
    assert caught.value.stage == "timing"


def test_shortcuts_save_time_and_nothing_else(ball: CollisionBody) -> None:
    detour = np.array([[-0.5, 0], [-0.3, 0.6], [0.3, 0.6], [0.5, 0]])
    post = World({"post": Sphere((0, 0, 0), 0.2)})
    slow = time_path(ball, post, detour, LIMITS).trajectory
    (quick,) = shorten([slow], surroundings(ball, post, LIMITS))
    assert quick.duration < 0.8 * slow.duration
    check(ball, post, quick, LIMITS)
    q = quick.position(np.linspace(0, quick.duration, 4000))
    assert np.linalg.norm(q, axis=1).min() > 0.2 + RADIUS
    np.testing.assert_allclose(q[[0, -1]], detour[[0, -1]], atol=1e-9)
    np.testing.assert_allclose(quick.velocity([0, quick.duration]), 0, atol=1e-9)
    # Nothing can be faster than a single joint at its limits over the distance of one metre.
    assert quick.duration >= retime([[-0.5, 0], [0.5, 0]], LIMITS).trajectory.duration


def test_band_is_pulled_around_what_it_was_pushed_out_of(ball: CollisionBody) -> None:
    post = World({"post": Sphere((0, -0.05, 0), 0.2)})
    detour = np.array([[-0.5, 0], [-0.3, 0.6], [0.3, 0.6], [0.5, 0]])
    bands = pull(ball, post, [detour, detour[[0, -1]]], LIMITS)
    # The shortest way past the post is along its tangents and around it.
    far, radius = np.hypot(0.5, 0.05), 0.2 + RADIUS
    turned = np.pi - 2 * np.arccos(radius / far) - 2 * np.arctan(0.05 / 0.5)
    shortest = 2 * np.sqrt(far**2 - radius**2) + radius * turned
    for band in bands:
        assert band.shape == (KNOTS, 2)
        np.testing.assert_array_equal(band[[0, -1]], detour[[0, -1]])
        assert np.linalg.norm(band - [0, -0.05], axis=1).min() > radius - 2e-3
        length = np.linalg.norm(np.diff(band, axis=0), axis=1).sum()
        assert 0.98 * shortest < length < 1.04 * shortest


def test_slope_of_a_band_is_its_finite_difference(ball: CollisionBody) -> None:
    post = World({"post": Sphere((0, 0, 0), 0.2)})
    bounds = inverse_hessian(7), -np.ones(2), np.ones(2)
    terms = Terms(frame_arrays(ball.group), ball.arrays, post.arrays, 1 / LIMITS.velocity, *bounds)
    knots = np.column_stack([np.linspace(-0.5, 0.5, 7), np.random.default_rng(0).uniform(-0.1, 0.2, 7)])
    room, slope = np.empty((13, 2)), np.empty((7, 2))
    band_cost(knots, terms, room, slope)
    for i, j in np.ndindex(7, 2):
        step = np.zeros((7, 2))
        step[i, j] = 1e-7
        unused = np.empty((7, 2))
        up, down = (band_cost(knots + s, terms, room, unused) for s in (step, -step))
        assert slope[i, j] == pytest.approx((up - down) / 2e-7, rel=1e-5, abs=1e-5)
