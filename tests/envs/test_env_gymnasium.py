"""The environments behind Gymnasium's own API, by its own checkers."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.registration import TASKS, load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, VectorEnv

TASK = "Gaitway/DroidVelocityFlat-v0"
WORLDS = 4


@pytest.fixture(scope="module")
def pair() -> tuple[GaitwayVectorEnv, GaitwayVectorEnv]:
    """Two equal envs without sensor noise."""
    first, second = (GaitwayVectorEnv(load_cfg(TASK), WORLDS, noise=False) for _ in range(2))
    return first, second


def _run_python(code: str, folder: Path) -> str:
    """Output of `code` in a fresh interpreter, somewhere else."""
    result = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_make_vec_needs_no_import_of_ours(tmp_path: Path) -> None:
    code = f"""
import sys, gymnasium
assert not any(name.startswith("torch") for name in sys.modules), "importing Gymnasium loaded torch"
env = gymnasium.make_vec("{TASK}", num_envs=3)
obs, info = env.reset(seed=0)
print(type(obs).__module__, tuple(obs.shape), env.num_envs, env.spec.id)
"""
    assert _run_python(code, tmp_path).split() == ["torch", "(3,", "41)", "3", TASK]


@pytest.mark.filterwarnings("ignore:.*Box (action|observation) space")  # of its taste in bounds
def test_single_env_passes_gymnasiums_checks() -> None:
    env = gymnasium.make(TASK)
    check_env(env.unwrapped, skip_render_check=True)
    obs, _ = env.reset(seed=1)
    assert isinstance(obs, np.ndarray) and obs.dtype == np.float32
    assert env.observation_space.contains(obs)


def test_single_env_ends_with_the_last_observation_of_the_episode() -> None:
    """A robot told to stretch both legs falls; what is returned then is of the fall, not of a reset."""
    env = gymnasium.make(TASK)
    env.reset(seed=1)
    action = np.full(10, 3.0, dtype=np.float32)
    steps = (env.step(action) for _ in range(500))
    obs, _, _, truncated, _ = next(step for step in steps if step[2])
    assert not truncated
    gravity_z = obs[5]
    assert gravity_z > -0.75  # it leans 0.9 rad or more: cos(0.9) = 0.62, and noise


@pytest.mark.parametrize("task", TASKS)
def test_vector_env_keeps_gymnasiums_contract(task: str) -> None:
    env = gymnasium.make_vec(task, num_envs=WORLDS)
    assert isinstance(env, VectorEnv)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    for batched, single in (
        (env.observation_space, env.single_observation_space),
        (env.action_space, env.single_action_space),
    ):
        assert single.shape is not None and batched.shape == (WORLDS, *single.shape)
    obs, info = env.reset(seed=0)
    assert isinstance(info, dict) and env.observation_space.contains(obs.numpy())
    env.action_space.seed(0)
    for _ in range(5):
        obs, reward, terminated, truncated, info = env.step(torch.from_numpy(env.action_space.sample()))
        assert obs.dtype == reward.dtype == torch.float32
        assert env.observation_space.contains(obs.numpy())
        assert reward.shape == terminated.shape == truncated.shape == (WORLDS,)
        assert terminated.dtype == truncated.dtype == torch.bool
    env.close()


def test_returned_tensors_are_not_overwritten_later(pair: tuple[GaitwayVectorEnv, GaitwayVectorEnv]) -> None:
    env = pair[0]
    env.reset(seed=0)
    kept = env.step(torch.ones(WORLDS, 10))[:4]
    copies = [tensor.clone() for tensor in kept]
    for _ in range(3):
        env.step(-torch.ones(WORLDS, 10))
    for tensor, copy in zip(kept, copies, strict=True):
        assert torch.equal(tensor, copy)


def test_autoreset_returns_both_episodes_in_one_step(pair: tuple[GaitwayVectorEnv, GaitwayVectorEnv]) -> None:
    """World 1 times out at the third step. Its twin does not, and says what the last observation was."""
    env, twin = pair
    for each in pair:
        each.reset(seed=5)
    env.episode_length[1] = env.max_episode_length - 3
    actions = 0.2 * torch.ones(WORLDS, 10)
    for _ in range(2):
        assert "final_obs" not in env.step(actions)[4]
        twin.step(actions)
    obs, _, terminated, truncated, info = env.step(actions)
    unbroken, *_ = twin.step(actions)
    assert truncated.tolist() == info["_final_obs"].tolist() == [False, True, False, False]
    assert not terminated.any()
    assert torch.equal(info["final_obs"][1], unbroken[1])
    others = [0, 2, 3]
    assert torch.equal(obs[others], unbroken[others])
    # The new episode of world 1: nothing was commanded to the joints yet, and its clock is at zero.
    last_action = obs[1, 26:36]
    assert (last_action == 0).all() and (unbroken[1, 26:36] == 0.2).all()
    assert env.episode_length.tolist() == [3, 0, 3, 3]


def test_diverged_world_ends_its_episode_and_harms_no_other(
    pair: tuple[GaitwayVectorEnv, GaitwayVectorEnv],
) -> None:
    env, twin = pair
    for each in pair:
        each.reset(seed=6)
        each.step(torch.zeros(WORLDS, 10))
    poisoned = torch.tensor([False, False, True, False])
    env.world.set_velocity(poisoned, torch.full((WORLDS, env.model.nv), torch.nan))
    obs, reward, terminated, truncated, info = env.step(torch.zeros(WORLDS, 10))
    healthy, healthy_reward, *_ = twin.step(torch.zeros(WORLDS, 10))
    assert terminated.tolist() == [False, False, True, False] and not truncated.any()
    assert obs.isfinite().all() and reward.isfinite().all() and info["final_obs"].isfinite().all()
    others = [0, 1, 3]
    assert torch.equal(obs[others], healthy[others])
    assert torch.equal(reward[others], healthy_reward[others])


def test_actions_are_clipped_and_nan_counts_as_zero(pair: tuple[GaitwayVectorEnv, GaitwayVectorEnv]) -> None:
    env, twin = pair
    wild = torch.tensor([[torch.nan, torch.inf, -torch.inf, 100.0, -100.0] * 2] * WORLDS)
    tame = torch.tensor([[0.0, 3.0, -3.0, 3.0, -3.0] * 2] * WORLDS)
    for each in pair:
        each.reset(seed=7)
    assert torch.equal(env.step(wild)[0], twin.step(tame)[0])


def test_actions_may_require_gradients(pair: tuple[GaitwayVectorEnv, GaitwayVectorEnv]) -> None:
    env = pair[0]
    env.reset(seed=8)
    obs, *_ = env.step(torch.zeros(WORLDS, 10, requires_grad=True))
    assert not obs.requires_grad


def test_no_worlds_is_an_error() -> None:
    with pytest.raises(ValueError, match="num_envs is 0"):
        gymnasium.make_vec(TASK, num_envs=0)


def test_misspelt_task_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=f"no task 'Gaitway/DroidVelocityFlt-v0'; did you mean '{TASK}'"):
        load_cfg("Gaitway/DroidVelocityFlt-v0")
    with pytest.raises(ValueError, match="gaitway list"):
        load_cfg("xyz")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"keyframe": "sit"}, r"droid\.usda: The robot has no keyframe 'sit'; it has \['stand'\]"),
        (
            {"robot": ASSETS / "robots/amr.usda"},
            r"amr\.usda: actions.joints '.*' matches no driven joint; there",
        ),
    ],
)
def test_robot_that_does_not_fit_is_named(changes: dict[str, Any], sentence: str) -> None:
    cfg = replace(load_cfg(TASK), **changes)
    with pytest.raises(ValueError, match=sentence):
        GaitwayVectorEnv(cfg, 1)


def test_a_robot_that_explodes_is_named_with_its_joint(tmp_path: Path) -> None:
    """A knee driven by 1e12 N m out of its pose cannot be stepped at 5 ms."""
    droid = (ASSETS / "robots/droid.usda").read_text()
    start = droid.index('def PhysicsRevoluteJoint "left_knee"')
    knee = droid[start : droid.index("}", start)]
    wild = re.sub(r"(stiffness|maxForce) = [\d.]+", r"\1 = 1e12", knee).replace("-68.7549", "0")
    (tmp_path / "wild.usda").write_text(droid.replace(knee, wild))
    cfg = replace(load_cfg(TASK), robot=tmp_path / "wild.usda")
    with pytest.raises(ValueError, match=r"wild\.usda: explodes at physics step 1 .* 'left_knee' bears"):
        GaitwayVectorEnv(cfg, 1)


def test_pictures_show_the_robot_of_each_world() -> None:
    env = GaitwayVectorEnv(load_cfg(TASK), 2, render_mode="rgb_array")
    env.reset(seed=0)
    first = env.render()
    assert first is not None and [picture.shape for picture in first] == [(240, 320, 3)] * 2
    # Shells and accents are warmer than the floor's grey.
    for picture in first:
        assert ((picture[..., 0].astype(int) - picture[..., 2]) > 15).mean() > 0.01
    for _ in range(25):
        env.step(torch.ones(2, 10))
    later = env.render()
    assert later is not None and (later[0] != first[0]).mean() > 0.01
    assert gymnasium.make(TASK, render_mode="rgb_array").unwrapped.render_mode == "rgb_array"


def test_pictures_show_the_layout_of_each_world() -> None:
    """Two robots in one pose look alike until a drum stands beside one of them."""
    env = GaitwayVectorEnv(load_cfg("Gaitway/AmrNavigation-v0"), 2, render_mode="rgb_array")
    env.reset(seed=0)
    world, both = env.world, torch.ones(2, dtype=torch.bool)

    def pictures() -> tuple[np.ndarray, ...]:
        drawn = env.render()
        assert drawn is not None
        return drawn

    world.reset(both, world.view("qpos")[:1].repeat(2, 1), world.view("qvel")[:1].repeat(2, 1))
    pos, quat = (world.view(name)[:1].repeat(2, 1, 1) for name in ("mocap_pos", "mocap_quat"))
    world.set_mocap(both, pos, quat)
    first, second = pictures()
    assert (first == second).all()
    beside = world.view("qpos")[1, :3] + torch.tensor([0.3, 0.9, 0.0])
    pos[1, env.model.body("drum_00").mocapid[0]] = beside
    world.set_mocap(both, pos, quat)
    alone, joined = pictures()
    assert (alone == first).all()
    blue = [((picture[..., 2].astype(int) - picture[..., 0]) > 30).mean() for picture in (alone, joined)]
    assert blue[1] > blue[0] + 0.005


def test_unknown_render_mode_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no render_mode 'human'; there is 'rgb_array'"):
        GaitwayVectorEnv(load_cfg(TASK), 1, render_mode="human")
