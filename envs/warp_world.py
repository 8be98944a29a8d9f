"""CUDA executor: `mujoco_warp` with CUDA graphs. Its CPU device is the second opinion of the tests."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable

import mujoco
import mujoco_warp as mjw
import numpy as np
import torch
import warp as wp

from .masks import write
from .warp_setup import start_warp

_INTEGRATORS = (mujoco.mjtIntegrator.mjINT_EULER, mujoco.mjtIntegrator.mjINT_IMPLICITFAST)

# State beside qpos and qvel; all of it is zero after a reset. `overflow` notes that a buffer was too small.
_ZERO_AT_RESET = (
    "time",
    "act",
    "ctrl",
    "qacc_warmstart",
    "qfrc_applied",
    "xfrc_applied",
    "qacc",
    "actuator_force",
    "sensordata",
    "overflow",
)
# What `apply_parameters` computes from masses, inertias and armatures: one value per world, too.
_DERIVED = ("body_subtreemass", "dof_invweight0", "body_invweight0", "tendon_invweight0", "actuator_acc0")
_BUFFER_OVERFLOWS = int(
    mjw.OverflowType.NEFC
    | mjw.OverflowType.NJMAX_NNZ
    | mjw.OverflowType.BROADPHASE
    | mjw.OverflowType.NARROWPHASE
    | mjw.OverflowType.CCD
)
_STEPS_BETWEEN_OVERFLOW_CHECKS = 50  # each check waits for the GPU


class WarpWorld:
    """N worlds in `mujoco_warp`; see `World` for the methods. Views are float32 and share Warp's memory.

    The state of a step is the same as in `ThreadedWorld` up to float32 rounding. Nothing but
    `diverged_count` and a check every 50 calls of `step` waits for the GPU.

    Args:
        model: the compiled model; its integrator is Euler or implicitfast.
        num_worlds: how many copies to step, at least 1.
        device: a CUDA device such as `cuda:0`, or `cpu` (slow; compiles for a minute at first).
        max_contacts: room for contacts per world, on average over the worlds; chosen from the model if None.

    Raises:
        ValueError: `num_worlds` is less than 1, or the model's integrator is another.
        NotImplementedError: mujoco_warp lacks something the model uses; it says what.
    """

    def __init__(
        self, model: mujoco.MjModel, num_worlds: int, device: str = "cuda:0", max_contacts: int | None = None
    ) -> None:
        if num_worlds < 1:
            raise ValueError(f"num_worlds is {num_worlds}; a World needs at least 1.")
        if model.opt.integrator not in _INTEGRATORS:
            name = mujoco.mjtIntegrator(model.opt.integrator).name
            raise ValueError(f"WarpWorld steps by Euler or implicitfast; the model asks for {name}.")
        start_warp()
        self.model = model
        self.num_worlds = num_worlds
        self.device = torch.device(device)
        self._warp_device = wp.get_device(device)
        self._max_contacts = max_contacts or _contacts_of(model)
        self._graphs: dict[object, wp.Graph | None] = {}
        self._views: dict[str, torch.Tensor] = {}
        self._parameters: dict[str, torch.Tensor] = {}
        self._steps = 0
        self._is_stale = False
        with wp.ScopedDevice(self._warp_device):
            self._model = mjw.put_model(_without_midphase_flag(model))
            self._model.opt.warn_overflow = 0  # reported by us, as an error
            # Loops that the GPU ends itself are known to Warp's own captures, not to torch's around them.
            self._model.opt.graph_conditional = False
            self._data = mjw.make_data(
                model, num_worlds, nconmax=self._max_contacts, njmax=_rows_of(model, self._max_contacts)
            )
        self._diverged = torch.zeros((), dtype=torch.long, device=self.device)
        self._qpos, self._qvel, self._qacc, self._ctrl = (
            self._tensor(name) for name in ("qpos", "qvel", "qacc", "ctrl")
        )
        self._qpos0 = torch.as_tensor(model.qpos0, dtype=torch.float32, device=self.device)
        self._zeroed = [tensor for name in _ZERO_AT_RESET if (tensor := self._tensor(name)).numel()]
        self._run("refresh", self._refresh)

    @property
    def diverged_count(self) -> int:
        """Worlds that diverged and were reset, since the start."""
        return int(self._diverged)

    def view(self, field: str) -> torch.Tensor:
        """Live view of an `MjData` field, shape (num_worlds, ...), float32 for real-valued fields.

        Raises:
            ValueError: mujoco_warp has no such field with one value per world.
        """
        if field not in self._views:
            array = getattr(self._data, field, None)
            if not isinstance(array, wp.array) or array.shape[:1] != (self.num_worlds,):
                raise ValueError(f"'{field}' is no MjData field that a WarpWorld keeps for every world.")
            tensor = self._tensor(field)
            # MuJoCo keeps rotation matrices as rows of 9.
            self._views[field] = tensor.flatten(-2) if tensor.shape[-2:] == (3, 3) else tensor
        return self._views[field]

    def reset(
        self,
        mask: torch.Tensor,
        qpos: torch.Tensor,
        qvel: torch.Tensor,
        mocap: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> None:
        """Put the worlds in `mask` in the given states and refresh derived fields."""
        for tensor in self._zeroed:
            write(tensor, mask, 0)
        write(self._qpos, mask, qpos)
        write(self._qvel, mask, qvel)
        if mocap is not None:
            self._place_mocap(mask, *mocap)
        self._run("refresh", self._refresh)
        self._is_stale = False

    def set_ctrl(self, ctrl: torch.Tensor) -> None:
        """Hold `ctrl` (num_worlds, nu) for the following steps."""
        self._ctrl.copy_(ctrl)

    def set_velocity(self, mask: torch.Tensor, qvel: torch.Tensor) -> None:
        """Overwrite the velocity of the worlds in `mask`; derived fields follow at the next step."""
        write(self._qvel, mask, qvel)
        # A step starts from what the last refresh derived from the old velocity.
        self._is_stale = True

    def set_mocap(self, mask: torch.Tensor, pos: torch.Tensor, quat: torch.Tensor) -> None:
        """Put the mocap bodies of the worlds in `mask` at the given poses and refresh derived fields."""
        self._place_mocap(mask, pos, quat)
        self._run("refresh", self._refresh)
        self._is_stale = False

    def _place_mocap(self, mask: torch.Tensor, pos: torch.Tensor, quat: torch.Tensor) -> None:
        write(self.view("mocap_pos"), mask, pos)
        write(self.view("mocap_quat"), mask, quat)

    def step(self, count: int) -> torch.Tensor:
        """Advance `count` physics steps; returns the mask of worlds that diverged and were reset.

        Raises:
            RuntimeError: some world had more contacts than there was room for.
        """
        if not self._is_capturing():
            self.before_step()
        self._run(count, lambda: self._advance(count))
        diverged = self._reset_diverged()
        self._run("refresh", self._refresh)
        if not self._warp_device.is_cuda:
            self._check_overflow()
        return diverged

    def before_step(self) -> None:
        """What the host decides: derived fields of velocities that were overwritten, and room for contacts.

        Raises:
            RuntimeError: some world had more contacts than there was room for.
        """
        if self._is_stale:
            self._run("refresh", self._refresh)
            self._is_stale = False
        self._steps += 1
        if self._warp_device.is_cuda and self._steps % _STEPS_BETWEEN_OVERFLOW_CHECKS == 0:
            self._check_overflow()

    def _is_capturing(self) -> bool:
        return self._warp_device.is_cuda and torch.cuda.is_current_stream_capturing()

    def parameter(self, field: str) -> torch.Tensor:
        """Give an `MjModel` field one value per world and return the live tensor to write to."""
        if field not in self._parameters:
            if field not in _batched_fields():
                raise ValueError(f"'{field}' cannot differ between the worlds of a WarpWorld.")
            owner, name = self._owner(field)
            shared = getattr(owner, name)
            values = np.repeat(shared.numpy()[:1], self.num_worlds, axis=0)
            array = wp.array(values, dtype=shared.dtype, ndim=shared.ndim, device=self._warp_device)
            setattr(owner, name, array)
            self._parameters[field] = wp.to_torch(array)
            self._graphs.clear()  # they hold the address of the shared values
        return self._parameters[field]

    def _owner(self, field: str) -> tuple[object, str]:
        """The structure that holds a model field, and its name there; options are called `opt.<name>`."""
        name = field.removeprefix("opt.")
        return (self._model if name == field else self._model.opt), name

    def apply_parameters(self) -> None:
        """Recompute MuJoCo's derived constants in every world."""
        for field in _DERIVED:
            self.parameter(field)
        with wp.ScopedDevice(self._warp_device):
            mjw.set_const(self._model, self._data)
        self._run("refresh", self._refresh)

    def _tensor(self, field: str) -> torch.Tensor:
        return wp.to_torch(getattr(self._data, field))

    def _advance(self, count: int) -> None:
        """`count` steps without the last refresh, which waits until diverged worlds are reset."""
        for i in range(count):
            if i:
                self._refresh()
            mjw.step2(self._model, self._data)

    def _refresh(self) -> None:
        """Position and velocity stages: sensors then describe the state the policy sees.

        Not `mjw.step1`, which clears the contact sensors that the last step has filled.
        """
        mjw.fwd_position(self._model, self._data)
        mjw.sensor_pos(self._model, self._data)
        mjw.fwd_velocity(self._model, self._data)
        mjw.sensor_vel(self._model, self._data)

    def _run(self, name: object, launch: Callable[[], None]) -> None:
        """Launch by CUDA graph where there is one, in the order of torch's own work on the device."""
        if not self._warp_device.is_cuda:
            with wp.ScopedDevice(self._warp_device):
                launch()
            return
        stream = wp.stream_from_torch(torch.cuda.current_stream(self.device))
        if self._is_capturing():  # all of a step: this is a part of a larger graph
            with wp.ScopedStream(stream, sync_enter=False):
                launch()
            return
        if graph := self._graphs.get(name):
            wp.capture_launch(graph, stream=stream)
            return
        with wp.ScopedStream(stream):
            launch()  # also loads the kernels, which must not happen during a capture
        with wp.ScopedDevice(self._warp_device), wp.ScopedCapture(self._warp_device) as capture:
            launch()
        self._graphs[name] = capture.graph

    def _reset_diverged(self) -> torch.Tensor:
        """Reset what MuJoCo calls bad: values that are NaN or above its limit. No wait for the GPU."""
        state = torch.cat((self._qpos, self._qvel, self._qacc), dim=1)
        diverged = ~(state.abs() <= mujoco.mjMAXVAL).all(dim=1)
        self._qpos.copy_(torch.where(diverged[:, None], self._qpos0, self._qpos))
        self._qvel.masked_fill_(diverged[:, None], 0.0)
        for tensor in self._zeroed:
            tensor.masked_fill_(diverged.reshape(-1, *[1] * (tensor.ndim - 1)), 0)
        self._diverged += diverged.sum()
        return diverged

    def _check_overflow(self) -> None:
        full = np.flatnonzero(self._data.overflow.numpy() & _BUFFER_OVERFLOWS)
        if len(full):
            raise RuntimeError(
                f"World {full[0]} had more contacts than WarpWorld has room for "
                f"({self._max_contacts} per world); pass a larger max_contacts."
            )


