"""Gait figures of contact sequences whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gaitway.policies.gait import GaitStatistics

DT = 0.02


def _statistics(worlds: int, feet: int) -> GaitStatistics:
    return GaitStatistics(worlds, feet, DT, torch.device("cpu"))


def _figures(statistics: GaitStatistics) -> tuple[float, float, float]:
    """Mean duration of a swing in s, mean apex in m, touchdowns per foot and second."""
    swing_time, apex, touchdowns = (
        tally.measure().estimate().value
        for tally in (statistics.swing_time, statistics.swing_apex, statistics.touchdowns)
    )
    return swing_time, apex, touchdowns


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
    statistics = _statistics(1, 2)
    contact, height = _walk(401)
    _update(statistics, contact[20:], height[20:])
    assert _figures(statistics)[0] == pytest.approx(15 * DT)
    assert _figures(statistics)[1] == pytest.approx(0.05, rel=0.01)
    cycles = (401 - 20) / 40
    assert _figures(statistics)[2] == pytest.approx(1 / (40 * DT), rel=1 / cycles)


def test_flicker_is_not_smoothed() -> None:
    """One step off the floor every ten: as many swings of 20 ms."""
    contact = (np.arange(100) % 10 != 5).reshape(-1, 1, 1)
    statistics = _statistics(1, 1)
    _update(statistics, contact, np.zeros(contact.shape))
    assert _figures(statistics)[0] == pytest.approx(DT)
    assert _figures(statistics)[2] == pytest.approx(10 / (100 * DT))


def test_only_swings_counted_from_lift_off_on_count() -> None:
    """A short swing lies half outside the counted time, a long one inside."""
    contact = np.ones((40, 1, 1), dtype=bool)
    contact[8:12], contact[20:30] = False, False
    counted = np.arange(40).reshape(-1, 1) >= 10
    statistics = _statistics(1, 1)
    _update(statistics, contact, np.where(contact, 0.0, 0.03), counted)
    assert _figures(statistics)[0] == pytest.approx(10 * DT)
    assert _figures(statistics)[1] == pytest.approx(0.03)
    assert _figures(statistics)[2] == pytest.approx(1 / (30 * DT))


def test_worlds_are_kept_apart() -> None:
    """One world walks, the other stands: together they step half as often."""
    contact, height = _walk(400)
    standing = np.ones_like(contact)
    alone, both = _statistics(1, 2), _statistics(2, 2)
    _update(alone, contact, height)
    _update(both, np.concatenate((contact, standing), 1), np.concatenate((height, 0 * height), 1))
    assert _figures(both)[2] == pytest.approx(_figures(alone)[2] / 2)
    assert _figures(both)[0] == pytest.approx(_figures(alone)[0])


def test_standing_has_no_steps() -> None:
    statistics = _statistics(1, 2)
    _update(statistics, np.ones((50, 1, 2), dtype=bool), np.zeros((50, 1, 2)))
    swing_time, apex, touchdowns = _figures(statistics)
    assert touchdowns == 0.0
    assert np.isnan(swing_time) and np.isnan(apex), "the mean of no swings is no number"
