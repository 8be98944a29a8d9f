"""The cell in physics: an arm with a hand for bins, a bin with objects that fell into it, a tote, a worker.

What works in the cell uses `read`, `write`, the hand and pictures, as on a real arm. `Truth` is for the score
alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from ...assets import ASSETS
from ...assets.objects.cell import BIN, TOTE, write_cell_scene
from ...envs.stage import RobotPlacement, load_stage
from ...perception.grasp.gripper import SuctionCup
from ...perception.poses import Array
from ..bins.drop import poses_above
from ..grasp.hand import add_lip, rubber, solve_friction_well
from .worker import NAME as WORKER
from .worker import Visit, add_worker, move_worker

ROBOT = ASSETS / "robots" / "picker.usda"
REST = np.array([-0.85, -1.15, 0.0, -2.65, 0.0, 1.55, 0.785])
"""rad, all joints of the arm: in the way of no camera, and where it begins."""
OPEN = 0.07
"""m, each finger at most."""
CUP_OUT = 0.105
"""m, the slide of the cup that reaches past the fingers."""
PERIOD = 0.01
"""s between commands."""
_TIMESTEP, _SETTLING = 0.002, 2.5
_SQUEEZE = 0.03  # m that fingers are sent past where they touch: beyond their force limit


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


class Cell:
    """One bin of objects, and the arm.

    Attributes:
        names: of the objects.
        model, data: MuJoCo's.
        time: s since objects came to rest.
        watch: called after each period; a film's camera.
    """

    def __init__(self, names: Sequence[str], seed: int, visit: Visit | None = None) -> None:
        """Let objects fall into the bin and wait until they rest; `visit` is the worker's."""
        self.names, self._visit = tuple(names), visit
        above = poses_above(len(names), seed, BIN.middle, BIN.size, (0.25, 0.3), 0.16)
        self.model = _compiled(names, above)
        self.data = mujoco.MjData(self.model)
        self.time = 0.0
        self.watch: Callable[[], None] = _nothing
        joints = [self.model.joint(f"joint{k}").id for k in range(1, 8)]
        self._qpos, self._dof = self.model.jnt_qposadr[joints], self.model.jnt_dofadr[joints]
        self._arm = [self.model.actuator(f"joint{k}").id for k in range(1, 8)]
        self._finger, self._slide, self._vacuum = (
            self.model.actuator(name).id for name in ("finger_left", "cup_slide", "vacuum")
        )
        # A drive with damping lags behind a moving target by damping / stiffness seconds.
        gain, bias = self.model.actuator_gainprm[self._arm, 0], self.model.actuator_biasprm[self._arm, 2]
        self._lead = -bias / gain
        self._worker = self.model.body(WORKER).id
        self._objects = [self.model.body(f"{name}_{k}").id for k, name in enumerate(names)]
        self._touched = 0
        self._start()

    @property
    def period(self) -> float:
        """s between commands."""
        return PERIOD

    def read(self) -> tuple[Array, Array]:
        """Positions (7,) in rad and velocities (7,) of the arm's joints, by their encoders."""
        return self.data.qpos[self._qpos].copy(), self.data.qvel[self._dof].copy()

    def write(self, position: Array, velocity: Array) -> None:
        """Send targets (7,) to the arm's drives and let a period pass."""
        self.data.ctrl[self._arm] = position + self._lead * velocity
        for _ in range(round(PERIOD / _TIMESTEP)):
            mujoco.mj_step(self.model, self.data)
        self.time += PERIOD
        move_worker(self.data, self._worker, self._visit, self.time)
        self._touched += self._worker_is_touched()
        self.watch()

    def open_hand(self, width: float) -> None:
        """Send the fingers to a distance in m between them."""
        self.data.ctrl[self._finger] = min(width / 2, OPEN)

    def squeeze(self) -> None:
        """Let the fingers press with all their force."""
        self.data.ctrl[self._finger] = -_SQUEEZE

    def put_cup(self, slide: float) -> None:
        """Send the cup out, `slide` in m from 0 to `CUP_OUT`."""
        self.data.ctrl[self._slide] = slide

    def suck(self, on: bool) -> None:
        """Vacuum on or off."""
        self.data.ctrl[self._vacuum] = float(on)

    def finger_gap(self) -> float:
        """Distance in m between the fingers, by their encoders."""
        return 2 * float(self.data.joint("finger_left").qpos[0])

    def pictured(self) -> tuple[Array, Array, Array]:
        """State that pictures are made of: qpos (nq,), positions (m, 3) and quaternions (m, 4) of mocaps."""
        return self.data.qpos.copy(), self.data.mocap_pos.copy(), self.data.mocap_quat.copy()

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
        self.data.qpos[self._qpos] = self.data.ctrl[self._arm] = REST
        self.data.ctrl[self._finger] = OPEN
        for _ in range(round(_SETTLING / _TIMESTEP)):
            mujoco.mj_step(self.model, self.data)

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


def _nothing() -> None:
    pass


def _compiled(names: Sequence[str], poses: Array) -> mujoco.MjModel:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cell.usda"
        write_cell_scene(path, names, poses)
        stage = load_stage(path, [RobotPlacement(ROBOT)])
        spec = stage.spec
        solve_friction_well(spec, _TIMESTEP)
        add_lip(spec, spec.body("cup"), SuctionCup())
        stem = spec.geom("stem")
        for geom in spec.body("cup").geoms:  # it meets the world, not the arm's own parts
            geom.contype, geom.conaffinity = stem.contype, stem.conaffinity
        for side in ("left", "right"):
            rubber(spec.geom(f"{side}_finger"))
        add_worker(spec)
        return stage.compile()
