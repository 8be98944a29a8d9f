"""Lines that stand for a hand in drawings."""

from __future__ import annotations

import numpy as np

from ..poses import Array, transform
from .gripper import ParallelGripper, SuctionCup

_STEM = 0.05  # m of the arm behind the hand


def parallel_lines(pose: Array, opened: float, gripper: ParallelGripper) -> Array:
    """Strip (7, 3) in the frame of `pose` (4, 4): along a finger, palm, arm and back, the other finger.

    `opened` is the distance between the pads in m.
    """
    half, back = opened / 2, -gripper.finger_length
    strip = [
        [-half, 0, 0], [-half, 0, back], [0, 0, back], [0, 0, back - _STEM], [0, 0, back], [half, 0, back],
        [half, 0, 0],
    ]  # fmt: skip
    return transform(pose, np.array(strip))


def cup_lines(pose: Array, cup: SuctionCup) -> Array:
    """Strip (n, 3) in the frame of `pose` (4, 4): around the lip, then along the tube."""
    angle = np.linspace(0, 2 * np.pi, 25)
    lip = np.column_stack([cup.radius * np.cos(angle), cup.radius * np.sin(angle), np.zeros(25)])
    tube = [[0, 0, 0], [0, 0, -0.02], [0, 0, -0.02 - _STEM]]
    return transform(pose, np.concatenate([lip, tube]))
