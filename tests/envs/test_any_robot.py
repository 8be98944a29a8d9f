"""A robot that somebody brings: the task is made from its file alone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.cli.main import _gather_overrides
from gaitway.envs.import_robot import import_robot
from gaitway.envs.registration import load_cfg
from gaitway.envs.stage import load_stage
from gaitway.envs.symmetry import Mirror, has_twins
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/VelocityFlat-v0"


def _env(robot: Path) -> GaitwayVectorEnv:
    env = GaitwayVectorEnv(load_cfg(TASK, [f"robot={robot}"]), 4)
    env.reset(seed=0)
    return env


@pytest.mark.parametrize(
    ("robot", "offsets", "joints"),
    [
        ("droid", (0.0, 0.5), 10),
        ("humanoid", (0.0, 0.5), 12),
        ("quadruped", (0.0, 0.5, 0.5, 0.0), 12),
    ],
)
def test_gait_and_joints_are_those_of_the_legs(robot: str, offsets: tuple[float, ...], joints: int) -> None:
    env = _env(ASSETS / f"robots/{robot}.usda")
    feet = dict(zip(env.state.feet, env.cfg.commands.gait.offsets, strict=True))
    expected = dict(zip(sorted(feet, key=env.state.feet.index), offsets, strict=True))
    assert feet == expected
    assert env.actions.size == joints
    # As many legs as feet are told to stand at any time, a walk or a trot.
    swinging = (env.command.feet_swing() < 1.0).sum(-1)
    assert (swinging <= len(feet) / 2).all()


@pytest.mark.parametrize("robot", ["droid", "humanoid", "quadruped"])
def test_robot_holds_the_pose_of_its_keyframe(robot: str) -> None:
    """In the scene as alone: it starts in its own pose, and is driven to it."""
    alone = load_stage(ASSETS / f"robots/{robot}.usda").compile()
    env = _env(ASSETS / f"robots/{robot}.usda")
    np.testing.assert_allclose(env.state.default_qpos, alone.key("stand").qpos, atol=1e-6)
    np.testing.assert_allclose(env.state.default_ctrl, alone.key("stand").ctrl, atol=1e-6)


def test_an_mjcf_robot_stands_and_steps(tmp_path: Path) -> None:
    """Gymnasium's ant says nothing of feet, stance or drives."""
    gymnasium = pytest.importorskip("gymnasium")
    xml = Path(gymnasium.__file__).parent / "envs/mujoco/assets/ant.xml"
    import_robot(xml, tmp_path / "ant.usda", seed=0)
    env = _env(tmp_path / "ant.usda")
    assert len(env.state.feet) == 4
    for _ in range(20):
        env.step(torch.zeros(4, env.actions.size))
    assert env.world.diverged_count == 0
    assert (env.state.root_height > 0.5 * env.state.default_height).all()
    assert env.state.feet_contact.any()


@pytest.mark.parametrize(
    ("robot", "complaint"),
    [
        ("arm", "no body with joints floats freely"),
        ("forklift", "no feet found: .* wheels are no feet"),
        ("amr", "no feet found"),
        ("mobile_manipulator", "no feet found"),
    ],
)
def test_a_robot_that_cannot_walk_is_refused(robot: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=rf"{robot}\.usda: {complaint}"):
        load_cfg(TASK, [f"robot={ASSETS / f'robots/{robot}.usda'}"])


def test_robot_is_a_flag_of_its_own() -> None:
    assert _gather_overrides([TASK, "--robot", "my.usda"]) == [TASK, "--env", "robot=my.usda"]


def test_robot_with_sides_in_other_words_is_mirrored(tmp_path: Path) -> None:
    """Legs named as Unitree's are, with an abduction that nobody calls roll."""
    words = {
        "left_front": "FL",
        "left_rear": "RL",
        "right_front": "FR",
        "right_rear": "RR",
        "hip_roll": "hip",
    }
    text = (ASSETS / "robots/quadruped.usda").read_text()
    for ours, theirs in words.items():
        text = text.replace(ours, theirs)
    (tmp_path / "robot.usda").write_text(text)
    env = _env(tmp_path / "robot.usda")
    assert has_twins(env)
    names = env.state.joint_names
    action = torch.zeros(1, len(names))
    action[0, names.index("FL_hip")] = 1.0
    assert Mirror(env)("action", action)[0, names.index("FR_hip")] == -1.0
    feet = [env.state.feet[i] for i in Mirror(env).feet]
    assert feet == ["FR_sole", "FL_sole", "RR_sole", "RL_sole"]
    hips = env.cfg.rewards["hip_roll"].params["pattern"]
    assert [name for name in names if re.search(hips, name)] == [
        name for name in names if name.endswith("_hip")
    ]
