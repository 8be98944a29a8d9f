"""The cell in physics: an arm with a hand for bins, a bin with objects that fell into it, a tote, a worker.

What works in the cell uses `read`, `write`, the hand and pictures, as on a real arm. `Truth` is for the score
alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from ...assets import ASSETS
from ...assets.objects.cell import BIN, TOTE, write_cell_scene
from ...envs.stage import RobotPlacement, load_stage
from ...perception.poses import Array
from ..bins.drop import poses_above
from .arm import TIMESTEP, Arm, complete_hand
from .worker import NAME as WORKER
from .worker import Visit, add_worker, move_worker

ROBOT = ASSETS / "robots" / "picker.usda"
REST = np.array([-0.85, -1.15, 0.0, -2.65, 0.0, 1.55, 0.785])
"""rad, all joints of the arm: in the way of no camera, and where it begins."""
_SETTLING = 2.5  # s


@dataclass(frozen=True)
class Truth:
    """What physics knows.

    Attributes:
        in_tote, in_bin: (k,) of each object.
        touched: moments at which the arm, or what it held, touched the worker.
    """

    in_tote: np.ndarray
    in_bin: np.ndarray
    touched: int


class Cell(Arm):
    """One bin of objects, and the arm.

    Attributes:
        names: of the objects.
        time: s since objects came to rest.
    """

    def __init__(self, names: Sequence[str], seed: int, visit: Visit | None = None) -> None:
        """Let objects fall into the bin and wait until they rest; `visit` is the worker's."""
        self.names, self._visit = tuple(names), visit
        above = poses_above(len(names), seed, BIN.middle, BIN.size, (0.25, 0.3), 0.16)
        model = _compiled(names, above)
        super().__init__(model, mujoco.MjData(model))
        self._worker = self.model.body(WORKER).id
        self._objects = [self.model.body(f"{name}_{k}").id for k, name in enumerate(names)]
        self._touched = 0
        self._start()

    def truth(self) -> Truth:
        """Where objects are, by their middles."""
        middles, above = self.data.xpos[self._objects], np.array([0.0, 0.0, 0.15])
        inside = [
            ((middles > box.low - 0.01) & (middles < box.high + above)).all(axis=1) for box in (TOTE, BIN)
        ]
        return Truth(inside[0], inside[1], self._touched)

    def _start(self) -> None:
        mujoco.mj_resetDataKeyframe(self.model, self.data, self.model.key("home").id)
        self._place_objects()
        self.data.ctrl[:] = 0.0
        self._rest_at(REST)
        for _ in range(round(_SETTLING / TIMESTEP)):
            mujoco.mj_step(self.model, self.data)

    def _after_period(self) -> None:
        move_worker(self.data, self._worker, self._visit, self.time)
        self._touched += self._worker_is_touched()

    def _place_objects(self) -> None:
        """Back to where they fall from: the arm's keyframe says nothing of them."""
        for body in self._objects:
            address = self.model.jnt_qposadr[self.model.body_jntadr[body]]
            self.data.qpos[address : address + 7] = self.model.qpos0[address : address + 7]

    def _worker_is_touched(self) -> bool:
        """Whether anything but the floor touches the worker."""
        if self._visit is None or not self.data.ncon:
            return False
        bodies = self.model.geom_bodyid[self.data.contact.geom[: self.data.ncon]]
        return bool(((bodies == self._worker).any(axis=1) & (bodies != 0).all(axis=1)).any())


def _compiled(names: Sequence[str], poses: Array) -> mujoco.MjModel:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cell.usda"
        write_cell_scene(path, names, poses)
        stage = load_stage(path, [RobotPlacement(ROBOT)])
        spec = stage.spec
        complete_hand(spec)
        add_worker(spec)
        return stage.compile()
