"""The published problems of the Panda: their number, and how many are valid with VAMP's spheres."""

from __future__ import annotations

import os
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from gaitway.planning.collision.body import collision_body
from gaitway.planning.collision.free_numba import is_free
from gaitway.planning.problems.problem import problem_group
from gaitway.planning.problems.read import read_problems
from gaitway.planning.robot.model import fit_robot
from gaitway.planning.robot.read import read_robot


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
