"""CPU executor: `mujoco.batch.Batch`, a C thread pool that is bit-identical at any thread count."""

from __future__ import annotations

import mujoco
import numpy as np
import torch
from mujoco.batch import MODEL_FIELDS, Batch

_DIVERGED = [
    int(mujoco.mjtWarning.mjWARN_BADQPOS),
    int(mujoco.mjtWarning.mjWARN_BADQVEL),
    int(mujoco.mjtWarning.mjWARN_BADQACC),
]
# Divergence is counted and reported by the world; MuJoCo would also print it and write a log file.
mujoco.set_mju_user_warning(lambda message: None)

_Stage = mujoco.mjtStage


class ThreadedWorld:
    """N worlds on CPU threads; see `World` for the methods. Views are float64, as MuJoCo's state is.

    Args:
        model: the compiled model.
        num_worlds: how many copies to step, at least 1.
        threads: thread count; 0 takes every CPU.
        fresh: derived fields describe the state after a step, as `World` says. False leaves them one substep
            behind as `mj_step` does, for 3-7 % more speed and memory that does not grow with the worlds;
            only for code that expects this of MuJoCo.

    Raises:
        ValueError: `num_worlds` is less than 1.
    """

    def __init__(
        self, model: mujoco.MjModel, num_worlds: int, threads: int = 0, *, fresh: bool = True
    ) -> None:
        if num_worlds < 1:
            raise ValueError(f"num_worlds is {num_worlds}; a World needs at least 1.")
        self.model = model
        self.num_worlds = num_worlds
        self.device = torch.device("cpu")
        self.diverged_count = 0
        # Position and velocity stages run after the last substep, so sensors describe the state the policy
        # sees. With one MjData per world, the next step continues from them at no extra cost.
        self._step_stage = _Stage.mjSTAGE_VEL if fresh else _Stage.mjSTAGE_NONE
        self._reset_stage = _Stage.mjSTAGE_VEL if fresh else _Stage.mjSTAGE_ACC
        self._batch = Batch(model, num_worlds, threads, persistent=fresh)
        self._views: dict[str, torch.Tensor] = {}
        self._qpos, self._qvel, self._ctrl = (self._batch.bind(name) for name in ("qpos", "qvel", "ctrl"))

    def view(self, field: str) -> torch.Tensor:
        """Live view of an `MjData` field, shape (num_worlds, ...), float64 for real-valued fields."""
        if field not in self._views:
            array = self._batch.bind(field)
            # Derived fields are read-only in NumPy; torch has no such flag, so the contract is the caller's.
            writable = array if array.flags.writeable else _without_readonly_flag(array)
            self._views[field] = torch.from_numpy(writable)
            self._batch.forward(stage=self._reset_stage)
        return self._views[field]

    def reset(
        self,
        mask: torch.Tensor,
        qpos: torch.Tensor,
        qvel: torch.Tensor,
        mocap: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> None:
        """Put the worlds in `mask` in the given states and refresh their derived fields."""
        rows = np.flatnonzero(mask.numpy())
        if len(rows) == 0:
            return
        self._batch.reset(rows, stage=_Stage.mjSTAGE_NONE)
        self._qpos[rows] = qpos.numpy()[rows]
        self._qvel[rows] = qvel.numpy()[rows]
        if mocap is None:
            self._batch.forward(rows, stage=self._reset_stage)
        else:
            self._place_mocap(rows, *mocap)

    def set_ctrl(self, ctrl: torch.Tensor) -> None:
        """Hold `ctrl` (num_worlds, nu) for the following steps."""
        self._ctrl[:] = ctrl.numpy()

    def set_velocity(self, mask: torch.Tensor, qvel: torch.Tensor) -> None:
        """Overwrite the velocity of the worlds in `mask`; derived fields follow at the next step."""
        rows = np.flatnonzero(mask.numpy())
        self._qvel[rows] = qvel.numpy()[rows]

    def set_mocap(self, mask: torch.Tensor, pos: torch.Tensor, quat: torch.Tensor) -> None:
        """Put the mocap bodies of the worlds in `mask` at the given poses and refresh derived fields."""
        rows = np.flatnonzero(mask.numpy())
        if len(rows):
            self._place_mocap(rows, pos, quat)

    def _place_mocap(self, rows: np.ndarray, pos: torch.Tensor, quat: torch.Tensor) -> None:
        self._batch.bind("mocap_pos")[rows] = pos.numpy()[rows]
        self._batch.bind("mocap_quat")[rows] = quat.numpy()[rows]
        self._batch.forward(rows, stage=self._reset_stage)

    def step(self, count: int) -> torch.Tensor:
        """Advance `count` physics steps; returns the mask of worlds that diverged and were reset."""
        self._batch.step(nstep=count, stage=self._step_stage)
        diverged = self._batch.warning[:, _DIVERGED, 1].any(axis=1)
        # MuJoCo resets a bad state at the next step; what turned bad in the last substep is ours to reset.
        diverged |= ~(np.isfinite(self._qpos).all(axis=1) & np.isfinite(self._qvel).all(axis=1))
        if diverged.any():
            rows = np.flatnonzero(diverged)
            self._batch.reset(rows, stage=self._reset_stage)
            self._batch.warning[rows] = 0
            self.diverged_count += len(rows)
        return torch.from_numpy(diverged)

    def before_step(self) -> None:
        """Nothing: no graph repeats these steps."""

    def parameter(self, field: str) -> torch.Tensor:
        """Give an `MjModel` field one value per world and return the live array to write to."""
        if field not in MODEL_FIELDS:
            raise ValueError(f"'{field}' cannot differ between the worlds of a ThreadedWorld.")
        return torch.from_numpy(self._batch.expand(field))

    def apply_parameters(self) -> None:
        """Recompute MuJoCo's derived constants in every world."""
        self._batch.set_const()


def _without_readonly_flag(array: np.ndarray) -> np.ndarray:
    """The same memory as `array`, through an interface that torch accepts without a warning."""
    interface = dict(array.__array_interface__)
    interface["data"] = (interface["data"][0], False)
    holder = type("Memory", (), {"__array_interface__": interface, "owner": array})()
    return np.asarray(holder)
