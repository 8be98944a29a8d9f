"""Workers that walk: where the limbs of `assets/robots/worker.usda` are at a time, in closed form.

The limbs are kinematic bodies (mocap bodies in MuJoCo), without joints: put them in place before each step.

    model = load_stage(scene, [RobotPlacement(worker_usda, prefix="anna_")]).compile()
    rows, walk = worker_rows(model, "anna_"), WorkerWalk([(0, 0), (6, 0), (6, 4)], speed=1.2)
    data.mocap_pos[rows], data.mocap_quat[rows] = walk.pose(data.time)
"""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

_PAIRS = ("thigh", "shank", "foot", "upper_arm", "forearm")
LIMBS = ("torso", *(f"{side}_{limb}" for side in ("left", "right") for limb in _PAIRS))
"""Bodies of a worker, in the order of a pose."""

# Of worker.usda, in m: joint to joint, half the hips' distance, ankle above the sole, shoulder in the torso.
_THIGH, _SHANK, _UPPER_ARM, _HIP, _ANKLE, _SHOULDER = 0.436, 0.438, 0.331, 0.09, 0.07, (0.2, 0.5)
_HIP_HEIGHT = 0.893  # of a walker, in m; the knees stay bent
_STANCE = 0.56  # fraction of a stride that a foot is on the ground
_SIDES = ((1.0, 0.0), (-1.0, 0.5))  # left and right: the sign of Y, and strides that the foot comes later
_TURN = 0.6  # m before and after a corner in which the heading turns


