"""The judge beside closed forms, what moves beside its limits, and an episode from its seed to its end."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.planning.collision.obstacles import Box, Sphere
from gaitway.planning.reactive.replanner import ReplannerCfg
from gaitway.planning.reactive.search import search_path
from gaitway.twin.replanning.episodes import make_episode
from gaitway.twin.replanning.judge import STEP, Judge
from gaitway.twin.replanning.robot import arm_body
from gaitway.twin.replanning.run import run_episode
from gaitway.twin.replanning.scene import ArmScene
from gaitway.twin.replanning.tracks import ACCELERATION, Track

JOINTS = tuple(f"joint{n}" for n in range(1, 8))
HOME = np.array([0.0, -0.785, 0.0, -2.356, 0.0, 1.571, 0.785])
RATES = (np.full(7, 2.0), np.full(7, 10.0), np.full(7, 200.0))
PEDESTAL = 0.085  # m, its radius


def test_judge_measures_a_ball_that_comes_to_the_foot() -> None:
    ball = Sphere((-0.6, 0.0, 0.1), 0.05)
    judge = Judge(ArmScene(JOINTS, {}, {"ball": ball}))
    x = np.linspace(-0.6, -0.2, 100)
    centres = {"ball": np.column_stack([x, 0 * x, 0 * x + 0.1])}
    verdict = judge.judge(np.tile(HOME, (100, 1)), centres, RATES)
    assert verdict.clearance == pytest.approx(0.2 - PEDESTAL - 0.05, abs=1e-6)
    assert verdict.time == pytest.approx(99 * STEP)
    assert verdict.what[1] == "ball"
    assert not verdict.touches_itself
    assert verdict.of_limit == (0.0, 0.0, 0.0)
    centres["ball"][50] = [-0.1, 0.0, 0.1]
    assert judge.judge(np.tile(HOME, (100, 1)), centres, RATES).clearance < 0


def test_judge_sees_rates_and_steps() -> None:
    judge = Judge(ArmScene(JOINTS, {"box": Box((0.0, 0.0, 5.0), (1.0, 1.0, 1.0))}, {}))
    times = STEP * np.arange(1000)
    swing = np.tile(HOME, (1000, 1))
    swing[:, 0] += 0.3 * np.sin(4.0 * times)
    velocity, acceleration, jerk = judge.judge(swing, {}, RATES).of_limit
    assert velocity == pytest.approx(0.3 * 4 / 2, rel=1e-3)
    assert acceleration == pytest.approx(0.3 * 16 / 10, rel=1e-3)
    assert jerk == pytest.approx(0.3 * 64 / 200, rel=1e-3)
    swing[500:, 0] += 1e-3 * (times[500:] - times[500])  # a step of 1 mrad/s in velocity
    assert judge.judge(swing, {}, RATES).of_limit[2] > 1.0
    swing[:, 1] += 3.0  # its range ends at 1.76
    assert judge.judge(swing, {}, RATES).beyond > 0.0


def test_tracks_keep_their_speed_and_come_back() -> None:
    ball = Sphere((1.0, 0.0, 0.3), 0.1)
    track = Track(ball, np.array([0.0, 1.0, 0.0]), 0.8, 0.5, begin=-0.4, stay=1.0)
    times = np.arange(-1.0, 6.0, 1e-3)
    way = track.offset(times)[:, 1]
    speed = np.diff(way) / 1e-3
    assert np.abs(speed).max() == pytest.approx(0.5, rel=1e-6)
    assert np.abs(np.diff(speed) / 1e-3).max() == pytest.approx(ACCELERATION, rel=1e-3)
    assert way.max() == pytest.approx(0.8)
    assert way[-1] == pytest.approx(0.0, abs=1e-9)
    assert track.over == pytest.approx(times[np.flatnonzero(np.abs(speed) > 1e-6)[-1]], abs=2e-3)


def test_an_episode_is_needed_and_avoided_the_same_way_twice() -> None:
    body, cfg = arm_body(), ReplannerCfg()
    episodes = [make_episode(body, search_path, 1) for _ in range(2)]
    outcomes = [run_episode(body, episode, search_path, cfg, lambda: 0.0) for episode in episodes]
    first, second = outcomes
    assert first.blind < 0  # MuJoCo sees an arm hit that looks at nothing
    assert first.succeeded
    assert first.verdict.clearance >= 0.01
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_allclose(first.positions[-1], episodes[0].goal, atol=1e-6)
