"""Physics against formulas: stages written here, compiled by `load_stage`, stepped by `ThreadedWorld`."""

from __future__ import annotations

import math
from pathlib import Path

import mujoco
import numpy as np
import pytest
import torch
from gaitway.envs.stage import load_stage
from gaitway.envs.threaded_world import ThreadedWorld
from scipy.special import ellipk

GRAVITY = 9.81

STAGE = """#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 1
    kilogramsPerUnit = 1
    upAxis = "Z"
)

def Xform "World"
{
    def PhysicsScene "PhysicsScene"
    {
        vector3f physics:gravityDirection = (0, 0, -1)
        float physics:gravityMagnitude = 9.81
    }
%s
}
"""

BALL = """
    def Sphere "ball" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMassAPI"])
    {
        double radius = 0.1
        float physics:mass = 2
        double3 xformOp:translate = (1, 2, 50)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
"""

# A point mass 0.5 m below a hinge about Y.
PENDULUM = """
    def Xform "arm" (
        prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsArticulationRootAPI"]
    )
    {
        float physics:mass = 1.5
        point3f physics:centerOfMass = (0, 0, -0.5)
        float3 physics:diagonalInertia = (0.001, 0.001, 0.001)
        double3 xformOp:translate = (0, 0, 2)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }

    def PhysicsRevoluteJoint "hinge"
    {
        uniform token physics:axis = "Y"
        rel physics:body1 = </World/arm>
        point3f physics:localPos0 = (0, 0, 2)
        point3f physics:localPos1 = (0, 0, 0)
    }
"""

# A wheel about a vertical axis, driven by stiffness and damping per degree, as USD has them.
DRIVEN_WHEEL = """
    def Xform "wheel" (
        prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsArticulationRootAPI"]
    )
    {
        float physics:mass = 1
        point3f physics:centerOfMass = (0, 0, 0)
        float3 physics:diagonalInertia = (0.03, 0.03, 0.04)
    }

    def PhysicsRevoluteJoint "axle" (prepend apiSchemas = ["PhysicsDriveAPI:angular"])
    {
        uniform token physics:axis = "Z"
        rel physics:body1 = </World/wheel>
        float drive:angular:physics:stiffness = 0.06981317
        float drive:angular:physics:damping = 0.00349066
    }
"""


def slope(angle: float, friction: float) -> str:
    """A flat block, which does not rock, on a plane tilted by `angle` rad about Y; one material on both."""
    return f"""
    def Material "Rough" (prepend apiSchemas = ["PhysicsMaterialAPI"])
    {{
        float physics:staticFriction = {friction}
        float physics:dynamicFriction = {friction}
    }}

    def Plane "incline" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
    {{
        uniform token axis = "Z"
        double width = 100
        double length = 100
        rel material:binding = </World/Rough>
        float xformOp:rotateY = {math.degrees(angle)!r}
        uniform token[] xformOpOrder = ["xformOp:rotateY"]
    }}

    def Xform "block" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI"])
    {{
        float physics:mass = 3
        float xformOp:rotateY = {math.degrees(angle)!r}
        double3 xformOp:translate = (0, 0, 0.01)
        uniform token[] xformOpOrder = ["xformOp:rotateY", "xformOp:translate"]

        def Cube "plate" (prepend apiSchemas = ["PhysicsCollisionAPI", "MaterialBindingAPI"])
        {{
            double size = 1
            rel material:binding = </World/Rough>
            float3 xformOp:scale = (0.4, 0.4, 0.02)
            uniform token[] xformOpOrder = ["xformOp:scale"]
        }}
    }}
"""


def compile_stage(folder: Path, body: str, timestep: float) -> mujoco.MjModel:
    file = folder / "stage.usda"
    file.write_text(STAGE % body)
    model = load_stage(file).compile()
    model.opt.timestep = timestep
    model.opt.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    return model


def record(world: ThreadedWorld, field: str, steps: int) -> np.ndarray:
    """Values of a field of world 0 after each step, (steps, size)."""
    view = world.view(field)
    values = []
    for _ in range(steps):
        world.step(1)
        values.append(view[0].clone().numpy())
    return np.array(values)


