"""Readers of planning problems beside files written by hand, the published set, and what they must refuse."""

from __future__ import annotations

import io
import json
import os
import pickle
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from gaitway.planning.collision.body import collision_body
from gaitway.planning.collision.free_numba import is_free
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, DistanceGrid, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.errors import ProblemError
from gaitway.planning.problems.own_json import problems_json, save_problems
from gaitway.planning.problems.problem import Problem, problem_group
from gaitway.planning.problems.read import read_problems
from gaitway.planning.robot.model import fit_robot
from gaitway.planning.robot.read import read_robot

SCENE = """
robot_model_name: two
fixed_frame_transforms: [{child_frame_id: world, transform: {translation: [0, 0, 0], rotation: [0, 0, 0, 1]}}]
world:
  collision_objects:
    - id: board
      primitive_poses: [{position: [0.5, 0, 0.1], orientation: [0, 0, 0.70710678118, 0.70710678118]}]
      primitives: [{type: box, dimensions: [0.2, 0.4, 0.02]}]
    - primitives: [{dimensions: [0.3, 0.05], type: cylinder}]
      id: can
      pose: {position: [1, 2, 3], orientation: [0, 0, 0.70710678118, 0.70710678118]}
      primitive_poses: [{orientation: [0, 0, 0, 1], position: [0.1, 0, 0]}]
    - {id: ball, primitives: [{type: sphere, dimensions: [0.07]}],
       primitive_poses: [{position: [0, 0, 1], orientation: [0, 0, 0, 1]}]}
"""
REQUEST = """
group_name: arm
goal_constraints:
  - joint_constraints: [{joint_name: a, position: 0.5}, {position: -0.25, joint_name: b}]
start_state:
  joint_state: {name: [finger, b, a], position: [0.04, 2, 1e-3]}
"""
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


def _folder(at: Path, scene: str = SCENE, request: str = REQUEST) -> Path:
    folder = at / "room_two"
    folder.mkdir(parents=True)
    (folder / "scene0007.yaml").write_text(scene)
    (folder / "request0007.yaml").write_text(request)
    return at


def _rows(world: World) -> dict[str, np.ndarray]:
    return {name: obstacle.row() for name, obstacle in world.obstacles.items()}


def _check(problem: Problem, goals: int) -> None:
    """The room by hand: in the world the board is turned by 90 degrees, the can stands at (1, 2.1, 3)."""
    assert (problem.name, problem.scene, problem.robot) == ("room/0007", "room", "two")
    assert problem.joints == ("a", "b")
    np.testing.assert_array_equal(problem.start, [0.001, 2])
    np.testing.assert_array_equal(problem.goals[0], [0.5, -0.25])
    assert len(problem.goals) == goals
    rows = _rows(problem.world)
    turned = [0, -1, 0, 1, 0, 0, 0, 0, 1]
    np.testing.assert_allclose(rows["board"], [0.5, 0, 0.1, *turned, 0.1, 0.2, 0.01, 0], atol=1e-7)
    np.testing.assert_allclose(rows["can"], [1, 2.1, 3, *turned, 0.05, 0.15], atol=1e-7)
    np.testing.assert_allclose(rows["ball"], [0, 0, 1, 0.07])


def test_folders_of_moveit_are_read(tmp_path):
    (problem,) = read_problems(_folder(tmp_path))
    _check(problem, 1)
    assert problem.held == {"finger": 0.04}
    assert problem.valid is None
    (same,) = read_problems(tmp_path / "room_two")
    assert same.name == "room/0007"


def test_a_tar_is_read_without_unpacking(tmp_path):
    path = tmp_path / "problems.tar.bz2"
    with tarfile.open(path, "w:bz2") as archive:
        for name, text in (("scene", SCENE), ("request", REQUEST)):
            member = tarfile.TarInfo(f"../../room_two/{name}0007.yaml")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    _check(read_problems(path)[0], 1)
    assert [p.name for p in tmp_path.iterdir()] == ["problems.tar.bz2"]


