"""A scripted arm solves the tasks that policies are to learn, and its return says so."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.tasks.pick_place import TOTE
from gaitway.envs.terms import manipulation
from gaitway.envs.vector_env import GaitwayVectorEnv
from scipy.optimize import least_squares

DOWN = np.array([0.0, 0.0, -1.0])


def joint_angles(env: GaitwayVectorEnv, tool: np.ndarray) -> np.ndarray:
    """Angles (7,) that bring the tool to `tool` (3,), pointing down, by inverse kinematics with SciPy.

    The fingers stay along the cube's sides, which is not turned.
    """
    data = mujoco.MjData(env.model)
    first = int(env.model.joint("joint1").qposadr[0])
    low, high = env.model.jnt_range[env.model.joint("joint1").id :][:7].T

    def residual(angles: np.ndarray) -> np.ndarray:
        data.qpos[first : first + 7] = angles
        mujoco.mj_kinematics(env.model, data)
        axes = data.site("tool").xmat.reshape(3, 3)
        return np.concatenate((data.site("tool").xpos - tool, 0.3 * (axes[:, 2] - DOWN), 0.3 * axes[:1, 1]))

    home = env.state.default_qpos[first : first + 7].numpy()
    return least_squares(residual, np.clip(home, low + 1e-3, high - 1e-3), bounds=(low, high)).x


def follow(env: GaitwayVectorEnv, waypoints: Sequence[tuple[np.ndarray, float]], steps: int) -> float:
    """Bring the tool from waypoint to waypoint, `steps` env steps each; the return of world 0.

    A waypoint is the tool's place and the action of the gripper, where the task drives it.
    """
    total = 0.0
    before = env.measurements.joint_pos[0, :7].numpy()
    for place, gripper in waypoints:
        after = joint_angles(env, place)
        for step in range(steps):
            share = min(1.0, (step + 1) / (0.7 * steps))
            measured = env.measurements.joint_pos[0, :7].numpy()
            arm = (before + share * (after - before) - measured) / env.actions.scale[:7].numpy()
            action = np.append(arm, gripper)[: env.actions.size]
            _, reward, terminated, truncated, _ = env.step(
                torch.as_tensor(action, dtype=torch.float32).repeat(env.num_envs, 1)
            )
            assert not (terminated | truncated).any()
            total += reward[0].item()
        before = after
    return total


def start(task: str, cube: tuple[float, float], target: Sequence[float]) -> GaitwayVectorEnv:
    """The task with the arm at home and the cube at `cube`."""
    env = GaitwayVectorEnv(load_cfg(task), 1, noise=False)
    env.reset(seed=0)
    qpos = env.state.default_qpos[None].clone()
    qpos[0, :2] = torch.tensor(cube)
    env.world.reset(torch.tensor([True]), qpos, torch.zeros(1, env.model.nv))
    env.state.refresh()
    env.command.set(torch.tensor(target))
    return env


def left_to_target(env: GaitwayVectorEnv, body: str = "cube") -> float:
    return manipulation.object_to_target(env, body).norm().item()


def test_lifting_is_possible_and_pays():
    cube, target = (0.5, 0.1), (0.5, -0.1, 0.3)
    env = start("Gaitway/ArmLift-v0", cube, target)
    opened, closed = 1.0, -2.0
    above, at = np.array([*cube, 0.15]), np.array([*cube, 0.025])
    done = follow(env, [(above, opened), (at, opened), (at, closed), (np.array(target), closed)], steps=55)
    assert left_to_target(env) < 0.02
    env = start("Gaitway/ArmLift-v0", cube, target)
    idle = follow(env, [(above, opened)] * 4, steps=55)
    assert done > idle + 3.0


def test_placing_is_possible_and_pays():
    carton, target = (0.5, 0.1), (0.05, -0.60, 0.04)
    env = start("Gaitway/PickPlace-v0", carton, target)
    opened, closed = 1.0, -2.0
    above, at, up = (np.array([*carton, height]) for height in (0.20, 0.03, 0.35))
    over, down = (np.array([*target[:2], height]) for height in (0.35, 0.05))
    way = [(above, opened), (at, opened), (at, closed), (up, closed), (over, closed), (down, closed)]
    done = follow(env, [*way, (down, opened)], steps=65)
    assert left_to_target(env, "carton") < 0.03
    assert manipulation.object_in_box(env, "carton", **TOTE).item() == 1.0
    env = start("Gaitway/PickPlace-v0", carton, target)
    idle = follow(env, [(above, opened)] * 7, steps=65)
    assert manipulation.object_in_box(env, "carton", **TOTE).item() == 0.0
    assert done > idle + 10.0


def test_pushing_is_possible_and_pays():
    cube, target = (0.45, 0.0), (0.6, 0.0, 0.025)
    env = start("Gaitway/ArmPush-v0", cube, target)
    behind = np.array([cube[0] - 0.06, 0.0, 0.02])
    over = behind + np.array([0.0, 0.0, 0.1])
    # The closed fingers are 2 cm across along X: they touch the cube 3.5 cm before its middle.
    there = np.array([target[0] - 0.035, 0.0, 0.02])
    done = follow(env, [(over, 0.0), (behind, 0.0), (there, 0.0)], steps=90)
    assert left_to_target(env) < 0.02
    env = start("Gaitway/ArmPush-v0", cube, target)
    idle = follow(env, [(over, 0.0)] * 3, steps=90)
    assert done > idle + 3.0


@pytest.mark.parametrize("target", [(0.5, 0.2, 0.4), (0.1, -0.5, 0.2)])
def test_reaching_is_possible_and_pays(target):
    env = GaitwayVectorEnv(load_cfg("Gaitway/ArmReach-v0"), 1, noise=False)
    env.reset(seed=0)
    env.command.set(torch.tensor(target))
    done = follow(env, [(np.array(target), 0.0)], steps=150)
    assert manipulation.tool_to_target(env).norm().item() < 0.01
    env.reset(seed=0)
    env.command.set(torch.tensor(target))
    idle = sum(env.step(torch.zeros(1, env.actions.size))[1].item() for _ in range(150))
    assert done > idle + 2.0