def test_free_fall(tmp_path: Path) -> None:
    """z = z0 - g t^2 / 2, and to rounding the same sum over the steps of a semi-implicit integrator."""
    dt, steps = 0.002, 1000
    world = ThreadedWorld(compile_stage(tmp_path, BALL, dt), 3, threads=1)
    assert world.model.body_mass[1] == 2
    z = record(world, "qpos", steps)[:, 2]
    n = np.arange(1, steps + 1)
    np.testing.assert_allclose(z, 50 - GRAVITY * dt**2 * n * (n + 1) / 2, atol=1e-9)
    np.testing.assert_allclose(z, 50 - GRAVITY * (n * dt) ** 2 / 2, atol=GRAVITY * steps * dt * dt)


@pytest.mark.parametrize("amplitude", [0.1, 1.0, 2.5])
def test_pendulum_period(tmp_path: Path, amplitude: float) -> None:
    """T = 4 sqrt(l / g) K(sin^2(amplitude / 2)): an elliptic integral, with l = (I + m r^2) / (m r)."""
    dt = 0.0005
    model = compile_stage(tmp_path, PENDULUM, dt)
    world = ThreadedWorld(model, 1, threads=1)
    world.reset(torch.tensor([True]), torch.tensor([[amplitude]]), torch.zeros(1, 1))
    length = (0.001 + 1.5 * 0.5**2) / (1.5 * 0.5)
    expected = 4 * math.sqrt(length / GRAVITY) * ellipk(math.sin(amplitude / 2) ** 2)
    angle = record(world, "qpos", round(2.5 * expected / dt))[:, 0]
    falls = np.flatnonzero((angle[:-1] > 0) & (angle[1:] <= 0))
    crossings = falls + angle[falls] / (angle[falls] - angle[falls + 1])
    assert (crossings[1] - crossings[0]) * dt == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("friction", [0.3, 0.7])
def test_block_on_slope(tmp_path: Path, friction: float) -> None:
    """Below atan(mu) a block holds; above, it slides (g sin a - mu g cos a) t^2 / 2 in time t."""
    critical = math.atan(friction)
    for share in (0.95, 1.05, 1.3):
        model = compile_stage(tmp_path, slope(share * critical, friction), 0.001)
        # Coulomb's cone is round; stiffer friction keeps the soft contact's creep small.
        model.opt.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        model.opt.impratio = 10
        world = ThreadedWorld(model, 1, threads=1)
        start = world.view("qpos")[0, :3].clone()
        world.step(1000)
        distance = float((world.view("qpos")[0, :3] - start).norm())
        angle = share * critical
        slide = GRAVITY * (math.sin(angle) - friction * math.cos(angle)) / 2
        # Until the soft contact grips, a block creeps by some 0.1 mm.
        assert distance == pytest.approx(max(slide, 0.0), rel=0.01, abs=1e-3), f"at {share} of atan(mu)"


def test_drive_step_response(tmp_path: Path) -> None:
    """A drive rings as x = 1 - exp(-d w t) (cos(v t) + d w / v sin(v t)), with v = w sqrt(1 - d^2)."""
    dt, target = 0.0005, 0.8
    model = compile_stage(tmp_path, DRIVEN_WHEEL, dt)
    world = ThreadedWorld(model, 1, threads=1)
    world.set_ctrl(torch.tensor([[target]]))
    stiffness, damping, inertia = math.radians(1) ** -1 * 0.06981317, math.radians(1) ** -1 * 0.00349066, 0.04
    natural = math.sqrt(stiffness / inertia)
    ratio = damping / (2 * math.sqrt(stiffness * inertia))
    assert 0 < ratio < 1
    ringing = natural * math.sqrt(1 - ratio**2)
    angle = record(world, "qpos", 2000)[:, 0]
    time = np.arange(1, 2001) * dt
    decay = np.exp(-ratio * natural * time)
    wave = np.cos(ringing * time) + ratio * natural / ringing * np.sin(ringing * time)
    np.testing.assert_allclose(angle, target * (1 - decay * wave), atol=0.005 * target)
    assert angle.max() > 1.2 * target
