"""A two-link arm in the plane and a ball on a known track, judged by NumPy in steps of a millisecond."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from gaitway.planning.collision.body import CollisionBody, collision_body
from gaitway.planning.collision.obstacles import Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import ConfigurationError, NoPathError
from gaitway.planning.reactive.check import MotionCheck
from gaitway.planning.reactive.evade import evasion
from gaitway.planning.reactive.forecast import Forecast
from gaitway.planning.reactive.motion import Motion
from gaitway.planning.reactive.replanner import (
    BRAKE,
    EVADE,
    KEEP,
    PLAN,
    WAIT,
    Replanner,
    ReplannerCfg,
    Search,
)
from gaitway.planning.reactive.swept import Moving
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.trajectory.state_to_state import State, state_to_state

LENGTH, RADIUS = 0.4, 0.03
ALONG = np.linspace(0.0, LENGTH, 9)
VELOCITY, ACCELERATION, JERK = 1.0, 4.0, 80.0
BALL = 0.06
CFG = ReplannerCfg(drift=0.0)
STILL_CLOCK: Callable[[], float] = lambda: 0.0  # noqa: E731

Track = Callable[[float], tuple[np.ndarray, np.ndarray]]
"""Centre and velocity (3,) of the ball at a time."""


@pytest.fixture(scope="module")
def body() -> CollisionBody:
    """Two links of 0.4 m that turn about z, each with spheres along it."""
    shift = np.eye(4)
    shift[0, 3] = LENGTH
    revolute = partial(JointRecord, axis=(0, 0, 1), velocity=VELOCITY, acceleration=ACCELERATION, jerk=JERK)
    joints = [
        revolute("j0", "revolute", "base", "one", np.eye(4), lower=-3, upper=3),
        revolute("j1", "revolute", "one", "two", shift, lower=-2.8, upper=2.8),
    ]
    tree = build_tree("planar", ["base", "one", "two"], joints)
    link = np.repeat([1, 2], len(ALONG)).astype(np.int32)
    centre = np.tile(np.column_stack([ALONG, 0 * ALONG, 0 * ALONG]), (2, 1))
    pairs = np.full((3, 3), ADJACENT, np.int8)
    middle = np.tile([LENGTH / 2, 0, 0], (3, 1))
    robot = RobotModel(tree, link, centre, np.full(len(link), RADIUS), middle, np.full(3, 0.24), pairs)
    return collision_body(robot, select_group(tree, "base", "two"))


def no_path(body: CollisionBody, world: World, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    raise NoPathError("none", stage="path")


def folded(body: CollisionBody, world: World, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Round the ball with the elbow folded."""
    return np.array([start, [start[0], -2.5], [goal[0], -2.5], goal])


