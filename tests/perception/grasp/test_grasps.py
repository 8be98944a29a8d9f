"""Grasps of shapes whose good grasps are known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from gaitway.perception.grasp.gripper import ParallelGripper, SuctionCup
from gaitway.perception.grasp.parallel import clearances, parallel_grasps
from gaitway.perception.grasp.suction import suction_places
from gaitway.perception.grasp.surface import Surface, surface_of_cloud, surface_of_mesh

DOWN = np.array([0.0, 0.0, -1.0])
GRIPPER = ParallelGripper(opening=0.12)


def surface_of(mesh):
    return surface_of_mesh(np.array(mesh.vertices), np.array(mesh.faces))


@pytest.fixture(scope="module")
def box():
    """0.16 x 0.10 x 0.06 m: only its short edges fit between the fingers."""
    return surface_of(trimesh.creation.box((0.16, 0.10, 0.06)))


@pytest.fixture(scope="module")
def floor():
    spots = np.stack(np.meshgrid(*[np.arange(-0.2, 0.2, 0.01)] * 2), axis=-1).reshape(-1, 2)
    return np.column_stack([spots, np.full(len(spots), -0.03)])


def test_a_box_is_held_across_an_edge_that_fits_and_over_its_middle(box, floor):
    grasps = parallel_grasps(box, GRIPPER, DOWN, floor)
    assert len(grasps) > 10
    assert (np.diff(grasps.scores) <= 0).all()
    x = grasps.poses[:, :3, 0]
    assert (np.abs(x).max(axis=1) > 0.999).all()
    assert np.abs(x[:, 0]).max() < 0.01  # never along the long edge
    np.testing.assert_allclose(np.sort(np.unique(grasps.widths.round(3))), [0.10], atol=1e-6)
    best = grasps.poses[0]
    assert np.linalg.norm(best[:3, 3] + best[:3, 2] * -GRIPPER.pad_length / 2) < 0.02
    assert grasps.margins[0] > 0.99
    assert (grasps.poses[:, 2, 2] < np.cos(np.radians(80))).all()  # from above
    np.testing.assert_allclose(
        grasps.approach_poses()[:, :3, 3], grasps.poses[:, :3, 3] - 0.1 * grasps.poses[:, :3, 2]
    )
    up = np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(grasps.retreat_poses(up)[:, 2, 3], grasps.poses[:, 2, 3] + 0.1)


def test_without_a_floor_the_thin_edge_is_held_as_well(box):
    widths = parallel_grasps(box, GRIPPER).widths.round(3)
    assert 0.06 in widths and 0.10 in widths


def test_what_does_not_fit_or_slips_is_not_held():
    cube = surface_of(trimesh.creation.box((0.13, 0.13, 0.13)))
    assert len(parallel_grasps(cube, GRIPPER)) == 0
    # Opposite sides of a steep cone look 80 degrees apart: outside any friction cone of 0.4.
    cone = surface_of(trimesh.creation.cone(0.05, 0.06))
    assert len(parallel_grasps(cone, GRIPPER, DOWN)) == 0


def test_a_ball_is_held_across_its_middle():
    ball = surface_of(trimesh.creation.icosphere(4, 0.04))
    grasps = parallel_grasps(ball, GRIPPER)
    assert (np.abs(grasps.widths[:50] - 0.08) < 0.002).all()
    assert grasps.levers[:50].max() < 0.01
    assert grasps.margins[0] > 0.9


def test_clearance_is_the_distance_of_a_point_to_the_hand():
    pose = np.eye(4)[None]
    opened = np.array([0.10])
    spots = {
        (0.05 - 0.004, 0.0, -0.02): 0.004,  # between the fingers, 4 mm from the right one
        (0.055, 0.0, 0.003): 0.003,  # before the right tip
        (0.055, 0.0, -0.01): -0.005,  # in the right finger
        (0.0, 0.0, -0.06): 0.01,  # 1 cm before the palm
    }
    for spot, expected in spots.items():
        found = clearances(pose, opened, GRIPPER, np.array([spot]), 0.1, 1.0)
        assert found[0] == pytest.approx(expected, abs=1e-6), spot


def test_suction_takes_the_middle_of_the_top(box, floor):
    places = suction_places(box, SuctionCup(), DOWN, floor)
    best = places.poses[0]
    np.testing.assert_allclose(best[:3, 2], DOWN, atol=0.01)
    assert best[2, 3] == pytest.approx(0.03, abs=0.001)
    assert np.linalg.norm(best[:2, 3]) < 0.012
    for pose in places.poses:  # all of the lip on one face
        axis = np.abs(pose[:3, 2]).argmax()
        others = [i for i in range(3) if i != axis]
        room = np.array([0.08, 0.05, 0.03])[others] - np.abs(pose[others, 3])
        assert room.min() > 0.020 - 0.008


def test_suction_needs_a_flat_place():
    ball = surface_of(trimesh.creation.icosphere(4, 0.04))
    assert len(suction_places(ball, SuctionCup())) == 0
    rod = surface_of(trimesh.creation.box((0.2, 0.02, 0.02)))
    assert len(suction_places(rod, SuctionCup())) == 0


def test_a_cloud_seen_from_one_side_gives_places_for_the_cup():
    rng = np.random.default_rng(0)
    top = np.column_stack([rng.uniform(-0.06, 0.06, (3000, 2)), 0.4 + rng.normal(0, 2e-4, 3000)])
    cloud = surface_of_cloud(top, np.zeros(3))
    assert (cloud.normals[:, 2] < -0.95).mean() > 0.9  # towards the eye at 0
    places = suction_places(cloud, SuctionCup())
    assert len(places) > 0
    assert places.poses[0][2, 2] > 0.99
    assert np.linalg.norm(places.poses[0][:2, 3]) < 0.02


def test_the_centre_of_mass_is_that_of_the_solid():
    bracket = trimesh.util.concatenate(
        [trimesh.creation.box((0.1, 0.05, 0.01)), trimesh.creation.box((0.01, 0.05, 0.1))]
    )
    bracket.apply_translation([0.3, 0.2, 0.1])
    one = trimesh.creation.icosphere(3, 0.05)
    one.apply_translation([0.1, -0.2, 0.3])
    for mesh in (one, bracket):
        np.testing.assert_allclose(surface_of(mesh).center, mesh.center_mass, atol=1e-6)


def test_bad_clouds_are_named():
    points = np.random.default_rng(0).random((100, 3))
    with pytest.raises(ValueError, match="10 points are too few"):
        Surface(points[:10], points[:10], np.zeros(3), 0.01)
    with pytest.raises(ValueError, match=r"shape \(100, 3\) and normals of shape \(99, 3\) do not fit"):
        Surface(points, points[:99], np.zeros(3), 0.01)
    points[3] = np.nan
    with pytest.raises(ValueError, match="not a finite number"):
        Surface(points, points, np.zeros(3), 0.01)
