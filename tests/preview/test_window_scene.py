"""What the browser window draws: every geom where MuJoCo has it, and as large."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import viser
from gaitway.envs.model import compile_model
from gaitway.envs.registration import load_cfg
from gaitway.preview.window.scene import Scene, _grid, _poses
from gaitway.preview.window.shapes import batch_geoms, drawn_geoms

TASKS = ["Gaitway/HumanoidVelocityFlat-v0", "Gaitway/QuadrupedVelocityRough-v0", "Gaitway/AmrNavigation-v0"]


@pytest.fixture(scope="module", params=TASKS)
def model(request: pytest.FixtureRequest) -> mujoco.MjModel:
    return compile_model(load_cfg(request.param), visuals=True)


def _posed(model: mujoco.MjModel, seed: int) -> mujoco.MjData:
    """A random state, so that no body's frame is the world's."""
    rng = np.random.default_rng(seed)
    data = mujoco.MjData(model)
    data.qpos[:] = model.key_qpos[0] + rng.uniform(-0.5, 0.5, model.nq)
    data.mocap_pos[:] += rng.uniform(-1, 1, data.mocap_pos.shape)
    mujoco.mj_normalizeQuat(model, data.qpos)
    mujoco.mj_kinematics(model, data)
    return data


def test_geoms_are_drawn_once_where_they_are(model: mujoco.MjModel) -> None:
    worlds = [_posed(model, seed) for seed in (0, 1)]
    xpos, xquat = (np.stack([getattr(data, name) for data in worlds]) for name in ("xpos", "xquat"))
    offsets = np.array([[0.0, 0.0, 0.0], [5.0, -2.0, 0.0]])
    drawn = []
    for batch in batch_geoms(model):
        positions, quats = _poses(batch, xpos, xquat, offsets)
        shape = (2, len(batch.geoms), -1)
        for data, offset, points, turns in zip(
            worlds, offsets, positions.reshape(shape), quats.reshape(shape), strict=True
        ):
            assert np.allclose(points, data.geom_xpos[batch.geoms] + offset, atol=1e-5)
            rotations = np.zeros((len(turns), 9))
            for rotation, turn in zip(rotations, turns.astype(float), strict=True):
                mujoco.mju_quat2Mat(rotation, turn)
            assert np.allclose(rotations, data.geom_xmat[batch.geoms], atol=1e-5)
        drawn += batch.geoms.tolist()
    assert sorted(drawn) == drawn_geoms(model).tolist()


def test_shapes_fill_the_boxes_that_mujoco_gives_them(model: mujoco.MjModel) -> None:
    for batch in batch_geoms(model):
        for geom, scale in zip(batch.geoms, batch.scale, strict=True):
            points = batch.shape.vertices * scale
            centre, half = model.geom_aabb[geom].reshape(2, 3)
            if model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_HFIELD:
                centre, half = centre[:2], half[:2]  # of a height field, the surface alone is drawn
                points = points[:, :2]
            assert np.allclose(points.min(axis=0), centre - half, atol=0.02 * half.max() + 1e-6)
            assert np.allclose(points.max(axis=0), centre + half, atol=0.02 * half.max() + 1e-6)


def test_a_height_field_is_as_high_as_its_data() -> None:
    spec = mujoco.MjSpec()
    heights = np.arange(6.0).reshape(2, 3) / 5  # rows along Y, columns along X
    spec.add_hfield(name="f", nrow=2, ncol=3, size=[3.0, 1.0, 2.0, 0.1], userdata=heights.ravel())
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname="f")
    (batch,) = batch_geoms(spec.compile())
    corners = {tuple(np.round(vertex, 6)) for vertex in batch.shape.vertices.tolist()}
    assert corners == {(x, y, round(float(2 * heights[i, j]), 6)) for i, y in enumerate((-1.0, 1.0))
                       for j, x in enumerate((-3.0, 0.0, 3.0))}  # fmt: skip
    a, b, c = (batch.shape.vertices[batch.shape.faces[:, i]] for i in range(3))
    up = np.cross(b - a, c - a)
    assert (up[:, 2] > 0).all(), "the surface is seen from above"


def test_colours_are_those_of_the_stage() -> None:
    """A geom with a material shows that, one with a colour of its own shows its own."""
    spec = mujoco.MjSpec()
    spec.add_material(name="m", rgba=[1.0, 0.0, 0.0, 1.0])
    sphere = {"type": mujoco.mjtGeom.mjGEOM_SPHERE, "size": [0.1, 0, 0]}
    spec.worldbody.add_geom(material="m", **sphere)
    spec.worldbody.add_geom(rgba=[0.0, 1.0, 0.0, 1.0], **sphere)
    spec.worldbody.add_geom(rgba=[0.0, 0.0, 1.0, 0.0], **sphere)
    (batch,) = batch_geoms(spec.compile())
    assert batch.colour.tolist() == [[255, 0, 0], [0, 255, 0]], "what is transparent is not drawn"


def test_worlds_do_not_overlap() -> None:
    offsets = _grid(7, np.array([2.0, 3.0, 1.0]))
    gaps = np.abs(offsets[:, None] - offsets[None])
    apart = (gaps[..., 0] > 1.99) | (gaps[..., 1] > 2.99)
    assert (apart | np.eye(7, dtype=bool)).all()
    assert np.allclose(_grid(1, np.ones(3)), 0.0)


def test_furniture_that_waits_outside_does_not_push_the_worlds_apart() -> None:
    spec = mujoco.MjSpec()
    robot = spec.worldbody.add_body(name="robot")
    robot.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.5, 1.0, 0.2])
    furniture = spec.worldbody.add_body(name="pallet", pos=[100.0, 0.0, 0.0], mocap=True)
    furniture.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.5, 0.5, 0.5])
    server = viser.ViserServer(host="127.0.0.1", port=0, verbose=False)
    try:
        offsets = Scene(server, spec.compile(), 4, apart=True).offsets
    finally:
        server.stop()
    assert 1.0 < np.ptp(offsets[:, 0]) < 5.0
    assert 2.0 < np.ptp(offsets[:, 1]) < 6.0
