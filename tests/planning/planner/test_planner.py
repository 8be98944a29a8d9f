"""Plans of a 7-joint arm among obstacles, looked at again by formulas of their own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from gaitway.planning.collision.free_numba import is_free
from gaitway.planning.collision.obstacles import Box, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import (
    BlockedError,
    ConfigurationError,
    LimitsError,
    PlanFailure,
    PoseError,
    RobotModelError,
    WorldError,
)
from gaitway.planning.kinematics.forward_numba import link_poses, tip_poses
from gaitway.planning.limits import Limits
from gaitway.planning.planner.goals import GraspGoals, JointGoal, Level, PoseGoal
from gaitway.planning.planner.planner import Planner, load
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT, CHECK
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.trajectory.trajectory import Trajectory
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

RADIUS = 0.05
BOXES = {
    "table": (np.array([0.0, 0.0, -0.2]), np.array([2.0, 2.0, 0.1])),
    "post": (np.array([0.45, 0.0, 0.4]), np.array([0.1, 0.1, 1.0])),
    "shelf": (np.array([0.0, 0.6, 0.5]), np.array([0.6, 0.3, 0.04])),
}
BALL = np.array([-0.4, -0.3, 0.6])
OBSTACLES = {name: Box(centre, size) for name, (centre, size) in BOXES.items()}
WORLD = World({**OBSTACLES, "ball": Sphere(BALL, 0.1)})
PATIENT = 60.0
"""s: no test is about time, however busy the machine."""
DOWN = (0.0, 1.0, 0.0, 0.0)


def make_arm() -> RobotModel:
    """Seven turning joints, alternately about z and y, 17 cm apart, two spheres on each link, and a hand."""
    links = ["base", *(f"link{n}" for n in range(1, 8)), "hand", "fixture"]
    joints = []
    for n in range(7):
        at = np.eye(4)
        at[2, 3] = 0.17 if n else 0.1
        axis = (0, 0, 1) if n % 2 == 0 else (0, 1, 0)
        record = JointRecord(f"joint{n + 1}", "revolute", links[n], links[n + 1], at, axis=axis)
        record.lower, record.upper = -2.8, 2.8
        record.velocity, record.acceleration, record.jerk = 2.2, 10.0, 500.0
        joints.append(record)
    at = np.eye(4)
    at[2, 3] = 0.1
    joints.append(JointRecord("wrist", "fixed", "link7", "hand", at))
    aside = np.eye(4)
    aside[:3, 3] = [0.3, 0.3, 0.1]
    joints.append(JointRecord("mount", "fixed", "base", "fixture", aside))
    tree = build_tree("seven", links, joints)
    row = np.repeat(np.arange(1, 8), 2).astype(np.int32)
    centres = np.tile([[0.0, 0.0, 0.03], [0.0, 0.0, 0.12]], (7, 1))
    bounds, reach = np.tile([0.0, 0.0, 0.075], (10, 1)), np.full(10, 0.1)
    reach[[0, 8, 9]] = 0.0
    pairs = np.full((10, 10), ADJACENT, np.int8)
    for a in range(10):
        for b in range(10):
            if abs(a - b) > 2:
                pairs[a, b] = CHECK
    return RobotModel(tree, row, centres, np.full(14, RADIUS), bounds, reach, pairs)


ARM = make_arm()


@pytest.fixture(scope="module")
def planner() -> Planner:
    return load(ARM, "hand")


@pytest.fixture(scope="module")
def ends(planner: Planner) -> np.ndarray:
    """Free configurations (60, 7)."""
    q = np.random.default_rng(1).uniform(-2.5, 2.5, (2000, 7))
    return q[is_free(planner.body, WORLD, q, 0.01)][:60]


def clearance(planner: Planner, trajectory: Trajectory, leave_out: tuple[str, ...] = ()) -> float:
    """Least distance in m, by boxes' formula, in steps in which no sphere moves farther than 1 cm."""
    q = trajectory.position(np.linspace(0, trajectory.duration, int(1000 * trajectory.duration) + 2))
    robot = planner.body.robot
    poses = link_poses(planner.group, q, robot.sphere_link)
    points = np.einsum("bsij,sj->bsi", poses[..., :3, :3], robot.sphere_centre) + poses[..., :3, 3]
    assert max(np.linalg.norm(b - a, axis=1).max() for a, b in pairwise(points)) < 0.01
    least = np.inf
    for name, (centre, size) in BOXES.items():
        if name not in leave_out:
            outside = np.abs(points - centre) - size / 2
            away = np.linalg.norm(np.maximum(outside, 0), axis=-1) + np.minimum(outside.max(axis=-1), 0)
            least = min(least, away.min())
    least = min(least, np.linalg.norm(points - BALL, axis=-1).min() - 0.1) - RADIUS
    apart = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1) - 2 * RADIUS
    may_meet = robot.pairs[np.ix_(robot.sphere_link, robot.sphere_link)] == CHECK
    return float(min(least, apart[:, may_meet].min()))


