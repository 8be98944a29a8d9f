"""The second opinion on motions beside motions whose contacts are known, and what the commands refuse."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.assets import ASSETS
from gaitway.cli.bench.planner_recheck import Recheck, largest_part_of_limits
from gaitway.planning.collision.obstacles import Box, Capsule, Cylinder, Sphere
from gaitway.planning.collision.world import World
from gaitway.planning.limits import Limits
from gaitway.planning.robot.group import select_group
from gaitway.planning.robot.self_collision import ADJACENT, CHECK
from gaitway.planning.robot.shape import RobotDescription, Shape
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.trajectory.state_to_state import State, state_to_state

from .command import gaitway


def _box_mesh(half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * half
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return corners, np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])


@pytest.fixture(scope="module", params=["box", "mesh"])
def pendulum(request: pytest.FixtureRequest) -> Recheck:
    """A bar of 1 m x 2 cm x 2 cm along x that turns about z, and one of 0.3 m at its end that turns, too."""
    joints = []
    for n, at in enumerate((0.0, 1.0)):
        pose = np.eye(4)
        pose[0, 3] = at
        names = ("root", "long", "short")
        joints.append(JointRecord(f"j{n}", "revolute", names[n], names[n + 1], pose, lower=-3, upper=3))
    tree = build_tree("bars", ["root", "long", "short"], joints)
    shapes: list[tuple[Shape, ...]] = [()]
    for length in (1.0, 0.3):
        pose, half = np.eye(4), np.array([length / 2, 0.01, 0.01])
        pose[0, 3] = length / 2
        if request.param == "box":
            shapes.append((Shape("box", tuple(half), pose),))
        else:
            shapes.append((Shape("mesh", (), pose, *_box_mesh(half)),))
    pairs = np.full((3, 3), CHECK, np.int8)
    pairs[[0, 1], [1, 2]] = pairs[[1, 2], [0, 1]] = ADJACENT
    description = RobotDescription(tree, tuple(shapes))
    return Recheck(description, select_group(tree, "root", "short"), pairs, {})


@pytest.mark.parametrize(
    ("obstacle", "radius"),
    [
        (Sphere((0, 0.9, 0), 0.02), 0.02),
        (Box((0, 0.9, 0), (0.04, 0.04, 0.04)), 0.02),
        (Capsule((0, 0.9, -0.1), (0, 0.9, 0.1), 0.02), 0.02),
        (Cylinder((0, 0.9, 0), 0.02, 0.2), 0.02),
    ],
)
def test_a_bar_meets_what_stands_at_a_right_angle(pendulum, obstacle, radius):
    """Contact of the bar's side with a thing at bearing 90 degrees: a sine away from it, at the next look."""
    world = World({"post": obstacle})
    words = pendulum.along_path(np.array([[0.0, 0.0], [2.0, 0.0]]), world)
    assert "'long' meets obstacle 'post'" in words
    part = float(words.split()[1].rstrip("%")) / 100
    first = (np.pi / 2 - np.arcsin((radius + 0.01) / 0.9)) / 2.0
    assert first - 0.01 <= part <= first + 0.012 / 2.0  # a centimetre at 1.3 m, and how round each shape is
    assert pendulum.along_path(np.array([[0.0, 0.0], [1.4, 0.0]]), world) == ""


def test_a_thin_wire_between_looks_is_met(pendulum):
    """The end passes 1 cm a look: a bar of 2 cm cannot jump over a wire of a tenth of a millimetre."""
    for bearing in np.linspace(0.5, 1.5, 7):
        wire = Cylinder((1.29 * np.cos(bearing), 1.29 * np.sin(bearing), 0), 5e-5, 0.5)
        words = pendulum.along_path(np.array([[0.0, 0.0], [2.0, 0.0]]), World({"wire": wire}))
        assert "'short' meets obstacle 'wire'" in words


def test_a_trajectory_is_followed_and_its_limits_are_measured(pendulum):
    limits = Limits([1.0, 2.0], [2.0, 3.0], [10.0, 20.0])
    motion = state_to_state(State([0.0, 0.0]), State([2.0, 0.5]), limits)
    assert largest_part_of_limits(motion, limits) == pytest.approx(1.0, abs=1e-6)
    slow = Limits(0.5 * limits.velocity, limits.acceleration, limits.jerk)
    assert largest_part_of_limits(motion, slow) == pytest.approx(2.0, abs=1e-6)
    assert pendulum.along(motion, World()) == ""
    assert "post" in pendulum.along(motion, World({"post": Sphere((0, 0.9, 0), 0.02)}))


def test_bad_input_to_the_commands_is_one_sentence(monkeypatch, capsys):
    assert gaitway(monkeypatch, "plan", "own", "--robot", "missing.json") == 1
    assert capsys.readouterr().err == "gaitway plan: missing.json: No such file or directory.\n"
    assert gaitway(monkeypatch, "plan", "own", "--show", "0") == 1
    assert capsys.readouterr().err == "gaitway plan: --show 0: must be 1 or more.\n"
    assert gaitway(monkeypatch, "plan", "own", "--budget", "0") == 1
    assert "the seed is 0, the budget 0.0 s" in capsys.readouterr().err
    assert gaitway(monkeypatch, "bench", "planner", "--every", "0") == 1
    assert capsys.readouterr().err == "gaitway bench: --every 0: must be 1 or more.\n"
    assert gaitway(monkeypatch, "bench", "planner", "--peers", "ompl,moveit") == 1
    assert "there is no peer 'moveit'; there are vamp, ompl." in capsys.readouterr().err


def test_a_robot_that_no_film_can_show_is_refused_before_it_plans(monkeypatch, capsys, tmp_path):
    other = tmp_path / "other.json"
    other.write_text((ASSETS / "robots" / "arm.json").read_text().replace('"joint1"', '"shoulder"'))
    assert gaitway(monkeypatch, "plan", "own", "--robot", other, "--video", tmp_path / "x.mp4") == 1
    assert "--video: a film shows our arm alone" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [other]
