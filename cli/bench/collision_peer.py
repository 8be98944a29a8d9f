"""MuJoCo as a peer of our collision checks: the same spheres and boxes, one configuration at a time."""

from __future__ import annotations

import mujoco
import numpy as np

from ...planning.collision.body import CollisionBody
from ...planning.collision.world import World


class MuJoCoCheck:
    """MuJoCo's broad and narrow phase; spheres meet boxes only, as in the case that is timed."""

    def __init__(self, body: CollisionBody, world: World) -> None:
        """Build a model of a group whose joints all turn, and of boxes."""
        spec, group = mujoco.MjSpec(), body.group
        for row in world.arrays[1]:
            box = spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, contype=1, conaffinity=0)
            box.pos, box.size = row[:3], row[12:15]
            box.quat = _quaternion(row[3:12])
        frames = [spec.worldbody]
        for f in range(1, len(group.frame_parent)):
            fixed = group.frame_fixed[f]
            frame = frames[group.frame_parent[f]].add_body(
                pos=fixed[:3, 3], quat=_quaternion(fixed[:3, :3].ravel())
            )
            frame.add_joint(type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 0, 1])
            frames.append(frame)
        for part, frame in enumerate(body.part_frame):
            for ball in body.spheres[body.part_start[part] : body.part_start[part + 1]]:
                geom = frames[frame].add_geom(type=mujoco.mjtGeom.mjGEOM_SPHERE, contype=0, conaffinity=1)
                geom.pos, geom.size = ball[:3], [ball[3], 0, 0]
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)

    def is_free(self, q: np.ndarray) -> np.ndarray:
        """(B,) whether configurations (B, n) have no contact."""
        model, data = self._model, self._data
        out = np.empty(len(q), bool)
        for row, values in enumerate(q):
            data.qpos[:] = values
            mujoco.mj_kinematics(model, data)
            mujoco.mj_collision(model, data)
            out[row] = data.ncon == 0
        return out


def _quaternion(rotation: np.ndarray) -> np.ndarray:
    """wxyz of a rotation matrix, row by row (9,)."""
    out = np.empty(4)
    mujoco.mju_mat2Quat(out, rotation)
    return out
