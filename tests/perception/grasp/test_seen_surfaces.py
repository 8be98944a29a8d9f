"""What a picture shows of an object, and the sides that it does not show."""

from __future__ import annotations

import numpy as np
import trimesh
from gaitway.perception.camera import Camera
from gaitway.perception.grasp.seen import surface_seen, surroundings
from gaitway.perception.grasp.standing import with_sides
from gaitway.perception.grasp.surface import Surface, surface_of_mesh

FLOOR = np.array([0.0, 0.0, 1.0, 0.0])
CAMERA = Camera(160, 120, 150.0, 150.0, 79.5, 59.5)


def test_a_can_seen_from_one_side_becomes_round():
    can = trimesh.creation.cylinder(0.04, 0.10)
    can.apply_translation([0.0, 0.0, 0.05])
    whole = surface_of_mesh(np.array(can.vertices), np.array(can.faces))
    eye = np.array([0.5, 0.0, 0.5])
    seen = ((eye - whole.points) * whole.normals).sum(axis=1) > 0
    half = Surface(whole.points[seen], whole.normals[seen], whole.center, whole.spacing)
    assert (half.points[half.points[:, 2] < 0.05, 0] > -0.001).all()
    sides = with_sides(half, FLOOR)
    low = sides.points[sides.points[:, 2] < 0.05]
    angle = np.arctan2(low[:, 1], low[:, 0])
    assert (np.histogram(angle, 16, (-np.pi, np.pi))[0] > 10).all()
    np.testing.assert_allclose(np.hypot(*low[:, :2].T), 0.04, atol=0.005)
    walls = sides.normals[(sides.points[:, 0] < -0.02) & (sides.points[:, 2] < 0.05)]
    outward = sides.points[(sides.points[:, 0] < -0.02) & (sides.points[:, 2] < 0.05)]
    assert np.median((walls * outward).sum(axis=1) / np.linalg.norm(outward[:, :2], axis=1)) > 0.95


def test_a_pixel_between_two_surfaces_is_left_out_and_the_rest_is_in_the_way():
    depth = np.full((120, 160), 0.9)
    mask = np.zeros(depth.shape, bool)
    mask[40:80, 50:110] = True
    depth[mask] = 0.7
    depth[40:80, 49] = 0.8  # means of near and far
    mask[40:80, 49] = True
    surface = surface_seen(depth, mask, CAMERA)
    np.testing.assert_allclose(surface.points[:, 2], 0.7)
    assert len(surface.points) == 40 * 60
    around = surroundings(depth, mask, CAMERA, surface)
    np.testing.assert_allclose(around[:, 2], 0.9)
    assert not (np.abs(around[:, :2]) < 0.05).all(axis=1).any()  # nothing is seen behind it
    below = surroundings(depth, mask, CAMERA, surface, np.array([0.0, 0.0, -1.0, 0.9]))
    assert (np.abs(below[:, :2]) < 0.05).all(axis=1).any()  # but the floor goes on there
