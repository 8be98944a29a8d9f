"""Rotations against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gaitway.envs import rotations
from scipy.spatial.transform import Rotation


@pytest.fixture
def random() -> tuple[torch.Tensor, torch.Tensor, Rotation]:
    """Quaternions (50, 4) `wxyz`, vectors (50, 3), and the same rotations in SciPy."""
    generator = np.random.default_rng(0)
    reference = Rotation.random(50, rng=generator)
    quat = torch.from_numpy(reference.as_quat(scalar_first=True))
    return quat, torch.from_numpy(generator.normal(size=(50, 3))), reference


def _assert_close(actual: torch.Tensor, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual.numpy(), expected, atol=1e-12)


def test_rotate_inverse(random: tuple[torch.Tensor, torch.Tensor, Rotation]) -> None:
    quat, vector, reference = random
    _assert_close(rotations.rotate_inverse(quat, vector), reference.inv().apply(vector.numpy()))


def test_projected_gravity(random: tuple[torch.Tensor, torch.Tensor, Rotation]) -> None:
    quat, _, reference = random
    _assert_close(rotations.projected_gravity(quat), reference.inv().apply([0.0, 0.0, -1.0]))


def test_yaw(random: tuple[torch.Tensor, torch.Tensor, Rotation]) -> None:
    """Yaw is the first of the intrinsic ZYX angles, and the direction of the X axis seen from above."""
    quat, _, reference = random
    _assert_close(rotations.yaw(quat), reference.as_euler("ZYX")[:, 0])
    forward = reference.apply([1.0, 0.0, 0.0])
    _assert_close(rotations.yaw(quat), np.arctan2(forward[:, 1], forward[:, 0]))


def test_from_yaw() -> None:
    angle = torch.linspace(-3.0, 3.0, 13, dtype=torch.float64)
    expected = Rotation.from_euler("z", angle.numpy()[:, None]).as_quat(scalar_first=True, canonical=True)
    _assert_close(rotations.from_yaw(angle), expected)
