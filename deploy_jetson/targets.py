"""Actions -> joint targets, limited as the contract says and as training limited them."""

from __future__ import annotations

import numpy as np

from .contract import Contract


class Targets:
    """Scales actions and limits the targets; remembers the last ones, which a limited speed starts from.

    `offset` (n,) is the contract's `action_offset`; `last` (N, n) are the targets of the tick before, or
    `offset` at the start of an episode. `needs_past`: actions alone do not tell the targets. All float32.
    """

    def __init__(self, contract: Contract) -> None:
        joints = contract.joints
        self.offset = np.array(joints.action_offset, np.float32)
        self._relative = joints.relative
        self._scale = np.array(joints.action_scale, np.float32)
        self._lower = or_infinite(joints.target_lower, -np.inf)
        self._upper = or_infinite(joints.target_upper, np.inf)
        self._farthest = np.float32(contract.timing.policy_dt) * or_infinite(joints.rate_limit, np.inf)
        self._limited = np.isfinite(self._farthest)
        self.needs_past = joints.relative or bool(self._limited.any())
        self.last = self.offset[None]

    def reset(self, num: int) -> None:
        """Begin an episode in `num` worlds."""
        self.last = np.tile(self.offset, (num, 1))

    def __call__(self, joint_pos: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """One tick: targets (N, n) of clipped `actions` (N, n); `joint_pos` (N, n) is what was measured."""
        targets = self.wanted(joint_pos, actions)
        if self._limited.any():
            step = np.clip(targets - self.last, -self._farthest, self._farthest)
            targets = np.where(self._limited, self.last + step, targets)
        self.last = targets
        return targets

    def wanted(self, joint_pos: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """The targets that actions ask for, as if all could be reached at once."""
        base = np.asarray(joint_pos, np.float32) if self._relative else self.offset
        return np.clip(base + self._scale * actions, self._lower, self._upper)


def or_infinite(limits: tuple[float | None, ...], infinity: float) -> np.ndarray:
    """Limits (n,) as float32, `infinity` where there is none."""
    return np.array([infinity if limit is None else limit for limit in limits], np.float32)
