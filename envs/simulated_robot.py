"""One robot in plain MuJoCo, with motors and sensors as a real one has them; torch is not imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np

from .config import SimCfg
from .free_body import base_joint
from .options import apply_options
from .sensors.range_scan import RangeScan
from .stage import RobotPlacement, load_stage

START_POSES = ("stand", "home")
"""Keyframes to start in, the first that the robot has: on legs or wheels, or where an arm rests."""


class SimulatedRobot:
    """One robot in its scene, stepped tick by tick.

    Its motors are the actuators of `joints`, all if None: torque = kp * (target - pos) - kd * vel, or, where
    the model's drive has no stiffness, kd * (target - vel), within the model's limits. Other joints hold
    their keyframe.

    Raises:
        ValueError: no actuator drives one of `joints`, or the robot has no pose to start in.
    """

    def __init__(
        self,
        robot: Path,
        scene: Path,
        sim: SimCfg,
        position: tuple[float, float, float],
        yaw: float,
        joints: list[str] | None = None,
    ) -> None:
        placement = RobotPlacement(robot, position=position, yaw=yaw)
        self.model = load_stage(scene, [placement], visuals=False).compile()
        apply_options(self.model, sim)
        # A diverged simulation must show in the sensors, not restart in silence.
        self.model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET
        self.data = mujoco.MjData(self.model)
        self._start = _start_pose(self.model, robot)
        mujoco.mj_resetDataKeyframe(self.model, self.data, self._start)
        self._motors = _motors_of(self.model, joints)
        self._joints = self.model.actuator_trnid[self._motors, 0]
        self._qpos_index = self.model.jnt_qposadr[self._joints]
        self._qvel_index = self.model.jnt_dofadr[self._joints]
        self._holds_velocity = self.model.actuator_biasprm[self._motors, 1] == 0
        self._base = base_joint(self.model, int(self._joints[0]))
        self._foot = np.array(position), yaw
        self._lidar: RangeScan | None = None
        self._sensors = {self.model.sensor(i).name for i in range(self.model.nsensor)}
        self._refresh()

    @property
    def joint_names(self) -> list[str]:
        """Names of the driven joints, in the order of every joint array."""
        return [self.model.joint(int(joint)).name for joint in self._joints]

    def mount_lidar(self, farthest: float, sectors: int, fov: float, elevations: Sequence[float]) -> None:
        """Let it measure `lidar`, too, at its site of that name; see `RangeScan`."""
        self._lidar = RangeScan(self.model, farthest, sectors, fov, elevations)

    def values(self) -> dict[str, np.ndarray]:
        """What it measures, and, for use as stand-ins for localisation, its true pose or that of its tool.

        `gyro` and `quat` of an IMU; `base_pos`, `base_quat` and `base_vel` (m/s in the world, rad/s in the
        base frame) of a base that moves; `tool_pos` (m) of a tool on a base that does not, from where that
        base was put; `lidar` (m), if one is mounted.
        """
        data = self.data
        values = {
            "time": np.array([data.time]),
            "joint_pos": data.qpos[self._qpos_index],
            "joint_vel": data.qvel[self._qvel_index],
        }
        if {"imu_gyro", "imu_quat"} <= self._sensors:
            values |= {"gyro": data.sensor("imu_gyro").data, "quat": data.sensor("imu_quat").data}
        if self._base is not None:
            pose = data.qpos[self.model.jnt_qposadr[self._base] :]
            first = self.model.jnt_dofadr[self._base]
            values |= {"base_pos": pose[:3], "base_quat": pose[3:7], "base_vel": data.qvel[first : first + 6]}
        elif "tool_pos" in self._sensors:
            values["tool_pos"] = self._from_foot(data.sensor("tool_pos").data)
        if self._lidar is not None:
            values["lidar"] = self._lidar.read(data)
        return values

    def _from_foot(self, point: np.ndarray) -> np.ndarray:
        position, yaw = self._foot
        x, y, z = point - position
        cos, sin = np.cos(yaw), np.sin(yaw)
        return np.array([cos * x + sin * y, cos * y - sin * x, z])

    @property
    def root(self) -> int:
        """Id of the body that all of its others hang on."""
        return int(self.model.body_rootid[self.model.jnt_bodyid[self._joints[0]]])

    @property
    def moves(self) -> bool:
        """Its base is free."""
        return self._base is not None

    def place(
        self,
        joint_pos: np.ndarray,
        joint_vel: np.ndarray,
        base_pos: np.ndarray | None = None,
        base_quat: np.ndarray | None = None,
        base_vel: np.ndarray | None = None,
    ) -> None:
        """Put it into a state: driven joints (n,), a free base as in `values`, and all else as at first."""
        time = self.data.time
        mujoco.mj_resetDataKeyframe(self.model, self.data, self._start)
        self.data.time = time
        self.data.qpos[self._qpos_index], self.data.qvel[self._qvel_index] = joint_pos, joint_vel
        if self._base is not None:
            at, first = self.model.jnt_qposadr[self._base], self.model.jnt_dofadr[self._base]
            self.data.qpos[at : at + 3], self.data.qpos[at + 3 : at + 7] = base_pos, base_quat
            self.data.qvel[first : first + 6] = base_vel
        self._refresh()

    def step(self, steps: int, target: np.ndarray, kp: np.ndarray, kd: np.ndarray) -> None:
        """Advance by that many physics steps under the given motor input, each (n,)."""
        self.model.actuator_gainprm[self._motors, 0] = np.where(self._holds_velocity, kd, kp)
        self.model.actuator_biasprm[self._motors, 1] = -kp
        self.model.actuator_biasprm[self._motors, 2] = -kd
        self.data.ctrl[self._motors] = target
        mujoco.mj_step(self.model, self.data, steps)
        self._refresh()

    def _refresh(self) -> None:
        """Bring sensors from the start of the last physics step to its end."""
        mujoco.mj_fwdPosition(self.model, self.data)
        mujoco.mj_sensorPos(self.model, self.data)
        mujoco.mj_fwdVelocity(self.model, self.data)
        mujoco.mj_sensorVel(self.model, self.data)


def _start_pose(model: mujoco.MjModel, robot: Path) -> int:
    """Id of the keyframe to start in."""
    names = [model.key(i).name for i in range(model.nkey)]
    for name in START_POSES:
        if name in names:
            return names.index(name)
    raise ValueError(f"{robot}: has no MjcKeyframe '{START_POSES[0]}' or '{START_POSES[1]}' to start in.")


def _motors_of(model: mujoco.MjModel, joints: list[str] | None) -> list[int]:
    """Actuators of the named joints, in the model's order."""
    driven = [model.joint(int(joint)).name for joint in model.actuator_trnid[:, 0]]
    if joints is None:
        return list(range(len(driven)))
    if missing := set(joints) - set(driven):
        raise ValueError(
            f"The robot lacks the joint {min(missing)}; the policy was trained with {len(joints)} joints: "
            f"{', '.join(joints)}."
        )
    return [i for i, name in enumerate(driven) if name in joints]
