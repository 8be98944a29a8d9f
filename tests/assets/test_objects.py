"""The ten objects: files as generated, closed shapes, true symmetries, bodies that rest on colliders."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import trimesh
from gaitway.assets.objects import (
    CATALOGUE,
    OBJECTS_FOLDER,
    object_file,
    read_object,
    write_bin_scene,
    write_objects,
)
from gaitway.assets.validation import errors, validate
from gaitway.envs.stage import load_stage
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

NAMES = list(CATALOGUE)


def test_files_are_what_the_catalogue_makes(tmp_path):
    for made in write_objects(tmp_path):
        assert made.read_bytes() == (OBJECTS_FOLDER / made.name).read_bytes(), made.name


@pytest.mark.parametrize("name", NAMES)
def test_shape_is_closed_and_mass_is_that_of_the_solid(name):
    item, mesh = CATALOGUE[name], read_object(object_file(name))
    solid = trimesh.Trimesh(mesh.vertices, mesh.faces)
    assert solid.is_watertight
    assert solid.volume > 0
    model = load_stage(object_file(name)).compile()
    solid.density = item.mass / solid.volume
    body = model.body(name)
    np.testing.assert_allclose(body.ipos, solid.center_mass, atol=1e-6)
    turn = Rotation.from_quat(body.iquat, scalar_first=True).as_matrix()
    inertia = turn @ np.diag(body.inertia) @ turn.T
    np.testing.assert_allclose(inertia, solid.moment_inertia, atol=1e-4 * np.trace(inertia))


@pytest.mark.parametrize("name", NAMES)
def test_colliders_fill_the_shape(name):
    mesh = read_object(object_file(name))
    model = load_stage(object_file(name)).compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    box = np.array([[np.inf] * 3, [-np.inf] * 3])
    for k in np.flatnonzero(model.geom_contype):
        center, half = model.geom_aabb[k, :3], model.geom_aabb[k, 3:]
        signs = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
        corners = (center + signs * half) @ data.geom_xmat[k].reshape(3, 3).T + data.geom_xpos[k]
        box = np.array([np.minimum(box[0], corners.min(0)), np.maximum(box[1], corners.max(0))])
    np.testing.assert_allclose(box, [mesh.vertices.min(0), mesh.vertices.max(0)], atol=4e-3)


@pytest.mark.parametrize("name", NAMES)
def test_declared_symmetries_leave_the_shape_and_no_other_half_turn_does(name):
    mesh = read_object(object_file(name))
    points = trimesh.sample.sample_surface(trimesh.Trimesh(mesh.vertices, mesh.faces), 20_000, seed=0)[0]
    tree = cKDTree(points)

    def moved_by(turn: np.ndarray) -> float:
        return float(np.percentile(tree.query(points[:2000] @ turn.T)[0], 99))

    floor = 0.006  # between samples
    declared = list(mesh.symmetries_discrete[:, :3, :3])
    if len(mesh.symmetries_continuous):
        axis = mesh.symmetries_continuous[0, :3]
        declared += [Rotation.from_rotvec(a * axis).as_matrix() for a in (0.7, 2.0, np.pi)]
    assert all(moved_by(turn) < floor for turn in declared)
    for axis in np.eye(3):
        for angle in (np.pi / 2, np.pi):
            turn = Rotation.from_rotvec(angle * axis).as_matrix()
            if not any(
                np.allclose(turn, other, atol=1e-6) or np.allclose(turn.T, other, atol=1e-6)
                for other in declared
            ):
                about_symmetry = (
                    len(mesh.symmetries_continuous) and abs(axis @ mesh.symmetries_continuous[0, :3]) > 0.99
                )
                assert about_symmetry or moved_by(turn) > floor, (name, axis, angle)


def test_ten_objects_come_to_rest_in_a_bin(tmp_path):
    poses = np.tile(np.eye(4), (len(NAMES), 1, 1))
    poses[:, 2, 3] = 0.2 + 0.25 * np.arange(len(NAMES))
    poses[:, :3, :3] = Rotation.random(len(NAMES), rng=np.random.default_rng(0)).as_matrix()
    write_bin_scene(tmp_path / "bin.usda", NAMES, poses, (0.6, 0.4, 0.3))
    stage = load_stage(tmp_path / "bin.usda")
    assert not stage.report.not_carried
    model = stage.compile()
    data = mujoco.MjData(model)
    for _ in range(2000):
        mujoco.mj_step(model, data)
    position = data.qpos.reshape(-1, 7)[:, :3]
    assert (position[:, 2] > 0).all()
    assert np.median(np.abs(data.qvel)) < 0.05


def test_a_file_is_sound_usd():
    assert not errors(validate(object_file("mug")))


def test_no_such_object_names_those_there_are():
    with pytest.raises(ValueError, match="no object 'cup'; there are carton_small"):
        object_file("cup")
