"""Observations recomputed from positions and velocities by MuJoCo's own functions, NumPy and SciPy."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from scipy.spatial.transform import Rotation

TASK = "Gaitway/DroidVelocityFlat-v0"
WORLDS = 8
FEET = ("left_sole", "right_sole")


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    """After half a second of random actions: before the first push, with feet in the air and on the floor."""
    env = GaitwayVectorEnv(load_cfg(TASK), WORLDS, noise=False)
    env.reset(seed=2)
    generator = torch.Generator().manual_seed(0)
    for _ in range(25):
        env.step(0.5 * torch.randn(WORLDS, 10, generator=generator))
    return env


def _columns(env: GaitwayVectorEnv, group: str) -> dict[str, np.ndarray]:
    """Each term's slice of the observation, (num_envs, size)."""
    manager = env.groups[group]
    parts = env.observation_groups[group].split(list(manager.sizes.values()), dim=1)
    return {name: part.numpy() for name, part in zip(manager.sizes, parts, strict=True)}


def _expected(env: GaitwayVectorEnv, world: int) -> dict[str, np.ndarray]:
    """What the terms should be in one world, from `qpos` and `qvel` alone."""
    model, data = env.model, mujoco.MjData(env.model)
    data.qpos[:], data.qvel[:] = (env.world.view(name)[world].numpy() for name in ("qpos", "qvel"))
    mujoco.mj_forward(model, data)
    base = Rotation.from_quat(data.qpos[3:7], scalar_first=True)
    to_heading = Rotation.from_euler("z", base.as_euler("ZYX")[0]).inv()
    imu = next(model.site(i) for i in range(model.nsite) if "imu" in model.site(i).name)
    imu_rotation = Rotation.from_matrix(data.site_xmat[imu.id].reshape(3, 3))
    gyro = np.zeros(6)
    mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_SITE, imu.id, gyro, 1)
    joints = [model.joint(name) for name in env.state.joint_names]
    stand = model.key("stand").qpos
    pos = np.array([data.qpos[j.qposadr[0]] - stand[j.qposadr[0]] for j in joints])
    vel = np.array([data.qvel[j.dofadr[0]] for j in joints])
    foot_velocity = []
    for foot in FEET:
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_SITE, model.site(foot).id, velocity, 0)
        foot_velocity.append(to_heading.apply(velocity[3:]))
    return {
        "gyro": gyro[:3],
        "imu_gravity": imu_rotation.inv().apply([0.0, 0.0, -1.0]),
        "ang_vel": data.qvel[3:6],
        "gravity": base.inv().apply([0.0, 0.0, -1.0]),
        "joint_pos": pos,
        "joint_vel": vel,
        "lin_vel": to_heading.apply(data.qvel[:3]),
        "height": data.qpos[2:3] - stand[2],
        "feet_height": np.array([data.site(foot).xpos[2] for foot in FEET]),
        "feet_velocity": np.concatenate(foot_velocity),
    }


@pytest.mark.parametrize(
    ("group", "pairs"),
    [
        (
            "actor",
            {
                "base_ang_vel": "gyro",
                "projected_gravity": "imu_gravity",
                "joint_pos": "joint_pos",
                "joint_vel": "joint_vel",
            },
        ),
        (
            "critic",
            {
                "base_ang_vel": "ang_vel",
                "projected_gravity": "gravity",
                "joint_pos": "joint_pos",
                "joint_vel": "joint_vel",
                "base_lin_vel": "lin_vel",
                "base_height": "height",
                "feet_height": "feet_height",
                "feet_velocity": "feet_velocity",
            },
        ),
    ],
)
def test_terms_follow_from_the_state(env: GaitwayVectorEnv, group: str, pairs: dict[str, str]) -> None:
    actual = _columns(env, group)
    for world in range(WORLDS):
        expected = _expected(env, world)
        for term, quantity in pairs.items():
            scale = env.groups[group].terms[term].scale
            np.testing.assert_allclose(
                actual[term][world], scale * expected[quantity], atol=2e-5, err_msg=term
            )


