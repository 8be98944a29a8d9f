"""What the simulator knows of a robot, as float32 tensors refreshed once per env step."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
import torch

from . import rotations
from .free_body import base_joint
from .world import World

# Sensors of every foot, `<foot>_<name>`, and their sizes; `contact` is how many contacts and their force.
_FOOT_SENSORS = {"pos": 3, "linvel": 3, "zaxis": 3, "contact": 4}
_NEEDS_BASE = ("root_", "base_", "projected_gravity", "heading", "yaw_rate")


class MissingPart(AttributeError, ValueError):
    """A term asks for a part that the robot does not have; the message says which and what to do."""


class RobotState:
    """Batched state of the one robot of a model; every tensor has the world as its leading axis.

    Joints are those the policy drives, in the order of their actuators. `root_*` belong to the floating base,
    if there is one: position in m and `wxyz` quaternion in the world, velocities in m/s and rad/s. `_w` is
    the world frame, `_b` the base frame, `_h` the heading frame (base yaw only). Feet are the sites named
    `*_sole`; `feet_height` is above the ground under each sole, `root_height` above the ground under the
    base and feet on average. `qpos_index` is where the joints are in `qpos`, `own_qpos_index` where all of
    the robot's are that bend or slide, driven or not, and `own_joint_range` their limits; `base_qpos` and
    `base_qvel` are where the base begins. `readings` counts calls of `refresh`.

    Args:
        model: the compiled model.
        world: its N copies.
        keyframe: name of the default pose.
        joints: regular expression of the names of the joints that the policy drives.
        ground: height of the ground in m at points (..., 2); None where it is 0 everywhere.

    Raises:
        ValueError: the model has no such joint or keyframe, or an actuator that drives no single joint.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        world: World,
        keyframe: str,
        joints: str = ".*",
        ground: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        self.model = model
        self._ground = ground
        self._columns: dict[str, torch.Tensor] = {}
        self.readings = 0
        self.actuators = driven_actuators(model, joints)
        ids = torch.as_tensor(model.actuator_trnid[self.actuators, 0].copy(), dtype=torch.long)
        self.joint_names = [model.joint(int(joint)).name for joint in ids]
        base = base_joint(model, int(ids[0]))
        self.has_base = base is not None
        own = torch.tensor(_own_joints(model, int(ids[0])), dtype=torch.long)
        self.feet = [name for i in range(model.nsite) if (name := model.site(i).name).endswith("_sole")]
        key_names = [model.key(i).name for i in range(model.nkey)]
        if keyframe not in key_names:
            raise ValueError(f"The robot has no keyframe '{keyframe}'; it has {key_names or 'none'}.")
        self.qpos_index = torch.as_tensor(model.jnt_qposadr)[ids].long().to(world.device)
        self.own_qpos_index = torch.as_tensor(model.jnt_qposadr)[own].long().to(world.device)
        self._qvel_index = torch.as_tensor(model.jnt_dofadr)[ids].long().to(world.device)
        self._actuator_index = torch.tensor(self.actuators, device=world.device)

        def constant(array: object) -> torch.Tensor:
            return torch.as_tensor(array, dtype=torch.float32, device=world.device)

        key = key_names.index(keyframe)
        self.default_qpos = constant(model.key_qpos[key])
        self.default_ctrl = constant(model.key_ctrl[key])
        self.default_joint_pos = self.default_qpos[self.qpos_index]
        limited = model.jnt_limited[:, None].astype(bool)
        ranges = constant(np.where(limited, model.jnt_range, (-np.inf, np.inf)))
        self.joint_range, self.own_joint_range = ranges[ids], ranges[own]
        self._views = {name: world.view(name) for name in ("qpos", "qvel", "actuator_force", "sensordata")}
        self._sensor_slices = {
            model.sensor(i).name: slice(
                int(model.sensor_adr[i]), int(model.sensor_adr[i] + model.sensor_dim[i])
            )
            for i in range(model.nsensor)
        }
        if base is not None:
            self.base_qpos, self.base_qvel = int(model.jnt_qposadr[base]), int(model.jnt_dofadr[base])
            self.default_height = float(self.default_qpos[self.base_qpos + 2])
        if self.feet:
            slices = [
                self._sensor_slice(f"{foot}_{quantity}") for quantity in _FOOT_SENSORS for foot in self.feet
            ]
            columns = [column for s in slices for column in range(s.start, s.stop)]
            self._feet_columns = torch.tensor(columns, device=world.device)
        self.refresh()

    def __getattr__(self, name: str) -> Any:
        """Only reached for what this robot does not have."""
        if name.startswith("feet_"):
            raise MissingPart(
                f"The robot has no feet, which `{name}` needs: put Xforms named '*_sole' there."
            )
        if name.startswith(_NEEDS_BASE) or name == "default_height":
            raise MissingPart(
                f"The robot's first joint is not free: it has no base that moves, which `{name}` needs: take "
                "one whose base floats freely."
            )
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def columns(self, pattern: str) -> torch.Tensor:
        """Indices of the joints in whose name the regular expression `pattern` is found, on the device."""
        if pattern not in self._columns:
            found = [i for i, name in enumerate(self.joint_names) if re.search(pattern, name)]
            self._columns[pattern] = torch.tensor(found, dtype=torch.long, device=self.qpos_index.device)
        return self._columns[pattern]

    def has_sensor(self, name: str) -> bool:
        """Whether the model has the named sensor."""
        return name in self._sensor_slices

    def sensor(self, name: str) -> torch.Tensor:
        """Values of the named sensor, (num_worlds, size).

        Raises:
            ValueError: there is no such sensor.
        """
        return self._sensordata[:, self._sensor_slice(name)]

    def _sensor_slice(self, name: str) -> slice:
        if name not in self._sensor_slices:
            raise ValueError(
                f"The robot has no sensor '{name}'; it has {list(self._sensor_slices) or 'none'}."
            )
        return self._sensor_slices[name]

    def refresh(self) -> None:
        """Read the world's current state."""
        self.readings += 1
        # Actuator forces and contacts lag one substep, as in MuJoCo: they produced the motion just seen.
        views = {name: view.float() for name, view in self._views.items()}
        self.qpos, self.qvel = views["qpos"], views["qvel"]
        self._sensordata = views["sensordata"]
        self.joint_torque = views["actuator_force"].index_select(1, self._actuator_index)
        self.joint_pos = self.qpos.index_select(1, self.qpos_index)
        self.joint_vel = self.qvel.index_select(1, self._qvel_index)
        if self.has_base:
            self._refresh_base()
        if self.feet:
            self._refresh_feet()
        if self._ground is not None:
            self._refresh_heights(self._ground)

    def _refresh_base(self) -> None:
        pose, velocity = self.qpos[:, self.base_qpos :], self.qvel[:, self.base_qvel :]
        self.root_pos, self.root_quat = pose[:, :3], pose[:, 3:7]
        self.root_lin_vel_w, self.root_ang_vel_b = velocity[:, :3], velocity[:, 3:6]
        self.root_height = self.root_pos[:, 2]
        self.projected_gravity = rotations.projected_gravity(self.root_quat)
        self.heading = rotations.yaw(self.root_quat)
        cos, sin = torch.cos(self.heading), torch.sin(self.heading)
        x, y, z = self.root_lin_vel_w.unbind(-1)
        self.root_lin_vel_h = torch.stack((cos * x + sin * y, cos * y - sin * x, z), dim=-1)
        # World yaw rate: the vertical component of the angular velocity.
        self.yaw_rate = -(self.root_ang_vel_b * self.projected_gravity).sum(-1)

    def _refresh_feet(self) -> None:
        # One gather for all of it: many small ones cost more than the arithmetic of the whole step.
        values = self._sensordata.index_select(1, self._feet_columns)
        sizes = [size * len(self.feet) for size in _FOOT_SENSORS.values()]
        by_foot = (part.unflatten(1, (len(self.feet), -1)) for part in values.split(sizes, dim=1))
        self.feet_pos, self.feet_vel, self.feet_up, contact = by_foot
        self.feet_contact = contact[..., 0] > 0
        self.feet_height = self.feet_pos[..., 2]

    def _refresh_heights(self, ground: Callable[[torch.Tensor], torch.Tensor]) -> None:
        points = torch.cat((self.root_pos[:, None, :2], self.feet_pos[..., :2]), dim=1)
        height = ground(points)
        self.root_height = self.root_pos[:, 2] - height.mean(dim=1)
        self.feet_height = self.feet_pos[..., 2] - height[:, 1:]


