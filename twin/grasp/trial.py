"""One grasp: close or suck, lift, shake, and see whether the object stayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from ...perception.poses import Array, interpolate, inverse, pose_of, quaternion_of, rotation_exp

LIFT = 0.25
"""m."""
SHAKE_SECONDS = 3.0
_SHAKE_HZ, _SHAKE_REACH, _SHAKE_TURN = 2.0, 0.04, np.radians(15)
_SETTLE, _COME, _GRIP, _RAISE = 2.0, 0.8, 0.5, 1.0  # s
_SLIPPED, _TURNED = 0.02, np.radians(45)


@dataclass(frozen=True)
class Held:
    """What became of an object.

    Attributes:
        holds: whether it was still in the hand after the shake.
        slip: how far the place that was gripped moved in the hand, m.
        turn: how far the object turned in the hand, rad.
    """

    holds: bool
    slip: float
    turn: float


class HandTrial:
    """An object on a floor and a hand, `fingers_model` or `cup_model`, again and again.

    Attributes:
        model, data: MuJoCo's.
    """

    def __init__(self, name: str, model: mujoco.MjModel) -> None:
        self.model, self.data = model, mujoco.MjData(model)
        self._object = model.body(f"{name}_0").id
        self._joint = model.jnt_qposadr[model.body(f"{name}_0").jntadr[0]]
        self._hand = model.jnt_qposadr[model.body("hand").jntadr[0]]

    def settle(self, rng: np.random.Generator) -> Array:
        """Drop the object in a random attitude; the pose (4, 4) it comes to rest in, `world_from_object`."""
        mujoco.mj_resetData(self.model, self.data)
        start = self.data.qpos[self._joint : self._joint + 7]
        start[:3] = 0.0, 0.0, 0.25
        start[3:] = Rotation.random(rng=rng).as_quat(scalar_first=True)
        for _ in range(round(_SETTLE / self.model.opt.timestep)):
            mujoco.mj_step(self.model, self.data)
        return self.object_pose()

    def object_pose(self) -> Array:
        """Pose (4, 4) of the object now, `world_from_object`."""
        return pose_of(self.data.xpos[self._object], self.data.xmat[self._object].reshape(3, 3))

    def grasp(
        self,
        grasp: Array,
        approach: Array,
        open_width: float | None,
        watch: Callable[[str], None] = lambda stage: None,
    ) -> Held:
        """Come in from `approach` to `grasp`, both `world_from_hand`, hold on, lift and shake.

        `open_width` is that of the fingers in m, None for a cup. `watch` is called as each stage ends, with
        its name: `come`, `grip`, `raise`, `shake`.
        """
        self._teleport(approach, open_width)
        self._move(approach, grasp, _COME)
        watch("come")
        self._hold_on()
        self._move(grasp, grasp, _GRIP)
        watch("grip")
        before = inverse(grasp) @ self.object_pose()
        raised = grasp.copy()
        raised[2, 3] += LIFT
        self._move(grasp, raised, _RAISE)
        watch("raise")
        self._shake(raised)
        watch("shake")
        after = inverse(raised) @ self.object_pose()  # where the hand has to be by now
        change = after @ inverse(before)
        slip = float(np.linalg.norm(change[:3, 3]))  # of the point between the fingers, or under the cup
        turn = float(Rotation.from_matrix(change[:3, :3]).magnitude())
        return Held(bool(slip < _SLIPPED and turn < _TURNED), slip, turn)

    def _teleport(self, pose: Array, open_width: float | None) -> None:
        self.data.qpos[self._hand : self._hand + 3] = pose[:3, 3]
        self.data.qpos[self._hand + 3 : self._hand + 7] = quaternion_of(pose)
        self.data.qvel[:] = 0.0
        if open_width is not None:
            for side in ("left", "right"):
                self.data.joint(f"{side}_finger").qpos = open_width / 2
                self.data.ctrl[self.model.actuator(f"{side}_finger").id] = open_width / 2
        else:
            self.data.ctrl[:] = 0.0
        self.data.mocap_pos[0], self.data.mocap_quat[0] = pose[:3, 3], quaternion_of(pose)
        mujoco.mj_forward(self.model, self.data)

    def _hold_on(self) -> None:
        """Fingers close as far as their force takes them; a cup gets its vacuum."""
        self.data.ctrl[:] = 1.0 if self.model.nu == 1 else 0.0

    def _move(self, start: Array, end: Array, seconds: float) -> None:
        """Straight, without a jerk at either end."""
        phase = self._times(seconds) / seconds
        share = phase**2 * (3 - 2 * phase)
        self._follow(interpolate(np.array([0.0, 1.0]), np.stack([start, end]), share))

    def _shake(self, middle: Array) -> None:
        """To and fro along one axis after the other, and turning with it; 6.3 m/s2 at the ends."""
        times = self._times(SHAKE_SECONDS) - self.model.opt.timestep  # so that it begins in the middle
        axes = np.eye(3)[(times / SHAKE_SECONDS * 3).astype(int)]
        waves = np.sin(2 * np.pi * _SHAKE_HZ * times)[:, None] * axes
        self._follow(
            pose_of(middle[:3, 3] + _SHAKE_REACH * waves, rotation_exp(_SHAKE_TURN * waves) @ middle[:3, :3])
        )
        self._move(middle, middle, 0.2)

    def _times(self, seconds: float) -> Array:
        """Of the steps of some seconds, s, the first of which ends after one time step."""
        return np.arange(1, round(seconds / self.model.opt.timestep) + 1) * self.model.opt.timestep

    def _follow(self, poses: Array) -> None:
        """Lead the hand through poses (n, 4, 4), one a time step."""
        for position, quaternion in zip(poses[:, :3, 3], quaternion_of(poses), strict=True):
            self.data.mocap_pos[0], self.data.mocap_quat[0] = position, quaternion
            mujoco.mj_step(self.model, self.data)