def _without_midphase_flag(model: mujoco.MjModel) -> mujoco.MjModel:
    """mujoco_warp has no midphase, and refuses a model that turns it off."""
    model = copy.copy(model)
    model.opt.disableflags &= ~int(mujoco.mjtDisableBit.mjDSBL_MIDPHASE)
    return model


def _batched_fields() -> set[str]:
    """Model fields and options that mujoco_warp can keep per world: their leading axis is the world."""
    fields = dataclasses.fields(mjw.Model)
    batched = {field.name for field in fields if getattr(field.type, "shape", ("",))[:1] == ("*",)}
    options = dataclasses.fields(mjw.Option)
    return batched | {f"opt.{field.name}" for field in options if isinstance(field.type, wp.array)}


def _contacts_of(model: mujoco.MjModel) -> int:
    """Room for contacts: a geom that moves touches at four points, as a box on the floor does."""
    collides = (model.geom_contype | model.geom_conaffinity) != 0
    moves = model.body_weldid[model.geom_bodyid] != 0
    return max(16, 4 * int((collides & moves).sum()))


def _rows_of(model: mujoco.MjModel, contacts: int) -> int:
    """Constraint rows that `contacts` and everything else in the model can make."""
    per_contact = 2 * (int(model.geom_condim.max(initial=1)) - 1) or 1  # pyramidal friction cone
    limits = 2 * int(model.jnt_limited.sum() + model.tendon_limited.sum())
    friction = int((model.dof_frictionloss > 0).sum() + (model.tendon_frictionloss > 0).sum())
    return contacts * per_contact + limits + friction + 6 * model.neq
