"""How far a tip is tilted, and the configurations nearby at which it is not."""

from __future__ import annotations

import numpy as np

from ..errors import PlanFailure
from ..kinematics.forward_numba import tip_jacobians, tip_poses
from ..robot.group import JointGroup
from ..trajectory.trajectory import Trajectory
from .goals import Level

_STEPS = 12
_DAMPING = 1e-4
_LOOKS = 256


class Leveller:
    """Keeps an axis of a group's tip within an angle of a direction."""

    def __init__(self, group: JointGroup, level: Level) -> None:
        """Take what to keep."""
        axis, direction = np.asarray(level.axis, float), np.asarray(level.direction, float)
        self.group, self.angle = group, float(level.angle)
        self._axis, self._direction = axis / np.linalg.norm(axis), direction / np.linalg.norm(direction)

    def row(self) -> np.ndarray:
        """(8,) for compiled code, see `optimise.shorten.Surroundings`."""
        tip = self.group.tip
        in_frame = self.group.link_offset[tip, :3, :3] @ self._axis
        return np.array([self.group.link_frame[tip], *in_frame, *self._direction, np.cos(self.angle)])

    def tilt(self, q: np.ndarray) -> np.ndarray:
        """Angle (B,) in rad between the two at configurations (B, n)."""
        return self._error(q)[1]

    def levelled(self, q: np.ndarray, part: float) -> tuple[np.ndarray, np.ndarray]:
        """Configurations (B, n) near to these with a tilt of no more than part of the angle; (B,) which are.

        Gauss-Newton steps of least length on the turn that is left.
        """
        q, limits = q.copy(), self.group.limits
        goal = part * self.angle
        for _ in range(_STEPS):
            error, tilt = self._error(q)
            rows = np.flatnonzero(tilt > goal)
            if not len(rows):
                break
            axis = tip_poses(self.group, q[rows])[:, :3, :3] @ self._axis
            turns = tip_jacobians(self.group, q[rows])[:, 3:]
            turns -= axis[:, :, None] * np.einsum("bi,bij->bj", axis, turns)[:, None]
            wanted = error[rows] * (1.0 - 0.95 * goal / tilt[rows])[:, None]
            square = turns @ turns.transpose(0, 2, 1) + _DAMPING * np.eye(3)
            step = np.einsum("bij,bi->bj", turns, np.linalg.solve(square, wanted[:, :, None])[:, :, 0])
            q[rows] = np.clip(q[rows] + step, limits.lower, limits.upper)
        return q, self.tilt(q) <= goal * (1 + 1e-6)

    def check(self, trajectory: Trajectory) -> None:
        """Refuse a trajectory on which the tip tilts too far.

        Raises:
            PlanFailure: it does; with the time.
        """
        times = np.linspace(0.0, trajectory.duration, _LOOKS)
        tilt = self.tilt(trajectory.position(times))
        worst = int(np.argmax(tilt))
        if tilt[worst] > self.angle:
            raise PlanFailure(
                f"The tip is tilted by {np.rad2deg(tilt[worst]):.2f} degrees at {times[worst]:.3f} s, beyond "
                f"{np.rad2deg(self.angle):.2f}.",
                stage="gate",
                time=float(times[worst]),
            )

    def require(self, q: np.ndarray, stage: str) -> None:
        """Refuse a start or goal (n,) at which the tip is tilted too far.

        Raises:
            PlanFailure: it is; with the nearest configuration found at which it is not.
        """
        tilt = float(self.tilt(q[None])[0])
        if tilt > self.angle:
            near, found = self.levelled(q[None], 0.9)
            raise PlanFailure(
                f"The {stage}: the tip is tilted by {np.rad2deg(tilt):.1f} degrees, beyond "
                f"{np.rad2deg(self.angle):.1f}.",
                stage=stage,
                nearest=near[0] if found[0] else None,
            )

    def _error(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The turns (B, 3) that would level the tip, as rotation vectors, and their angles (B,)."""
        axis = tip_poses(self.group, q)[:, :3, :3] @ self._axis
        cross = np.cross(axis, self._direction)
        sine, cosine = np.linalg.norm(cross, axis=1), axis @ self._direction
        angle = np.arctan2(sine, cosine)
        return cross * (angle / np.maximum(sine, 1e-9))[:, None], angle
