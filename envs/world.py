"""The one interface of every physics executor: N copies ("worlds") of one MuJoCo model."""

from __future__ import annotations

from typing import Protocol

import mujoco
import torch


class World(Protocol):
    """N worlds of one `mujoco.MjModel`, stepped together.

    Arrays are torch tensors whose leading axis is the world. Where some of the worlds are meant, `mask`
    (num_worlds,) says which, and arrays have rows for all of them: nobody waits for a GPU to say which they
    are. SI units; quaternions `wxyz`.
    """

    model: mujoco.MjModel
    num_worlds: int
    device: torch.device

    @property
    def diverged_count(self) -> int:
        """Worlds that became NaN or left the solver's range and were reset, since the start."""
        ...

    def view(self, field: str) -> torch.Tensor:
        """Live view of an `MjData` field, shape (num_worlds, ...); do not write to it.

        Derived fields (`sensordata`, `xpos`, ...) describe the state after the last `step` or `reset`.
        The same tensor is returned for every call, so callers fetch it once and keep it.
        """
        ...

    def reset(
        self,
        mask: torch.Tensor,
        qpos: torch.Tensor,
        qvel: torch.Tensor,
        mocap: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> None:
        """Put the worlds in `mask` in state `qpos`, `qvel` at time 0; refresh derived fields.

        `mocap` is where their mocap bodies are, as `set_mocap` takes it. Without it they are where the model
        has them, or stay.
        """
        ...

    def set_ctrl(self, ctrl: torch.Tensor) -> None:
        """Hold `ctrl` (num_worlds, nu) as the actuator input of the following steps."""
        ...

    def set_velocity(self, mask: torch.Tensor, qvel: torch.Tensor) -> None:
        """Overwrite the velocity of the worlds in `mask`: a push. Derived fields follow at the next step."""
        ...

    def set_mocap(self, mask: torch.Tensor, pos: torch.Tensor, quat: torch.Tensor) -> None:
        """Put the mocap bodies of the worlds in `mask` at `pos` (num_worlds, nmocap, 3), `quat`; refresh."""
        ...

    def step(self, count: int) -> torch.Tensor:
        """Advance every world by `count` physics steps.

        Returns the mask (num_worlds,) of worlds that diverged. Those worlds were reset to the model's
        default state; no other world is touched by them.
        """
        ...

    def before_step(self) -> None:
        """What `step` decides on the host; a graph that repeats a step calls it before each."""
        ...

    def parameter(self, field: str) -> torch.Tensor:
        """Give an `MjModel` field one value per world; returns the live tensor (num_worlds, ...) to write to.

        Call `apply_parameters` after writing.

        Raises:
            ValueError: the executor cannot vary this field.
        """
        ...

    def apply_parameters(self) -> None:
        """Recompute what MuJoCo derives from the parameters (masses of subtrees, inverse weights)."""
        ...