def assert_within(planner: Planner, trajectory: Trajectory) -> None:
    """Limits by finite differences of sampled positions, which never exceed what is between the samples."""
    step = 1e-3
    q = trajectory.position(np.arange(0, trajectory.duration, step))
    limits = planner.limits
    for order, limit in ((1, limits.velocity), (2, limits.acceleration), (3, limits.jerk)):
        difference = np.abs(np.diff(q, order, axis=0)) / step**order
        assert (difference <= limit * (1 + 1e-6) + 1e-12 / step**order).all()
    assert (q >= planner.group.limits.lower - 1e-7).all() and (q <= planner.group.limits.upper + 1e-7).all()
    for time in (0.0, trajectory.duration):
        np.testing.assert_allclose(trajectory.velocity(time), 0, atol=1e-6)
        np.testing.assert_allclose(trajectory.acceleration(time), 0, atol=1e-4)


def test_plans_hold_when_looked_at_again(planner: Planner, ends: np.ndarray) -> None:
    bent = 0
    for start, goal in zip(ends[0:40:2], ends[1:40:2], strict=True):
        plan = planner.plan(start, goal, WORLD, budget=PATIENT)
        np.testing.assert_allclose(plan.trajectory.position(0.0), start, atol=1e-7)
        np.testing.assert_allclose(plan.trajectory.position(plan.trajectory.duration), goal, atol=1e-7)
        assert_within(planner, plan.trajectory)
        found = clearance(planner, plan.trajectory)
        assert found > 0 and abs(found - plan.margin) < 0.01
        bent += len(plan.path) > 2
    assert bent >= 5  # some had to go around something


def test_same_seed_gives_the_same_motion(planner: Planner, ends: np.ndarray) -> None:
    first, second = (
        planner.plan(ends[0], ends[3], WORLD, seed=4, budget=PATIENT).trajectory for _ in range(2)
    )
    np.testing.assert_array_equal(first.times, second.times)
    np.testing.assert_array_equal(first.coefficients, second.coefficients)


def test_pose_goals_are_reached(planner: Planner, ends: np.ndarray) -> None:
    poses = tip_poses(planner.group, ends[40:43])
    turn = Rotation.from_matrix(poses[:, :3, :3]).as_quat(scalar_first=True)
    plan = planner.plan(ends[0], PoseGoal(poses[:, :3, 3], turn), WORLD, budget=PATIENT)
    end = tip_poses(planner.group, plan.trajectory.position([plan.trajectory.duration]))[0]
    np.testing.assert_allclose(end, poses[plan.goal], atol=1e-4)
    assert clearance(planner, plan.trajectory) > 0
    # In a frame that stands 30 cm aside, 10 cm up, the same pose has other numbers.
    aside = PoseGoal(poses[0, :3, 3] - [0.3, 0.3, 0.1], turn[0], frame="fixture")
    plan = planner.plan(ends[0], aside, WORLD, budget=PATIENT)
    end = tip_poses(planner.group, plan.trajectory.position([plan.trajectory.duration]))[0]
    np.testing.assert_allclose(end, poses[0], atol=1e-4)


def test_straight_motion_is_straight(planner: Planner) -> None:
    start = np.array([0.3, 0.6, 0.2, 0.9, 0.1, 0.8, 0.0])
    begin = tip_poses(planner.group, start)[0]
    end = begin[:3, 3] + [0.0, -0.2, -0.05]
    turn = Rotation.from_matrix(begin[:3, :3]).as_quat(scalar_first=True)
    plan = planner.plan(start, PoseGoal(end, turn, straight=True))
    tips = tip_poses(planner.group, plan.trajectory.position(np.linspace(0, plan.trajectory.duration, 77)))
    along = (end - begin[:3, 3]) / np.linalg.norm(end - begin[:3, 3])
    off = tips[:, :3, 3] - begin[:3, 3]
    assert np.linalg.norm(off - np.outer(off @ along, along), axis=1).max() < 2e-3
    assert Rotation.from_matrix(tips[:, :3, :3] @ begin[:3, :3].T).magnitude().max() < np.deg2rad(1)
    np.testing.assert_allclose(tips[-1, :3, 3], end, atol=1e-4)
    assert_within(planner, plan.trajectory)


