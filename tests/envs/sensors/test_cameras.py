"""Tiled cameras against MuJoCo's own rays and against the one-world ray tracer."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.render import RayTracer
from gaitway.envs.sensors.cameras import CameraCfg, TiledCamera
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.envs.threaded_world import ThreadedWorld

WORLDS = 3
CFG = CameraCfg("stereo_left", width=32, height=24)


def _models() -> list[mujoco.MjModel]:
    """The block with an AMR: as it is seen, and as it moves."""
    models = []
    for visuals in (True, False):
        stage = load_stage(
            ASSETS / "scenes/warehouse_block.usda", [RobotPlacement(ASSETS / "robots/amr.usda")], visuals
        )
        stage.spec.memory = 2 << 20
        models.append(stage.compile())
    return models


@pytest.fixture(scope="module")
def scene() -> tuple[mujoco.MjModel, ThreadedWorld]:
    """Three worlds in which the robot looks at a rack, a pallet and a drum from elsewhere each time."""
    seen, model = _models()
    world = ThreadedWorld(model, WORLDS, 1)
    everywhere = torch.ones(WORLDS, dtype=torch.bool)
    qpos = torch.as_tensor(model.key_qpos[:1]).repeat(WORLDS, 1)
    qpos[:, 0] = torch.tensor([0.0, -1.5, 4.0])
    qpos[:, 3], qpos[:, 6] = math.cos(0.1), math.sin(0.1)
    world.reset(everywhere, qpos, torch.zeros(WORLDS, model.nv, dtype=torch.float64))
    pos, quat = (world.view(name).clone() for name in ("mocap_pos", "mocap_quat"))
    for name, at in (("rack_00", (4, 2, 0)), ("pallet_00", (2, -0.4, 0)), ("drum_00", (2.5, 1.0, 0))):
        pos[:, model.body(name).mocapid[0]] = torch.tensor(at, dtype=torch.float64)
    world.set_mocap(everywhere, pos, quat)
    return seen, world


@pytest.fixture(scope="module")
def pictures(scene: tuple[mujoco.MjModel, ThreadedWorld]) -> dict[str, torch.Tensor]:
    camera = TiledCamera(*scene, CFG, ("depth", "rgb", "segmentation"))
    return camera.render(torch.arange(WORLDS))


def _data(seen: mujoco.MjModel, world: ThreadedWorld, row: int) -> mujoco.MjData:
    data = mujoco.MjData(seen)
    data.qpos[:] = world.view("qpos")[row]
    data.mocap_pos[:], data.mocap_quat[:] = world.view("mocap_pos")[row], world.view("mocap_quat")[row]
    mujoco.mj_forward(seen, data)
    return data


def test_depth_and_geoms_equal_mujocos_rays(
    scene: tuple[mujoco.MjModel, ThreadedWorld], pictures: dict[str, torch.Tensor]
) -> None:
    """Every pixel of every world; rays along an edge may hit either side of it."""
    seen, world = scene
    camera = seen.camera("stereo_left").id
    slope = 2 * math.tan(math.radians(seen.cam_fovy[camera]) / 2) / CFG.height
    groups, hit = np.array([1, 1, 1, 0, 0, 0], dtype=np.uint8), np.zeros(1, dtype=np.int32)
    for row in range(WORLDS):
        data = _data(seen, world, row)
        eye, rotation = data.cam_xpos[camera], data.cam_xmat[camera].reshape(3, 3)
        depth, geoms = np.zeros((CFG.height, CFG.width)), np.full((CFG.height, CFG.width), -1)
        for i in range(CFG.height):
            for j in range(CFG.width):
                pixel = [(j + 0.5 - CFG.width / 2) * slope, (CFG.height / 2 - i - 0.5) * slope, -1]
                distance = mujoco.mj_ray(seen, data, eye, rotation @ pixel, groups, 1, -1, hit)
                depth[i, j], geoms[i, j] = max(distance, 0), hit[0]
        error = np.abs(pictures["depth"][row].numpy() - depth)
        assert (error < 2e-3).mean() > 0.96
        assert (pictures["segmentation"][row].numpy() == geoms).mean() > 0.95
    assert len(pictures["segmentation"].unique()) > 5


def test_depth_equals_the_one_world_ray_tracer(
    scene: tuple[mujoco.MjModel, ThreadedWorld], pictures: dict[str, torch.Tensor]
) -> None:
    """Of the robot itself and the floor and walls, which do not need the furniture's poses."""
    seen, world = scene
    tracer = RayTracer(seen, CFG.width, CFG.height)
    mocap = [g for g in range(seen.ngeom) if seen.body_mocapid[seen.geom_bodyid[g]] >= 0]
    for row in range(WORLDS):
        qpos = world.view("qpos")[row].numpy()
        tracer.use_camera("stereo_left", qpos)
        expected = tracer.render_depth(qpos)
        same = ~np.isin(pictures["segmentation"][row].numpy(), mocap)
        assert same.mean() > 0.2
        error = np.abs(pictures["depth"][row].numpy() - expected)[same]
        assert (error < 2e-3).mean() > 0.95


def test_colours_tell_things_apart(
    scene: tuple[mujoco.MjModel, ThreadedWorld], pictures: dict[str, torch.Tensor]
) -> None:
    """The barrel is blue, by its own colour and whatever light falls on it."""
    seen, _ = scene
    on_barrel = pictures["segmentation"] == seen.geom("drum_00_barrel").id
    assert on_barrel.sum() > 10
    red, _, blue = pictures["rgb"][on_barrel].float().mean(0).tolist()
    assert blue > 1.5 * red and pictures["rgb"].dtype == torch.uint8


def test_some_worlds_alone_look_the_same(
    scene: tuple[mujoco.MjModel, ThreadedWorld], pictures: dict[str, torch.Tensor]
) -> None:
    camera = TiledCamera(*scene, CFG, ("depth",))
    for ids in ([2], [1, 2], [2, 0, 1]):
        assert torch.equal(camera.render(torch.tensor(ids))["depth"], pictures["depth"][ids])


def test_every_camera_sees_the_same(
    scene: tuple[mujoco.MjModel, ThreadedWorld], pictures: dict[str, torch.Tensor]
) -> None:
    """Tiles are traced side by side. One in twelve missed geoms when their first pictures were, too."""
    for _ in range(24):
        camera = TiledCamera(*scene, CFG, ("depth",))
        assert torch.equal(camera.render(torch.arange(WORLDS))["depth"], pictures["depth"])


def test_what_it_cannot_do_is_an_error(scene: tuple[mujoco.MjModel, ThreadedWorld]) -> None:
    seen, world = scene
    with pytest.raises(ValueError, match="no camera 'mast'; it has stereo_left, stereo_right"):
        TiledCamera(seen, world, CameraCfg("mast"))
    other = load_stage(ASSETS / "scenes/flat.usda", [RobotPlacement(ASSETS / "robots/amr.usda")]).compile()
    with pytest.raises(ValueError, match="other bodies"):
        TiledCamera(other, world, CFG)
    with pytest.raises(ValueError, match="takes no pictures"):
        CameraCfg(width=0)