def test_the_json_of_vamp_is_read(tmp_path):
    path = tmp_path / "problems.json"
    path.write_text(json.dumps(VAMP))
    (problem,) = read_problems(path)
    _check(problem, 2)
    assert problem.valid is False


def test_our_own_file_comes_back_as_it_was(tmp_path):
    path = tmp_path / "own.json"
    save_problems(path, [OWN])
    (back,) = read_problems(path)
    for name in ("name", "robot", "joints", "held", "base", "tip", "valid"):
        assert getattr(back, name) == getattr(OWN, name)
    for name in ("start", "goals", "poses"):
        np.testing.assert_allclose(getattr(back, name), getattr(OWN, name), atol=1e-15)
    for name, row in _rows(OWN.world).items():
        np.testing.assert_allclose(_rows(back.world)[name], row, atol=1e-15)


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


REFUSED_SCENES = [
    ("robot_model_name: two", "", "has no field 'robot_model_name'"),
    ("id: board", "id: [1]", r"collision_objects\[0\]\.id is \[1\]"),
    ("id: board", "id: can", "'can' is there twice"),
    ("type: box", "type: cone", "is 'cone'; it must be one of box, cylinder, sphere"),
    ("[0.2, 0.4, 0.02]", "[0.2, 0.4]", r"primitives\[0\]\.dimensions has 2 numbers; it must have 3"),
    ("[0.2, 0.4, 0.02]", "[0.2, 0, 0.02]", "its size is .* positive"),
    ("[0.2, 0.4, 0.02]", "[0.2, .nan, 0.02]", r"dimensions\[1\] is nan; it must be a finite number"),
    ("[0.2, 0.4, 0.02]", "[0.2, true, 0.02]", r"dimensions\[1\] is True"),
    ("position: [0.5, 0, 0.1]", "position: far", r"primitive_poses\[0\]\.position must be a list"),
    ("orientation: [0, 0, 0, 1]", "orientation: [0, 0, 0, 2]", "is a quaternion of length 2; normalise it"),
    ("primitives: [{type: sphere, dimensions: [0.07]}]", "primitives: []", "must be a list of 1 or more"),
    ("id: board", "id: board\n      meshes: [{}]", "'board'.* has meshes or planes"),
    ("collision_objects:", "things:", "has no field 'collision_objects'"),
    ("robot_model_name: two", "robot_model_name: !!python/object/apply:os.system [true]", "is no YAML"),
    ("robot_model_name: two", "robot_model_name: [", "is no YAML"),
    ("translation: [0, 0, 0]", "translation: [0, 0, 1]", "moved or turned"),
]
REFUSED_REQUESTS = [
    ("goal_constraints:", "goals:", "has no field 'goal_constraints'"),
    ("joint_name: a", "joint_name: c", "lacks joint c"),
    ("joint_name: a", "joint_name: b", "names a joint twice"),
    ("position: 0.5", "position: .inf", r"joint_constraints\[0\]\.position is inf"),
    ("[0.04, 2, 1e-3]", "[0.04, 2]", "position has 2 numbers; it must have 3"),
    ("[finger, b, a]", "[b, b, a]", "joint_state.name names something twice"),
    ("start_state:", "start:", "has no field 'start_state'"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), REFUSED_SCENES)
def test_bad_scenes_are_refused_by_field(tmp_path, old, new, sentence):
    assert old in SCENE
    _folder(tmp_path, scene=SCENE.replace(old, new))
    with pytest.raises(ProblemError, match=rf"scene0007\.yaml: .*{sentence}"):
        read_problems(tmp_path)


@pytest.mark.parametrize(("old", "new", "sentence"), REFUSED_REQUESTS)
def test_bad_requests_are_refused_by_field(tmp_path, old, new, sentence):
    assert old in REQUEST
    _folder(tmp_path, request=REQUEST.replace(old, new))
    with pytest.raises(ProblemError, match=rf"request0007\.yaml: .*{sentence}"):
        read_problems(tmp_path)


