"""Scores against a brute-force recomputation from a recording of the same episodes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv
from gaitway.policies.evaluation import Policy, evaluate, over_all_levels, undisturbed

TASK = "Gaitway/DroidVelocityFlat-v0"
WORLDS = 24
DT = 0.02
WORLD = torch.arange(WORLDS)[:, None]


def _env() -> GaitwayVectorEnv:
    """Episodes of 1.5 s in which commands change and half of them ask to stand."""
    cfg = undisturbed(load_cfg(TASK))
    cfg.episode_s = 1.5
    cfg.commands.standing = 0.5
    cfg.commands.resample_s = (0.4, 0.8)
    return GaitwayVectorEnv(cfg, WORLDS)


def _kick_legs(env: GaitwayVectorEnv) -> torch.Tensor:
    """Of three robots one throws itself over, one lifts its feet until it falls, and one holds its pose."""
    lift = torch.zeros(WORLDS, 10)
    swing = torch.sin(6 * torch.pi * env.episode_length * env.step_dt)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        lift[:, env.state.joint_names.index(f"{side}_knee")] = 1.5 * (sign * swing).clamp(min=0.0)
    return torch.where(WORLD % 3 == 0, 3.0, torch.where(WORLD % 3 == 1, lift, 0.0))


def _record(policy: Policy, seed: int) -> dict[str, np.ndarray]:
    """What happened, (steps, worlds, ...), by stepping a second env."""
    env = _env()
    env.reset(seed=seed)
    rows: dict[str, list[Any]] = defaultdict(list)
    for _ in range(env.max_episode_length):
        rows["command"].append(env.command.value.clone())
        rows["previous"].append(env.actions.last.clone())
        actions = policy(env)
        _, reward, terminated, truncated, _ = env.step(actions)
        rows["action"].append(actions.clamp(-3, 3))
        rows["velocity"].append(env.state.root_lin_vel_h[:, :2])
        rows["yaw_rate"].append(env.state.yaw_rate)
        rows["contact"].append(env.state.feet_contact)
        rows["height"].append(env.state.feet_pos[..., 2])
        for name, value in (("reward", reward), ("terminated", terminated), ("truncated", truncated)):
            rows[name].append(value)
    return {name: torch.stack(values).numpy() for name, values in rows.items()}


def _swings(contact: np.ndarray, height: np.ndarray, counted: np.ndarray) -> list[tuple[float, float]]:
    """Length in s and apex in m of one foot's swings that begin, go on and land at counted steps."""
    found, start = [], None
    for step in range(1, len(contact)):
        if contact[step - 1] and not contact[step]:
            start = step
        if contact[step] and start is not None and not contact[step - 1]:
            if counted[start - 1 : step + 1].all():
                found.append((DT * (step - start), float(height[start:step].max())))
            start = None
    return found


@dataclass
class _Masks:
    """Which (steps, worlds) of a recording count. At an episode's last step the state is the next one's."""

    until_end: np.ndarray
    walking: np.ndarray
    standing: np.ndarray
    failed: np.ndarray


def _masks(r: dict[str, np.ndarray]) -> _Masks:
    ends = (r["terminated"] | r["truncated"]).argmax(axis=0)
    steps = np.arange(len(r["reward"]))[:, None]
    moving = np.linalg.norm(r["command"], axis=-1) > 0
    failed = r["terminated"][ends, np.arange(WORLDS)]
    return _Masks(steps <= ends, (steps < ends) & moving, (steps < ends) & ~moving, failed)


def test_score_is_what_a_recording_says() -> None:
    score, r = evaluate(_env(), _kick_legs, seed=1), _record(_kick_legs, seed=1)
    masks = _masks(r)
    counted = masks.walking | masks.standing
    assert masks.failed.any() and not masks.failed.all() and masks.walking.any() and masks.standing.any()
    speed = np.linalg.norm(r["velocity"], axis=-1)
    expected = {
        "survival_rate": 1 - masks.failed.mean(),
        "lin_vel_error": np.linalg.norm(r["command"][..., :2] - r["velocity"], axis=-1)[counted].mean(),
        "yaw_rate_error": np.abs(r["command"][..., 2] - r["yaw_rate"])[counted].mean(),
        "return_mean": (r["reward"] * masks.until_end).sum(axis=0).mean(),
        "action_rate_mean": np.abs(r["action"] - r["previous"]).mean(axis=-1)[counted].mean(),
        "standing_speed": speed[masks.standing].mean(),
    }
    assert {name: score[name].value for name in expected} == pytest.approx(expected, rel=1e-4)


def test_gait_figures_are_what_a_recording_says() -> None:
    score, r = evaluate(_env(), _kick_legs, seed=2), _record(_kick_legs, seed=2)
    masks = _masks(r)

    def swings(counted: np.ndarray) -> np.ndarray:
        """Of all feet, (swings, 2): length in s and apex in m."""
        per_foot = [
            _swings(r["contact"][:, world, foot], r["height"][:, world, foot], counted[:, world])
            for world in range(WORLDS)
            for foot in range(2)
        ]
        found = np.array([swing for foot in per_foot for swing in foot])
        assert len(found) > 3, "too few swings for the comparison to say anything"
        return found

    walking, standing = swings(masks.walking), swings(masks.standing)
    assert score["swing_time_mean"].value == pytest.approx(walking[:, 0].mean(), rel=1e-4)
    assert score["swing_apex_mean"].value == pytest.approx(walking[:, 1].mean(), rel=1e-4)
    assert score["touchdowns_per_s"].value == pytest.approx(len(walking) / (masks.walking.sum() * 2 * DT))
    assert score["standing_touchdowns_per_s"].value == pytest.approx(
        len(standing) / (masks.standing.sum() * 2 * DT)
    )


def test_doing_nothing_has_no_action_rate_and_no_pushes() -> None:
    cfg = undisturbed(load_cfg(TASK))
    cfg.episode_s = 0.5
    env = GaitwayVectorEnv(cfg, 4)
    assert {term.mode for term in env.cfg.events.values()} == {"startup", "reset"}
    score = evaluate(env, lambda env: torch.zeros(4, 10), seed=0)
    assert score["action_rate_mean"].value == 0.0
    assert score["survival_rate"].value == 1.0


def test_every_level_of_a_terrain_is_scored() -> None:
    cfg = over_all_levels(load_cfg("Gaitway/DroidVelocityRough-v0"))
    assert cfg.terrain is not None
    env = GaitwayVectorEnv(
        cfg, 2 * cfg.terrain.levels * sum(kind.share for kind in cfg.terrain.kinds.values())
    )
    env.reset(seed=0)
    assert env.terrain is not None
    pairs = list(zip(env.terrain.level.tolist(), env.terrain.column.tolist(), strict=True))
    assert all(pairs.count(pair) == 2 for pair in pairs)
