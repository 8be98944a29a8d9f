"""Gymnasium's vector wrappers and our own around one env: what comes out is what went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import imageio_ffmpeg
import numpy as np
import pytest
import torch
from gaitway.envs.wrappers.next_step import NextStepAutoreset
from gaitway.envs.wrappers.numpy_env import NumpyVectorEnv
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import NormalizeObservation, RecordEpisodeStatistics, RecordVideo

TASK = "Gaitway/DroidVelocityFlat-v0"


def _env(num_envs: int = 4, **kwargs: Any) -> VectorEnv:
    return gymnasium.make_vec(TASK, num_envs=num_envs, **kwargs)


def _actions(step: int, num_envs: int = 4) -> np.ndarray:
    """The same for every caller, and strong enough that droids fall."""
    return np.random.default_rng(step).uniform(-3, 3, (num_envs, 10)).astype(np.float32)


def test_numpy_env_gives_copies_of_what_torch_gives() -> None:
    plain, arrays = _env(), NumpyVectorEnv(_env())
    first, _ = plain.reset(seed=3)
    seen, _ = arrays.reset(seed=3)
    kept = seen.copy()
    np.testing.assert_array_equal(seen, first.numpy())
    finals = 0
    for step in range(80):
        expected = plain.step(torch.as_tensor(_actions(step)))
        found = arrays.step(_actions(step))
        for ours, theirs in zip(found[:4], expected[:4], strict=True):
            assert isinstance(ours, np.ndarray)
            assert ours.dtype == theirs.numpy().dtype
            np.testing.assert_array_equal(ours, theirs.numpy())
        if "final_obs" in found[4]:
            finals += 1
            np.testing.assert_array_equal(found[4]["final_obs"], expected[4]["final_obs"].numpy())
    assert finals > 0
    np.testing.assert_array_equal(seen, kept)


def test_gymnasium_counts_episodes() -> None:
    """Against sums by hand."""
    env = RecordEpisodeStatistics(NumpyVectorEnv(_env()))
    env.reset(seed=3)
    total, length, episodes = np.zeros(4), np.zeros(4), 0
    for step in range(80):
        _, reward, terminated, truncated, info = env.step(_actions(step))
        total += reward
        length += 1
        for world in np.flatnonzero(terminated | truncated):
            assert info["episode"]["r"][world] == pytest.approx(total[world], abs=1e-5)
            assert info["episode"]["l"][world] == length[world]
            total[world], length[world], episodes = 0.0, 0, episodes + 1
    assert episodes > 0


def test_next_step_autoreset_shows_the_end_and_skips_the_beginning() -> None:
    plain, delayed = NumpyVectorEnv(_env()), NextStepAutoreset(NumpyVectorEnv(_env()))
    plain.reset(seed=3)
    delayed.reset(seed=3)
    begins, ends = np.zeros(4, bool), 0
    for step in range(80):
        obs, reward, terminated, truncated, info = plain.step(_actions(step))
        seen, paid, died, cut, _ = delayed.step(_actions(step))
        done = (terminated | truncated) & ~begins
        ends += done.sum()
        np.testing.assert_array_equal(died | cut, done)
        np.testing.assert_array_equal(paid, np.where(begins, 0.0, reward))
        np.testing.assert_array_equal(seen[~done], obs[~done])
        if done.any():
            np.testing.assert_array_equal(seen[done], info["final_obs"][done])
        begins = done
    assert ends > 0


def test_gymnasium_normalizes_observations() -> None:
    """Mean 0 and spread 1 over all that was seen, in every column."""
    env = NormalizeObservation(NextStepAutoreset(NumpyVectorEnv(_env(64))))
    env.reset(seed=0)
    seen = np.concatenate([env.step(_actions(step, 64))[0] for step in range(40)])
    varied = seen.std(0) > 0.1
    assert varied.sum() > 30
    np.testing.assert_allclose(seen[:, varied].mean(0), 0.0, atol=0.5)
    np.testing.assert_allclose(seen[:, varied].std(0), 1.0, atol=0.5)


def test_gymnasium_films_all_worlds(tmp_path: Path) -> None:
    pytest.importorskip("moviepy")
    env = RecordVideo(_env(2, render_mode="rgb_array"), str(tmp_path), video_length=5, fps=50)
    env.reset(seed=0)
    for step in range(6):
        env.step(_actions(step, 2))
    env.close()
    (film,) = tmp_path.glob("*.mp4")
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(film))
    assert frames == 6, "the reset and five steps"
    assert seconds == pytest.approx(0.12)
