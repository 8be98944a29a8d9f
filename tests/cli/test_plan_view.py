"""What `gaitway plan --view` logs, read back from its file, beside closed forms of an arm in the plane."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from gaitway.cli.perceive.view.target import open_view
from gaitway.planning.collision.body import collision_body
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, DistanceGrid, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.planner.plan import Plan
from gaitway.planning.problems.problem import Problem
from gaitway.planning.problems.score import Outcome
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.model import RobotModel
from gaitway.planning.robot.self_collision import ADJACENT
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.trajectory.retime import retime

pytest.importorskip("rerun")
RADIUS, REACH = 0.05, 0.5


def rerun_values(path, entity: str, column: str) -> list:
    """Values of a column of an entity, in the order in which they were logged."""
    from rerun.chunk import RrdReader

    batches = [c.to_record_batch() for c in RrdReader(path).stream() if c.entity_path == entity]
    batches = [batch for batch in batches if column in batch.schema.names]
    rows = [
        (tick, value)
        for batch in batches
        for tick, value in zip(
            batch.column("time").to_pylist(), batch.column(column).to_pylist(), strict=True
        )
    ]
    return [value for _, value in sorted(rows, key=lambda row: row[0])]  # a file's chunks are in any order


def test_a_motion_and_a_failure_are_logged_as_they_are(tmp_path) -> None:
    """One joint about z with a ball at 0.5 m turns from 0 to 1 rad past a box."""
    from gaitway.cli.plan_view import PlanView

    tree = build_tree(
        "one", ["base", "link"], [JointRecord("j", "revolute", "base", "link", lower=-3, upper=3)]
    )
    robot = RobotModel(
        *(tree, np.array([1], np.int32), np.array([[REACH, 0, 0]]), np.array([RADIUS])),
        *(np.array([[0, 0, 0], [REACH, 0, 0]]), np.array([0, RADIUS]), np.full((2, 2), ADJACENT, np.int8)),
    )
    body = collision_body(robot, select_group(tree, "base", "link"))
    shapes = {
        "box": Box((0.8, 0, 0), (0.2, 0.2, 0.2)),
        "can": Cylinder((-1, 0, 0), 0.1, 0.2),
        "limb": Capsule((-1, 1, 0), (-1, 1, 1), 0.1),
        "ball": Sphere((-1, -1, 0), 0.1),
        "grid": DistanceGrid((-3, -3, -3), 0.5, np.full((3, 3, 3), 0.6)),
    }
    path = np.array([[0.0], [1.0]])
    problem = Problem("scene/1", "one", ("j",), path[0], path[1:], World(shapes))
    limits = body.group.limits.rates
    motion = retime(path, limits).trajectory
    plan = Plan(motion, ("j",), path, 0, {}, 0.15, motion.duration)
    planner = SimpleNamespace(body=body, limits=limits)
    file = tmp_path / "plans.rrd"
    with open_view(file, "gaitway plan") as view:
        assert view is not None
        page = PlanView(view)
        page.see(planner, Outcome(problem, plan, total=0.01))  # type: ignore[arg-type]
        page.see(planner, Outcome(problem, None, "path", "There is no way."))  # type: ignore[arg-type]
    robots = rerun_values(file, "/world/motion/robot", "Points3D:positions")
    assert len(robots) == pytest.approx(motion.duration * 30, abs=2)
    np.testing.assert_allclose(robots[0], [[REACH, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(robots[-1], [[REACH * np.cos(1), REACH * np.sin(1), 0]], atol=1e-6)
    (way,) = rerun_values(file, "/world/motion/way", "LineStrips3D:strips")
    np.testing.assert_allclose(way[0][-1], [0, 0, 0], atol=1e-6)  # the tip is on the axis
    apart = rerun_values(file, "/distance/world", "Scalars:scalars")
    assert apart[0] == pytest.approx([1e3 * (0.7 - REACH - RADIUS)], abs=1e-3)
    parts = np.array(rerun_values(file, "/limits/velocity", "Scalars:scalars"))
    assert 0.9 < parts.max() <= 1.0 + 1e-6
    assert rerun_values(file, "/world/obstacles/box", "Boxes3D:half_sizes")[0] == [
        pytest.approx([0.1, 0.1, 0.1])
    ]
    for name in shapes:
        assert rerun_values(file, f"/world/obstacles/{name}", _column(name))
    (cost,) = rerun_values(file, "/cost", "BarChart:values")
    assert cost is not None
    said = rerun_values(file, "/log", "TextLog:text")
    assert "10.0 ms" in said[0][0]
    assert said[1] == ["scene/1: There is no way."]


def _column(name: str) -> str:
    columns = {"box": "Boxes3D:centers", "can": "Cylinders3D:radii", "limb": "LineStrips3D:strips"}
    return columns.get(name, "Points3D:positions")
