"""Gait figures of contact sequences whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gaitway.policies.gait import GaitStatistics

DT = 0.02


def _update(
    statistics: GaitStatistics, contact: np.ndarray, height: np.ndarray, counted: np.ndarray | None = None
) -> None:
    """Feed (steps, worlds, feet) arrays; by default every step of every world is counted."""
    for step in range(len(contact)):
        statistics.update(
            torch.from_numpy(contact[step]),
            torch.from_numpy(height[step]).float(),
            torch.ones(contact.shape[1], dtype=torch.bool)
            if counted is None
            else torch.from_numpy(counted[step]),
        )


def _walk(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Two feet in turn: 40 steps a cycle, 15 of them in the air on a half-sine of 5 cm, (steps, 1, 2)."""
    phase = (np.arange(steps)[:, None] + np.array([0, 20])) % 40
    swing = phase < 15
    height = np.where(swing, 0.05 * np.sin(np.pi * (phase + 1) / 16), 0.0)
    return ~swing[:, None, :], height[:, None, :]


def test_regular_walk() -> None:
    """Each foot steps once in 0.8 s, and a swing that began before the record did does not count."""
    statistics = GaitStatistics(1, 2, DT)
    contact, height = _walk(401)
    _update(statistics, contact[20:], height[20:])
    assert statistics.swing_time_mean == pytest.approx(15 * DT)
    assert statistics.swing_apex_mean == pytest.approx(0.05, rel=0.01)
    cycles = (401 - 20) / 40
    assert statistics.touchdowns_per_s == pytest.approx(1 / (40 * DT), rel=1 / cycles)


def test_flicker_is_not_smoothed() -> None:
    """One step off the floor every ten: as many swings of 20 ms."""
    contact = (np.arange(100) % 10 != 5).reshape(-1, 1, 1)
    statistics = GaitStatistics(1, 1, DT)
    _update(statistics, contact, np.zeros(contact.shape))
    assert statistics.swing_time_mean == pytest.approx(DT)
    assert statistics.touchdowns_per_s == pytest.approx(10 / (100 * DT))


def test_only_swings_counted_from_lift_off_on_count() -> None:
    """A short swing lies half outside the counted time, a long one inside."""
    contact = np.ones((40, 1, 1), dtype=bool)
    contact[8:12], contact[20:30] = False, False
    counted = np.arange(40).reshape(-1, 1) >= 10
    statistics = GaitStatistics(1, 1, DT)
    _update(statistics, contact, np.where(contact, 0.0, 0.03), counted)
    assert statistics.swing_time_mean == pytest.approx(10 * DT)
    assert statistics.swing_apex_mean == pytest.approx(0.03)
    assert statistics.touchdowns_per_s == pytest.approx(1 / (30 * DT))


def test_worlds_are_kept_apart() -> None:
    """One world walks, the other stands: together they step half as often."""
    contact, height = _walk(400)
    standing = np.ones_like(contact)
    alone, both = GaitStatistics(1, 2, DT), GaitStatistics(2, 2, DT)
    _update(alone, contact, height)
    _update(both, np.concatenate((contact, standing), 1), np.concatenate((height, 0 * height), 1))
    assert both.touchdowns_per_s == pytest.approx(alone.touchdowns_per_s / 2)
    assert both.swing_time_mean == pytest.approx(alone.swing_time_mean)


def test_standing_has_no_steps() -> None:
    statistics = GaitStatistics(1, 2, DT)
    _update(statistics, np.ones((50, 1, 2), dtype=bool), np.zeros((50, 1, 2)))
    assert statistics.swing_time_mean == statistics.swing_apex_mean == statistics.touchdowns_per_s == 0.0
