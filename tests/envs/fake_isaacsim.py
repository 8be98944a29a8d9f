"""A stand-in for the part of Isaac Sim 5's API that `IsaacWorld` calls, with MuJoCo for PhysX.

Signatures, shapes and conventions are those of Isaac Sim's documentation: quaternions `wxyz`, velocities of
the root's centre of mass in the world, joints in an order of its own, float32. `install` puts it where Isaac
Sim's modules would be.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import mujoco
import numpy as np
import pytest
import torch


class Stage:
    """What a test looks at: the calls, and MuJoCo's copies of the robot."""

    def __init__(self, model: mujoco.MjModel) -> None:
        self.model = model
        self.calls: list[tuple[str, Any]] = []
        self.data: list[mujoco.MjData] = []
        self.origins = np.zeros((0, 3))
        free = mujoco.mjtJoint.mjJNT_FREE
        joints = [i for i in range(model.njnt) if model.jnt_type[i] != free]
        self.joints = joints[::-1]  # PhysX numbers joints as it likes
        self.root = int(model.jnt_bodyid[0])


class Articulation:
    """A view of all robots."""

    def __init__(
        self, stage: Stage, prim_paths_expr: str | list[str], name: str = "articulation_prim_view"
    ) -> None:
        stage.calls.append(("Articulation", prim_paths_expr))
        self._stage = stage

    @property
    def dof_names(self) -> list[str]:
        return [self._stage.model.joint(i).name for i in self._stage.joints]

    def _rows(self, indices: torch.Tensor | None) -> list[int]:
        return list(range(len(self._stage.data))) if indices is None else indices.tolist()

    def get_world_poses(self, indices: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        stage = self._stage
        rows = self._rows(indices)
        position = [stage.data[i].qpos[:3] + stage.origins[i] for i in rows]
        return _float32(position), _float32([stage.data[i].qpos[3:7] for i in rows])

    def set_world_poses(
        self, positions: torch.Tensor, orientations: torch.Tensor, indices: torch.Tensor | None = None
    ) -> None:
        for i, position, quat in zip(self._rows(indices), positions, orientations, strict=True):
            self._stage.data[i].qpos[:3] = position.numpy() - self._stage.origins[i]
            self._stage.data[i].qpos[3:7] = quat.numpy()

    def get_velocities(self, indices: torch.Tensor | None = None) -> torch.Tensor:
        velocities = []
        for i in self._rows(indices):
            found = np.zeros(6)  # angular, then linear, of the inertial frame
            mujoco.mj_comVel(self._stage.model, self._stage.data[i])
            mujoco.mj_objectVelocity(
                self._stage.model, self._stage.data[i], mujoco.mjtObj.mjOBJ_BODY, self._stage.root, found, 0
            )
            velocities.append([*found[3:], *found[:3]])
        return _float32(velocities)

    def set_velocities(self, velocities: torch.Tensor, indices: torch.Tensor | None = None) -> None:
        model = self._stage.model
        for i, velocity in zip(self._rows(indices), velocities.double().numpy(), strict=True):
            data = self._stage.data[i]
            mujoco.mj_kinematics(model, data)
            rotation = data.xmat[self._stage.root].reshape(3, 3)
            lever = rotation @ model.body_ipos[self._stage.root]
            data.qvel[:3] = velocity[:3] - np.cross(velocity[3:], lever)
            data.qvel[3:6] = rotation.T @ velocity[3:]

    def get_joint_positions(self, indices: torch.Tensor | None = None) -> torch.Tensor:
        where = self._stage.model.jnt_qposadr[self._stage.joints]
        return _float32([self._stage.data[i].qpos[where] for i in self._rows(indices)])

    def get_joint_velocities(self, indices: torch.Tensor | None = None) -> torch.Tensor:
        where = self._stage.model.jnt_dofadr[self._stage.joints]
        return _float32([self._stage.data[i].qvel[where] for i in self._rows(indices)])

    def set_joint_positions(self, positions: torch.Tensor, indices: torch.Tensor | None = None) -> None:
        where = self._stage.model.jnt_qposadr[self._stage.joints]
        for i, values in zip(self._rows(indices), positions, strict=True):
            self._stage.data[i].qpos[where] = values.numpy()

    def set_joint_velocities(self, velocities: torch.Tensor, indices: torch.Tensor | None = None) -> None:
        where = self._stage.model.jnt_dofadr[self._stage.joints]
        for i, values in zip(self._rows(indices), velocities, strict=True):
            self._stage.data[i].qvel[where] = values.numpy()

    def set_joint_position_targets(
        self,
        positions: torch.Tensor,
        indices: torch.Tensor | None = None,
        joint_indices: torch.Tensor | None = None,
    ) -> None:
        self._set_targets(positions, indices, joint_indices)

    def set_joint_velocity_targets(
        self,
        velocities: torch.Tensor,
        indices: torch.Tensor | None = None,
        joint_indices: torch.Tensor | None = None,
    ) -> None:
        self._set_targets(velocities, indices, joint_indices)

    def _set_targets(
        self, values: torch.Tensor, indices: torch.Tensor | None, dofs: torch.Tensor | None
    ) -> None:
        assert dofs is not None
        of_joint = {int(self._stage.model.actuator_trnid[i, 0]): i for i in range(self._stage.model.nu)}
        actuators = [of_joint[self._stage.joints[dof]] for dof in dofs.tolist()]
        for i, row in zip(self._rows(indices), values, strict=True):
            self._stage.data[i].ctrl[actuators] = row.numpy()


def _float32(rows: Any) -> torch.Tensor:
    return torch.as_tensor(np.array(rows), dtype=torch.float32)


def install(patch: pytest.MonkeyPatch, model: mujoco.MjModel) -> Stage:
    """Let `import isaacsim` find the stand-in, whose physics is `model`'s."""
    stage = Stage(model)

    class SimulationApp:
        def __init__(self, launch_config: dict[str, Any]) -> None:
            stage.calls.append(("SimulationApp", launch_config))

    class World:
        def __init__(self, **settings: Any) -> None:
            stage.calls.append(("World", settings))
            self.scene = self
            assert settings["physics_dt"] == model.opt.timestep

        def add(self, view: Articulation) -> None:
            stage.calls.append(("add", view))

        def reset(self) -> None:
            stage.calls.append(("reset", None))

        def step(self, render: bool) -> None:
            for data in stage.data:
                mujoco.mj_step(model, data)

    class GridCloner:
        def __init__(self, spacing: float) -> None:
            self._spacing = spacing

        def define_base_env(self, base_env_path: str) -> None:
            stage.calls.append(("define_base_env", base_env_path))

        def generate_paths(self, root_path: str, num_paths: int) -> list[str]:
            return [f"{root_path}_{i}" for i in range(num_paths)]

        def clone(self, source_prim_path: str, prim_paths: list[str], **settings: Any) -> np.ndarray:
            stage.calls.append(("clone", source_prim_path))
            stage.data = [mujoco.MjData(model) for _ in prim_paths]
            stage.origins = np.array([[self._spacing * i, -1.0, 0.0] for i in range(len(prim_paths))])
            return stage.origins

    def add_reference_to_stage(usd_path: str, prim_path: str) -> None:
        stage.calls.append(("add_reference_to_stage", (usd_path, prim_path)))

    modules = {
        "isaacsim": {"SimulationApp": SimulationApp},
        "isaacsim.core": {},
        "isaacsim.core.api": {"World": World},
        "isaacsim.core.cloner": {"GridCloner": GridCloner},
        "isaacsim.core.prims": {"Articulation": lambda **settings: Articulation(stage, **settings)},
        "isaacsim.core.utils": {},
        "isaacsim.core.utils.stage": {"add_reference_to_stage": add_reference_to_stage},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        patch.setitem(sys.modules, name, module)
    return stage
