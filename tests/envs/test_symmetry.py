"""Left-right mirroring against the physics: mirrored robots that do mirrored things stay mirror images."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
import torch
from gaitway.assets import ASSETS
from gaitway.envs.registration import load_cfg
from gaitway.envs.stage import load_stage
from gaitway.envs.symmetry import Mirror, joint_mirror
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/DroidVelocityFlat-v0"
WORLDS = 6


@pytest.fixture(scope="module")
def env() -> GaitwayVectorEnv:
    """Equal worlds: no noise, no randomization, no pushes."""
    cfg = load_cfg(TASK)
    cfg.events = {"reset": cfg.events["reset"]}
    return GaitwayVectorEnv(cfg, WORLDS, noise=False)


def _joints_from_geometry(model: mujoco.MjModel, names: list[str]) -> tuple[list[int], np.ndarray]:
    """Twin and sign of each joint from where its axis points: an axis mirrors as a pseudovector."""
    twins = [name.replace("left", "#").replace("right", "left").replace("#", "right") for name in names]
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    mujoco.mj_forward(model, data)
    axes = {name: data.xaxis[model.joint(name).id] for name in names}
    signs = [float(axes[name] * [-1, 1, -1] @ axes[twin]) for name, twin in zip(names, twins, strict=True)]
    return [names.index(twin) for twin in twins], np.round(signs)


def _mirrored_state(env: GaitwayVectorEnv) -> tuple[torch.Tensor, torch.Tensor]:
    """The reflection of every world's state across the world's XZ plane."""
    qpos, qvel = env.world.view("qpos").clone(), env.world.view("qvel").clone()
    every_joint = [env.model.joint(int(joint)).name for joint in env.model.actuator_trnid[:, 0]]
    index, sign = _joints_from_geometry(env.model, every_joint)
    sign = torch.as_tensor(sign)
    qpos[:, 1] *= -1
    qpos[:, 3:7] *= torch.tensor([1, -1, 1, -1])
    qvel[:, :6] *= torch.tensor([1, -1, 1, -1, 1, -1])
    qpos[:, 7:] = qpos[:, 7:][:, index] * sign
    qvel[:, 6:] = qvel[:, 6:][:, index] * sign
    return qpos, qvel


def _play(env: GaitwayVectorEnv, actions: list[torch.Tensor]) -> list[dict[str, torch.Tensor]]:
    seen = []
    for action in actions:
        env.step(action)
        seen.append(env.observation_groups)
    return seen


def test_joint_signs_are_those_of_the_axes(env: GaitwayVectorEnv) -> None:
    index, sign = joint_mirror(env.model, env.model.key("stand").qpos, env.state.joint_names)
    expected_index, expected_sign = _joints_from_geometry(env.model, env.state.joint_names)
    assert index == expected_index
    assert sign == expected_sign.tolist()


def test_mirrored_world_is_seen_as_the_mirrored_observation(env: GaitwayVectorEnv) -> None:
    """Random states and actions for half a second, contacts included, beside their mirror images."""
    mirror = Mirror(env)
    env.reset(seed=4)
    env.command.set(torch.tensor([0.3, 0.1, -0.4]))
    env.command.phase[:] = torch.linspace(0.0, 0.9, WORLDS)
    phase = env.command.phase.clone()
    start = env.world.view("qpos").clone(), env.world.view("qvel").clone()
    mirrored_start = _mirrored_state(env)
    generator = torch.Generator().manual_seed(0)
    actions = [0.3 * torch.randn(WORLDS, 10, generator=generator) for _ in range(25)]

    env.world.reset(torch.ones(WORLDS, dtype=torch.bool), *start)
    original = _play(env, actions)
    env.world.reset(torch.ones(WORLDS, dtype=torch.bool), *mirrored_start)
    env.actions.reset(torch.ones(WORLDS, dtype=torch.bool))
    env.command.set(torch.tensor([0.3, -0.1, 0.4]))
    # Left and right swap their turns: half a cycle.
    env.command.phase[:] = (phase + 0.5) % 1.0
    reflected = _play(env, [mirror("action", action) for action in actions])
    for step, (first, second) in enumerate(zip(original, reflected, strict=True)):
        for group in ("actor", "critic"):
            torch.testing.assert_close(
                second[group],
                mirror(group, first[group]),
                atol=2e-3,
                rtol=0,
                msg=lambda m: f"{step} {group} {m}",  # noqa: B023
            )


def test_mirroring_twice_changes_nothing(env: GaitwayVectorEnv) -> None:
    mirror = Mirror(env)
    env.reset(seed=4)
    for name, values in {**env.observation_groups, "action": torch.randn(WORLDS, 10)}.items():
        once = mirror(name, values)
        assert not torch.equal(once, values)
        assert torch.equal(mirror(name, once), values)


def test_joint_without_twin_is_an_error(env: GaitwayVectorEnv) -> None:
    with pytest.raises(ValueError, match="'left_knee' has no mirror twin"):
        joint_mirror(env.model, env.model.key("stand").qpos, ["left_knee", "head_yaw"])


@pytest.mark.parametrize(
    ("robot", "mirrored"),
    [
        ("humanoid", ["left_hip_roll", "right_hip_roll", "left_knee", "right_knee", "waist_yaw"]),
        ("quadruped", None),
    ],
)
def test_twins_are_found_without_their_names(robot: str, mirrored: list[str] | None) -> None:
    model = load_stage(ASSETS / f"robots/{robot}.usda").compile()
    names = mirrored or [model.joint(i).name for i in range(1, model.njnt)]
    assert joint_mirror(model, model.key("stand").qpos, names) == (
        _joints_from_geometry(model, names)[0],
        [-1 if "roll" in name or "yaw" in name else 1 for name in names],
    )