def _edited(document: Any, path: str, value: Any) -> Any:
    """A copy with one field set, or removed by `...`."""
    document = json.loads(json.dumps(document))
    *way, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    at = document
    for part in way:
        at = at[part]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return document


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


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED_VAMP)
def test_bad_json_of_vamp_is_refused_by_field(tmp_path, field, value, sentence):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(_edited(VAMP, field, value)))
    with pytest.raises(ProblemError, match=rf"p\.json: .*{sentence}"):
        read_problems(path)


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED_OWN)
def test_bad_files_of_ours_are_refused_by_field(tmp_path, field, value, sentence):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(_edited(json.loads(problems_json([OWN])), field, value)))
    with pytest.raises(ProblemError, match=rf"p\.json: .*{sentence}"):
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


class _Bomb:
    def __reduce__(self):
        return (os.mkdir, ("exploded",))


@pytest.mark.parametrize("name", ["problems.pkl", "problems.json", "problems"])
def test_a_pickle_is_refused_unread(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(pickle.dumps(_Bomb()))
    with pytest.raises(ProblemError, match="is a pickle, which could run any code"):
        read_problems(Path(name))
    assert not Path("exploded").exists()


def test_what_is_no_file_of_problems_is_refused(tmp_path):
    with pytest.raises(ProblemError, match="nowhere: No such file"):
        read_problems(tmp_path / "nowhere")
    with pytest.raises(ProblemError, match=r"holds no sceneNNNN\.yaml"):
        read_problems(tmp_path)
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ProblemError, match="is no JSON"):
        read_problems(tmp_path / "a.json")
    (tmp_path / "a.tar").write_text("no tar")
    with pytest.raises(ProblemError, match="is no tar file"):
        read_problems(tmp_path / "a.tar")
    folder = _folder(tmp_path / "half") / "room_two"
    (folder / "request0007.yaml").unlink()
    with pytest.raises(ProblemError, match=r"request0007\.yaml is missing"):
        read_problems(folder)


def test_a_scene_of_many_megabytes_is_refused(tmp_path):
    _folder(tmp_path, scene="a" * 4_000_001)
    with pytest.raises(ProblemError, match="more than 4000000 bytes"):
        read_problems(tmp_path)


@pytest.mark.skipif("VAMP_SOURCE" not in os.environ, reason="VAMP_SOURCE names no unpacked vamp-planner")
def test_the_published_set_has_its_known_size():
    archive = Path(os.environ["VAMP_SOURCE"]) / "resources" / "panda" / "problems.tar.bz2"
    problems = read_problems(archive)
    scenes = Counter(problem.scene for problem in problems)
    assert set(scenes.values()) == {100} and len(scenes) == 7
    assert {problem.robot for problem in problems} == {"panda"}
    # A box read by another reader: the file's own words.
    with tarfile.open(archive) as tar:
        text = tar.extractfile("problems/box_panda/scene0001.yaml")
        assert text is not None
        words = yaml.safe_load(text)["world"]["collision_objects"]
    world = next(p for p in problems if p.name == "box/0001").world
    assert list(world.obstacles) == [thing["id"] for thing in words]
    cap = next(thing for thing in words if thing["id"] == "side_cap")
    np.testing.assert_allclose(
        2 * world.obstacles["side_cap"].row()[12:15], cap["primitives"][0]["dimensions"]
    )


@pytest.mark.skipif("VAMP_SOURCE" not in os.environ, reason="VAMP_SOURCE names no unpacked vamp-planner")
def test_the_published_set_is_as_valid_as_published():
    """With VAMP's spheres 699 starts and goals are free, as its authors say of their own checker."""
    folder = Path(os.environ["VAMP_SOURCE"]) / "resources" / "panda"
    robot = fit_robot(read_robot(folder / "panda_spherized.urdf"))[0]
    assert len(robot.sphere_radius) == 59
    problems = read_problems(folder / "problems.tar.bz2")
    group = problem_group(robot.tree, problems[0])
    body = collision_body(robot, group)
    ends = [np.concatenate([p.start[None], p.goals]) for p in problems]
    valid = [is_free(body, p.world, q).all() for p, q in zip(problems, ends, strict=True)]
    assert group.joint_names == problems[0].joints
    assert sum(valid) == 699
