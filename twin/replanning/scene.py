"""Our arm among obstacles in MuJoCo, never stepped: only placed."""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np

from ...assets import ASSETS
from ...envs.stage import load_stage
from ...planning.collision.obstacles import Box, Capsule, Cylinder, Obstacle, Sphere
from ...planning.limits import Array

_OPEN = 0.04  # m of each finger
_STILL, _MOVING = (0.62, 0.60, 0.55, 1.0), (0.85, 0.33, 0.08, 1.0)


class ArmScene:
    """A model, and where things are in it.

    Attributes:
        model, data: MuJoCo's.
        still, moving: names of obstacles, which are their geoms' names, too.
        ranges: (2, n) least and greatest positions of the joints.
    """

    def __init__(
        self,
        joints: tuple[str, ...],
        still: Mapping[str, Obstacle],
        moving: Mapping[str, Obstacle],
        held: Mapping[str, float] | None = None,
    ) -> None:
        """Build the model.

        Args:
            joints: names of the arm's joints in the order of positions.
            still: what stands still: spheres, capsules, boxes, cylinders.
            moving: what moves, as it was at first.
            held: positions of other joints; fingers are open otherwise.

        Raises:
            ValueError: an obstacle of another kind.
        """
        spec = load_stage(ASSETS / "robots" / "arm.usda").spec
        for name, obstacle in still.items():
            _add(spec.worldbody, name, obstacle, _STILL)
        for name, obstacle in moving.items():
            _add(spec.worldbody.add_body(name=f"moving {name}", mocap=True), name, obstacle, _MOVING)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.still, self.moving = tuple(still), tuple(moving)
        mujoco.mj_resetDataKeyframe(self.model, self.data, 0)
        every = {
            self.model.joint(i).name.rpartition("/")[2]: self.model.joint(i) for i in range(self.model.njnt)
        }
        own = [every[name] for name in joints]
        self.ranges = np.array([joint.range for joint in own]).T
        self._address = np.array([joint.qposadr[0] for joint in own])
        for finger, value in {"finger_left": _OPEN, "finger_right": _OPEN, **(held or {})}.items():
            self.data.qpos[every[finger].qposadr[0]] = value
        self._mocap = {name: self.model.body(f"moving {name}").mocapid[0] for name in moving}

    def place(self, position: Array, centres: Mapping[str, Array]) -> None:
        """Set joints (n,), and centres (3,) of what moves by name."""
        self.data.qpos[self._address] = position
        for name, centre in centres.items():
            self.data.mocap_pos[self._mocap[name]] = centre
        mujoco.mj_kinematics(self.model, self.data)


def _add(body: mujoco.MjsBody, name: str, obstacle: Obstacle, colour: tuple[float, ...]) -> None:
    """A shape in the world, at its place, or on a body that is to be moved, in its middle."""
    turn = (1.0, 0.0, 0.0, 0.0)
    row = obstacle.row() if isinstance(obstacle, Sphere | Capsule | Box | Cylinder) else np.zeros(3)
    if isinstance(obstacle, Sphere):
        kind, size = mujoco.mjtGeom.mjGEOM_SPHERE, [obstacle.radius, 0, 0]
    elif isinstance(obstacle, Capsule):
        kind, size = mujoco.mjtGeom.mjGEOM_CAPSULE, [obstacle.radius, row[14], 0]
        quaternion = np.empty(4)
        mujoco.mju_mat2Quat(quaternion, row[3:12])
        turn = tuple(quaternion)
    elif isinstance(obstacle, Cylinder):
        kind, turn = mujoco.mjtGeom.mjGEOM_CYLINDER, obstacle.quaternion
        size = [obstacle.radius, obstacle.height / 2, 0]
    elif isinstance(obstacle, Box):
        kind, turn = mujoco.mjtGeom.mjGEOM_BOX, obstacle.quaternion
        size = np.asarray(obstacle.size, float) / 2
    else:
        raise ValueError(f"obstacle '{name}': MuJoCo has no {type(obstacle).__name__} here.")
    at = np.zeros(3) if body.mocap else row[:3]
    body.add_geom(name=name, type=kind, size=size, pos=at, quat=turn, rgba=colour)
