"""Isaac Sim as an executor: PhysX moves the robot, and MuJoCo's kinematics say what its sensors read.

Written after Isaac Sim's documentation and not run: `tests/envs/test_isaac.py` has a stand-in of its API.
"""

from __future__ import annotations

from pathlib import Path

import mujoco
import torch

from .free_body import base_joint
from .isaac_stage import open_isaac_stage
from .rotations import rotate, rotate_inverse
from .threaded_world import ThreadedWorld


class IsaacWorld:
    """N worlds in Isaac Sim; see `World` for the methods.

    After every call of `step` the state of PhysX is copied into as many MuJoCo copies, whose position and
    velocity stages derive everything that `view` can be asked for. What needs forces is not there: contact
    sensors and `actuator_force` keep what a reset leaves. Good for watching and scoring what a policy does in
    another simulator; its actor sees all that it sees elsewhere.

    Args:
        model: the compiled model of `scene` with `robot`, one robot with or without a floating base.
        num_worlds: how many copies.
        scene: USD file; with several worlds it must look the same from everywhere, such as a flat floor.
        robot: USD file.
        device: PhysX's, `cpu` or `cuda:0`.

    Raises:
        ValueError: Isaac Sim is not installed, or its articulation has other joints than the model.
    """

    def __init__(
        self, model: mujoco.MjModel, num_worlds: int, scene: Path, robot: Path, device: str = "cpu"
    ) -> None:
        self.model, self.num_worlds = model, num_worlds
        self.device = torch.device("cpu")
        self.diverged_count = 0
        self._stage = open_isaac_stage(scene, robot, num_worlds, model.opt.timestep, device)
        self._robots, self._origins = self._stage.robots, self._stage.origins
        self._mirror = ThreadedWorld(model, num_worlds)
        self._qpos, self._qvel = self._mirror.view("qpos"), self._mirror.view("qvel")
        joints = _joints_by_name(model)
        names = list(self._robots.dof_names)
        if sorted(names) != sorted(joints):
            odd = sorted(set(names) ^ set(joints))
            raise ValueError(f"{robot}: Isaac Sim and MuJoCo do not agree on the joints {', '.join(odd)}.")
        ids = [joints[name] for name in names]
        self._qpos_index = torch.as_tensor(model.jnt_qposadr[ids]).long()
        self._qvel_index = torch.as_tensor(model.jnt_dofadr[ids]).long()
        self._drives = _drives(model, names)
        base = base_joint(model, int(ids[0]))
        self._base = None if base is None else (int(model.jnt_qposadr[base]), int(model.jnt_dofadr[base]))
        # PhysX gives the velocity of the base's centre of mass, MuJoCo that of its origin.
        body = 0 if base is None else int(model.jnt_bodyid[base])
        self._centre = torch.as_tensor(model.body_ipos[body].copy())

    def view(self, field: str) -> torch.Tensor:
        """Live view of an `MjData` field, shape (num_worlds, ...), float64 for real-valued fields."""
        return self._mirror.view(field)

    def reset(
        self,
        mask: torch.Tensor,
        qpos: torch.Tensor,
        qvel: torch.Tensor,
        mocap: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> None:
        """Put the worlds in `mask` in the given states."""
        if mocap is not None and self.model.nmocap:
            raise ValueError("An IsaacWorld has no furniture to move; take a scene that stands still.")
        self._mirror.reset(mask, qpos, qvel)
        rows = mask.nonzero()[:, 0]
        if len(rows):
            self._place(rows)
            self._set_velocities(rows)

    def set_ctrl(self, ctrl: torch.Tensor) -> None:
        """Hold `ctrl` (num_worlds, nu) as the drives' targets."""
        for set_targets, actuators, dofs in (
            (self._robots.set_joint_position_targets, *self._drives[0]),
            (self._robots.set_joint_velocity_targets, *self._drives[1]),
        ):
            if len(dofs):
                set_targets(ctrl[:, actuators].float(), joint_indices=dofs)

    def set_velocity(self, mask: torch.Tensor, qvel: torch.Tensor) -> None:
        """Overwrite the velocity of the worlds in `mask`."""
        self._mirror.set_velocity(mask, qvel)
        rows = mask.nonzero()[:, 0]
        if len(rows):
            self._set_velocities(rows)

    def set_mocap(self, mask: torch.Tensor, pos: torch.Tensor, quat: torch.Tensor) -> None:
        """Refused: PhysX knows nothing of MuJoCo's mocap bodies.

        Raises:
            ValueError: always.
        """
        raise ValueError("An IsaacWorld has no furniture to move; take a scene that stands still.")

    def step(self, count: int) -> torch.Tensor:
        """Advance `count` physics steps; returns the mask of worlds that diverged and were reset."""
        for _ in range(count):
            self._stage.step()
        qpos, qvel = self._read()
        diverged = ~(torch.isfinite(qpos).all(dim=1) & torch.isfinite(qvel).all(dim=1))
        self._mirror.reset(~diverged, qpos, qvel)
        if diverged.any():
            self.diverged_count += int(diverged.sum())
            start = torch.as_tensor(self.model.qpos0).repeat(self.num_worlds, 1)
            self.reset(diverged, start, torch.zeros_like(qvel))
        return diverged

    def before_step(self) -> None:
        """Nothing: no graph repeats these steps."""

    def parameter(self, field: str) -> torch.Tensor:
        """Refused: all worlds share the parameters of the USD file.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"'{field}' cannot differ between the worlds of an IsaacWorld.")

    def apply_parameters(self) -> None:
        """Nothing: there are none of its own."""

    def _read(self) -> tuple[torch.Tensor, torch.Tensor]:
        """PhysX's state as MuJoCo's `qpos` and `qvel`, on the CPU."""
        qpos, qvel = self._qpos.clone(), self._qvel.clone()
        qpos[:, self._qpos_index] = _ours(self._robots.get_joint_positions())
        qvel[:, self._qvel_index] = _ours(self._robots.get_joint_velocities())
        if self._base is not None:
            at, moving = self._base
            position, quat = (_ours(value) for value in self._robots.get_world_poses())
            linear, angular = _ours(self._robots.get_velocities()).split(3, dim=1)
            qpos[:, at : at + 3], qpos[:, at + 3 : at + 7] = position - self._origins, quat
            lever = rotate(quat, self._centre.expand(self.num_worlds, 3))
            qvel[:, moving : moving + 3] = linear - torch.linalg.cross(angular, lever)
            qvel[:, moving + 3 : moving + 6] = rotate_inverse(quat, angular)
        return qpos, qvel

    def _place(self, rows: torch.Tensor) -> None:
        """Give PhysX the poses of some of the MuJoCo copies."""
        qpos = self._qpos[rows]
        self._robots.set_joint_positions(qpos[:, self._qpos_index].float(), indices=rows)
        if self._base is not None:
            at, _ = self._base
            position = qpos[:, at : at + 3] + self._origins[rows]
            quat = qpos[:, at + 3 : at + 7]
            self._robots.set_world_poses(position.float(), quat.float(), indices=rows)

    def _set_velocities(self, rows: torch.Tensor) -> None:
        """Give PhysX the velocities of some of the MuJoCo copies."""
        qpos, qvel = self._qpos[rows], self._qvel[rows]
        self._robots.set_joint_velocities(qvel[:, self._qvel_index].float(), indices=rows)
        if self._base is not None:
            at, moving = self._base
            quat = qpos[:, at + 3 : at + 7]
            angular = rotate(quat, qvel[:, moving + 3 : moving + 6])
            lever = rotate(quat, self._centre.expand(len(rows), 3))
            linear = qvel[:, moving : moving + 3] + torch.linalg.cross(angular, lever)
            self._robots.set_velocities(torch.cat((linear, angular), dim=1).float(), indices=rows)


def _joints_by_name(model: mujoco.MjModel) -> dict[str, int]:
    free = mujoco.mjtJoint.mjJNT_FREE
    return {model.joint(i).name: i for i in range(model.njnt) if model.jnt_type[i] != free}


def _drives(model: mujoco.MjModel, names: list[str]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Actuators that hold positions and those that hold speeds, each with the joints they drive."""
    found: list[list[tuple[int, int]]] = [[], []]
    for i in range(model.nu):
        dof = names.index(model.joint(int(model.actuator_trnid[i, 0])).name)
        holds_speed = int(model.actuator_biasprm[i, 1] == 0.0)
        found[holds_speed].append((i, dof))
    return [
        (
            torch.tensor([i for i, _ in pairs], dtype=torch.long),
            torch.tensor([j for _, j in pairs], dtype=torch.long),
        )
        for pairs in found
    ]


def _ours(values: torch.Tensor) -> torch.Tensor:
    return values.detach().to("cpu", torch.float64)
