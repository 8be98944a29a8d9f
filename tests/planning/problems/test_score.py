"""Scores: what counts as solved, as lost from the outset, and as failed; and a picture of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaitway.planning.collision.obstacles import Box, Capsule, Cloud, DistanceGrid, Sphere
from gaitway.planning.errors import PlanningError, ProblemError
from gaitway.planning.kinematics.forward_numba import link_poses
from gaitway.planning.problems.generate import our_arm, own_problems
from gaitway.planning.problems.picture import draw_problem, spheres_at
from gaitway.planning.problems.problem import Problem, in_order, to_poses
from gaitway.planning.problems.score import Solver, path_length, summarise
from gaitway.planning.robot.model import RobotModel
from scipy.spatial.transform import Rotation


@pytest.fixture(scope="module")
def arm() -> RobotModel:
    return our_arm()


@pytest.fixture(scope="module")
def problem(arm: RobotModel) -> Problem:
    return own_problems(arm, 1)[0]


def test_solved_lost_and_failed_are_told_apart(arm, problem):
    beyond = problem.goals.copy()
    beyond[0, 1] = 3.0
    crate = problem.world.with_obstacle("crate", Box((0, 0, 0.6), (2, 2, 0.05)))
    far = np.array([[0.4, 0.0, 3.0, 1.0, 0.0, 0.0, 0.0]])
    outcomes = [
        Solver(arm).solve(one)
        for one in (
            problem,
            replace(problem, name="tabletop/1", world=crate),
            replace(problem, name="bin/2", goals=beyond),
            replace(problem, name="bin/3", goals=np.zeros((0, 7)), poses=far),
        )
    ]
    assert [o.is_solved for o in outcomes] == [True, False, False, False]
    assert [o.is_lost for o in outcomes] == [False, True, True, False]
    assert "inside obstacle 'crate'" in outcomes[1].reason and outcomes[1].stage == "start"
    assert "joint2 is at 3.0000, beyond its limits" in outcomes[2].reason
    assert outcomes[3].stage == "inverse kinematics" and "out of reach" in outcomes[3].reason
    summary = summarise(outcomes)
    assert list(summary) == ["tabletop", "bin", "all"]
    assert [summary[s]["problems"] for s in summary] == [2, 2, 4]
    assert [summary[s]["valid"] for s in summary] == [1, 1, 2]
    assert [summary[s]["solved"] for s in summary] == [1, 0, 1]
    plan = outcomes[0].plan
    assert summary["all"]["motion_s"]["median"] == plan.trajectory.duration
    assert summary["bin"]["least_margin_mm"] is None and not summary["bin"]["path_ms"]
    np.testing.assert_allclose(plan.trajectory.position(0.0), problem.start, atol=1e-9)
    np.testing.assert_allclose(
        plan.trajectory.position(plan.trajectory.duration), problem.goals[0], atol=1e-6
    )


def test_joints_in_another_order_are_the_same_problem(arm, problem):
    order = [3, 0, 6, 1, 5, 2, 4]
    mixed = replace(
        problem,
        joints=tuple(problem.joints[i] for i in order),
        start=problem.start[order],
        goals=problem.goals[:, order],
    )
    start, goals = in_order(mixed, Solver(arm).planner(mixed).group)
    np.testing.assert_array_equal(start, problem.start)
    np.testing.assert_array_equal(goals, problem.goals)
    with pytest.raises(ProblemError, match="plans elbow, joint2"):
        Solver(arm).solve(replace(problem, joints=("elbow", *problem.joints[1:])))


def test_a_pose_may_be_reached_in_another_configuration(arm, problem):
    solver = Solver(arm)
    group = solver.planner(problem).group
    any_way = to_poses(problem, group)
    assert any_way.goals.shape == (0, 7) and any_way.poses.shape == (len(problem.goals), 7)
    assert to_poses(any_way, group) is any_way
    plan = solver.solve(any_way).plan
    end = link_poses(group, plan.trajectory.position([plan.trajectory.duration]), group.tip)[0, 0]
    np.testing.assert_allclose(end[:3, 3], any_way.poses[0, :3], atol=1e-3)
    turn = Rotation.from_quat(any_way.poses[0, 3:], scalar_first=True).inv() * Rotation.from_matrix(
        end[:3, :3]
    )
    assert turn.magnitude() < np.deg2rad(0.5)


@pytest.mark.parametrize("settings", [{"seed": -1}, {"budget": 0.0}, {"budget": float("nan")}])
def test_what_no_problem_could_be_solved_with_is_refused_at_once(arm, settings):
    with pytest.raises(PlanningError, match="the seed must be 0 or more, the budget positive"):
        Solver(arm, **settings)


def test_lengths_are_those_of_polylines():
    assert path_length(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])) == 6.0


def test_a_failure_has_a_picture_of_the_spheres_where_they_are(arm, problem):
    body = Solver(arm).planner(problem).body
    still = spheres_at(body, problem.start)
    turned = spheres_at(body, problem.start + 0.5 * np.eye(7)[0])
    # The first joint turns all that moves about the vertical, and nothing else.
    np.testing.assert_allclose(np.hypot(*still[:, :2].T), np.hypot(*turned[:, :2].T), atol=1e-12)
    np.testing.assert_allclose(still[:, 2:], turned[:, 2:], atol=1e-12)
    seen = {"cloud": Cloud([[0.5, 0, 0.2], [0.5, 0.1, 0.2]], [0.02, 0.02])}
    known = {"map": DistanceGrid((0, 0, 0), 0.1, np.ones((2, 2, 2)))}
    line = {"rod": Capsule((0.5, 0, 0), (0.5, 0, 1), 0.02), "ball": Sphere((0.5, 0, 0.5), 0.1)}
    full = replace(problem, world=problem.world.with_changes({**seen, **known, **line}))
    assert draw_problem(body, full, "why").startswith(b"\x89PNG")
