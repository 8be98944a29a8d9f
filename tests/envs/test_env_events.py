"""What start-up, reset and push events do to worlds: distributions, bounds, and nothing else."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.registration import load_cfg
from gaitway.envs.terms import events
from gaitway.envs.vector_env import GaitwayVectorEnv
from scipy import stats
from scipy.spatial.transform import Rotation

TASK = "Gaitway/DroidVelocityFlat-v0"
WORLDS = 1000
ALL = torch.ones(WORLDS, dtype=torch.bool)


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    env = GaitwayVectorEnv(load_cfg(TASK), WORLDS)
    env.reset(seed=11)
    return env


def _assert_uniform(values: np.ndarray, low: float, high: float) -> None:
    """Kolmogorov-Smirnov at one in ten thousand; the seed is fixed, so it passes always or never."""
    assert low <= values.min() and values.max() <= high
    assert stats.kstest(values.ravel(), stats.uniform(low, high - low).cdf).pvalue > 1e-4


def _view(env: GaitwayVectorEnv, name: str) -> np.ndarray:
    return env.world.view(name).numpy().copy()


def test_reset_draws_pose_and_velocity(env: GaitwayVectorEnv) -> None:
    events.reset_robot(env, ALL, joint_noise=0.2, lin_vel=0.3, ang_vel=0.5)
    qpos, qvel = _view(env, "qpos"), _view(env, "qvel")
    stand = env.model.key("stand").qpos
    np.testing.assert_allclose(qpos[:, :3], stand[None, :3].repeat(WORLDS, 0), atol=1e-6)
    yaw, pitch, roll = Rotation.from_quat(qpos[:, 3:7], scalar_first=True).as_euler("ZYX").T
    _assert_uniform(yaw, -np.pi, np.pi)
    np.testing.assert_allclose([pitch, roll], 0.0, atol=1e-6)
    for joint in range(10):
        _assert_uniform(qpos[:, 7 + joint] - stand[7 + joint], -0.2001, 0.2001)
    for axis in range(3):
        _assert_uniform(qvel[:, axis], -0.3, 0.3)
        _assert_uniform(qvel[:, 3 + axis], -0.5, 0.5)
    assert (qvel[:, 6:] == 0).all()


def test_furniture_that_comes_before_the_robot_stays(tmp_path: Path) -> None:
    """A free crate of the scene is first in the state; resets and pushes are the robot's all the same."""
    flat = (ASSETS / "scenes/flat.usda").as_posix()
    (tmp_path / "crate.usda").write_text(f"""#usda 1.0
    (
        defaultPrim = "World"
        upAxis = "Z"
        metersPerUnit = 1
        subLayers = [@{flat}@]
    )
    over "World"
    {{
        def Cube "crate" (
            prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsMassAPI", "PhysicsCollisionAPI"]
        )
        {{
            double size = 0.2
            float physics:mass = 1
            double3 xformOp:translate = (3, 0, 0.1)
            uniform token[] xformOpOrder = ["xformOp:translate"]
        }}
    }}
    """)
    cfg = load_cfg("Gaitway/QuadrupedRecover-v0")
    cfg.scene = tmp_path / "crate.usda"
    env = GaitwayVectorEnv(cfg, 8)
    env.reset(seed=0)
    crate, base = env.model.body("crate").jntadr[0], env.state.base_qpos
    assert env.model.jnt_qposadr[crate] == 0 and base == 7
    everywhere = torch.ones(8, dtype=torch.bool)
    for reset in (events.reset_robot, partial(events.reset_fallen, height=0.5)):
        reset(env, everywhere)
        qpos = _view(env, "qpos")
        np.testing.assert_allclose(qpos[:, :7], [[3, 0, 0.1, 1, 0, 0, 0]] * 8, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(qpos[:, base + 3 : base + 7], axis=1), 1.0, atol=1e-6)
    assert len(np.unique(qpos[:, base + 3])) > 1, "in all attitudes"
    before = _view(env, "qvel")
    events.push_robot(env, everywhere, lin_vel=1.0, ang_vel=1.0)
    moved = np.flatnonzero((_view(env, "qvel") != before).any(axis=0))
    assert moved.tolist() == [6, 7, 9, 10, 11]


def test_reset_leaves_other_worlds_alone(env: GaitwayVectorEnv) -> None:
    before = _view(env, "qpos")
    mask = torch.zeros(WORLDS, dtype=torch.bool)
    mask[[3, 500]] = True
    events.reset_robot(env, mask)
    changed = (_view(env, "qpos") != before).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [3, 500]


def test_push_adds_to_the_base_velocity_only(env: GaitwayVectorEnv) -> None:
    before_pos, before = _view(env, "qpos"), _view(env, "qvel")
    even = torch.arange(WORLDS) % 2 == 0
    events.push_robot(env, even, lin_vel=0.3, ang_vel=0.6)
    kick = _view(env, "qvel") - before
    assert (kick[1::2] == 0).all()
    for axis in (0, 1):
        _assert_uniform(kick[::2, axis], -0.3, 0.3)
    assert (kick[:, 2] == 0).all() and (kick[:, 6:] == 0).all()
    for axis in (3, 4, 5):
        _assert_uniform(kick[::2, axis], -0.6, 0.6)
    assert np.array_equal(_view(env, "qpos"), before_pos)


def test_friction_is_one_number_per_world_on_what_can_collide(env: GaitwayVectorEnv) -> None:
    friction = env.world.parameter("geom_friction").numpy()
    collides = (env.model.geom_contype | env.model.geom_conaffinity) != 0
    sliding = friction[:, collides, 0]
    assert (sliding == sliding[:, :1]).all()
    _assert_uniform(sliding[:, 0], 0.5, 1.2)
    np.testing.assert_array_equal(friction[:, :, 1:], env.model.geom_friction[None, :, 1:].repeat(WORLDS, 0))


def test_payload_is_on_the_base_and_scales_its_inertia(env: GaitwayVectorEnv) -> None:
    mass, inertia = (env.world.parameter(name).numpy() for name in ("body_mass", "body_inertia"))
    nominal = env.model.body_mass
    base = int(env.model.jnt_bodyid[0])
    _assert_uniform(mass[:, base] - nominal[base], -0.5001, 1.0001)
    others = np.arange(env.model.nbody) != base
    np.testing.assert_array_equal(mass[:, others], nominal[None, others].repeat(WORLDS, 0))
    factor = mass[:, base] / nominal[base]
    np.testing.assert_allclose(inertia[:, base], factor[:, None] * env.model.body_inertia[base], rtol=1e-5)


def test_randomization_starts_from_the_model_each_time(env: GaitwayVectorEnv) -> None:
    """Else a thousand seeded resets would drift."""
    drawn = []
    for _ in range(3):
        env.reset(seed=11)
        drawn.append(
            [env.world.parameter(name).clone() for name in ("geom_friction", "body_mass", "body_inertia")]
        )
    for first, last in zip(drawn[0], drawn[-1], strict=True):
        assert torch.equal(first, last)
