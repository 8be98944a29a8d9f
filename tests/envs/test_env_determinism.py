"""Same seed, same result: at any thread count, in any process, on any later reset."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import torch
from gaitway.envs.registration import load_cfg
from gaitway.envs.vector_env import GaitwayVectorEnv

TASK = "Gaitway/DroidVelocityFlat-v0"
WORLDS = 6


def _env(threads: int = 0) -> GaitwayVectorEnv:
    return GaitwayVectorEnv(load_cfg(TASK), WORLDS, threads=threads)


def _trajectory(env: GaitwayVectorEnv, seed: int, steps: int = 80) -> bytes:
    """Everything a rollout of random actions returned, with falls and so resets in it."""
    generator = torch.Generator().manual_seed(0)
    obs, _ = env.reset(seed=seed)
    parts, ended = [obs], 0
    for _ in range(steps):
        actions = 1.5 * torch.randn(WORLDS, 10, generator=generator)
        obs, reward, terminated, truncated, _ = env.step(actions)
        ended += int((terminated | truncated).sum())
        parts += [obs, reward, terminated, truncated, env.observation_groups["critic"]]
    assert ended > 0, "no episode ended: the resets went untested"
    return b"".join(part.numpy().tobytes() for part in parts)


def test_thread_count_changes_nothing() -> None:
    single = _trajectory(_env(threads=1), seed=3)
    assert single == _trajectory(_env(threads=2), seed=3)
    assert single != _trajectory(_env(threads=1), seed=4)


def test_seeded_reset_repeats_whatever_came_before() -> None:
    """Friction, payload, pushes, commands and noise start over too."""
    env = _env()
    first = _trajectory(env, seed=3)
    _trajectory(env, seed=9, steps=60)
    assert _trajectory(env, seed=3) == first


def test_another_process_gets_the_same() -> None:
    result = subprocess.run(
        [sys.executable, __file__], capture_output=True, text=True, env={"PYTHONHASHSEED": "1"}
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == hashlib.sha256(_trajectory(_env(), seed=3)).hexdigest()


def test_inference_mode_comes_and_goes() -> None:
    """An env scored in inference mode can be trained on afterwards, and the numbers do not depend on it."""
    env = _env()
    with torch.inference_mode():
        inside = _trajectory(env, seed=3)
    assert _trajectory(env, seed=3) == inside


def test_callers_thread_setting_survives_a_step() -> None:
    env, count = _env(), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        env.reset(seed=0)
        env.step(torch.zeros(WORLDS, 10))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(count)


if __name__ == "__main__":
    print(hashlib.sha256(_trajectory(_env(), seed=3)).hexdigest())
