"""The picker's arm and hand in physics: what one sends its drives and reads from its encoders."""

from __future__ import annotations

from collections.abc import Callable

import mujoco

from ...perception.grasp.gripper import SuctionCup
from ...perception.poses import Array
from ..grasp.hand import add_lip, rubber, solve_friction_well

OPEN = 0.07
"""m, each finger at most."""
CUP_OUT = 0.105
"""m, the slide of the cup that reaches past the fingers."""
PERIOD = 0.01
"""s between commands."""
TIMESTEP = 0.002
"""s of physics."""
_SQUEEZE = 0.03  # m that fingers are sent past where they touch: beyond their force limit


class Arm:
    """An arm with the picker's hand in a model, told targets period by period.

    Args:
        model, data: MuJoCo's; `complete_hand` has completed the model's hand.

    Attributes:
        model, data: as given.
        time: s that passed.
        watch: called after each period; a film's camera.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self.model, self.data = model, data
        self.time = 0.0
        self.watch: Callable[[], None] = _nothing
        joints = [model.joint(f"joint{k}").id for k in range(1, 8)]
        self._qpos, self._dof = model.jnt_qposadr[joints], model.jnt_dofadr[joints]
        self._arm = [model.actuator(f"joint{k}").id for k in range(1, 8)]
        self._finger, self._slide, self._vacuum = (
            model.actuator(name).id for name in ("finger_left", "cup_slide", "vacuum")
        )
        # A drive with damping lags behind a moving target by damping / stiffness seconds.
        gain, bias = model.actuator_gainprm[self._arm, 0], model.actuator_biasprm[self._arm, 2]
        self._lead = -bias / gain

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
        self._pass_period()
        self.time += PERIOD
        self._after_period()
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

    def _rest_at(self, position: Array) -> None:
        """Put the arm into a configuration (7,) at once, with open fingers."""
        self.data.qpos[self._qpos] = self.data.ctrl[self._arm] = position
        self.data.ctrl[self._finger] = OPEN

    def _pass_period(self) -> None:
        """Step physics for a period."""
        mujoco.mj_step(self.model, self.data, round(PERIOD / TIMESTEP))

    def _after_period(self) -> None:
        """What else happens in the world between commands."""


def complete_hand(spec: mujoco.MjSpec) -> None:
    """Give the picker's hand what USD has no word for, lip, vacuum and rubber, and solve friction well."""
    solve_friction_well(spec, TIMESTEP)
    add_lip(spec, spec.body("cup"), SuctionCup())
    stem = spec.geom("stem")
    for geom in spec.body("cup").geoms:  # it meets the world, not the arm's own parts
        geom.contype, geom.conaffinity = stem.contype, stem.conaffinity
    for side in ("left", "right"):
        rubber(spec.geom(f"{side}_finger"))


def _nothing() -> None:
    pass
