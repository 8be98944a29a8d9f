"""What the simulator knows of a legged robot, as float32 tensors refreshed once per env step."""

from __future__ import annotations

import mujoco
import torch

from . import rotations
from .world import World

# Sensors of every foot, `<foot>_<name>`, and their sizes; `contact` is how many contacts and their force.
_FOOT_SENSORS = {"pos": 3, "linvel": 3, "zaxis": 3, "contact": 4}


class RobotState:
    """Batched state of the one robot of a model; every tensor has the world as its leading axis.

    `root_*` belong to the floating base: position in m and `wxyz` quaternion in the world, velocities in
    m/s and rad/s. `_w` is the world frame, `_b` the base frame, `_h` the heading frame (base yaw only).
    Joints follow the model's actuators in order. Feet are the sites named `*_sole`.
    """

    def __init__(self, model: mujoco.MjModel, world: World, keyframe: str) -> None:
        """Find joints and feet by name.

        Raises:
            ValueError: the model has no actuator, free joint, foot, sensor or keyframe of the expected name.
        """
        self.model = model
        self.joint_names = [model.joint(int(j)).name for j in model.actuator_trnid[:, 0]]
        if not self.joint_names:
            raise ValueError("The robot has no actuator: give its joints a UsdPhysics.DriveAPI.")
        if model.njnt == 0 or model.jnt_type[0] != mujoco.mjtJoint.mjJNT_FREE:
            raise ValueError("The robot's first joint is not free: a legged robot needs a floating base.")
        key_names = [model.key(i).name for i in range(model.nkey)]
        if keyframe not in key_names:
            raise ValueError(f"The robot has no keyframe '{keyframe}'; it has {key_names or 'none'}.")
        self.feet = [name for i in range(model.nsite) if (name := model.site(i).name).endswith("_sole")]
        if not self.feet:
            raise ValueError("The robot has no site named '*_sole': put one at the middle of each sole.")
        joints = torch.as_tensor(model.actuator_trnid[:, 0].copy(), dtype=torch.long)
        self._qpos_index = torch.as_tensor(model.jnt_qposadr)[joints].long().to(world.device)
        self._qvel_index = torch.as_tensor(model.jnt_dofadr)[joints].long().to(world.device)

        def constant(array: object) -> torch.Tensor:
            return torch.as_tensor(array, dtype=torch.float32, device=world.device)

        key = key_names.index(keyframe)
        self.default_qpos = constant(model.key_qpos[key])
        self.default_joint_pos = self.default_qpos[self._qpos_index]
        self.default_height = float(self.default_qpos[2])
        self.joint_range = constant(model.jnt_range[model.actuator_trnid[:, 0]])
        self._views = {name: world.view(name) for name in ("qpos", "qvel", "actuator_force", "sensordata")}
        self._sensor_slices = {
            model.sensor(i).name: slice(
                int(model.sensor_adr[i]), int(model.sensor_adr[i] + model.sensor_dim[i])
            )
            for i in range(model.nsensor)
        }
        slices = [
            self._sensor_slice(f"{foot}_{quantity}") for quantity in _FOOT_SENSORS for foot in self.feet
        ]
        columns = [column for s in slices for column in range(s.start, s.stop)]
        self._feet_columns = torch.tensor(columns, device=world.device)
        self.refresh()

    def sensor(self, name: str) -> torch.Tensor:
        """Values of the named sensor, (num_worlds, size)."""
        return self._sensordata[:, self._sensor_slice(name)]

    def _sensor_slice(self, name: str) -> slice:
        if name not in self._sensor_slices:
            raise ValueError(
                f"The robot has no sensor '{name}'; it has {list(self._sensor_slices) or 'none'}."
            )
        return self._sensor_slices[name]

    def refresh(self) -> None:
        """Read the world's current state."""
        # Actuator forces and contacts lag one substep, as in MuJoCo: they produced the motion just seen.
        views = {name: view.float() for name, view in self._views.items()}
        self.qpos, self.qvel = views["qpos"], views["qvel"]
        self._sensordata = views["sensordata"]
        self.joint_torque = views["actuator_force"]
        self.joint_pos = self.qpos.index_select(1, self._qpos_index)
        self.joint_vel = self.qvel.index_select(1, self._qvel_index)
        self.root_pos, self.root_quat = self.qpos[:, :3], self.qpos[:, 3:7]
        self.root_lin_vel_w, self.root_ang_vel_b = self.qvel[:, :3], self.qvel[:, 3:6]
        self.projected_gravity = rotations.projected_gravity(self.root_quat)
        self._refresh_heading_frame()
        self._refresh_feet()

    def _refresh_feet(self) -> None:
        # One gather for all of it: many small ones cost more than the arithmetic of the whole step.
        values = self._sensordata.index_select(1, self._feet_columns)
        sizes = [size * len(self.feet) for size in _FOOT_SENSORS.values()]
        by_foot = (part.unflatten(1, (len(self.feet), -1)) for part in values.split(sizes, dim=1))
        self.feet_pos, self.feet_vel, self.feet_up, contact = by_foot
        self.feet_contact = contact[..., 0] > 0

    def _refresh_heading_frame(self) -> None:
        self.heading = rotations.yaw(self.root_quat)
        cos, sin = torch.cos(self.heading), torch.sin(self.heading)
        x, y, z = self.root_lin_vel_w.unbind(-1)
        self.root_lin_vel_h = torch.stack((cos * x + sin * y, cos * y - sin * x, z), dim=-1)
        # World yaw rate: the vertical component of the angular velocity.
        self.yaw_rate = -(self.root_ang_vel_b * self.projected_gravity).sum(-1)