def test_grasp_comes_in_and_leaves_straight(planner: Planner) -> None:
    names = ("table",)  # stands in for the object that may be touched
    places = [[-0.45, 0.2, 0.02], [-0.5, 0.1, 0.02]]
    grasps = GraspGoals(places, [DOWN, DOWN], approach=(0, 0, -0.12), retreat=(0, 0, 0.08), touching=names)
    start = np.array([2.5, 0.5, 0.0, 1.0, 0.0, 0.8, 0.0])
    plan = planner.plan(start, grasps, WORLD, budget=PATIENT)
    grasp = np.asarray(grasps.position)[plan.goal]
    times = np.linspace(plan.straight_from, plan.trajectory.duration, 50)
    tips = tip_poses(planner.group, plan.trajectory.position(times))[:, :3, 3]
    np.testing.assert_allclose(tips[0], grasp + np.array([0, 0, 0.12]), atol=1e-3)
    np.testing.assert_allclose(tips[-1], grasp, atol=1e-3)
    assert np.abs(tips[:, :2] - grasp[:2]).max() < 3e-3
    assert plan.retreat is not None
    np.testing.assert_allclose(plan.retreat.position(0), plan.trajectory.position(times[-1]), atol=1e-7)
    times = np.linspace(0, plan.retreat.duration, 50)
    tips = tip_poses(planner.group, plan.retreat.position(times))[:, :3, 3]
    np.testing.assert_allclose(tips[-1], grasp + np.array([0, 0, 0.08]), atol=1e-3)
    assert np.abs(tips[:, :2] - grasp[:2]).max() < 3e-3
    for part in (plan.trajectory, plan.retreat):
        assert_within(planner, part)
        assert clearance(planner, part, names) > 0


def test_what_is_kept_level_stays_level(planner: Planner) -> None:
    start = np.array([0.6, 0.6, 0.0, 1.0, 0.0, np.pi - 1.6, 0.0])
    goal = np.array([-0.6, 0.6, 0.0, 1.0, 0.0, np.pi - 1.6, 0.5])
    level = Level(np.deg2rad(15), direction=(0, 0, -1))

    def tilt(trajectory: Trajectory) -> float:
        tips = tip_poses(planner.group, trajectory.position(np.linspace(0, trajectory.duration, 500)))
        return float(np.arccos(np.clip(-tips[:, 2, 2], -1, 1)).max())

    assert (
        tilt(planner.plan(start, goal, WORLD, budget=PATIENT).trajectory) > level.angle
    )  # the post is in the way
    plan = planner.plan(start, goal, WORLD, level=level, budget=PATIENT)
    assert tilt(plan.trajectory) <= level.angle
    assert_within(planner, plan.trajectory)
    assert clearance(planner, plan.trajectory) > 0
    with pytest.raises(PlanFailure, match="tilted by"):
        planner.plan(np.zeros(7), goal, WORLD, level=level)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    velocity=st.floats(0.3, 3.0),
    acceleration=st.floats(1.0, 20.0),
    jerk=st.floats(20.0, 5000.0),
)
def test_limits_hold_for_any_limits(seed: int, velocity: float, acceleration: float, jerk: float) -> None:
    rng = np.random.default_rng(seed)
    part = rng.uniform(0.5, 1, 7)
    limits = Limits(velocity * part, np.full(7, acceleration), jerk * part)
    planner = load(ARM, "hand", limits=limits)
    q = rng.uniform(-2.5, 2.5, (200, 7))
    q = q[is_free(planner.body, WORLD, q, 0.01)]
    plan = planner.plan(q[0], JointGoal(q[1:3]), WORLD, budget=PATIENT)
    assert_within(planner, plan.trajectory)


