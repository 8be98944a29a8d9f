from __future__ import annotations

import numpy as np
import pytest
from gaitway.envs.sensors.depth_noise import DepthCfg, edges, measure_depth


def test_noise_grows_with_the_square_of_depth():
    """sigma_z = z^2 / (f B) sigma_d, and a step of disparity s adds s^2 / 12 to the variance of disparity."""
    cfg = DepthCfg(noise=0.1, step=0.125, far=20.0)
    for depth in (1.0, 3.0, 6.0):
        measured = measure_depth(np.full((300, 300), depth, np.float32), cfg, np.random.default_rng(0))
        disparity = np.sqrt(cfg.noise**2 + cfg.step**2 / 12)
        assert measured.std() == pytest.approx(depth**2 / cfg.focal_baseline * disparity, rel=0.05)


def test_depth_comes_in_steps_of_disparity():
    cfg = DepthCfg(noise=0.0, step=0.125)
    truth = np.linspace(0.5, 8.0, 4000, dtype=np.float32)[None]
    steps = cfg.focal_baseline / measure_depth(truth, cfg, np.random.default_rng(0)) / cfg.step
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-3)


def test_pixels_beside_an_edge_are_lost_as_often_as_asked():
    truth = np.full((400, 40), 2.0, np.float32)
    truth[:, 20:] = 3.0
    cfg = DepthCfg(noise=0.0, edge_loss=0.4)
    beside = edges(truth, cfg)
    np.testing.assert_array_equal(np.flatnonzero(beside[0]), [19, 20])
    lost = measure_depth(truth, cfg, np.random.default_rng(0)) == 0
    assert lost[beside].mean() == pytest.approx(0.4, abs=0.08)
    assert not lost[~beside].any()


def test_a_floor_has_no_edges_up_to_the_horizon_and_a_kerb_has_one():
    rows = np.arange(1, 200, dtype=np.float32)[::-1, None].repeat(30, 1)
    floor = 0.3 * 320.0 / rows  # seen from 0.3 m above
    cfg = DepthCfg()
    assert not edges(floor, cfg).any()
    raised = np.where(np.arange(30) < 15, floor, 0.8 * floor)
    beside = edges(raised.astype(np.float32), cfg)
    near = floor[:, 0] < 8.0
    assert beside[near][:, [14, 15]].all() and not beside[:, :14].any()


def test_nothing_is_measured_outside_the_limits():
    truth = np.array([[0.0, 0.1, 1.0, 11.9, 12.1, 100.0]], np.float32)
    measured = measure_depth(truth, DepthCfg(noise=0.0, edge_loss=0.0), np.random.default_rng(0))
    np.testing.assert_array_equal(measured > 0, [[False, False, True, True, False, False]])
