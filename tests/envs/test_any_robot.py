"""A robot that somebody brings: the task is made from its file alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.cli.main import _gather_overrides
from gaitway.envs.import_robot import import_robot
from gaitway.envs.registration import load_cfg
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


def test_a_robot_that_cannot_walk_is_refused() -> None:
    with pytest.raises(ValueError, match=r"arm\.usda: no body with joints floats freely"):
        load_cfg(TASK, [f"robot={ASSETS / 'robots/arm.usda'}"])


def test_robot_is_a_flag_of_its_own() -> None:
    assert _gather_overrides([TASK, "--robot", "my.usda"]) == [TASK, "--env", "robot=my.usda"]
