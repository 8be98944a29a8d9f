"""What drives an AMR to a place by its own sensors: nothing here knows where the robot really is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ...perception.camera import Camera, Rectifier
from ...perception.depth.matcher import StereoMatcher
from ...perception.mapping.occupancy import OccupancyGrid
from ...perception.odometry.config import OdometryConfig
from ...perception.odometry.estimate import Estimate, Status
from ...perception.odometry.stereo import StereoOdometry
from ...perception.recording import ImuNoise, ImuSamples, WheelSamples
from .floor_map import FloorMap
from .steering import Limits, Steering
from .way import plan_way

Array = npt.NDArray[np.floating]
REACH = 0.15
"""m from the goal at which it counts itself arrived; what it is judged by is 0.3 m."""
_PLAN_EVERY, _MAP_EVERY = 5, 2  # ticks
_MARGIN = 12.0  # m of the map beyond robot and goal that are searched for a way
_CELL, _FAR = 0.1, 6.0  # m: of the map, and the depth that is believed
_LOW, _HIGH = 0.12, 1.4  # m over the floor between which a thing is in the way
_MISSES = 2  # ticks without pictures in a row that are driven blind
_DISPARITIES = 80
_TRUSTED = (Status.OK, Status.REINIT, Status.DEGRADED)


class Pilot:
    """Turns pictures, inertial and wheel samples into wheel speeds, until it has arrived.

    Its world is the body's first pose: x ahead, y to the left, z up.

    Args:
        cameras: calibrated `left` and `right`.
        goal: (2,) m in its world.
        period: of a tick, s.
        floor: height of the floor in its world, m.
        noise: of the inertial unit.
    """

    def __init__(
        self,
        cameras: dict[str, Camera],
        goal: npt.ArrayLike,
        period: float,
        floor: float,
        noise: ImuNoise,
    ) -> None:
        rectifier = Rectifier(cameras["left"], cameras["right"])
        # Optimised in the same thread: a run repeats to the last bit.
        self.odometry = StereoOdometry(rectifier, OdometryConfig(background=False), noise)
        self._goal = np.asarray(goal, float)
        self._grid = OccupancyGrid(_CELL, floor + _LOW, floor + _HIGH, far=_FAR)
        self.arrived = False
        self._way: Array | None = None
        self._matcher = StereoMatcher(_DISPARITIES)
        self._steering = Steering(Limits(), period)
        self._tick = self._missed = 0

    def feel(self, imu: ImuSamples, wheels: WheelSamples) -> None:
        """Tell what came since the last tick."""
        for k in range(len(imu.times)):
            self.odometry.add_imu(imu.times[k], imu.gyro[k], imu.accel[k])
        for k in range(len(wheels.times)):
            self.odometry.add_wheels(wheels.times[k], wheels.speed[k], wheels.yaw_rate[k])

    def see(self, time: float, left: np.ndarray, right: np.ndarray) -> Estimate:
        """Tell a pair of pictures taken at `time` s; returns where it now thinks it is."""
        estimate = self.odometry.track(time, left, right)
        if estimate.status in _TRUSTED and self._tick % _MAP_EVERY == 0:
            self._map(estimate)
        return estimate

    def decide(self, estimate: Estimate | None) -> tuple[float, float]:
        """Forward speed in m/s and turning rate in rad/s: on its way, or a stop while it is lost.

        Without an estimate, since no pictures came, it goes on as before for a moment, and then stops.
        """
        self._tick += 1
        self._missed = 0 if estimate else self._missed + 1
        if estimate is None:
            steering = self._steering
            return (steering.forward, steering.turning) if self._missed <= _MISSES else steering.stop()
        if estimate.status not in _TRUSTED:
            return self._steering.stop()
        x, y = estimate.pose[:2, 3]
        here = np.array([x, y])
        if np.hypot(*(self._goal - (x, y))) < REACH:
            self.arrived = True
        if self.arrived:
            return self._steering.stop()
        floor = FloorMap.around(self._grid, np.stack([here, self._goal]), _MARGIN)
        if self._way is None or self._tick % _PLAN_EVERY == 0:
            self._way = plan_way(floor, here, self._goal)
        if self._way is None:
            return self._steering.stop()
        forward = estimate.pose[:3, 0]
        pose = float(x), float(y), math.atan2(forward[1], forward[0])
        return self._steering.follow(self._way, pose, floor)

    def _map(self, estimate: Estimate) -> None:
        rig = self.odometry.rig
        disparity = self._matcher(*self.odometry.rectified)
        depth, _ = disparity.depth(rig.camera.fx, rig.baseline)
        self._grid.integrate(depth, rig.camera, estimate.pose @ rig.camera.body_from_camera)
