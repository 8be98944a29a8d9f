"""VAMP's JSON of MotionBenchMaker: a room written by hand, and what must be refused."""

from __future__ import annotations

import json

import pytest
from gaitway.planning.errors import ProblemError
from gaitway.planning.problems.read import read_problems

from .room import check_room, edited

VAMP = {
    "robot": "two",
    "joints": ["a", "b"],
    "problems": {
        "room": [
            {
                "index": 7,
                "problem": "room",
                "start": [0.001, 2],
                "goals": [[0.5, -0.25], [0.6, 0]],
                "valid": False,
                "sphere": [{"name": "ball", "position": [0, 0, 1], "radius": 0.07}],
                "cylinder": [
                    {
                        "name": "can",
                        "position": [1, 2.1, 3],
                        "orientation_euler_xyz": [0, 0, 1.5707963],
                        "orientation_quat_xyzw": [0, 0, 0.70710678, 0.70710678],
                        "radius": 0.05,
                        "length": 0.3,
                    }
                ],
                "box": [
                    {
                        "name": "board",
                        "position": [0.5, 0, 0.1],
                        "orientation_quat_xyzw": [0, 0, 0.70710678, 0.70710678],
                        "half_extents": [0.1, 0.2, 0.01],
                    }
                ],
            }
        ]
    },
}


def test_the_json_of_vamp_is_read(tmp_path):
    path = tmp_path / "problems.json"
    path.write_text(json.dumps(VAMP))
    (problem,) = read_problems(path)
    check_room(problem, 2)
    assert problem.valid is False


ROOM = "problems/room/0"
REFUSED_VAMP = [
    ("robot", ..., "has no field 'robot'"),
    ("joints", ["a", "a"], "joints names something twice"),
    ("problems", [], "problems must be a mapping"),
    ("problems", {}, "holds no problem"),
    (f"{ROOM}/start", [1], r"problems\.room\[0\]\.start has 1 numbers; it must have 2"),
    (f"{ROOM}/goals", [], "goals must be a list of 1 or more"),
    (f"{ROOM}/valid", 1, "valid is 1; it must be true or false"),
    (f"{ROOM}/index", 1.5, "index is 1.5; it must be a whole number"),
    (f"{ROOM}/index", ..., "has no field 'index'"),
    (f"{ROOM}/box/0/half_extents", [1, 1, -1], r"box\[0\] is no obstacle: its size"),
    (f"{ROOM}/cylinder/0/length", "tall", "length is 'tall'; it must be a finite number"),
    (f"{ROOM}/sphere/0/name", "can", "'can' is there twice"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED_VAMP)
def test_bad_json_of_vamp_is_refused_by_field(tmp_path, field, value, sentence):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(edited(VAMP, field, value)))
    with pytest.raises(ProblemError, match=rf"p\.json: .*{sentence}"):
        read_problems(path)
