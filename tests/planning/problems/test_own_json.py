"""Our own file of problems: what is saved comes back, and what must be refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, DistanceGrid, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import ProblemError
from gaitway.planning.problems.own_json import problems_json, save_problems
from gaitway.planning.problems.problem import Problem
from gaitway.planning.problems.read import read_problems

from .room import edited, rows_of

HALF_TURN = [np.sqrt(0.5), 0, 0, np.sqrt(0.5)]
OWN = Problem(
    "room/0007",
    "two",
    ("a", "b"),
    np.array([0.001, 2.0]),
    np.array([[0.5, -0.25], [0.6, 0.0]]),
    World(
        {
            "ball": Sphere((0, 0, 1), 0.07),
            "board": Box((0.5, 0, 0.1), (0.2, 0.4, 0.02), HALF_TURN),
            "rod": Capsule((0, 0, 0), (0, 0.1, 1), 0.02),
            "can": Cylinder((1, 2.1, 3), 0.05, 0.3, HALF_TURN),
        }
    ),
    poses=np.array([[0.1, 0.2, 0.3, *HALF_TURN]]),
    held={"finger": 0.04},
    base="root",
    tip="hand",
    valid=True,
)


def test_our_own_file_comes_back_as_it_was(tmp_path):
    path = tmp_path / "own.json"
    save_problems(path, [OWN])
    (back,) = read_problems(path)
    for name in ("name", "robot", "joints", "held", "base", "tip", "valid"):
        assert getattr(back, name) == getattr(OWN, name)
    for name in ("start", "goals", "poses"):
        np.testing.assert_allclose(getattr(back, name), getattr(OWN, name), atol=1e-15)
    for name, row in rows_of(OWN.world).items():
        np.testing.assert_allclose(rows_of(back.world)[name], row, atol=1e-15)


def test_a_grid_cannot_be_written(tmp_path):
    grid = Problem(
        "a",
        "b",
        ("j",),
        np.zeros(1),
        np.ones((1, 1)),
        World({"map": DistanceGrid((0, 0, 0), 1, np.ones((2, 2, 2)))}),
    )
    with pytest.raises(ProblemError, match="'map' is a DistanceGrid"):
        save_problems(tmp_path / "x.json", [grid])
    assert not list(tmp_path.iterdir())


REFUSED_OWN = [
    ("format", "gaitway-robot", "format is 'gaitway-robot'"),
    ("version", 2, "version is 2; 1 can be read"),
    ("problems", [], "holds no problem"),
    ("problems/0/name", "", r"problems\[0\]\.name is ''; it must be a text"),
    ("problems/0/joints", [], "joints must be a list of 1 or more"),
    ("problems/0/start", [0, None], r"start\[1\] is None"),
    ("problems/0/goals/1", [0], r"goals\[1\] has 1 numbers; it must have 2"),
    ("problems/0/poses/0", [0, 0, 0, 1, 1, 0, 0], r"poses\[0\] is a quaternion of length 1.414"),
    ("problems/0/held/finger", "open", "held.finger is 'open'"),
    ("problems/0/valid", "yes", "valid is 'yes'"),
    ("problems/0/tip", 3, "tip is 3; it must be a text"),
    ("problems/0/obstacles/can/kind", "cone", "obstacles.can.kind is 'cone'"),
    ("problems/0/obstacles/can/height", 0, "obstacles.can is no obstacle: its height"),
    ("problems/0/obstacles/rod/end", ..., "obstacles.rod has no field 'end'"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED_OWN)
def test_bad_files_of_ours_are_refused_by_field(tmp_path, field, value, sentence):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(edited(json.loads(problems_json([OWN])), field, value)))
    with pytest.raises(ProblemError, match=rf"p\.json: .*{sentence}"):
        read_problems(path)


def test_two_obstacles_of_one_name_are_refused(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(problems_json([OWN]).replace('"rod": {', '"can": {'))
    with pytest.raises(ProblemError, match=r"p\.json: .*'can' is there twice"):
        read_problems(path)


def test_problems_without_a_goal_and_twice_are_refused(tmp_path):
    path, document = tmp_path / "p.json", json.loads(problems_json([OWN, OWN]))
    path.write_text(json.dumps(document))
    with pytest.raises(ProblemError, match="room/0007 is there twice"):
        read_problems(path)
    document["problems"] = [{k: v for k, v in document["problems"][0].items() if k not in ("goals", "poses")}]
    path.write_text(json.dumps(document))
    with pytest.raises(ProblemError, match="has neither goals nor poses"):
        read_problems(path)
