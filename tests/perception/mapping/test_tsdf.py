"""Maps of a scene whose distances are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.mapping.mesh import extract_mesh
from gaitway.perception.mapping.raycast import render_map
from gaitway.perception.mapping.tsdf import TsdfMap
from scipy.spatial import cKDTree

from .analytic_scene import CAMERA, CENTRE, around, depth_of, distance_to_scene, look, seen_points

VOXEL = 0.04


@pytest.fixture(scope="module")
def built():
    """A map of the scene and the poses of its pictures; the red channel tells the height."""
    tsdf, poses = TsdfMap(VOXEL, far=6.0), around()
    for pose in poses:
        depth = depth_of(pose)
        heights = (CAMERA.unproject(depth) @ pose[:3, :3].T + pose[:3, 3])[..., 2]
        colour = np.stack([np.clip(100 * heights, 0, 255), np.full(depth.shape, 90), depth * 0], axis=-1)
        tsdf.integrate(depth, CAMERA, pose, colour.astype(np.uint8))
    return tsdf, poses


def test_the_mesh_lies_on_the_surface_and_covers_what_was_seen(built):
    tsdf, poses = built
    mesh = extract_mesh(tsdf)
    errors = distance_to_scene(mesh.vertices)
    assert np.sqrt((errors**2).mean()) < 0.5 * VOXEL
    assert np.abs(errors).max() < 4 * VOXEL
    distance, _ = cKDTree(mesh.vertices).query(seen_points(poses))
    assert (distance < VOXEL).mean() > 0.95


def test_triangles_face_the_free_side_and_are_closed_inside(built):
    mesh = extract_mesh(built[0])
    corners = mesh.vertices[mesh.triangles].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    middles = corners.mean(axis=1)
    outwards = distance_to_scene(middles + 0.02 * normals / np.maximum(areas, 1e-12)[:, None])
    big = areas > 0.1 * VOXEL**2
    assert (outwards[big] > distance_to_scene(middles)[big]).mean() > 0.99
    # Of the ball's edges above the floor and away from what nobody saw, each has two triangles.
    edges = np.sort(mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    on_ball = np.abs(np.linalg.norm(mesh.vertices - CENTRE, axis=1) - 0.5) < 0.06
    on_ball &= np.abs(mesh.vertices[:, 2] - 0.8) < 0.2
    unique, counts = np.unique(edges[on_ball[edges].all(axis=1)], axis=0, return_counts=True)
    assert len(unique) > 500
    assert (counts == 2).all()


def test_colours_are_those_of_the_pictures(built):
    mesh = extract_mesh(built[0])
    on_ball = mesh.vertices[:, 2] > 0.4
    expected = np.clip(100 * mesh.vertices[on_ball, 2], 0, 255)
    assert np.median(np.abs(mesh.colours[on_ball, 0] - expected)) < 4
    assert np.median(mesh.colours[:, 1]) == pytest.approx(90, abs=1)


def test_a_rendered_picture_is_what_a_camera_would_see(built):
    pose = look([1.2, 0.9, 1.0], [0, 0, 0.7])
    depth, normal, _ = render_map(built[0], CAMERA, pose)
    truth = depth_of(pose)
    both = (depth > 0) & (truth > 0)
    assert both.sum() > 0.85 * (truth > 0).sum()
    error = np.abs(depth - truth)[both]
    assert np.median(error) < 0.25 * VOXEL
    assert (error < 2 * VOXEL).mean() > 0.97
    points = (CAMERA.unproject(truth) @ pose[:3, :3].T + pose[:3, 3])[both]
    step = 1e-4
    slope = [
        distance_to_scene(points + step * axis) - distance_to_scene(points - step * axis)
        for axis in np.eye(3)
    ]
    known = np.linalg.norm(normal[both], axis=1) > 0.5
    cosine = (normal[both] * np.stack(slope, axis=-1) / (2 * step)).sum(axis=1)[known]
    assert np.median(cosine) > 0.99


def test_what_left_is_cleared_and_what_came_appears():
    tsdf = TsdfMap(VOXEL, far=6.0)
    poses = around()
    for pose in poses:
        tsdf.integrate(depth_of(pose), CAMERA, pose)
    assert near_the_ball(tsdf) > 500
    for pose in poses:
        tsdf.integrate(depth_of(pose, with_ball=False), CAMERA, pose)
    assert near_the_ball(tsdf) == 0
    for pose in poses:
        tsdf.integrate(depth_of(pose), CAMERA, pose)
    assert near_the_ball(tsdf) > 500


def test_what_a_segmenter_masks_neither_comes_nor_clears_what_it_hides():
    tsdf, poses = TsdfMap(VOXEL, far=6.0), around()
    for pose in poses:
        tsdf.integrate(depth_of(pose, with_ball=False), CAMERA, pose)
    before = tsdf.voxel_counts()
    for pose in poses:
        depth, empty = depth_of(pose), depth_of(pose, with_ball=False)
        tsdf.integrate(np.where(depth == empty, depth, np.float32(0)), CAMERA, pose)
    assert near_the_ball(tsdf) == 0
    assert tsdf.voxel_counts()["occupied"] == pytest.approx(before["occupied"], rel=0.05)


def near_the_ball(tsdf):
    """Vertices of the mesh on the ball, well above the floor."""
    vertices = extract_mesh(tsdf).vertices
    return int((np.abs(np.linalg.norm(vertices - CENTRE, axis=1) - 0.5) < 0.1).sum())


def test_decay_forgets_what_is_not_seen_again():
    tsdf, pose = TsdfMap(VOXEL, far=6.0), around()[0]
    tsdf.integrate(depth_of(pose), CAMERA, pose)
    voxels = tsdf.voxel_counts()["observed"]
    tsdf.decay(0.7)
    assert tsdf.voxel_counts(0.5)["observed"] == voxels
    behind = around()[12]
    for _ in range(3):
        tsdf.integrate(depth_of(behind), CAMERA, behind)
    tsdf.decay(0.6)  # what was seen once is below the least weight now
    only = TsdfMap(VOXEL, far=6.0)
    for _ in range(3):
        only.integrate(depth_of(behind), CAMERA, behind)
    assert tsdf.voxel_counts(0.5)["observed"] == pytest.approx(only.voxel_counts()["observed"], rel=0.1)
    tsdf.decay(0.0)
    assert tsdf.block_count == 0
    tsdf.integrate(depth_of(pose), CAMERA, pose)
    assert tsdf.voxel_counts()["observed"] == pytest.approx(voxels, rel=0.01)


def test_more_certain_depth_weighs_more():
    """A wall at 2 m in sure pictures, at 2.06 m in unsure ones."""
    pose = look([0, 0, 0], [1, 0, 0])
    size = (CAMERA.height, CAMERA.width)
    tsdf = TsdfMap(VOXEL)
    for _ in range(10):
        for depth, sigma in ((2.0, 0.01), (2.06, 0.1)):
            tsdf.integrate(
                np.full(size, depth, np.float32), CAMERA, pose, sigma=np.full(size, sigma, np.float32)
            )
    # Weights 1 and (0.02 / 0.1)^2.
    assert np.median(extract_mesh(tsdf).vertices[:, 0]) == pytest.approx(2 + 0.06 * 0.04 / 1.04, abs=0.003)


def test_growing_keeps_what_was_mapped():
    """A walk along a wall, in a map whose first room is for few blocks."""
    tsdf = TsdfMap(0.015, far=6.0)
    count = 0
    for y in np.arange(0, 8, 0.25):
        pose = look([0, y, 1.0], [2, y, 1.0])
        tsdf.integrate(depth_of(pose, with_ball=False), CAMERA, pose)
        assert tsdf.block_count >= count
        count = tsdf.block_count
    assert count > 2048
    coordinates = tsdf.coordinates()
    assert len(np.unique(coordinates, axis=0)) == count
    vertices = extract_mesh(tsdf, 1.0).vertices
    assert np.abs(distance_to_scene(vertices, with_ball=False)).max() < 0.08
    assert vertices[:, 1].min() < -0.5 and vertices[:, 1].max() > 8.2


def test_an_empty_map_says_what_was_missing():
    tsdf = TsdfMap(VOXEL)
    with pytest.raises(ValueError, match="no depth picture was integrated"):
        extract_mesh(tsdf)
    size = (CAMERA.height, CAMERA.width)
    for depth in (np.zeros(size), np.full(size, 1500.0), np.full(size, np.nan)):
        tsdf.integrate(depth.astype(np.float32), CAMERA, np.eye(4))
    with pytest.raises(ValueError, match=r"none of 3 depth pictures has a pixel between 0\.1 and 8 m.*scale"):
        extract_mesh(tsdf)
    assert tsdf.counters.empty_frames == 3


def test_pictures_that_do_not_fit_are_refused():
    tsdf = TsdfMap(VOXEL)
    depth = depth_of(around()[0])
    with pytest.raises(ValueError, match="80 x 120 px, its camera is calibrated for 160 x 120"):
        tsdf.integrate(depth[:, ::2], CAMERA, np.eye(4))
    with pytest.raises(ValueError, match="type uint16; give it in m"):
        tsdf.integrate((1000 * depth).astype(np.uint16), CAMERA, np.eye(4))
    with pytest.raises(ValueError, match="pose is not"):
        tsdf.integrate(depth, CAMERA, np.full((4, 4), np.nan))
    with pytest.raises(ValueError, match="cannot be"):
        TsdfMap(-0.05)
