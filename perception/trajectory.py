"""Timed poses, and their TUM file: `time x y z qx qy qz qw` a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .poses import Array, interpolate, make_pose, quaternion_of
from .whole_file import whole_file


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Where a body was.

    Attributes:
        times: (n,) strictly rising, s.
        poses: (n, 4, 4) `world_from_body`, m.

    Raises:
        ValueError: shapes that do not fit, times that do not rise, or a number that is not finite.
    """

    times: Array
    poses: Array

    def __post_init__(self) -> None:
        if self.times.ndim != 1 or self.poses.shape != (len(self.times), 4, 4):
            raise ValueError(
                f"{len(self.times)} times and poses of shape {self.poses.shape} do not fit together."
            )
        if not (np.isfinite(self.times).all() and np.isfinite(self.poses).all()):
            raise ValueError("A time or pose of the trajectory is not a finite number.")
        if (late := np.flatnonzero(np.diff(self.times) <= 0)).size:
            k = late[0] + 1
            raise ValueError(
                f"The time of pose {k + 1}, {self.times[k]:.9g} s, does not come after the last pose's, "
                f"{self.times[k - 1]:.9g} s; sort the poses and keep one of each time."
            )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def positions(self) -> Array:
        """(n, 3) in m."""
        return self.poses[:, :3, 3]

    @property
    def length(self) -> float:
        """Of the path, m."""
        return float(np.linalg.norm(np.diff(self.positions, axis=0), axis=1).sum())

    def at(self, times: Array) -> Array:
        """Poses (m, 4, 4) at other times (m,), interpolated; the ends beyond them."""
        return interpolate(self.times, self.poses, times)


def nearest(times: Array, among: Array) -> np.ndarray:
    """For each of times (n,) the index of the nearest of `among` (m,), rising; of two, the earlier one."""
    after = np.minimum(np.searchsorted(among, times), len(among) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(among[before] - times) <= np.abs(among[after] - times), before, after)


def read_tum(path: Path) -> Trajectory:
    """Read a trajectory.

    Raises:
        ValueError: a line that is not eight numbers, times out of order, a quaternion of 0; by file and line.
    """
    rows, lines = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            row = [float(word) for word in line.replace(",", " ").split()]
        except ValueError:
            row = []
        if len(row) != 8 or not np.isfinite(row).all():
            raise ValueError(f"{path}, line {number}: a TUM pose is eight numbers, 'time x y z qx qy qz qw'.")
        if not any(row[4:]):
            raise ValueError(f"{path}, line {number}: the quaternion is 0 0 0 0, which is no rotation.")
        if rows and row[0] <= rows[-1][0]:
            raise ValueError(
                f"{path}, line {number}: time {row[0]:.9f} does not come after {rows[-1][0]:.9f} of line "
                f"{lines[-1]}; sort the file and keep one pose of each time."
            )
        rows.append(row)
        lines.append(number)
    if not rows:
        raise ValueError(f"{path} holds no pose.")
    table = np.array(rows)
    return Trajectory(table[:, 0], make_pose(table[:, 1:4], table[:, [7, 4, 5, 6]]))


def write_tum(path: Path, trajectory: Trajectory) -> None:
    """Write a trajectory, whole or not at all."""
    quaternions = quaternion_of(trajectory.poses)[:, [1, 2, 3, 0]]
    table = np.column_stack([trajectory.times, trajectory.positions, quaternions])
    with whole_file(path) as partial:
        np.savetxt(partial, table, fmt=["%.9f"] + ["%.9g"] * 7)