def _own_joints(model: mujoco.MjModel, joint: int) -> list[int]:
    """Hinges and slides of the robot that `joint` is a part of: not those of the scene's furniture."""
    bending = (int(mujoco.mjtJoint.mjJNT_HINGE), int(mujoco.mjtJoint.mjJNT_SLIDE))
    roots = model.body_rootid[model.jnt_bodyid]
    return [i for i in range(model.njnt) if roots[i] == roots[joint] and model.jnt_type[i] in bending]


def driven_actuators(model: mujoco.MjModel, joints: str) -> list[int]:
    """Ids of the actuators whose joint's name `joints` matches, in order.

    Raises:
        ValueError: there is none, or an actuator drives something else than one joint.
    """
    if model.nu == 0:
        raise ValueError("The robot has no actuator: give its joints a UsdPhysics.DriveAPI.")
    names = []
    for i in range(model.nu):
        if model.actuator_trntype[i] != mujoco.mjtTrn.mjTRN_JOINT:
            raise ValueError(
                f"Actuator '{model.actuator(i).name}' drives no single joint; policies need that."
            )
        names.append(model.joint(int(model.actuator_trnid[i, 0])).name)
    driven = [i for i, name in enumerate(names) if re.fullmatch(joints, name)]
    if not driven:
        raise ValueError(f"actions.joints '{joints}' matches no driven joint; there are {', '.join(names)}.")
    return driven
