"""The last stage before the motors: joint targets held within what the contract says the joints can do."""

from __future__ import annotations

import numpy as np

from .contract import Contract
from .safety import bounds


class Limiter:
    """Limits joint targets (n,).

    Position drives: a target may change by velocity_limit * tick per tick; it may ask for no more than the
    effort limit, by torque = kp * (target - pos) - kd * vel; and where a joint is at the end of its range it
    may not lie beyond that end. Velocity drives: a target stays within +-velocity_limit; their torque is for
    the drive to limit. `counts` holds for each of these how many targets it has changed.
    """

    def __init__(self, contract: Contract) -> None:
        joints = contract.joints
        self._is_position = np.array([drive == "position" for drive in joints.drive])
        self._kp, self._kd = np.array(joints.kp), np.array(joints.kd)
        self._fastest = bounds(joints.velocity_limit, np.inf)
        self._step = np.where(self._is_position, self._fastest * contract.timing.policy_dt, np.inf)
        self._effort = bounds(joints.effort_limit, np.inf)
        self._lower, self._upper = bounds(joints.lower, -np.inf), bounds(joints.upper, np.inf)
        self._last: np.ndarray | None = None
        self.counts = {"rate": 0, "torque": 0, "position": 0, "velocity": 0}

    def __call__(self, targets: np.ndarray, pos: np.ndarray, vel: np.ndarray) -> np.ndarray:
        """The nearest targets within the limits, at measured positions and velocities (n,)."""
        targets = np.asarray(targets, float)
        last = pos if self._last is None else self._last
        targets = self._clip("rate", targets, last - self._step, last + self._step)
        targets = self._clip("torque", targets, *self._torque_bounds(pos, vel))
        lowest = np.where(self._is_position & (pos <= self._lower), self._lower, -np.inf)
        highest = np.where(self._is_position & (pos >= self._upper), self._upper, np.inf)
        targets = self._clip("position", targets, lowest, highest)
        fastest = np.where(self._is_position, np.inf, self._fastest)
        self._last = self._clip("velocity", targets, -fastest, fastest)
        return self._last

    def _torque_bounds(self, pos: np.ndarray, vel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Targets at which a position drive just reaches its effort limit."""
        limited = self._is_position & (self._kp > 0)
        kp = np.where(limited, self._kp, 1.0)
        effort = np.where(limited, self._effort, np.inf)
        return pos + (self._kd * vel - effort) / kp, pos + (self._kd * vel + effort) / kp

    def _clip(self, name: str, targets: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        clipped = np.clip(targets, low, high)
        # Rounding of the bounds is no limit that was reached.
        self.counts[name] += int((np.abs(clipped - targets) > 1e-9).sum())
        return clipped
