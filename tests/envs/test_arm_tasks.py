"""Arm tasks: targets an arm can reach, terms against closed forms, objects where they should be."""

from __future__ import annotations

import math

import mujoco
import numpy as np
import pytest
import torch
from gaitway.assets.objects.cell import BIN, TOTE
from gaitway.envs.commands.target import TargetCommandCfg
from gaitway.envs.registration import load_cfg
from gaitway.envs.terms import manipulation
from gaitway.envs.vector_env import GaitwayVectorEnv
from scipy.optimize import least_squares

REACH, POSE, LIFT, PUSH = (f"Gaitway/Arm{name}-v0" for name in ("Reach", "ReachPose", "Lift", "Push"))


@pytest.fixture(scope="module")
def envs() -> dict[str, GaitwayVectorEnv]:
    return {name: GaitwayVectorEnv(load_cfg(name), 64, noise=False) for name in (REACH, POSE, LIFT, PUSH)}


def start(env: GaitwayVectorEnv, seed: int = 0) -> GaitwayVectorEnv:
    env.reset(seed=seed)
    return env


def test_actors_see_what_an_arm_knows(envs):
    sizes = {name: env.groups["actor"].sizes for name, env in envs.items()}
    assert sizes[REACH] == {
        "joint_pos": 7,
        "joint_vel": 7,
        "last_action": 7,
        "target": 3,
        "tool_to_target": 3,
    }
    assert sizes[POSE]["target"] == 6
    assert sizes[LIFT] == {
        "joint_pos": 8,
        "joint_vel": 8,
        "last_action": 8,
        "object_position": 3,
        "tool_to_object": 3,
        "target": 3,
        "object_to_target": 3,
    }


def test_targets_fill_their_ranges(envs):
    command, cfg = envs[POSE].command, envs[POSE].cfg.commands
    values = []
    for _ in range(40):
        command.reset(torch.ones(64, dtype=torch.bool))
        values.append(command.value.clone())
    position, direction = torch.cat(values).split(3, dim=-1)
    cylinder = (position[:, :2].norm(dim=-1), torch.atan2(position[:, 1], position[:, 0]), position[:, 2])
    for value, (low, high) in zip(cylinder, (cfg.radius, cfg.azimuth, cfg.height), strict=True):
        assert low - 1e-5 <= value.min() < low + 0.02 * (high - low)
        assert high + 1e-5 >= value.max() > high - 0.02 * (high - low)
    assert torch.allclose(direction.norm(dim=-1), torch.ones(len(direction)))
    lean = torch.acos(-direction[:, 2])
    assert 0.38 < lean.max() <= 0.4 + 1e-3


def test_a_target_stays_until_its_time_is_over(envs):
    env = start(envs[REACH])
    first, steps = env.command.value.clone(), round(env.cfg.commands.hold_s / env.step_dt)
    for _ in range(steps - 1):
        env.command.step()
        assert torch.equal(env.command.value, first)
    env.command.step()
    assert (env.command.value != first).any(dim=-1).all()
    env.command.set(torch.tensor([0.4, 0.0, 0.3]))
    for _ in range(steps + 1):
        env.command.step()
    assert env.command.value.unique(dim=0).tolist() == [pytest.approx([0.4, 0.0, 0.3])]


@pytest.mark.parametrize("task", [REACH, POSE])
def test_every_corner_of_the_target_space_can_be_reached(envs, task):
    """By inverse kinematics with SciPy, within the joint limits: 1 mm, and 1 degree of the direction."""
    env = envs[task]
    model, data, cfg = env.model, mujoco.MjData(env.model), env.cfg.commands
    low, high = model.jnt_range[:7].T
    home = model.key("home").qpos[:7]

    def residual(angles: np.ndarray, target: np.ndarray, direction: np.ndarray | None) -> np.ndarray:
        data.qpos[:7] = angles
        mujoco.mj_kinematics(model, data)
        site = data.site("tool")
        missing = site.xpos - target
        if direction is None:
            return missing
        return np.concatenate((missing, 0.1 * (site.xmat.reshape(3, 3)[:, 2] - direction)))

    azimuths = (0.0, cfg.azimuth[1])
    leans = [None] if cfg.tilt is None else [(cfg.tilt, around) for around in np.arange(4) * np.pi / 2]
    for radius, azimuth, height in np.array(np.meshgrid(cfg.radius, azimuths, cfg.height)).T.reshape(-1, 3):
        target = np.array([radius * np.cos(azimuth), radius * np.sin(azimuth), height])
        for lean in leans:
            direction = None
            if lean is not None:
                tilt, around = lean[0], lean[1] + azimuth
                direction = np.array(
                    [np.sin(tilt) * np.cos(around), np.sin(tilt) * np.sin(around), -np.cos(tilt)]
                )
            turned = home + np.eye(7)[0] * azimuth
            found = least_squares(
                residual,
                np.clip(turned, low + 1e-3, high - 1e-3),
                bounds=(low, high),
                args=(target, direction),
            )
            assert np.linalg.norm(found.fun[:3]) < 1e-3, (radius, azimuth, height, lean)
            assert np.linalg.norm(found.fun[3:]) < 0.1 * math.radians(1.0), (radius, azimuth, height, lean)


