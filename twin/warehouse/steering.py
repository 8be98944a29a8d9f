"""How an AMR is driven to a pose: turn, drive, turn; wheels get what its acceleration allows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

_SPEEDING, _BRAKING, _SPINNING = 1.0, 2.0, 4.0  # m/s2 and rad/s2 of what wheels are told
_TURNING = 2.2  # rad/s at most
_THERE, _FACING = 0.06, 0.04  # m and rad within which it is at a place, and turned as it should be
_NEARLY = 0.12  # m to a place at which it is not worth a turn
_ASIDE = 0.6  # rad to the side up to which it drives while it turns
_BACK = 0.4  # m to a place behind it that it goes back to instead of turning round
_STEER, _TURN = 2.5, 4.0  # 1/s


class Steering:
    """Speeds of n AMRs that are sent to poses.

    Args:
        count: of them.
        period: of a tick, s.

    Attributes:
        forward, turning: (n,) m/s and rad/s that they are told now.
    """

    def __init__(self, count: int, period: float) -> None:
        self._period = period
        self.forward, self.turning = np.zeros(count), np.zeros(count)

    def steer(self, off: np.ndarray, yaw: np.ndarray, heading: np.ndarray, fastest: np.ndarray) -> np.ndarray:
        """Take in a tick: goals (n, 2) m from where they are, yaws and headings to have there (n,) rad.

        `fastest` (n,) is the speed in m/s that each may have; with 0 it brakes. Returns the distances (n,) to
        the goals in m.
        """
        left = np.linalg.norm(off, axis=1)
        bearing = wrapped(np.arctan2(off[:, 1], off[:, 0]) - yaw)
        backwards = (np.abs(bearing) > np.pi / 2) & (left < _BACK)
        bearing = np.where(backwards, wrapped(bearing + np.pi), bearing)
        beside = (left < _NEARLY) & (np.abs(bearing) > _ASIDE)  # too little to turn round for
        arriving = (left < _THERE) | beside
        speed = np.minimum(fastest, np.sqrt(1.6 * _SPEEDING * left))
        forward = np.where(backwards, -1.0, 1.0) * speed * (np.abs(bearing) < _ASIDE) * ~arriving
        turning = np.where(
            arriving, _TURN * wrapped(heading - yaw), np.where(left > _NEARLY, _STEER, 0.0) * bearing
        )
        turning = np.where(fastest > 0, np.clip(turning, -_TURNING, _TURNING), 0.0)
        most = np.where(fastest > 0, _SPEEDING, _BRAKING) * self._period
        self.forward = _towards(self.forward, forward, most)
        self.turning = _towards(self.turning, turning, _SPINNING * self._period)
        return left

    def state(self) -> dict[str, np.ndarray]:
        """What they are told, for a checkpoint."""
        return {"forward": self.forward, "turning": self.turning}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from a `state`."""
        self.forward, self.turning = state["forward"], state["turning"]


def is_facing(yaw: np.ndarray, heading: np.ndarray) -> np.ndarray:
    """(n,) whether each is turned as it should be."""
    return np.abs(wrapped(heading - yaw)) < _FACING


def wrapped(angle: np.ndarray) -> np.ndarray:
    """Angles in rad, from -pi to pi."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def _towards(now: np.ndarray, wanted: np.ndarray, step: np.ndarray | float) -> np.ndarray:
    return now + np.clip(wanted - now, -step, step)
