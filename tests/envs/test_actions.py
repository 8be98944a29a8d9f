"""What an action asks of the drives: scales, offsets and steps from where a joint is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv

DROID, HUMANOID = "Gaitway/DroidVelocityFlat-v0", "Gaitway/HumanoidVelocityFlat-v0"


def _env(task: str, *overrides: str) -> GaitwayVectorEnv:
    env = GaitwayVectorEnv(load_cfg(task, overrides), 4)
    env.reset(seed=0)
    return env


def _targets(env: GaitwayVectorEnv, action: float) -> np.ndarray:
    env.step(torch.full((4, env.actions.size), action))
    return env.world.view("ctrl").numpy()[:, env.state.actuators]


def test_targets_start_from_the_keyframes_control() -> None:
    """The humanoid's drives hold its pose against gravity by targets beside that pose."""
    env = _env(HUMANOID)
    control = env.model.key("stand").ctrl[env.state.actuators]
    pose = env.state.default_joint_pos.numpy()
    assert np.abs(control - pose).max() > 0.01
    np.testing.assert_allclose(_targets(env, 0.0), np.tile(control, (4, 1)), atol=1e-6)


def test_scale_by_effort_is_a_quarter_of_what_a_drive_gives() -> None:
    env = _env(HUMANOID)
    effort = env.model.actuator_forcerange[env.state.actuators, 1]
    stiffness = env.model.actuator_gainprm[env.state.actuators, 0]
    np.testing.assert_allclose(env.actions.scale.numpy() * stiffness, 0.25 * effort, rtol=1e-6)


def test_scale_by_name() -> None:
    cfg = load_cfg(DROID)
    cfg.actions.scale = {".*_knee": 0.7, ".*": 0.2}
    env = GaitwayVectorEnv(cfg, 1)
    scale = dict(zip(env.state.joint_names, env.actions.scale.tolist(), strict=True))
    assert scale["left_knee"] == scale["right_knee"] == pytest.approx(0.7)
    assert scale["left_ankle"] == pytest.approx(0.2)


def test_joints_the_policy_does_not_drive_hold_their_keyframe() -> None:
    env = _env(DROID)
    others = [i for i in range(env.model.nu) if i not in env.state.actuators]
    assert len(others) == 4
    env.step(torch.ones(4, 10))
    held = env.model.key("stand").ctrl[others]
    np.testing.assert_allclose(env.world.view("ctrl")[:, others], np.tile(held, (4, 1)))


def test_relative_actions_step_from_the_measured_position() -> None:
    env = _env(DROID, "actions.relative=true", "actions.scale=0.1")
    measured = env.measurements.joint_pos.numpy().copy()
    np.testing.assert_allclose(_targets(env, 2.0), measured + 0.2, atol=1e-6)


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        (["actions.joints=tail"], r"droid\.usda: actions\.joints 'tail' matches no driven joint"),
        (["actions.latency_s=0.02 0.01"], r"actions\.latency_s is 0\.02 to 0\.01 s; give 0"),
    ],
)
def test_actions_that_cannot_be_are_named(overrides: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        GaitwayVectorEnv(load_cfg(DROID, overrides), 1)


def test_a_scale_without_the_joint_is_named() -> None:
    cfg = load_cfg(DROID)
    cfg.actions.scale = {".*_knee": 0.7}
    with pytest.raises(
        ValueError, match=r"actions\.scale has no entry for joint 'left_hip_yaw'; it has \.\*_knee"
    ):
        GaitwayVectorEnv(cfg, 1)
