"""Straight motions of the tip: inverse kinematics along the line, and a check that it is one."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import PlanFailure
from ..kinematics.forward_numba import tip_poses
from ..kinematics.inverse import InverseKinematics
from ..robot.group import JointGroup
from ..trajectory.trajectory import Trajectory

STEP, TURN = 0.01, np.deg2rad(3.0)
"""m and rad of the tip from one waypoint to the next, at first."""
TOLERANCE, ANGLE_TOLERANCE = 2e-3, np.deg2rad(1.0)
"""m by which the tip may leave the line, and rad by which it may be turned away from what it should be."""
_EXACT = (1e-6, 1e-5)
_JUMP = 0.3
"""rad or m: joints that move farther in a step have gone over to another branch."""
_MOST = 512
_LOOKS = 100


class Line:
    """A straight way of the tip, on which it turns evenly."""

    def __init__(self, begin: np.ndarray, end: np.ndarray) -> None:
        """Take two poses (4, 4) of the tip in the base."""
        self.begin, self.end = begin, end
        self.length = float(np.linalg.norm(end[:3, 3] - begin[:3, 3]))
        self._turn = Rotation.from_matrix(end[:3, :3] @ begin[:3, :3].T).as_rotvec()
        self.angle = float(np.linalg.norm(self._turn))

    def poses(self, parts: np.ndarray) -> tuple[np.ndarray, Rotation]:
        """Positions (m, 3) and rotations at parts (m,) of the way from 0 to 1."""
        start = self.begin[:3, 3]
        position = start + parts[:, None] * (self.end[:3, 3] - start)
        turns = Rotation.from_rotvec(parts[:, None] * self._turn)
        return position, turns * Rotation.from_matrix(self.begin[:3, :3])

    def deviation(self, poses: np.ndarray) -> tuple[float, float]:
        """m and rad by which poses (m, 4, 4) leave the line at the most.

        The turn that belongs to a pose is told by its place on the line, or, where the tip turns on the
        spot, by the turn itself.
        """
        along = self.end[:3, 3] - self.begin[:3, 3]
        if self.length > STEP:
            parts = np.clip((poses[:, :3, 3] - self.begin[:3, 3]) @ along / self.length**2, 0.0, 1.0)
        else:
            turned = Rotation.from_matrix(poses[:, :3, :3] @ self.begin[:3, :3].T).as_rotvec()
            parts = np.clip(turned @ self._turn / max(self.angle, 1e-9) ** 2, 0.0, 1.0)
        position, rotation = self.poses(parts)
        away = np.linalg.norm(poses[:, :3, 3] - position, axis=1)
        turn = (Rotation.from_matrix(poses[:, :3, :3]) * rotation.inv()).magnitude()
        return float(away.max()), float(turn.max())

    def check(self, group: JointGroup, trajectory: Trajectory) -> None:
        """Refuse a trajectory whose tip leaves the line.

        Raises:
            PlanFailure: it does.
        """
        poses = tip_poses(group, trajectory.position(np.linspace(0.0, trajectory.duration, _LOOKS)))
        away, turn = self.deviation(poses)
        if away > TOLERANCE or turn > ANGLE_TOLERANCE:
            raise PlanFailure(
                f"The tip leaves its straight line by {1e3 * away:.1f} mm and {np.rad2deg(turn):.2f} deg.",
                stage="gate",
            )


def follow(solver: InverseKinematics, q: np.ndarray, line: Line) -> np.ndarray:
    """Waypoints (m, n) along a line from a configuration (n,) whose tip is at its beginning.

    Raises:
        PlanFailure: a limit, or a joint that would have to jump, is in the way; it says after how many mm.
    """
    parts = max(1, int(np.ceil(max(line.length / STEP, line.angle / TURN))))
    while True:
        waypoints = _solve_along(solver, q, line, parts)
        middles = tip_poses(solver.group, 0.5 * (waypoints[:-1] + waypoints[1:]))
        away, turn = line.deviation(middles)
        if (away <= 0.5 * TOLERANCE and turn <= 0.5 * ANGLE_TOLERANCE) or parts >= _MOST:
            return waypoints
        parts *= 2


def _solve_along(solver: InverseKinematics, q: np.ndarray, line: Line, parts: int) -> np.ndarray:
    shares = np.arange(1, parts + 1) / parts
    position, rotation = line.poses(shares)
    quaternion = rotation.as_quat(scalar_first=True)
    waypoints = [np.asarray(q, float)]
    for share, p, r in zip(shares, position, quaternion, strict=True):
        answer = solver.solve(p, r, reference=waypoints[-1], tolerance=_EXACT)
        if not answer.found[0] or np.abs(answer.q[0, 0] - waypoints[-1]).max() > _JUMP:
            why = "a joint would have to jump" if answer.found[0] else "the joints' limits end it"
            raise PlanFailure(
                f"The straight way ends after {1e3 * line.length * (share - 1 / parts):.0f} of "
                f"{1e3 * line.length:.0f} mm: {why}.",
                stage="line",
            )
        waypoints.append(answer.q[0, 0])
    return np.array(waypoints)
