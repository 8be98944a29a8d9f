"""A simulated robot in a process of its own, for the edge runtime: raw sensor values out, motor input in.

It speaks over an inherited socket (`--fd`) and opens no port. First a JSON object behind its length
(uint32, little-endian): the robot's joints, the names and sizes of both messages, or `{"error": sentence}`.
Then the initial values, and for every command one tick of physics and its values, all float64 little-endian.
Torch is not imported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import socket
import struct
from pathlib import Path

import mujoco
import numpy as np

from ..assets import ASSETS
from .config import SimCfg
from .free_body import base_joint
from .options import apply_options
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
        mujoco.mj_resetDataKeyframe(self.model, self.data, _start_pose(self.model, robot))
        self._decimation = sim.decimation
        self._motors = _motors_of(self.model, joints)
        self._joints = self.model.actuator_trnid[self._motors, 0]
        self._qpos_index = self.model.jnt_qposadr[self._joints]
        self._qvel_index = self.model.jnt_dofadr[self._joints]
        self._holds_velocity = self.model.actuator_biasprm[self._motors, 1] == 0
        self._base = base_joint(self.model, int(self._joints[0]))
        self._foot = np.array(position), yaw
        self._sensors = {self.model.sensor(i).name for i in range(self.model.nsensor)}
        self._refresh()

    @property
    def joint_names(self) -> list[str]:
        """Names of the driven joints, in the order of every joint array."""
        return [self.model.joint(int(joint)).name for joint in self._joints]

    def values(self) -> dict[str, np.ndarray]:
        """What it measures, and, for use as stand-ins for localisation, its true pose or that of its tool.

        `gyro` and `quat` of an IMU, `base_pos` and `base_quat` of a base that moves; `tool_pos` (m) of a tool
        on a base that does not, from where that base was put.
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
            values |= {"base_pos": pose[:3], "base_quat": pose[3:7]}
        elif "tool_pos" in self._sensors:
            values["tool_pos"] = self._from_foot(data.sensor("tool_pos").data)
        return values

    def _from_foot(self, point: np.ndarray) -> np.ndarray:
        position, yaw = self._foot
        x, y, z = point - position
        cos, sin = np.cos(yaw), np.sin(yaw)
        return np.array([cos * x + sin * y, cos * y - sin * x, z])

    def tick(self, target: np.ndarray, kp: np.ndarray, kd: np.ndarray) -> None:
        """Advance by one control period under the given motor input, each (n,)."""
        self.model.actuator_gainprm[self._motors, 0] = np.where(self._holds_velocity, kd, kp)
        self.model.actuator_biasprm[self._motors, 1] = -kp
        self.model.actuator_biasprm[self._motors, 2] = -kd
        self.data.ctrl[self._motors] = target
        mujoco.mj_step(self.model, self.data, self._decimation)
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


class Recording:
    """Time, qpos and qvel of every tick, for a video made later."""

    def __init__(self, robot: SimulatedRobot) -> None:
        self._robot = robot
        self._rows: dict[str, list[np.ndarray]] = {"time": [], "qpos": [], "qvel": []}

    def add(self) -> None:
        """Keep the present state."""
        for name, rows in self._rows.items():
            rows.append(np.copy(getattr(self._robot.data, name)))

    def save(self, path: Path) -> None:
        """Write the `.npz` under a temporary name first."""
        temporary = path.with_name(f".{path.name}.partial")
        try:
            with temporary.open("wb") as file:
                time, qpos, qvel = (np.array(self._rows[name]) for name in ("time", "qpos", "qvel"))
                np.savez_compressed(file, time=time, qpos=qpos, qvel=qvel)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def serve(connection: socket.socket, robot: SimulatedRobot, robot_file: Path, record: Path | None) -> None:
    """Answer one client until it hangs up."""
    recording = Recording(robot)
    size = len(robot.joint_names)
    receives = ["target", "kp", "kd"]
    _send_json(
        connection,
        {
            "joint_names": robot.joint_names,
            "robot_sha256": hashlib.sha256(robot_file.read_bytes()).hexdigest(),
            "receives": [[name, size] for name in receives],
            "sends": [[name, len(value)] for name, value in robot.values().items()],
        },
    )
    message_size = 8 * size * len(receives)
    while True:
        recording.add()
        try:
            connection.sendall(np.concatenate(list(robot.values().values())).astype("<f8").tobytes())
            message = connection.recv(message_size, socket.MSG_WAITALL)
        except ConnectionError:
            break
        if len(message) < message_size:
            break
        robot.tick(*np.frombuffer(message, "<f8").reshape(len(receives), size))
    if record is not None:
        recording.save(record)


def _send_json(connection: socket.socket, content: dict[str, object]) -> None:
    text = json.dumps(content).encode()
    connection.sendall(struct.pack("<I", len(text)) + text)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="number of the connected socket")
    parser.add_argument("--robot", type=Path, required=True, help="USD file; relative to Gaitway's assets")
    parser.add_argument("--scene", type=Path, default=ASSETS / "scenes/flat.usda", help="USD file")
    parser.add_argument("--timestep", type=float, required=True, help="physics step, s")
    parser.add_argument("--decimation", type=int, required=True, help="physics steps per tick")
    parser.add_argument("--iterations", type=int, required=True, help="solver iterations")
    parser.add_argument("--ls-iterations", type=int, required=True, help="line search iterations")
    for name in ("x", "y", "z", "yaw"):
        parser.add_argument(f"--{name}", type=float, default=0.0, help="where the robot starts, m or rad")
    parser.add_argument("--joints", type=lambda text: text.split(","), help="driven joints; all by default")
    parser.add_argument("--record", type=Path, help="write every tick's state to this .npz at the end")
    return parser.parse_args()


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the client decides
    options = _parse()
    connection = socket.socket(fileno=options.fd)
    robot_file = options.robot if options.robot.is_file() else ASSETS / options.robot
    sim = SimCfg(options.timestep, options.decimation, options.iterations, options.ls_iterations)
    try:
        place = (options.x, options.y, options.z)
        robot = SimulatedRobot(robot_file, options.scene, sim, place, options.yaw, options.joints)
    except (ValueError, OSError) as error:
        _send_json(connection, {"error": str(error)})
        return
    serve(connection, robot, robot_file, options.record)


if __name__ == "__main__":
    main()