def test_two_links_reach_as_trigonometry_says() -> None:
    joints, at = [], np.eye(4)
    for n, (a, b) in enumerate((("base", "upper"), ("upper", "lower"), ("lower", "hand"))):
        at = at.copy()
        at[0, 3] = 0.4 if n else 0.0
        record = JointRecord(f"j{n}", "revolute" if n < 2 else "fixed", a, b, at, axis=(0, 0, 1))
        if n < 2:
            record.lower, record.upper = -3, 3
            record.velocity, record.acceleration, record.jerk = 2.0, 8.0, 200.0
        joints.append(record)
    tree = build_tree("two", ["base", "upper", "lower", "hand"], joints)
    arm = RobotModel(
        tree,
        np.array([1, 2], np.int32),
        np.array([[0.2, 0, 0], [0.2, 0, 0]]),
        np.array([0.05, 0.05]),
        np.array([[0.0, 0, 0], [0.2, 0, 0], [0.2, 0, 0], [0, 0, 0]]),
        np.array([0, 0.05, 0.05, 0]),
        np.full((4, 4), ADJACENT, np.int8),
    )
    planner = load(arm, "hand")
    x, y = 0.5, 0.2
    elbow = np.arccos((x * x + y * y - 2 * 0.16) / (2 * 0.16))
    shoulder = np.arctan2(y, x) - np.arctan2(0.4 * np.sin(elbow), 0.4 + 0.4 * np.cos(elbow))
    turn = Rotation.from_euler("z", shoulder + elbow).as_quat(scalar_first=True)
    goal = PoseGoal((x, y, 0.0), turn)
    plan = planner.plan([0.0, 0.1], goal)
    np.testing.assert_allclose(
        plan.trajectory.position(plan.trajectory.duration), [shoulder, elbow], atol=1e-4
    )
    # The slower joint sets the time: of a double S that reaches its speed, d/v + v/a + a/j.
    far = max(abs(shoulder), abs(elbow - 0.1))
    assert plan.trajectory.duration == pytest.approx(far / 2 + 2 / 8 + 8 / 200, rel=1e-3)
    with pytest.raises(PlanFailure, match=r"out of reach.* 20\d\.\d mm") as caught:
        planner.plan([0.0, 0.1], PoseGoal((1.0, 0.0, 0.0), (1, 0, 0, 0)))
    assert caught.value.stage == "inverse kinematics"


def test_blocked_ends_are_told_apart(planner: Planner, ends: np.ndarray) -> None:
    in_post = np.array([0.0, np.pi / 2, 0.0, 0.0, 0.0, 0.0, 0.0])
    for start, goal, stage in ((in_post, ends[0], "start"), (ends[0], in_post, "goal")):
        with pytest.raises(BlockedError, match="post") as caught:
            planner.plan(start, goal, WORLD)
        failure = caught.value
        assert failure.stage == stage and failure.obstacle == "post" and failure.margin < 0
        assert failure.link.startswith("link") and failure.nearest is not None
        assert is_free(planner.body, WORLD, failure.nearest)[0]
    with pytest.raises(BlockedError, match="joint2"):
        planner.plan(ends[0], np.array([0, 4.0, 0, 0, 0, 0, 0]), WORLD)
    inside_post = PoseGoal((0.45, 0.0, 0.4), DOWN)
    with pytest.raises(PlanFailure, match="'post'") as caught:
        planner.plan(ends[0], inside_post, WORLD)
    assert caught.value.stage == "inverse kinematics" and caught.value.obstacle == "post"


@pytest.mark.parametrize(
    ("error", "match", "change"),
    [
        (ConfigurationError, "7 joints", {"start": np.zeros(6)}),
        (ConfigurationError, "7 joints", {"goal": np.zeros((2, 8))}),
        (ConfigurationError, "joint3", {"goal": np.array([0, 0, np.nan, 0, 0, 0, 0])}),
        (ConfigurationError, "one configuration", {"start": np.zeros((2, 7))}),
        (PoseError, "length 2", {"goal": PoseGoal((0.3, 0, 0.5), (2, 0, 0, 0))}),
        (PoseError, "finite", {"goal": PoseGoal((0.3, np.inf, 0.5), (1, 0, 0, 0))}),
        (PoseError, "moves", {"goal": PoseGoal((0.3, 0, 0.5), (1, 0, 0, 0), frame="link3")}),
        (RobotModelError, "moon", {"goal": PoseGoal((0.3, 0, 0.5), (1, 0, 0, 0), frame="moon")}),
        (WorldError, "cup", {"goal": GraspGoals([[0.3, 0, 0.5]], [DOWN], touching=("cup",))}),
        (WorldError, "dict", {"world": {"table": None}}),
        (ValueError, "budget", {"budget": 0.0}),
        (ValueError, "seed", {"seed": -1}),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    planner: Planner, error: type[ValueError], match: str, change: dict
) -> None:
    with pytest.raises(error, match=match):
        planner.plan(**{"start": np.zeros(7), "goal": np.full(7, 0.1), "world": World(), **change})


def test_bad_planners_and_goals_are_refused() -> None:
    with pytest.raises(RobotModelError, match="no link 'claw'"):
        load(ARM, "claw")
    with pytest.raises(LimitsError, match="joint 2"):
        load(ARM, "hand", limits=Limits(np.ones(7), [1, 1, 0, 1, 1, 1, 1], np.ones(7)))
    with pytest.raises(LimitsError, match="of 6 joints"):
        load(ARM, "hand", limits=Limits(np.ones(6), np.ones(6), np.ones(6)))
    with pytest.raises(PoseError, match="approach"):
        GraspGoals([[0, 0, 0]], [DOWN], approach=(0, np.nan, 0))
    with pytest.raises(PoseError, match="angle"):
        Level(0.0)
