"""Kinematic bodies become mocap bodies: they stay where they are put, world by world."""

from __future__ import annotations

from pathlib import Path

import mujoco
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.config import SimCfg
from gaitway.envs.options import apply_options
from gaitway.envs.stage import RobotPlacement, load_stage
from gaitway.envs.threaded_world import ThreadedWorld
from gaitway.envs.warp_world import WarpWorld

SCENE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    kilogramsPerUnit = 1
    upAxis = "Z"
)
def Xform "World"
{
    def PhysicsScene "Physics" {}
    def Xform "crate" (prepend apiSchemas = ["PhysicsRigidBodyAPI"])
    {
        bool physics:kinematicEnabled = 1
        double3 xformOp:translate = (1, 2, 3)
        uniform token[] xformOpOrder = ["xformOp:translate"]
        def Cube "solid" (prepend apiSchemas = ["PhysicsCollisionAPI"])
        {
            double size = 1
        }
        def Cube "paint"
        {
            double size = 1.1
        }
    }
}
"""


def test_kinematic_body_is_mocap_and_keeps_its_pose(tmp_path: Path) -> None:
    path = tmp_path / "scene.usda"
    path.write_text(SCENE)
    stage = load_stage(path, visuals=False)
    model = stage.compile()
    assert model.nmocap == 1 and model.nv == 0 and model.ngeom == 1
    assert stage.report.added["kinematic bodies"] == 1
    assert model.body("crate").pos.tolist() == [1, 2, 3]
    assert load_stage(path).compile().ngeom == 2


def test_each_world_has_its_own_furniture() -> None:
    """A robot that drives straight ahead stops at the rack of world 1 and drives on in world 0."""
    stage = load_stage(
        ASSETS / "scenes/warehouse_block.usda", [RobotPlacement(ASSETS / "robots/amr.usda")], False
    )
    stage.spec.memory = 2 << 20
    model = stage.compile()
    apply_options(model, SimCfg(timestep=0.01, decimation=10, iterations=20))
    world = ThreadedWorld(model, 2, 1)
    both = torch.tensor([True, True])
    world.reset(both, torch.as_tensor(model.key_qpos[:1]).repeat(2, 1), torch.zeros(2, model.nv).double())
    pos, quat = (world.view(name).clone() for name in ("mocap_pos", "mocap_quat"))
    rack = int(model.body("rack_00").mocapid[0])
    pos[1, rack] = torch.tensor([2.0, 0.0, 0.0])
    world.set_mocap(both, pos, quat)
    geom = model.geom("rack_00_solid").id
    assert world.view("geom_xpos")[:, geom, 0].tolist() == [-9.0, 2.0]
    world.set_ctrl(torch.full((2, 2), 10.0))
    for _ in range(20):
        world.step(10)
    free, blocked = world.view("qpos")[:, 0].tolist()
    # 1 m/s for 2 s; the rack's face is 0.6 m ahead of the robot's.
    assert free > 1.7 and blocked == pytest.approx(0.2, abs=0.05)


def test_both_executors_place_mocap_bodies_alike() -> None:
    """Each world's poses, after a reset of both and the placing of one."""
    spec = mujoco.MjSpec()
    for x in (1.0, 2.0):
        body = spec.worldbody.add_body(pos=[x, 0, 0], mocap=True)
        body.add_geom(size=[0.1, 0, 0], contype=0, conaffinity=0)
    spec.worldbody.add_body().add_freejoint()
    spec.bodies[-1].mass, spec.bodies[-1].inertia = 1.0, [1, 1, 1]
    spec.bodies[-1].explicitinertial = True
    model = spec.compile()
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    poses = torch.tensor([[[0.0, 1, 2], [3, 4, 5]]]), torch.tensor([[[0.0, 1, 0, 0], [0.6, 0, 0.8, 0]]])
    seen = []
    for world in (ThreadedWorld(model, 2, 1), WarpWorld(model, 2, "cpu")):
        both = torch.tensor([True, True])
        world.reset(both, torch.as_tensor(model.qpos0).repeat(2, 1), torch.zeros(2, 6).double())
        world.set_mocap(torch.tensor([False, True]), *(part.expand(2, -1, -1) for part in poses))
        seen.append([world.view(name).float().clone() for name in ("geom_xpos", "geom_xmat")])
    assert seen[0][0][:, 0].tolist() == [[1, 0, 0], [0, 1, 2]]
    for cpu, warp in zip(*seen, strict=True):
        torch.testing.assert_close(cpu, warp.reshape(cpu.shape), atol=1e-6, rtol=0)
