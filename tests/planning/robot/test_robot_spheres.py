"""Spheres around links, pairs that may meet, and the file that keeps both."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh
from gaitway.assets import ASSETS
from gaitway.planning.errors import PlanningError, RobotFileError
from gaitway.planning.robot.distance import LinkDistance
from gaitway.planning.robot.file import load_robot, save_robot
from gaitway.planning.robot.model import RobotModel, fit_robot
from gaitway.planning.robot.self_collision import ADJACENT, ALWAYS, CHECK, NEVER, pair_kinds
from gaitway.planning.robot.shape import Shape
from gaitway.planning.robot.spheres import fit_spheres
from gaitway.planning.robot.tree import JointRecord, build_tree
from gaitway.planning.robot.usd import read_usd

POSE = trimesh.transformations.compose_matrix(translate=[0.1, -0.2, 0.05], angles=[0.4, -0.3, 1.0])
SOLIDS = {
    "box": ((0.1, 0.06, 0.03), trimesh.creation.box([0.2, 0.12, 0.06])),
    "cylinder": ((0.06, 0.1), trimesh.creation.cylinder(0.06, 0.2, sections=200)),
    "capsule": ((0.05, 0.1), trimesh.creation.capsule(0.2, 0.05, count=[60, 60])),
    "sphere": ((0.08,), trimesh.creation.icosphere(4, 0.08)),
}


def as_mesh(kind: str) -> Shape:
    solid = SOLIDS[kind][1]
    return Shape("mesh", (), POSE, np.array(solid.vertices), np.array(solid.faces))


@pytest.fixture(scope="module")
def arm() -> RobotModel:
    return fit_robot(read_usd(ASSETS / "robots" / "arm.usda"))[0]


@pytest.mark.parametrize("kind", SOLIDS)
def test_distances_to_primitives_are_those_to_their_meshes(kind: str) -> None:
    points = np.random.default_rng(0).uniform(-0.3, 0.3, (500, 3))
    primitive = LinkDistance([Shape(kind, SOLIDS[kind][0], POSE)])(points)  # type: ignore[arg-type]
    np.testing.assert_allclose(LinkDistance([as_mesh(kind)])(points), primitive, atol=6e-4)


@pytest.mark.parametrize("kind", SOLIDS)
def test_spheres_cover_all_and_stand_out_little(kind: str) -> None:
    """Judged by points on the surface, which the fit never sees."""
    fit = fit_spheres([as_mesh(kind)], 0.02)
    solid = SOLIDS[kind][1].copy()
    solid.apply_transform(POSE)
    surface = np.array(trimesh.sample.sample_surface(solid, 3000, seed=0)[0])
    gaps = np.linalg.norm(surface[:, None] - fit.centres, axis=2) - fit.radii
    assert gaps.min(axis=1).max() < 1e-3
    assert fit.coverage > 0.999
    assert fit.protrusion < 0.03
    assert len(fit.radii) < 60


def test_excess_of_a_ball_is_that_of_a_larger_ball() -> None:
    """A capsule that is hardly longer than thick."""
    fit = fit_spheres([Shape("capsule", (0.1, 1e-4), np.eye(4))], 0.01)
    if len(fit.radii) == 1:
        assert fit.excess == pytest.approx((fit.radii[0] / 0.1) ** 3 - 1, rel=0.1)
    centre, radius = fit.bounding()
    assert np.linalg.norm(centre) < 0.02
    assert 0.1 < radius < 0.13


def test_spheres_are_kept() -> None:
    """A link that somebody has covered with spheres already."""
    fit = fit_spheres([Shape("sphere", (0.1,), POSE), Shape("sphere", (0.05,), np.eye(4))], 0.01)
    np.testing.assert_allclose(fit.centres, [POSE[:3, 3], np.zeros(3)])
    np.testing.assert_allclose(fit.radii, [0.1, 0.05])
    assert fit.excess < 1e-9 and fit.coverage > 0.999


def test_bounding_spheres_hold_all_spheres(arm: RobotModel) -> None:
    for link in range(len(arm.tree.link_names)):
        own = arm.sphere_link == link
        if own.any():
            reach = np.linalg.norm(arm.sphere_centre[own] - arm.bound_centre[link], axis=1)
            assert (reach + arm.sphere_radius[own]).max() <= arm.bound_radius[link] + 1e-9


def test_pairs_of_a_folding_rule() -> None:
    """Three bars in a row; the last can fold back onto the first, the pin on it never leaves its side."""

    def along(x: float) -> np.ndarray:
        pose = np.eye(4)
        pose[0, 3] = x
        return pose

    joints = [
        JointRecord("a", "revolute", "first", "second", along(1), lower=-3, upper=3),
        JointRecord("b", "revolute", "second", "third", along(1), lower=-3, upper=3),
        JointRecord("c", "revolute", "third", "far", along(9), lower=-0.1, upper=0.1),
    ]
    tree = build_tree("rule", ["first", "second", "third", "far"], joints)
    centres = np.array([[0.5, 0, 0], [0.5, 0, 0], [0.5, 0, 0], [0.0, 0, 0]])
    kinds = pair_kinds(tree, np.arange(4), centres, np.full(4, 0.3), samples=2000)
    assert kinds[0, 1] == kinds[1, 2] == kinds[2, 3] == ADJACENT
    assert kinds[0, 2] == kinds[2, 0] == CHECK
    assert kinds[0, 3] == NEVER
    wide = pair_kinds(tree, np.arange(4), centres, np.array([5.0, 0.1, 0.1, 0.1]), samples=2000)
    assert wide[0, 2] == ALWAYS


def test_a_file_gives_back_what_was_saved(arm: RobotModel, tmp_path: Path) -> None:
    save_robot(tmp_path / "arm.json", arm)
    again = load_robot(tmp_path / "arm.json")
    assert again.tree.link_names == arm.tree.link_names
    assert again.tree.joint_names == arm.tree.joint_names
    for field in ("sphere_link", "sphere_centre", "sphere_radius", "bound_centre", "bound_radius", "pairs"):
        np.testing.assert_array_equal(getattr(again, field), getattr(arm, field))
    for field in ("parent", "joint_type", "axis", "parent_to_joint", "joint_to_link", "leader", "multiplier"):
        np.testing.assert_array_equal(getattr(again.tree, field), getattr(arm.tree, field))
    moving = arm.tree.moving
    for field in ("lower", "upper", "velocity", "acceleration", "jerk", "effort"):
        ours, theirs = getattr(again.tree.limits, field), getattr(arm.tree.limits, field)
        np.testing.assert_array_equal(ours[moving], theirs[moving])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(version=9), "no robot of format"),
        (lambda d: d.pop("pairs"), "'pairs'"),
        (lambda d: d["links"][1].update(spheres=[[0, 0, 0, -1]]), "radius is not positive"),
        (lambda d: d["joints"][1].update(parent="moon"), "has no link 'moon'"),
        (lambda d: d["joints"][1].update(parent_to_joint=[[2, 0], [0, 1]]), "no rigid motion"),
        (lambda d: d["joints"][1]["limits"].update(lower="low"), "of another kind"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(arm: RobotModel, tmp_path: Path, change, words) -> None:
    path = tmp_path / "arm.json"
    save_robot(path, arm)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(PlanningError, match=words):
        load_robot(path)


def test_what_no_spheres_fit() -> None:
    with pytest.raises(PlanningError, match="must be positive"):
        fit_spheres([as_mesh("box")], 0.0)
    flat = Shape("mesh", (), np.eye(4), np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))
    with pytest.raises(PlanningError, match="no inside"):
        fit_spheres([flat], 0.02)
    with pytest.raises(RobotFileError, match="No such file"):
        load_robot(Path("/nowhere/robot.json"))
