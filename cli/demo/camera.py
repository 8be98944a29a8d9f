"""Where the film's camera is: before the droids, walking backwards, and clear of the racks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d
from scipy.spatial.transform import Rotation

from .route import FloorMap
from .walk import Walk

TICKS_PER_S = 50
HEIGHT, AIM_HEIGHT = 0.85, 0.36
"""Of the eye and of what it looks at, m."""
DISTANCE, DISTANCE_PER_METRE = 2.0, 0.6
"""From the droids in m, and how much more for every m that one is ahead."""
SWING, SWING_S = math.radians(22), 36.0
"""It swings by this angle to either side within this time."""
SIDEWAYS = math.radians(65)
"""From where it looks when one droid is well ahead of the other."""
LEFT_BEHIND = 5.0, 7.0
"""The camera begins to leave a droid that far behind the leader, and has left it, m."""
ROOM = 0.4
"""Distance that it keeps from everything, m."""
SMOOTHING_S = 1.2


def camera_path(walks: Mapping[str, Walk], floor: FloorMap, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Eye and target (length, 3) of a camera before the droids, as smooth as only one that knows the future.

    The further one droid is ahead, the more it looks from their left, as far as there is room.
    """
    poses = np.array([held(walk.states, length)[:, :7] for walk in walks.values()])
    weight = _weight(walks, poses[:, :, :2])
    centre = np.einsum("wt,wti->ti", weight, poses[:, :, :2])
    forward = _smooth(np.einsum("wt,wti->ti", weight, np.array([_forward(pose[:, 3:]) for pose in poses])))
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    along = np.einsum("wti,ti->wt", poses[:, :, :2] - centre, forward) * (weight > 0)
    ahead = _smooth(np.ptp(along, axis=0))
    distance = DISTANCE + DISTANCE_PER_METRE * ahead
    side = SWING * np.sin(math.tau * np.arange(length) / (TICKS_PER_S * SWING_S))
    side += (SIDEWAYS - side) * np.clip(ahead / 1.5, 0.0, 1.0)
    centre = _smooth(centre)
    heading = np.arctan2(forward[:, 1], forward[:, 0])
    eye = centre + _polar(distance, heading + _share_with_room(centre, heading, distance, side, floor) * side)
    height = np.full(length, HEIGHT), np.full(length, AIM_HEIGHT)
    return np.column_stack((eye, height[0])), np.column_stack((centre, height[1]))


def _weight(walks: Mapping[str, Walk], positions: np.ndarray) -> np.ndarray:
    """Share of each droid in the middle of the picture, (W, T), from positions (W, T, 2).

    None for one that gave up, unless no other is left, nor for one that the leader has left behind.
    """
    tick = np.arange(positions.shape[1])
    last = max(len(walk.time) for walk in walks.values()) - 1
    up = np.array([(np.minimum(tick, last) < len(walk.time)) | (not walk.fault) for walk in walks.values()])
    come = np.where(up, np.linalg.norm(positions - positions[:, :1], axis=2), -1.0)
    gap = np.linalg.norm(positions - positions[come.argmax(axis=0), tick], axis=2)
    weight = up * np.interp(gap, LEFT_BEHIND, (1.0, 0.0))
    return weight / weight.sum(axis=0)


def held(states: np.ndarray, length: int) -> np.ndarray:
    """`states` (S, n) with the last row repeated up to `length` rows."""
    return np.vstack((states, np.repeat(states[-1:], length - len(states), axis=0)))


def _share_with_room(
    centre: np.ndarray, heading: np.ndarray, distance: np.ndarray, side: np.ndarray, floor: FloorMap
) -> np.ndarray:
    """How much of the angle `side` the camera can take at each tick without coming near anything, (T,)."""
    share = np.zeros(len(side))
    for candidate in np.linspace(0.1, 1.0, 10):
        share[floor.distance(centre + _polar(distance, heading + candidate * side)) > ROOM] = candidate
    return _smooth(minimum_filter1d(share, round(2 * SMOOTHING_S * TICKS_PER_S)))


def _polar(distance: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return distance[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))


def _smooth(values: np.ndarray) -> np.ndarray:
    return gaussian_filter1d(values, SMOOTHING_S * TICKS_PER_S, axis=0, mode="nearest")


def _forward(quat: np.ndarray) -> np.ndarray:
    return Rotation.from_quat(quat, scalar_first=True).apply([1.0, 0.0, 0.0])[:, :2]
