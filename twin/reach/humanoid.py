"""A humanoid in physics: legs and waist by its policy, arms by targets."""

from __future__ import annotations

from typing import Literal

import mujoco
import numpy as np

from ...assets import ASSETS
from ...deploy_jetson.policy import Policy
from ...envs.simulated_robot import SimulatedRobot
from ...perception.poses import Array, inverse, pose_of
from ...policies import ZOO
from ..record.walk import STAND, LeggedRobot, physics_of

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")
FILE = ASSETS / "robots/humanoid.usda"
PLANNED = FILE.with_suffix(".json")
"""Made by `gaitway plan-robot humanoid.usda --protrusion 0.01 --out humanoid.json`."""
TORSO = "torso"
_BUNDLE = ZOO / "humanoid-velocity-flat"
SCENE = ASSETS / "scenes/flat.usda"
_JOINTS = (
    "shoulder_pitch",
    "shoulder_roll",
    "shoulder_yaw",
    "elbow",
    "wrist_roll",
    "wrist_pitch",
    "wrist_yaw",
)


def arm_joints(side: Side) -> tuple[str, ...]:
    """Names of an arm's joints, from the shoulder outwards."""
    return tuple(f"{side}_{name}" for name in _JOINTS)


class Humanoid:
    """Stands by its policy; each arm holds the targets that it was given last.

    The policy was trained with arms that hang: what they do now is a disturbance to it.

    Attributes:
        period: of a tick, s.
    """

    def __init__(self) -> None:
        policy = Policy.load(_BUNDLE)
        contract = policy.contract
        robot = SimulatedRobot(
            FILE, SCENE, physics_of(contract), (0.0, 0.0, 0.0), 0.0, list(contract.joints.names)
        )
        self._robot, self._legs = robot, LeggedRobot(robot, policy)
        self.period = self._legs.period

    @property
    def stand(self) -> dict[str, float]:
        """Value, rad, of each joint in the keyframe that it starts in."""
        model = self._robot.model
        joints = [model.joint(int(joint)) for joint in model.actuator_trnid[:, 0]]
        return {joint.name: float(model.key("stand").qpos[joint.qposadr[0]]) for joint in joints}

    @property
    def fallen(self) -> bool:
        """Its base is near the floor."""
        return self._legs.fallen

    @property
    def state(self) -> Array:
        """`qpos` (nq,) of now."""
        return self._legs.state

    @property
    def model(self) -> mujoco.MjModel:
        """What is simulated, for pictures."""
        return self._robot.model

    def pose(self, body: str) -> Array:
        """True pose (4, 4) of a body in the world."""
        data = self._robot.data.body(body)
        return pose_of(data.xpos, data.xmat.reshape(3, 3))

    def seen_from_torso(self, pose: Array) -> Array:
        """A pose (4, 4) of the world, in the torso as it is now."""
        return inverse(self.pose(TORSO)) @ pose

    def arm(self, side: Side) -> HumanoidArm:
        """One of its arms."""
        return HumanoidArm(self, self._robot, side)

    def tick(self) -> None:
        """Balance for a period."""
        self._legs.step(STAND)


class HumanoidArm:
    """An arm as `planning.planner.execute` moves it; the humanoid balances meanwhile.

    Motors are springs that turn with 14 N m/rad: what gravity does to the arm's own links in its present
    pose, by the model that its maker knows, is added to what they are told.
    """

    def __init__(self, humanoid: Humanoid, robot: SimulatedRobot, side: Side) -> None:
        self._humanoid, self._robot = humanoid, robot
        model = robot.model
        joints = [model.joint(name).id for name in arm_joints(side)]
        self._motors = [int(np.flatnonzero(model.actuator_trnid[:, 0] == joint)[0]) for joint in joints]
        self._qpos, self._qvel = model.jnt_qposadr[joints], model.jnt_dofadr[joints]
        self._kp = model.actuator_gainprm[self._motors, 0]
        self._kd = -model.actuator_biasprm[self._motors, 2]

    @property
    def period(self) -> float:
        """s between commands."""
        return self._humanoid.period

    def read(self) -> tuple[Array, Array]:
        """Measured positions (7,) in rad and velocities (7,) in rad/s."""
        data = self._robot.data
        return data.qpos[self._qpos].copy(), data.qvel[self._qvel].copy()

    def write(self, position: Array, velocity: Array) -> None:
        """Send targets (7,) and balance for a period."""
        data = self._robot.data
        ahead = (data.qfrc_bias[self._qvel] + self._kd * velocity) / self._kp
        data.ctrl[self._motors] = position + ahead
        self._humanoid.tick()