def test_terms_of_the_tool_are_closed_forms(envs):
    env = start(envs[POSE])
    tool = torch.as_tensor(mujoco_tool(env), dtype=torch.float32)
    env.command.set(torch.cat((tool[:3] + torch.tensor([0.03, 0.04, 0.0]), tool[3:]))[None])
    world = slice(0, 1)
    assert manipulation.tool_to_target(env)[world].norm().item() == pytest.approx(0.05, abs=1e-6)
    value = manipulation.tool_at_target(env, sigma=0.1)[0].item()
    assert value == pytest.approx(1 - math.tanh(0.5), abs=1e-5)
    assert manipulation.tool_direction(env, sigma=0.1)[0].item() == pytest.approx(1.0, abs=1e-5)
    env.command.set(torch.cat((tool[:3], -tool[3:]))[None])
    assert manipulation.tool_direction(env, sigma=1.0)[0].item() == pytest.approx(1 - math.tanh(2), abs=1e-5)


def mujoco_tool(env: GaitwayVectorEnv) -> np.ndarray:
    """Position and Z axis of the tool of world 0, by MuJoCo itself."""
    data = mujoco.MjData(env.model)
    data.qpos[:] = env.state.qpos[0]
    mujoco.mj_kinematics(env.model, data)
    site = data.site("tool")
    return np.concatenate((site.xpos, site.xmat.reshape(3, 3)[:, 2]))


def test_arms_start_near_home_within_their_limits(envs):
    state = start(envs[REACH]).state
    low, high = state.joint_range.unbind(-1)
    deviation = state.joint_pos - state.default_joint_pos
    assert (state.joint_pos >= low).all() and (state.joint_pos <= high).all()
    assert 0.25 < deviation.abs().max() <= 0.3
    assert state.joint_vel.abs().max() == 0.0
    assert torch.equal(state.qpos[:, 7:9], torch.full((64, 2), 0.04)), "the fingers are open"


def test_the_cube_lies_on_the_table_where_it_was_put(envs):
    env = start(envs[LIFT])
    x, y, z = manipulation.object_position(env, "cube").unbind(-1)
    assert 0.42 <= x.min() < 0.45 < 0.55 < x.max() <= 0.58
    assert -0.2 <= y.min() < -0.15 and 0.15 < y.max() <= 0.2
    laid = manipulation.object_position(env, "cube").clone()
    for _ in range(25):
        env.step(torch.zeros(64, env.actions.size))
    moved = (manipulation.object_position(env, "cube") - laid).norm(dim=-1)
    assert moved.max() < 2e-3, "an arm at home does not touch it"
    assert torch.allclose(z, torch.tensor(0.025), atol=1e-3)
    assert not manipulation.object_fell(env, "cube", height=-0.05).any()
    assert not env.state.has_base, "the cube is no base of the arm"


def test_rewards_of_lifting_follow_the_cube(envs):
    env = start(envs[LIFT])
    qpos = env.state.default_qpos.repeat(64, 1)
    qpos[:3, 2] = torch.tensor([0.025, 0.085, 0.5])  # the cube's free joint comes first
    env.world.reset(torch.ones(64, dtype=torch.bool), qpos, torch.zeros(64, env.model.nv))
    env.state.refresh()
    lifted = manipulation.object_lifted(env, "cube", height=0.035)[:3]
    assert lifted.tolist() == pytest.approx([0.0, 0.5, 1.0], abs=1e-5)
    env.command.set(qpos[2, :3])
    at_target = manipulation.object_at_target(env, "cube", sigma=0.1, above=0.05)[:3]
    assert at_target.tolist() == pytest.approx([0.0, 1 - math.tanh(4.15), 1.0], abs=1e-5)


def test_pushing_starts_with_closed_fingers(envs):
    env = start(envs[PUSH])
    for _ in range(5):
        env.step(torch.zeros(64, env.actions.size))
    fingers = env.state.qpos[:, -2:]
    assert fingers.abs().max() < 1e-3


def test_a_carton_lies_in_the_bin_and_its_place_in_the_tote():
    """Where bin and tote stand in the scene is what `gaitway manipulate` has."""
    env = start(GaitwayVectorEnv(load_cfg("Gaitway/PickPlace-v0"), 64, noise=False))
    assert env.groups["actor"].sizes["object_quaternion"] == 4
    tote = env.cfg.rewards["in_tote"].params
    assert np.allclose(tote["low"][:2], TOTE.low[:2]) and np.allclose(tote["high"][:2], TOTE.high[:2])
    for name, box in (("bin", BIN), ("tote", TOTE)):
        for part, (centre, size) in box.walls().items():
            geom = env.model.geom(f"{name}_{part}")
            assert geom.pos == pytest.approx(centre) and 2 * geom.size == pytest.approx(size)
    for _ in range(20):
        env.step(torch.zeros(64, env.actions.size))
    position = manipulation.object_position(env, "carton").numpy()
    assert (position > BIN.low).all() and (position < BIN.high).all()
    turn = manipulation.object_quaternion(env, "carton")
    assert (turn[:, 0] >= 0).all() and torch.allclose(turn.norm(dim=-1), torch.ones(64), atol=1e-5)
    place = env.command.position.numpy()
    assert (place > TOTE.low).all() and (place < TOTE.high).all()
    assert not manipulation.object_far(env, "carton", 0.95).any()


def test_a_target_range_is_shown_by_the_config():
    assert load_cfg(REACH).commands == TargetCommandCfg()
