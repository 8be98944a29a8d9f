"""The lidar against MuJoCo's own rays, and its noise against what its config says."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.sensors.lidar import Lidar, LidarCfg
from gaitway.envs.sensors.range_scan import RangeScan
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.envs.threaded_world import ThreadedWorld

WORLDS = 4
GEOMS = (
    ("mjGEOM_BOX", [0.5, 0.3, 0.8]),
    ("mjGEOM_SPHERE", [0.5, 0, 0]),
    ("mjGEOM_CAPSULE", [0.3, 0.6, 0]),
    ("mjGEOM_CYLINDER", [0.4, 0.7, 0]),
    ("mjGEOM_ELLIPSOID", [0.4, 0.6, 0.9]),
)

ALL = torch.ones(WORLDS, dtype=torch.bool)


def _model() -> mujoco.MjModel:
    """A floor, a robot of two bodies with a tilted lidar, and every primitive three times as a free body."""
    spec = mujoco.MjSpec()
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 0.1])
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX, pos=[1, 0, 1], size=[0.1, 9, 9], contype=0, conaffinity=0
    )
    robot = spec.worldbody.add_body(name="robot", pos=[0, 0, 1])
    robot.add_freejoint()
    robot.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.2, 0.2, 0.2])
    robot.add_site(name="lidar", pos=[0.1, 0.05, 0.3], quat=[0.99, 0.05, -0.1, 0.3])
    wheel = robot.add_body(pos=[0.3, 0, 0.3])
    wheel.add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[0.1, 0, 0])
    wheel.add_joint()
    for kind, size in GEOMS * 3:
        body = spec.worldbody.add_body()
        body.add_freejoint()
        body.add_geom(type=getattr(mujoco.mjtGeom, kind), size=size)
    return spec.compile()


def _scatter(model: mujoco.MjModel, seed: int) -> torch.Tensor:
    """States (WORLDS, nq) with every body but the robot somewhere around it, turned at random."""
    rng = np.random.default_rng(seed)
    qpos = np.tile(model.qpos0, (WORLDS, 1))
    for joint in range(2, model.njnt):
        at = model.jnt_qposadr[joint]
        qpos[:, at : at + 3] = rng.uniform((-5, -5, 0), (5, 5, 2), (WORLDS, 3))
        qpos[:, at + 3 : at + 7] = rng.normal(size=(WORLDS, 4))
    return torch.from_numpy(qpos)


def _expected(model: mujoco.MjModel, qpos: torch.Tensor, cfg: LidarCfg) -> np.ndarray:
    """The same ranges by `mj_ray`, one at a time, with what the lidar must not see out of the way."""
    data = mujoco.MjData(model)
    ranges = np.full((len(qpos), len(cfg.elevations), cfg.rays), cfg.max_range)
    for world, state in enumerate(qpos):
        data.qpos[:] = state
        mujoco.mj_forward(model, data)
        eye, rotation = data.site("lidar").xpos, data.site("lidar").xmat.reshape(3, 3)
        data.geom_xpos[1:4] = 1e3  # the wall that does not collide, and the robot's own shapes
        for row, elevation in enumerate(cfg.elevations):
            for column in range(cfg.rays):
                azimuth = -cfg.fov / 2 + cfg.fov / cfg.rays * (column + 0.5)
                xy = math.cos(elevation)
                ray = rotation @ [xy * math.cos(azimuth), xy * math.sin(azimuth), math.sin(elevation)]
                hit = mujoco.mj_ray(model, data, eye, ray, None, 1, -1, np.zeros(1, np.int32))
                if 0 <= hit < cfg.max_range:
                    ranges[world, row, column] = hit
    return ranges


@pytest.mark.parametrize("fov", [math.radians(270), 2 * math.pi, 1.0])
def test_ranges_equal_mujocos_rays(fov: float) -> None:
    model = _model()
    cfg = LidarCfg(sectors=60, rays_per_sector=1, fov=fov, elevations=(-0.2, 0.0, 0.15), max_range=8.0)
    world = ThreadedWorld(model, WORLDS, 1)
    lidar = Lidar(model, world, cfg)
    for seed in range(2):
        qpos = _scatter(model, seed)
        world.reset(
            torch.ones(WORLDS, dtype=torch.bool), qpos, torch.zeros(WORLDS, model.nv, dtype=torch.float64)
        )
        error = np.abs(lidar.ranges().numpy() - _expected(model, qpos, cfg))
        # Rays that graze a surface may or may not hit it.
        assert (error < 1e-3).mean() > 0.998
        assert (lidar.ranges() < 8).float().mean() > 0.15


def test_inside_a_solid_rays_meet_its_far_side() -> None:
    model = _model()
    qpos = _scatter(model, 0)
    for joint in range(2, model.njnt):
        at = model.jnt_qposadr[joint]
        qpos[:, at : at + 7] = torch.tensor([0.05, 0.05, 1.3, 1, 0, 0, 0])
    world = ThreadedWorld(model, WORLDS, 1)
    cfg = LidarCfg(sectors=36, rays_per_sector=1, elevations=(-0.5, 0.4))
    world.reset(
        torch.ones(WORLDS, dtype=torch.bool), qpos, torch.zeros(WORLDS, model.nv, dtype=torch.float64)
    )
    np.testing.assert_allclose(
        Lidar(model, world, cfg).ranges().numpy(), _expected(model, qpos, cfg), atol=1e-4
    )


def test_only_what_moved_is_scanned_again_and_rightly() -> None:
    """One world of four changes; all four then read as by a lidar that has seen nothing before."""
    model, cfg = _model(), LidarCfg(sectors=40)
    world = ThreadedWorld(model, WORLDS, 1)
    lidar = Lidar(model, world, cfg)
    still = torch.zeros(WORLDS, model.nv, dtype=torch.float64)
    world.reset(ALL, _scatter(model, 3), still)
    before = lidar.ranges().clone()
    world.reset(torch.arange(WORLDS) == 2, _scatter(model, 4), still)
    after = lidar.ranges().clone()
    assert torch.equal(after, Lidar(model, world, cfg).ranges())
    assert (after != before).flatten(1).any(1).tolist() == [False, False, True, False]


def test_scan_from_the_robots_own_lidar() -> None:
    """A wall whose near face is at x = 2.5 m, from 0.36 m ahead of a base at x = 0 and 1 m."""
    stage = load_stage(ASSETS / "scenes/flat.usda", [RobotPlacement(ASSETS / "robots/amr.usda")], False)
    stage.spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=[3, 0, 0.5], size=[0.5, 2, 0.5])
    model = stage.compile()
    world = ThreadedWorld(model, 2, 1)
    qpos = torch.as_tensor(model.key_qpos[:1]).repeat(2, 1)
    qpos[1, :2] = torch.tensor([1.0, -0.4])
    world.reset(torch.tensor([True, True]), qpos, torch.zeros(2, model.nv, dtype=torch.float64))
    nearest = Lidar(model, world, LidarCfg()).read().amin((1, 2))
    assert nearest.tolist() == pytest.approx([2.5 - 0.36, 2.5 - 1.36], abs=1e-3)


def test_one_robots_scan_equals_that_of_many_worlds() -> None:
    model = _model()
    qpos = _scatter(model, 5)
    world = ThreadedWorld(model, WORLDS, 1)
    world.reset(ALL, qpos, torch.zeros(WORLDS, model.nv, dtype=torch.float64))
    cfg = LidarCfg(sectors=60, elevations=(-0.2, 0.1), max_range=8.0, min_range=0.0)
    expected = Lidar(model, world, cfg).read().flatten(1).numpy()
    scan = RangeScan(model, cfg.max_range, cfg.sectors, cfg.fov, cfg.elevations)
    data = mujoco.MjData(model)
    for state, readings in zip(qpos, expected, strict=True):
        data.qpos[:] = state
        mujoco.mj_forward(model, data)
        assert (np.abs(scan.read(data) - readings) < 1e-3).mean() > 0.98, "but where a ray grazes a surface"


def test_readings_are_pooled_noisy_and_sometimes_lost() -> None:
    """A wall all around: the noise's standard deviation and the share of lost returns are the config's."""
    spec = mujoco.MjSpec()
    for x, y in ((4, 0), (-4, 0), (0, 4), (0, -4)):
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, pos=[1.1 * x, 1.1 * y, 0], size=[0.4 + abs(y), 0.4 + abs(x), 1]
        )
    spec.worldbody.add_site(name="lidar")
    model = spec.compile()
    cfg = LidarCfg(sectors=90, rays_per_sector=4, fov=2 * math.pi, noise=0.03, dropout=0.05)
    lidar = Lidar(model, ThreadedWorld(model, 64, 1), cfg)
    truth, reading = lidar.read(), lidar.read(torch.Generator().manual_seed(0))
    assert torch.equal(truth, lidar.ranges().unflatten(-1, (90, 4)).amin(-1))
    lost = reading == cfg.max_range
    assert lost.float().mean().item() == pytest.approx(0.05, abs=0.01)
    assert (reading - truth)[~lost].std().item() == pytest.approx(0.03, rel=0.05)
    assert (reading - truth)[~lost].mean().abs() < 0.002


def test_what_it_cannot_do_is_an_error() -> None:
    spec = mujoco.MjSpec()
    spec.worldbody.add_site(name="mast")
    spec.add_mesh(name="bunny", uservert=[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])
    spec.worldbody.add_geom(name="bunny", type=mujoco.mjtGeom.mjGEOM_MESH, meshname="bunny")
    model = spec.compile()
    world = ThreadedWorld(model, 1, 1)
    with pytest.raises(ValueError, match="no site 'lidar' for a lidar; it has mast"):
        Lidar(model, world, LidarCfg())
    with pytest.raises(ValueError, match="Geom 'bunny' is a mesh; a lidar sees"):
        Lidar(model, world, LidarCfg(site="mast"))
    with pytest.raises(ValueError, match="cannot scan"):
        LidarCfg(fov=7.0)