def test_contacts_are_those_at_the_start_of_the_last_physics_step(env: GaitwayVectorEnv) -> None:
    """Contact sensors belong to MuJoCo's acceleration stage, which is not run once more after a step."""
    before = env.world.view("qpos").clone()
    env.world.step(1)
    env.state.refresh()
    expected = np.array([_touching(env.model, qpos.numpy()) for qpos in before])
    assert np.array_equal(env.state.feet_contact.numpy(), expected)
    assert 0.0 < expected.mean() < 1.0, "all feet did the same: the comparison says nothing"


def _touching(model: mujoco.MjModel, qpos: np.ndarray) -> list[bool]:
    """Whether each foot touches something."""
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_forward(model, data)
    bodies = {int(model.geom_bodyid[geom]) for contact in data.contact for geom in contact.geom}
    return [int(model.site(foot).bodyid[0]) in bodies for foot in FEET]


def test_command_clock_and_last_action_are_in_both_groups(env: GaitwayVectorEnv) -> None:
    for group in ("actor", "critic"):
        actual = _columns(env, group)
        assert np.array_equal(actual["last_action"], env.actions.last.numpy())
        assert np.array_equal(actual["velocity_command"], env.command.value.numpy())
        angle = 2 * np.pi * env.command.phase.numpy()
        moving = env.command.moving.numpy()
        expected = np.stack((np.sin(angle), np.cos(angle)), axis=1) * moving[:, None]
        np.testing.assert_allclose(actual["gait_phase"], expected, atol=1e-6)


def test_actor_sees_nothing_that_no_sensor_measures(env: GaitwayVectorEnv) -> None:
    """The same pose at another place and linear velocity looks the same to the actor, not to the critic."""
    everywhere = torch.ones(WORLDS, dtype=torch.bool)
    qpos, qvel = env.world.view("qpos").clone(), env.world.view("qvel").clone()
    seen = []
    for shift in (0.0, 1.0):
        moved_pos, moved_vel = qpos.clone(), qvel.clone()
        moved_pos[:, :2] += shift
        moved_vel[:, :3] += 0.5 * shift
        env.world.reset(everywhere, moved_pos, moved_vel)
        env.state.refresh()
        env._observe()
        seen.append(env.observation_groups)
    torch.testing.assert_close(seen[0]["actor"], seen[1]["actor"], atol=1e-5, rtol=0)
    assert (seen[0]["critic"] - seen[1]["critic"]).abs().max() > 0.4


def test_sensor_noise_is_uniform_and_as_wide_as_configured() -> None:
    env = GaitwayVectorEnv(load_cfg(TASK), 2000)
    env.reset(seed=0)
    state, measured, noise = env.state, env.measurements, env.cfg.noise
    errors = {
        "gyro": (measured.gyro - state.sensor("imu_gyro"), noise.gyro),
        "joint_pos": (measured.joint_pos - state.joint_pos, noise.joint_pos),
        "joint_vel": (measured.joint_vel - state.joint_vel, noise.joint_vel),
        "orientation": (_rotation_error(state.sensor("imu_quat"), measured.quat), noise.orientation),
    }
    for name, (error, half_width) in errors.items():
        # First-order rotation of 0.03 rad about each axis is right to 0.03^2.
        assert error.abs().max() <= half_width * 1.002, name
        assert error.std() == pytest.approx(half_width / 3**0.5, rel=0.03), name
        assert error.mean().abs() < 0.03 * half_width, name


def _rotation_error(true: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
    """Rotation vectors from the true to the measured orientation, in the true frame."""
    first, second = (Rotation.from_quat(quat.numpy(), scalar_first=True) for quat in (true, measured))
    return torch.from_numpy((first.inv() * second).as_rotvec())
