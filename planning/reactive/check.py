"""Whether a motion is free of where obstacles may be by then, with nothing between samples to miss."""

from __future__ import annotations

import numpy as np

from ..collision.body import CollisionBody
from ..collision.distance_numba import distances
from ..collision.free_numba import configurations_free
from ..collision.sweep import reaches
from ..collision.world import WorldArrays
from ..kinematics import inputs
from ..kinematics.lanes import LANES, frame_arrays
from ..trajectory.extrema import position_range
from .forecast import SLICE, Forecast
from .motion import Motion

STEP = SLICE / LANES
"""s between looks."""
_ROUNDING = 1e-9  # rad
_CLEARANCE_STEP = 3 * SLICE  # s between looks that only rank motions


class MotionCheck:
    """Checks motions of one robot.

    Each look stands for half a step before and after it. Spheres are enlarged by as much as they can move in
    that time, by the velocity there and the limit of acceleration: |dq| <= |v| s + a s² / 2.

    Attributes:
        body: the robot and what it holds.
    """

    def __init__(self, body: CollisionBody) -> None:
        """Prepare what does not change."""
        self.body = body
        self._reaches = reaches(self.body)
        self._arrays = frame_arrays(self.body.group), self.body.arrays

    def first_conflict(self, motion: Motion, start: float, forecast: Forecast) -> float:
        """Time of the clock, from `start` on, at which a motion is no longer free; inf if it always is.

        A motion that leaves the joints' ranges is none from the start. The end is checked for as long as
        something is foreseen to move.
        """
        if not self.within_limits(motion):
            return start
        count = max(1, int(np.ceil((motion.end - start) / STEP)))
        times = start + STEP * (np.arange(count) + 0.5)
        position, slices = motion.positions(times), forecast.slice_of(times + STEP / 2)
        margins = self._margins(motion.rates(times, 1))
        for first in range(0, count, LANES):  # each with a margin of its own: slow parts need little
            some = slice(first, first + LANES)
            moving = forecast.moving_arrays(int(slices[some].max()))
            free = self._free(position[some], forecast.still.arrays_single, margins[some])
            free &= self._free(position[some], moving, margins[some])
            if not free.all():
                return float(start + STEP * (first + int(np.argmin(free))))
        if self.stand_free(motion.positions(np.array(motion.end)), forecast, forecast.slices)[0]:
            return float("inf")
        return float(start + STEP * count)

    def stand_free(self, positions: np.ndarray, forecast: Forecast, number: int) -> np.ndarray:
        """(B,) whether the robot may stand at positions (B, dof) until the end of a slice of the forecast."""
        positions = inputs.configurations(self.body.group, positions)
        still, moving, margins = forecast.still.arrays_single, forecast.moving_arrays(number), np.zeros(1)
        return self._free(positions, still, margins) & self._free(positions, moving, margins)

    def clearances(self, motions: list[Motion], start: float, forecast: Forecast) -> np.ndarray:
        """(m, n) signed distances in m of motions to the forecast and of the robot to itself over time.

        Samples only: to rank motions, none of which may be free. The last is at the end of the forecast.
        """
        until = max(forecast.end, start + _CLEARANCE_STEP)
        times = np.append(np.arange(start, until, _CLEARANCE_STEP), until)
        position = np.stack([motion.positions(times) for motion in motions])
        flat = position.reshape(-1, position.shape[2])
        out = distances(self.body, forecast.still, flat).distance.min(axis=1).reshape(position.shape[:2])
        slices = forecast.slice_of(times)
        for number in np.unique(slices):
            columns = np.flatnonzero(slices == number)
            some = position[:, columns].reshape(-1, position.shape[2])
            to_moving = distances(self.body, forecast.moving(int(number)), some).distance[:, 0]
            out[:, columns] = np.minimum(out[:, columns], to_moving.reshape(len(motions), -1))
        return out

    def _free(self, positions: np.ndarray, world: WorldArrays, margins: np.ndarray) -> np.ndarray:
        """(B,) whether positions (B, dof) are free by the largest of margins in m."""
        out = np.empty(len(positions), bool)
        configurations_free(positions, *self._arrays, world, float(margins.max()), out)
        return out

    def _margins(self, velocity: np.ndarray) -> np.ndarray:
        """(B,) m that a sphere moves at most in half a step from velocities (B, n)."""
        half, most = STEP / 2, self.body.group.limits.acceleration
        return ((np.abs(velocity) * half + most * half**2 / 2) @ self._reaches.T).max(axis=1)

    def within_limits(self, motion: Motion) -> bool:
        """Whether all joints stay within their ranges, exactly."""
        limits, trajectory = self.body.group.limits, motion.trajectory
        low, high = position_range(trajectory.times, trajectory.coefficients)
        return bool((low >= limits.lower - _ROUNDING).all() and (high <= limits.upper + _ROUNDING).all())
