"""Where a logged robot's base was: as the log knows it or, for a real robot, worked out from IMU and legs."""

from __future__ import annotations

import mujoco
import numpy as np

from ..deploy_jetson.log.reader import RunLog
from ..envs.simulated_robot import SimulatedRobot

SINK_M = 0.002
"""How far a foot that stands is pressed into the simulator's soft floor, about."""


class BaseEstimate:
    """Puts a simulated robot into the state of any tick of a log.

    `source` is "truth" where the log has the base's pose and velocity, "fixed" for a base that does not move.
    Else it is "estimate": orientation and rate from the IMU, the lowest point of the body at rest on a floor
    at z = 0. That is right while a foot stands and wrong while the robot jumps: on logs of the simulator
    itself it makes a gap of 3 mrad of the droid's walk, and of 17 mrad of the quadruped's trot.

    Args:
        robot: to place.
        log: whose ticks to place it in.
        back: the log's joint for each of the robot's.
    """

    def __init__(self, robot: SimulatedRobot, log: RunLog, back: np.ndarray) -> None:
        self._robot, self._log, self._back = robot, log, back
        self._imu_in_base = robot.values().get("quat", np.array([1.0, 0, 0, 0])).copy()
        if not robot.moves:
            self.source = "fixed"
        else:
            self.source = "estimate" if log.truth_pos is None else "truth"
            self._imu_in_base = _relative(robot.values()["base_quat"], self._imu_in_base)

    def place(self, tick: int) -> None:
        """Put the robot where it was in that tick."""
        log = self._log
        joints = log.joint_pos[tick, self._back], log.joint_vel[tick, self._back]
        if self.source == "fixed":
            self._robot.place(*joints)
        elif log.truth_pos is not None and log.truth_quat is not None and log.truth_vel is not None:
            self._robot.place(*joints, log.truth_pos[tick], log.truth_quat[tick], log.truth_vel[tick])
        else:
            self._place_on_floor(tick, *joints)

    def _place_on_floor(self, tick: int, joint_pos: np.ndarray, joint_vel: np.ndarray) -> None:
        log, robot = self._log, self._robot
        if log.quat is None or log.gyro is None:
            raise ValueError("a base that moves needs an IMU in the log")
        quat, rate = np.zeros(4), np.zeros(3)
        inverse = np.zeros(4)
        mujoco.mju_negQuat(inverse, self._imu_in_base)
        mujoco.mju_mulQuat(quat, log.quat[tick], inverse)
        mujoco.mju_rotVecQuat(rate, log.gyro[tick], self._imu_in_base)
        velocity = np.concatenate((np.zeros(3), rate))
        robot.place(joint_pos, joint_vel, np.zeros(3), quat, velocity)
        body, point = _lowest_point(robot)
        slip = _velocity_at(robot, body, point)
        robot.place(
            joint_pos,
            joint_vel,
            np.array([0.0, 0.0, -point[2] - SINK_M]),
            quat,
            np.concatenate((-slip, rate)),
        )


def _relative(base: np.ndarray, imu: np.ndarray) -> np.ndarray:
    """Orientation of the IMU in the base frame from both in the world."""
    inverse, result = np.zeros(4), np.zeros(4)
    mujoco.mju_negQuat(inverse, base)
    mujoco.mju_mulQuat(result, inverse, imu)
    return result


def _lowest_point(robot: SimulatedRobot) -> tuple[int, np.ndarray]:
    """Body and place (3,) of the lowest point of the robot's collision shapes, by their bounding boxes."""
    model, data = robot.model, robot.data
    lowest: tuple[int, np.ndarray] = (0, np.full(3, np.inf))
    for geom in np.flatnonzero(model.body_rootid[model.geom_bodyid] == robot.root):
        if not (model.geom_contype[geom] or model.geom_conaffinity[geom]):
            continue
        point = _lowest_of(model, data, int(geom))
        if point[2] < lowest[1][2]:
            lowest = int(model.geom_bodyid[geom]), point
    return lowest


def _lowest_of(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> np.ndarray:
    """Lowest point of a shape: exact for spheres and capsules, else of its bounding box."""
    rotation, place = data.geom_xmat[geom].reshape(3, 3), data.geom_xpos[geom]
    size, kind = model.geom_size[geom], model.geom_type[geom]
    down = np.array([0.0, 0.0, -1.0])
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return place + size[0] * down
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        axis = rotation[:, 2] * -np.sign(rotation[2, 2] or 1.0)
        return place + size[1] * axis + size[0] * down
    center, half = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
    return place + rotation @ (center + half * np.sign(rotation.T @ down))


def _velocity_at(robot: SimulatedRobot, body: int, point: np.ndarray) -> np.ndarray:
    """Velocity (3,) of a point of a body in the world, m/s."""
    jacobian = np.zeros((3, robot.model.nv))
    mujoco.mj_jac(robot.model, robot.data, jacobian, None, point, body)
    return jacobian @ robot.data.qvel
