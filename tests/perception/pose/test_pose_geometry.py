"""What pose estimation is made of, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from gaitway.perception.pose.hypotheses import spread_rotations, without_symmetric
from gaitway.perception.pose.model import CadModel, load_mesh
from gaitway.perception.pose.observation import observe
from gaitway.perception.pose.segment import support_plane, things_on_plane
from gaitway.perception.pose.symmetry import distances_apart, turn_apart
from scipy.spatial.transform import Rotation

from .conftest import HALF_TURNS, picture


def test_a_face_is_drawn_at_its_distance(carton, camera):
    pose = np.eye(4)
    pose[:3, 3] = 0.0, 0.0, 0.6
    depth = carton.shape.draw(camera, pose[None])[0]
    assert depth[120, 160] == pytest.approx(0.57, abs=1e-6)
    # 0.16 m at 0.57 m with 300 px: 84.2 columns
    assert abs((depth[120] > 0).sum() - 0.16 / 0.57 * 300) <= 1
    assert abs((depth[:, 160] > 0).sum() - 0.10 / 0.57 * 300) <= 1


def test_samples_are_spread_by_area(carton):
    points, normals = carton.model.samples
    x, y, z = 0.16, 0.10, 0.06
    area = 2 * (x * y + y * z + z * x)
    for axis, share in enumerate((2 * y * z / area, 2 * x * z / area, 2 * x * y / area)):
        on_face = np.abs(normals[:, axis]) > 0.9
        assert on_face.mean() == pytest.approx(share, abs=0.002)
        np.testing.assert_allclose(np.abs(points[on_face, axis]), (x, y, z)[axis] / 2, atol=1e-9)


def test_rotations_are_spread_evenly():
    turns = Rotation.from_matrix(spread_rotations(600))
    somewhere = Rotation.random(300, rng=np.random.default_rng(0))
    nearest = np.array([(turns * one.inv()).magnitude().min() for one in somewhere])
    assert np.degrees(nearest.max()) < 25  # 600 balls of this radius hold about two thirds of SO(3) apart


def test_a_quarter_of_the_rotations_is_left_of_a_box(carton):
    left = without_symmetric(spread_rotations(800), carton.model)
    assert 150 < len(left) < 250
    for turn in Rotation.random(20, rng=np.random.default_rng(0)).as_matrix():
        group = turn @ HALF_TURNS[:, :3, :3]
        nearest = [np.degrees(Rotation.from_matrix(left @ g.T).magnitude().min()) for g in (turn, *group)]
        assert min(nearest) < 25


def test_turns_about_an_axis_of_symmetry_do_not_count():
    tube = trimesh.creation.cylinder(0.03, 0.2)
    axes = np.array([[0, 0, 1.0, 0, 0, 0]])
    model = CadModel("tube", np.array(tube.vertices), np.array(tube.faces), axes=axes)
    pose, other = np.eye(4), np.eye(4)
    other[:3, :3] = Rotation.from_euler("z", 1.0).as_matrix()
    assert turn_apart(model, other, pose) == pytest.approx(0.0, abs=1e-6)
    other[:3, :3] = Rotation.from_euler("zx", [1.0, 0.3]).as_matrix()
    assert turn_apart(model, other, pose) == pytest.approx(0.3)
    apart = distances_apart(model, other[None], pose)[0]
    assert apart == pytest.approx(2 * 0.1 * np.sin(0.15), rel=0.2)


def test_normals_of_a_tilted_plane(camera):
    normal = np.array([0.3, -0.2, -1.0]) / np.linalg.norm([0.3, -0.2, -1.0])
    v, u = np.indices((240, 320))
    rays = np.stack([(u - camera.cx) / 300, (v - camera.cy) / 300, np.ones_like(u)], axis=-1)
    depth = (normal @ [0, 0, 0.7] / (rays @ normal)).astype(np.float32)
    mask = np.zeros((240, 320), bool)
    mask[100:140, 140:200] = True
    seen = observe(depth, mask, camera, 0.2)
    np.testing.assert_allclose(seen.normals, np.tile(normal, (len(seen.normals), 1)), atol=1e-3)
    np.testing.assert_allclose((seen.points - [0, 0, 0.7]) @ normal, 0, atol=1e-5)


def test_two_boxes_on_a_floor_are_two_things(carton, camera):
    poses = np.tile(np.eye(4), (2, 1, 1))
    poses[:, :3, 3] = [-0.12, 0.0, 0.97], [0.15, 0.05, 0.97]
    rng = np.random.default_rng(0)
    depth, first = picture(carton, camera, poses[0], rng, noise=0.001)
    other, second = picture(carton, camera, poses[1], rng, noise=0.001)
    depth[second] = other[second]
    plane = support_plane(depth, camera)
    np.testing.assert_allclose(plane, [0, 0, -1, 1], atol=0.01)
    found = things_on_plane(depth, camera)
    assert len(found) == 2
    for mask in (first, second):
        overlap = max((mask & thing).sum() / (mask | thing).sum() for thing in found)
        assert overlap > 0.85


def test_meshes_are_read_in_their_unit(tmp_path, carton):
    path = tmp_path / "carton.ply"
    trimesh.Trimesh(1000 * carton.model.vertices, carton.model.faces).export(path)
    assert load_mesh(path, 0.001).diameter == pytest.approx(carton.model.diameter, rel=1e-6)
    with pytest.raises(ValueError, match="in millimetres"):
        load_mesh(path)
    (tmp_path / "broken.ply").write_text("ply\nformat")
    with pytest.raises(ValueError, match=r"broken.ply: is no mesh that can be read"):
        load_mesh(tmp_path / "broken.ply")
    with pytest.raises(ValueError, match=r"none.ply: there is no such file"):
        load_mesh(tmp_path / "none.ply")
