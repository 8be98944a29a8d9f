"""Reward and termination terms on states made by hand, against values worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from gaitway.envs.terms import rewards, terminations


def _env(**parts: Any) -> Any:
    """What a term may ask of an env; `parts` are dicts of tensors such as `state=dict(...)`."""
    spaces = {
        name: SimpleNamespace(**value) if isinstance(value, dict) else value for name, value in parts.items()
    }
    return SimpleNamespace(step_dt=0.02, **spaces)


def _rows(*values: Any) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _check(term: Callable[..., torch.Tensor], env: Any, expected: list[float], **params: Any) -> None:
    torch.testing.assert_close(term(env, **params).float(), torch.tensor(expected), atol=1e-6, rtol=1e-5)


def test_velocity_kernels_are_one_on_target_and_1_over_e_at_sigma() -> None:
    env = _env(
        command={"value": _rows([0.5, 0.1, 0.3], [0.5, 0.1, 0.3])},
        state={
            "root_lin_vel_h": _rows([0.5, 0.1, 9.0], [0.35, -0.1, 0.0]),
            "yaw_rate": torch.tensor([0.3, -0.2]),
        },
    )
    _check(rewards.track_lin_vel, env, [1.0, math.exp(-1)], sigma=0.25)  # 0.15, 0.2 off: 0.25 in all
    _check(rewards.track_yaw_rate, env, [1.0, math.exp(-1)], sigma=0.5)


def test_posture() -> None:
    tilt = 0.2
    env = _env(
        state={
            "projected_gravity": _rows([0, 0, -1], [math.sin(tilt), 0, -math.cos(tilt)]),
            "root_height": torch.tensor([0.42, 0.32]),
            "default_height": 0.42,
        }
    )
    _check(rewards.upright, env, [1.0, math.exp(-((math.sin(tilt) / 0.15) ** 2))], sigma=0.15)
    _check(rewards.base_height_error, env, [0.0, 0.01])
    _check(terminations.tilt, env, [0.0, 1.0], limit=0.19)
    _check(terminations.tilt, env, [0.0, 0.0], limit=0.21)


def test_joints() -> None:
    env = _env(
        command={"moving": torch.tensor([True, False])},
        state={
            "columns": {
                "hip_yaw": torch.tensor([0, 2]),
                "knee": torch.tensor([1]),
                "": torch.arange(3),
            }.__getitem__,
            "default_joint_pos": torch.tensor([0.1, 0.5, -0.1]),
            "joint_pos": _rows([0.3, 0.9, 0.0], [0.3, 0.9, 0.0]),
            "joint_range": _rows([-1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]),
            "joint_torque": _rows([1, 2, 2], [0, 0, 3]),
        },
    )
    _check(rewards.joint_deviation, env, [0.05, 0.05], pattern="hip_yaw")  # 0.2^2 + 0.1^2
    _check(rewards.joint_deviation, env, [0.16, 0.16], pattern="knee")
    _check(rewards.pose_when_standing, env, [0.0, 0.7])  # 0.2 + 0.4 + 0.1, only where asked to stand
    _check(rewards.joint_limits, env, [0.15, 0.15], soft=0.5)  # the knee's soft range is 0.25 to 0.75
    _check(rewards.joint_torque, env, [9.0, 9.0])


def _stepping() -> Any:
    """World 0: left foot half through its swing, right one down. World 1: both should stand."""
    return _env(
        command={
            "cfg": SimpleNamespace(gait=SimpleNamespace(offsets=(0.0, 0.5))),
            "feet_swing": lambda: _rows([0.5, 1.0], [1.0, 1.0]),
            "swing_height": torch.tensor([0.05, 0.05]),
        },
        state={
            "feet": ["left_sole", "right_sole"],
            "feet_contact": torch.tensor([[False, True], [True, False]]),
            "feet_height": _rows([0.07, 0], [0, 0.05]),
            "feet_vel": _rows([[3, 4, 9], [0, 0.1, 9]], [[0.3, 0.4, 9], [5, 5, 5]]),
            "feet_up": _rows([[0, 0, 1], [0.6, 0, 0.8]], [[0, 0.1, 0.99], [0.1, 0, 0.99]]),
        },
        steps={
            "touchdown": torch.tensor([[True, False], [True, True]]),
            "last_swing": _rows([0.05, 0], [0.3, 0.1]),
        },
    )


def test_steps() -> None:
    env = _stepping()
    _check(rewards.contact_schedule, env, [1.0, 0.5])
    # The left foot should be at its apex of 5 cm and is 2 cm higher: one sigma off.
    _check(rewards.swing_height, env, [math.exp(-1), 0.0], sigma=0.02)
    _check(rewards.feet_tilt, env, [0.36, 0.02])
    _check(rewards.feet_slip, env, [0.01, 0.25])
    # Swings of 0.05 and 0.1 s are 3/4 and 1/2 short of 0.2 s; paid once, so as a rate over a step.
    _check(rewards.short_swing, env, [0.75 / 0.02, 0.5 / 0.02], least=0.2)


def test_smoothness() -> None:
    env = _env(
        state={"root_lin_vel_w": _rows([1, 1, -0.5]), "root_ang_vel_b": _rows([0.3, 0.4, 9.0])},
        actions={
            "last": _rows([1.0, 0.0]),
            "previous": _rows([0.0, 2.0]),
            "before_previous": _rows([0.0, 1.0]),
        },
    )
    _check(rewards.vertical_velocity, env, [0.25])
    _check(rewards.roll_pitch_rate, env, [0.25])
    _check(rewards.action_rate, env, [5.0])  # 1, -2
    _check(rewards.action_acceleration, env, [1.0 + 9.0])  # 1 - 0 + 0, 0 - 4 + 1


def test_failure_is_paid_once_whatever_the_step() -> None:
    env = _env(terminated=torch.tensor([True, False]))
    assert rewards.failure(env)[0] * env.step_dt == pytest.approx(1.0)
    assert rewards.failure(env)[1] == 0.0


def test_time_out_at_the_full_length() -> None:
    env = _env(episode_length=torch.tensor([999, 1000, 1001]), max_episode_length=1000)
    assert terminations.time_out(env).tolist() == [False, True, True]
