"""A robot by its scanner in a room whose walls are known: beams by closed form."""

from __future__ import annotations

import numpy as np
import pytest
from gaitway.perception.scan.localise import Localiser

ANGLES = np.arange(180) * (2 * np.pi / 180)
ROOM = np.array([6.0, 4.0])  # m, half of it


def _beams(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranges (n, b) and normals (n, b, 2) inside the room: the nearer of two walls that a beam goes to."""
    heading = pose[:, 2:] + ANGLES
    beam = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    with np.errstate(divide="ignore"):
        to_wall = (np.sign(beam) * ROOM - pose[:, None, :2]) / beam
    which = to_wall.argmin(axis=-1)
    normals = np.where(np.arange(2) == which[..., None], -np.sign(beam), 0.0)
    return to_wall.min(axis=-1), normals


def _drive(steps: int, sees: bool, seed: int) -> tuple[Localiser, np.ndarray]:
    """Round and round, with wheels that slip; believed and true poses of 20 robots."""
    rng = np.random.default_rng(seed)
    true = np.tile([2.0, 0.0, np.pi / 2], (20, 1))
    localiser = Localiser(true.copy())
    for _ in range(steps):
        driven, turned = np.full(20, 0.1), np.full(20, 0.05)
        yaw = true[:, 2] + turned / 2
        true += np.stack([driven * np.cos(yaw), driven * np.sin(yaw), turned], axis=1)
        localiser.predict(
            driven + rng.normal(0, 0.03 * np.sqrt(0.1), 20), turned + rng.normal(0, 0.02 * np.sqrt(0.05), 20)
        )
        if sees:
            ranges = _beams(true)[0] + rng.normal(0, 0.01, (20, len(ANGLES)))
            ranges[:, :40] = 0.5  # somebody stands there
            ranges[:, 60:70] = np.inf
            localiser.correct(ranges, *_beams(localiser.pose), ANGLES)
    return localiser, true


def test_a_scanner_keeps_a_robot_where_wheels_lose_it():
    lost, true = _drive(600, False, 0)
    assert np.linalg.norm((lost.pose - true)[:, :2], axis=1).mean() > 0.2
    kept, true = _drive(600, True, 0)
    assert np.linalg.norm((kept.pose - true)[:, :2], axis=1).max() < 0.03
    assert np.abs((kept.pose - true)[:, 2]).max() < 0.01


def test_covariances_are_no_smaller_than_errors():
    """Normalised errors squared of three numbers are 3 on average; a filter that is too sure has more."""
    for sees in (True, False):
        found, true = _drive(150, sees, 1)
        off = found.pose - true
        nees = np.einsum("ni,nij,nj->n", off, np.linalg.inv(found.covariance), off)
        assert nees.mean() < 4.5


def test_a_corridor_tells_nothing_along_it():
    """Only its two walls are seen: what is known along it gets no better."""
    localiser = Localiser(np.zeros((1, 3)), position=0.5)
    angles = ANGLES[(np.abs(np.sin(ANGLES)) > 0.1)]
    aside = np.sin(angles)
    normals = np.stack([np.zeros_like(aside), -np.sign(aside)], axis=-1)[None]
    expected, ranges = (wall / np.abs(aside)[None] for wall in (1.0, 1.0 - 0.05 * np.sign(aside)))
    localiser.correct(ranges, expected, normals, angles)
    assert localiser.pose[0] == pytest.approx([0.0, 0.05, 0.0], abs=0.002)
    assert localiser.covariance[0, 0, 0] == pytest.approx(0.25)
    assert localiser.covariance[0, 1, 1] < 1e-4