class WorkerWalk:
    """A walk round a closed path: from its last corner back to the first; two corners are to and fro.

    The middle of the hips follows the path at constant speed, and each foot stays where it stepped until its
    next swing, so feet never slide. Stride length grows with the root of speed, as people's does.
    """

    def __init__(self, path: Sequence[tuple[float, float]], speed: float, start: float = 0.0) -> None:
        """Walk along `path` (n, 2) in m at `speed` in m/s, from `start` m after the first corner.

        Raises:
            ValueError: the speed is not a walk's, or two neighbouring corners are one.
        """
        if not 0.2 <= speed <= 1.5:
            raise ValueError(f"A worker walks at 0.2 to 1.5 m/s, not at {speed:g} m/s.")
        self.speed, self.start, self.stride = speed, start, 0.9 * speed**0.5
        self._corners = np.array([*path, path[0]], dtype=float)
        legs = np.diff(self._corners, axis=0)
        lengths = np.linalg.norm(legs, axis=1)
        if len(path) < 2 or lengths.min() < 1e-6:
            raise ValueError("A worker's path needs at least two corners, and no corner twice in a row.")
        self._at = np.concatenate(([0.0], np.cumsum(lengths)))
        turn = min(_TURN, lengths.min() / 2)
        self._turns = (self._at[:, None] + (-turn, turn)).ravel()
        headings = np.arctan2(legs[:, 1], legs[:, 0])
        headings = np.unwrap([headings[-1], *headings, headings[0]])
        self._headings = np.stack((headings[:-1], headings[1:]), axis=1).ravel()

    def root(self, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Point (..., 2) in m and heading (...,) in rad after `distance` (...,) m along the path."""
        laps, rest = np.divmod(distance, self._at[-1])
        point = np.stack([np.interp(rest, self._at, axis) for axis in self._corners.T], axis=-1)
        lap_turn = self._headings[-1] - self._headings[1]
        return point, np.interp(rest, self._turns, self._headings) + laps * lap_turn

    def pose(self, time: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions (..., 11, 3) in m, `wxyz` quaternions (..., 11, 4) of `LIMBS` at `time` (...,) in s."""
        distance = self.start + self.speed * np.asarray(time, dtype=float)
        point, yaw = self.root(distance)
        phase = 2 * np.pi * distance / self.stride
        bob = 0.012 * np.cos(2 * phase - 2 * np.pi * _STANCE)  # highest over the standing foot
        feet = [self._foot(distance, side, lag) for side, lag in _SIDES]
        ground = [_join(point, 0.0) + side * _HIP * _left(yaw) for side, _ in _SIDES]
        # In a tight turn the knees give way, so that both legs reach their footprints.
        reach = [_reach(hip, ankle) for hip, (ankle, _, _) in zip(ground, feet, strict=True)]
        height = np.minimum(_HIP_HEIGHT + bob, np.minimum(*reach))
        hips, trunk = _join(point, height), _lean(0.04, yaw)
        limbs = [(hips, trunk, yaw)]
        for (side, lag), (ankle, foot, foot_yaw) in zip(_SIDES, feet, strict=True):
            hip = hips + side * _HIP * _left(yaw)
            knee = _knee(hip, ankle, yaw)
            limbs += [(hip, hip - knee, yaw), (knee, knee - ankle, yaw), (ankle, foot, foot_yaw)]
            swing = 0.4 * np.cos(phase - 2 * np.pi * lag)  # against the leg of its side
            shoulder = hips + side * _SHOULDER[0] * _left(yaw) + _SHOULDER[1] * trunk
            arm = _lean(swing, yaw)
            limbs += [(shoulder, arm, yaw), (shoulder - _UPPER_ARM * arm, _lean(swing - 0.5, yaw), yaw)]
        origins, ups, yaws = zip(*limbs, strict=True)
        return np.stack(origins, axis=-2), _quaternions(np.stack(ups, axis=-2), np.stack(yaws, axis=-1))

    def _foot(self, distance: np.ndarray, side: float, lag: float) -> tuple[np.ndarray, ...]:
        """Ankle (..., 3), up axis (..., 3) and heading (...,) of a foot that steps `lag` strides later."""
        count, part = np.divmod(distance / self.stride - lag, 1.0)
        swing = np.clip((part - _STANCE) / (1 - _STANCE), 0.0, 1.0)
        # The hips pass over a footprint in the middle of its stance.
        step = (count + lag + _STANCE / 2) * self.stride
        (here, yaw), (there, next_yaw) = self.root(step), self.root(step + self.stride)
        here, there = (
            _join(at, _ANKLE) + side * _HIP * _left(to) for at, to in ((here, yaw), (there, next_yaw))
        )
        blend = swing**2 * (3 - 2 * swing)
        ankle = here + blend[..., None] * (there - here)
        ankle[..., 2] += 0.1 * np.sin(np.pi * swing)
        yaw = yaw + blend * (next_yaw - yaw)
        return ankle, _lean(0.3 * np.sin(2 * np.pi * swing), yaw), yaw


def worker_rows(model: mujoco.MjModel, prefix: str = "") -> list[int]:
    """Rows of `mocap_pos` and `mocap_quat` with the limbs of the worker loaded with `prefix`."""
    return [int(model.body(prefix + limb).mocapid[0]) for limb in LIMBS]


def _reach(hip: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """The height (...,) in m at which a hip above `hip` is a leg's length from the ankle."""
    aside = ankle - hip
    return ankle[..., 2] + np.sqrt((_THIGH + _SHANK) ** 2 - aside[..., 0] ** 2 - aside[..., 1] ** 2) - 1e-3


def _knee(hip: np.ndarray, ankle: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """The knee (..., 3) in front of the line from hip to ankle, by the law of cosines."""
    reach = ankle - hip
    length = np.linalg.norm(reach, axis=-1, keepdims=True)
    along = np.minimum((_THIGH**2 - _SHANK**2 + length**2) / (2 * length), _THIGH)
    leg = reach / length
    front = np.cross(leg, _left(yaw))
    front /= np.linalg.norm(front, axis=-1, keepdims=True)
    return hip + along * leg + np.sqrt(_THIGH**2 - along**2) * front


def _quaternions(up: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Rotations (..., 4) with the Z axis along `up` (..., 3), the Y axis as near as can be to the left."""
    z = up / np.linalg.norm(up, axis=-1, keepdims=True)
    x = np.cross(_left(yaw), z)
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    matrices = np.stack((x, np.cross(z, x), z), axis=-1)
    return Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_quat(scalar_first=True).reshape(*yaw.shape, 4)


def _lean(pitch: float | np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Up axis (..., 3) of what is turned by `pitch` about its left, then by `yaw` about the vertical."""
    return np.stack(
        (np.sin(pitch) * np.cos(yaw), np.sin(pitch) * np.sin(yaw), np.cos(pitch) + 0 * yaw), axis=-1
    )


def _left(yaw: np.ndarray) -> np.ndarray:
    return np.stack((-np.sin(yaw), np.cos(yaw), 0 * yaw), axis=-1)


def _join(point: np.ndarray, height: float | np.ndarray) -> np.ndarray:
    return np.concatenate((point, np.broadcast_to(height, point.shape[:-1])[..., None]), axis=-1)