def clearances(positions: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(N,) distances between arm and ball, by the closed form of where links are."""
    one, two = positions[:, 0], positions.sum(axis=1)
    first = ALONG[:, None] * np.stack([np.cos(one), np.sin(one)], axis=1)[:, None]
    elbow = LENGTH * np.stack([np.cos(one), np.sin(one)], axis=1)[:, None]
    second = elbow + ALONG[:, None] * np.stack([np.cos(two), np.sin(two)], axis=1)[:, None]
    points = np.concatenate([first, second], axis=1)
    planar = np.linalg.norm(points - centres[:, None, :2], axis=2)
    return np.hypot(planar, centres[:, None, 2]).min(axis=1) - RADIUS - BALL


def test_an_evasion_stays_within_the_joints_ranges(body):
    """The elbow turns towards the end of its range, which is no place to turn back at once."""
    start = State(np.array([0.0, 2.5]), np.array([0.0, VELOCITY]), np.zeros(2))
    running = Motion(state_to_state(start, State(np.array([0.0, 2.79])), body.group.limits.rates), 0.0)
    low, high = body.group.limits.lower, body.group.limits.upper
    at, back = 0.1, np.array([[0.0, 2.4], [0.5, 2.8], [-0.5, 2.8]])
    for seed in range(20):
        angle = 0.3 * seed
        ball = Sphere(0.3 * np.array([np.cos(angle), np.sin(angle), 0.0]), BALL)
        forecast = Forecast(World(), {"ball": Moving(ball, (0.1, 0.0, 0.0))}, 0.0, 0.05, 1.0, 0.0, 0.1)
        way = evasion(MotionCheck(body), running, at, back, forecast, np.random.default_rng(seed))
        positions = way.positions(np.arange(at, way.end, 0.001))
        assert (positions >= low - 1e-9).all()
        assert (positions <= high + 1e-9).all()


def drive(
    body: CollisionBody,
    track: Track,
    goal: tuple[float, float] = (2.0, 0.0),
    search: Search = no_path,
    clock: Callable[[], float] = STILL_CLOCK,
    until: float = 12.0,
    stays: bool = False,
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """What was decided, positions (N, 2), clearances (N,) at every ms, till arrival or on if it `stays`."""
    replanner = Replanner(body, (-1.0, 0.0), goal, search, CFG, clock=clock)
    said, positions, centres, now = [], [], [], 0.0
    while now < until and (stays or not (said and replanner.arrived(now))):
        centre, velocity = track(now)
        ball = {"ball": Moving(Sphere(centre, BALL), velocity)}
        said.append(replanner.tick(now, World(), ball, now).what)
        grid = now + 1e-3 * np.arange(round(CFG.period / 1e-3))
        positions.append(replanner.running.states(grid)[:, 0])
        centres.append([track(time)[0] for time in grid])
        now += CFG.period
    done = np.concatenate(positions)
    return said, done, clearances(done, np.concatenate(centres))


def resting(x: float, y: float) -> Track:
    return lambda time: (np.array([x, y, 0.0]), np.zeros(3))


def crossing(time: float) -> tuple[np.ndarray, np.ndarray]:
    """Comes from above, through the plane at 1.25 s, and out below."""
    velocity = np.array([0.0, 0.0, -0.4])
    return np.array([0.6, 0.0, 0.5]) + time * velocity, velocity


def appearing(time: float) -> tuple[np.ndarray, np.ndarray]:
    """Far away for 0.5 s, and then in the way."""
    return np.array([0.7, 0.0, 5.0 if time < 0.5 else 0.0]), np.zeros(3)


def coming(time: float) -> tuple[np.ndarray, np.ndarray]:
    """Follows the arm, so that standing still does not help."""
    velocity = np.array([0.0, -0.4, 0.0])
    stopped = min(time, 4.5)
    return np.array([0.5, 1.0, 0.0]) + stopped * velocity, velocity if time < 4.5 else np.zeros(3)


def assert_within_limits(positions: np.ndarray) -> None:
    """Finite differences: a step in velocity or acceleration would be a jerk of thousands."""
    for order, limit in ((1, VELOCITY), (2, ACCELERATION), (3, JERK)):
        rate = np.diff(positions, n=order, axis=0) / 1e-3**order
        assert np.abs(rate).max() <= limit * (1 + 1e-4)
    assert (np.abs(positions) <= [3.0, 2.8]).all()


def test_free_way_is_the_fastest_and_is_kept(body) -> None:
    said, positions, _ = drive(body, resting(0.0, 5.0))
    assert said[0] == PLAN
    assert set(said[1:]) == {KEEP}
    # From the second tick on: distance by speed, and once more the time to get going.
    assert len(positions) / 1e3 == pytest.approx(
        0.05 + 3.0 / VELOCITY + VELOCITY / ACCELERATION + 0.05, abs=0.06
    )
    assert_within_limits(positions)


def test_stops_at_the_last_moment_where_the_closed_form_says(body) -> None:
    """A ball that lies on the way: with no path around it, the arm comes as near as ticks and looks allow."""
    said, positions, apart = drive(body, appearing, until=1.6)
    assert BRAKE in said or WAIT in said
    assert_within_limits(positions)
    stopped = positions[-1]
    np.testing.assert_allclose(positions[-200:], np.broadcast_to(stopped, (200, 2)), atol=1e-9)
    # On the way from -1 the arm touches the clearance when its axis is so far from the ball's centre.
    margin = RADIUS + BALL + CFG.clearance
    first_touch = -np.arcsin(margin / 0.7)
    # It may go on for as long as stopping, from the tick after the next, ends before that.
    stop = (VELOCITY / ACCELERATION + ACCELERATION / JERK) / 2 * VELOCITY
    assert first_touch - 2 * CFG.period * VELOCITY - 0.03 < stopped[0] < first_touch + 1e-3
    at_full_speed = positions[:-1][np.diff(positions[:, 0]) > VELOCITY * 1e-3 * 0.9999, 0]
    assert stopped[0] - at_full_speed.max() == pytest.approx(stop, abs=3e-3)
    assert apart.min() >= CFG.clearance - 1e-6


def test_waits_for_a_ball_to_pass_and_goes_on(body) -> None:
    said, positions, apart = drive(body, crossing)
    np.testing.assert_allclose(positions[-1], [2.0, 0.0], atol=1e-6)
    assert said[0] == BRAKE  # it would have been met within the horizon, and there is no way around
    assert said.count(PLAN) >= 1
    assert apart.min() >= CFG.clearance - 1e-6
    assert_within_limits(positions)


def test_goes_around_where_there_is_a_path(body) -> None:
    said, positions, apart = drive(body, appearing, search=folded)
    np.testing.assert_allclose(positions[-1], [2.0, 0.0], atol=1e-6)
    assert said.count(PLAN) == 2
    assert len(positions) < 9000
    assert apart.min() >= CFG.clearance - 1e-6
    assert_within_limits(positions)


def test_gets_out_of_the_way(body) -> None:
    said, positions, apart = drive(body, coming, goal=(-0.9, 0.1), until=6.0, stays=True)
    assert EVADE in said
    assert apart.min() >= 0.01
    assert_within_limits(positions)


def test_same_seed_and_clock_give_the_same_motion(body) -> None:
    runs = [drive(body, coming, goal=(-0.9, 0.1), until=4.0, stays=True) for _ in range(2)]
    assert runs[0][0] == runs[1][0]
    assert np.array_equal(runs[0][1], runs[1][1])


def test_a_plan_that_comes_too_late_is_dropped(body) -> None:
    """The search takes longer than a tick: what is safe rules at once, and what was found is dropped."""
    clock = [0.0]

    def slow(body: CollisionBody, world: World, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
        clock[0] += 0.06
        return folded(body, world, start, goal)

    said, positions, apart = drive(body, appearing, search=slow, clock=lambda: clock[0], until=1.6)
    assert said.count(PLAN) == 1  # the straight way, at the beginning, needs no search
    assert clock[0] > 0.06
    assert apart.min() >= CFG.clearance - 1e-6
    assert_within_limits(positions)


def test_refuses_a_goal_that_is_no_configuration(body) -> None:
    with pytest.raises(ConfigurationError):
        Replanner(body, (0.0, 0.0), (0.0, np.nan), no_path)
