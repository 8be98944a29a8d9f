"""The hall in physics: a mobile manipulator with a tote on its back, and a shelf with objects.

What works in it uses `read`, `write`, the hand, the wheels, the senses and pictures, as on a real robot.
`Truth` is for the score alone.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from ...assets import ASSETS
from ...assets.objects.open_box import OpenBox
from ...assets.objects.shelf import write_shelf_scene
from ...assets.warehouse.generate import generate_warehouse
from ...assets.warehouse.layout import plan
from ...envs.stage import RobotPlacement, load_stage
from ...perception.poses import Array, inverse, pose_of
from ..manipulation.arm import PERIOD, TIMESTEP, Arm, complete_hand
from ..navigation.robot import SensingRobot
from ..record.hall import Hall
from ..record.rig import RecordCfg
from ..record.robots import ROBOTS, RecordedRobot
from ..record.route import Route
from .case import Case

ROBOT = ASSETS / "robots" / "mobile_picker.usda"
TOTE = OpenBox((-0.42, 0.0), (0.40, 0.50, 0.20))
"""On the deck behind the arm, in the arm's base, which stands on the deck, too."""
MOUNT = np.array([0.24, 0.0, 0.3])
"""m, of the arm's base in the platform's frame on the floor."""
FOLDED = np.array([2.51, -0.79, 0.55, -2.24, 0.38, 1.53, 1.36])
"""rad, all joints of the arm on the way: over the tote, so that its camera sees into that."""
CAMERA = "wrist_camera"
_SETTLING = 1.0  # s
_BLUE = (0.13, 0.27, 0.42, 1.0)


@dataclass(frozen=True)
class Truth:
    """What physics knows.

    Attributes:
        in_tote: (k,) of each object.
        touched: periods in which platform or arm, other than the hand, touched shelf or hall.
    """

    in_tote: np.ndarray
    touched: int


class Shop(Arm):
    """One run's world.

    Args:
        case: of the run.
        longest: s that it may take.

    Attributes:
        robot: its wheels and senses.
        seen: the model that cameras see; its joints are those of `model`.
    """

    def __init__(self, case: Case, longest: float) -> None:
        physics, self.seen, hall = _hall(case)
        super().__init__(physics, mujoco.MjData(physics))
        self.case, self.longest = case, longest
        self._rest_at(FOLDED)
        mujoco.mj_step(physics, self.data, round(_SETTLING / TIMESTEP))
        cfg = RecordCfg(seed=case.seed)
        self.robot = SensingRobot(hall, cfg, longest + 1.0, self.data)
        self._objects = [physics.body(f"{name}_{k}").id for k, name in enumerate(case.names)]
        self._hand = np.array([physics.body(n).id for n in ("hand", "finger_left", "finger_right", "cup")])
        self._root = physics.body_rootid[physics.body("link0").id]
        self._folded_in = FOLDED.copy()
        self._touched = 0

    @property
    def over(self) -> bool:
        """Whether its time is up."""
        return self.time >= self.longest

    def drive(self, forward: float, turning: float, seconds: float) -> None:
        """Turn the wheels for a forward speed in m/s and a turning rate in rad/s; the arm stands."""
        self.robot.turn_wheels(forward, turning)
        for _ in range(round(seconds / PERIOD)):
            self.write(self._folded_in, np.zeros(7))

    def write(self, position: Array, velocity: Array) -> None:
        """See `Arm.write`."""
        self._folded_in = np.array(position)
        super().write(position, velocity)

    def truth(self) -> Truth:
        """Where objects are, by their middles."""
        base = self.data.body("link0")
        middles = (self.data.xpos[self._objects] - base.xpos) @ base.xmat.reshape(3, 3)
        inside = (middles > TOTE.low - 0.01) & (middles < TOTE.high + np.array([0.0, 0.0, 0.15]))
        return Truth(inside.all(axis=1), self._touched)

    def true_base_from_shelf(self) -> Array:
        """(4, 4), of the arm's base; for tests."""
        base = self.data.body("link0")
        return inverse(pose_of(base.xpos, base.xmat.reshape(3, 3))) @ self.case.shelf

    def _pass_period(self) -> None:
        self.robot.step(PERIOD)

    def _after_period(self) -> None:
        bodies = self.model.geom_bodyid[self.data.contact.geom[: self.data.ncon]].reshape(-1, 2)
        own = (self.model.body_rootid[bodies] == self._root) & ~np.isin(bodies, self._hand)
        planes = self.model.geom_type[self.data.contact.geom[: self.data.ncon]] == mujoco.mjtGeom.mjGEOM_PLANE
        fixed = (self.model.body_weldid[bodies] == 0) & ~planes.reshape(-1, 2)
        self._touched += bool((own.any(axis=1) & fixed.any(axis=1)).any())


def _hall(case: Case) -> tuple[mujoco.MjModel, mujoco.MjModel, Hall]:
    """Model for physics, model for cameras, and both as a hall in which a robot drives."""
    x, y, yaw = case.start
    placed = RobotPlacement(ROBOT, (x, y, 0.0), yaw)
    with tempfile.TemporaryDirectory() as folder:
        hall, path = Path(folder) / "hall.usda", Path(folder) / "shelf.usda"
        generate_warehouse(hall, case.hall)
        write_shelf_scene(path, hall, case.shelf, case.names, case.poses)
        physics = _compiled(path, placed, visuals=False)
        seen = _compiled(path, placed, visuals=True)
    amr = ROBOTS["amr"]
    robot = RecordedRobot(ROBOT, amr.body, amr.physics_rate, amr.fastest, amr.sensors)
    layout = plan(case.hall, np.random.default_rng(case.seed))
    stands = Route(np.array([[x, y]]), np.zeros(1), np.array([yaw]))
    return physics, seen, Hall(layout, robot, stands, None, physics, seen, [])


def _compiled(scene: Path, placed: RobotPlacement, visuals: bool) -> mujoco.MjModel:
    stage = load_stage(scene, [placed], visuals=visuals)
    complete_hand(stage.spec)
    deck = stage.spec.body("link0")
    for part, (centre, size) in TOTE.walls().items():
        deck.add_geom(
            name=f"deck_tote_{part}",
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=np.array(size) / 2,
            pos=centre,
            rgba=_BLUE,
            mass=0.3,
        )
    return stage.compile()
