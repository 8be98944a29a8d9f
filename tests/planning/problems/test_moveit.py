"""MotionBenchMaker's YAML, in folders and archives: a room written by hand, and what must be refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import re
import tarfile
from pathlib import Path

import pytest
from gaitway.planning.errors import ProblemError
from gaitway.planning.problems.read import read_problems

from .room import check_room

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


def _folder(at: Path, scene: str = SCENE, request: str = REQUEST) -> Path:
    folder = at / "room_two"
    folder.mkdir(parents=True)
    (folder / "scene0007.yaml").write_text(scene)
    (folder / "request0007.yaml").write_text(request)
    return at


def test_folders_of_moveit_are_read(tmp_path):
    (problem,) = read_problems(_folder(tmp_path))
    check_room(problem, 1)
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
    check_room(read_problems(path)[0], 1)
    assert [p.name for p in tmp_path.iterdir()] == ["problems.tar.bz2"]


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
    ("robot_model_name: two", "robot_model_name: 2001-99-99", "is no YAML: month must be"),
    ("robot_model_name: two", "robot_model_name: !!bool two", "is no YAML"),
    ("robot_model_name: two", "robot_model_name: !!timestamp two", "is no YAML"),
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


def test_half_a_pair_is_refused(tmp_path):
    folder = _folder(tmp_path) / "room_two"
    (folder / "request0007.yaml").unlink()
    with pytest.raises(ProblemError, match=r"request0007\.yaml is missing"):
        read_problems(folder)


@pytest.mark.parametrize(
    ("packing", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_a_broken_archive_is_refused_by_name(tmp_path, packing, pack):
    """Each way of packing has its own error for broken data."""
    path = tmp_path / f"problems.tar.{packing}"
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        text = random.Random(0).randbytes(1_000_000).hex().encode()
        member = tarfile.TarInfo("room_two/scene0007.yaml")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    whole = pack(plain.getvalue())
    middle = len(whole) // 2
    overwritten = whole[:middle] + 1000 * b"\xff" + whole[middle + 1000 :]
    # What gzip reads of it is text still, but none of YAML.
    for broken in (whole[:100], whole[:middle], *([] if packing == "gz" else [overwritten])):
        path.write_bytes(broken)
        with pytest.raises(ProblemError) as caught:
            read_problems(path)
        pattern = rf"{re.escape(str(path))}: is no tar file that can be read \([^\n]+\)\."
        assert re.fullmatch(pattern, str(caught.value)) and "(None)" not in str(caught.value)


def test_a_scene_of_many_megabytes_is_refused(tmp_path):
    _folder(tmp_path, scene="a" * 4_000_001)
    with pytest.raises(ProblemError, match="more than 4000000 bytes"):
        read_problems(tmp_path)
