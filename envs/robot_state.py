"""What the simulator knows of a legged robot, as float32 tensors refreshed once per env step."""

from __future__ import annotations

import mujoco
import torch

from . import rotations
from .world import World


class RobotState:
    """Batched state of the one robot of a model; every tensor has the world as its leading axis.

    `root_*` belong to the floating base: position in m and `wxyz` quaternion in the world, velocities in
    m/s and rad/s. `_w` is the world frame, `_b` the base frame, `_h` the heading frame (base yaw only).
    Joints follow the model's actuators in order. Feet are the sites named `*_sole`.
    """

    def __init__(self, model: mujoco.MjModel, world: World, keyframe: str) -> None:
        """Find joints and feet by name.

        Raises:
            ValueError: the model has no actuators, no free joint or no such keyframe.
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
        self._feet_columns = {quantity: self._columns(quantity) for quantity in ("pos", "linvel", "zaxis", "contact")}
        self.refresh()

    def _columns(self, quantity: str) -> torch.Tensor:
        """Columns of `sensordata` that hold `<foot>_<quantity>` of every foot, (feet, size)."""
        slices = [self._sensor_slices[f"{foot}_{quantity}"] for foot in self.feet]
        return torch.tensor([range(s.start, s.stop) for s in slices], device=self._views["qpos"].device)

    def sensor(self, name: str) -> torch.Tensor:
        """Values of the named sensor, (num_worlds, size)."""
        return self._sensordata[:, self._sensor_slices[name]]

    def refresh(self) -> None:
        """Read the world's current state."""
        # Actuator force lags one substep, as in MuJoCo: it is what produced the motion just seen.
        views = {name: view.float() for name, view in self._views.items()}
        self.qpos, self.qvel = views["qpos"], views["qvel"]
        self._sensordata = views["sensordata"]
        self.joint_torque = views["actuator_force"]
        self.joint_pos = self.qpos[:, self._qpos_index]
        self.joint_vel = self.qvel[:, self._qvel_index]
        self.root_pos, self.root_quat = self.qpos[:, :3], self.qpos[:, 3:7]
        self.root_lin_vel_w, self.root_ang_vel_b = self.qvel[:, :3], self.qvel[:, 3:6]
        self.projected_gravity = rotations.projected_gravity(self.root_quat)
        self._refresh_heading_frame()
        self.feet_pos = self._sensordata[:, self._feet_columns["pos"]]
        self.feet_vel = self._sensordata[:, self._feet_columns["linvel"]]
        self.feet_up = self._sensordata[:, self._feet_columns["zaxis"]]
        contact = self._sensordata[:, self._feet_columns["contact"]]
        self.feet_contact = contact[..., 0] > 0
        self.feet_force = contact[..., 1:].norm(dim=-1)

    def _refresh_heading_frame(self) -> None:
        self.heading = rotations.yaw(self.root_quat)
        cos, sin = torch.cos(self.heading), torch.sin(self.heading)
        x, y, z = self.root_lin_vel_w.unbind(-1)
        self.root_lin_vel_h = torch.stack((cos * x + sin * y, cos * y - sin * x, z), dim=-1)
        # World yaw rate: the vertical component of the angular velocity.
        self.yaw_rate = -(self.root_ang_vel_b * self.projected_gravity).sum(-1)
