"""MuJoCo as a judge: how near an arm came to what was around it, and whether it kept its joints' limits.

Nothing of the planner's is used: positions of the joints are all that is taken from it. Distances are
MuJoCo's, between the arm's own shapes and the obstacles; rates are finite differences of the positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np

from ...assets import ASSETS
from ...envs.stage import load_stage
from ...planning.collision.obstacles import Box, Cylinder, Obstacle, Sphere
from ...planning.limits import Array

STEP = 0.002
"""s between looks."""
_NEAR = 0.15  # m: distances above are not measured


@dataclass(frozen=True)
class Verdict:
    """What MuJoCo found.

    Attributes:
        clearance: least distance in m between the arm and anything else; 0.15 if nothing came nearer.
        time: s at which.
        what: shapes of the arm and the obstacle.
        touches_itself: whether two links of the arm met that are not neighbours.
        of_limit: the largest velocity, acceleration and jerk, as parts of their limits.
        beyond: rad by which joints left their ranges.
    """

    clearance: float
    time: float
    what: tuple[str, str]
    touches_itself: bool
    of_limit: tuple[float, float, float]
    beyond: float


class Judge:
    """An arm among obstacles in MuJoCo, never stepped: only placed."""

    def __init__(
        self, joints: tuple[str, ...], obstacles: Mapping[str, Obstacle], moving: Mapping[str, Obstacle]
    ) -> None:
        """Build the model.

        Args:
            joints: names of the arm's joints in the order of positions.
            obstacles: what stands still.
            moving: what moves, as it was at first.
        """
        spec = load_stage(ASSETS / "robots" / "arm.usda").spec
        for name, obstacle in obstacles.items():
            _add(spec.worldbody, name, obstacle)
        for name, obstacle in moving.items():
            body = spec.worldbody.add_body(name=f"moving {name}", mocap=True)
            _add(body, name, obstacle, centred=True)
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        mujoco.mj_resetDataKeyframe(self._model, self._data, 0)
        model = self._model
        by_name = {model.joint(i).name.rpartition("/")[2]: model.joint(i) for i in range(model.njnt)}
        self._joints = [by_name[name] for name in joints]
        self._address = np.array([joint.qposadr[0] for joint in self._joints])
        for finger in ("finger_left", "finger_right"):
            self._data.qpos[by_name[finger].qposadr[0]] = 0.04
        self._mocap = {name: model.body(f"moving {name}").mocapid[0] for name in moving}
        others = {*obstacles, *moving}
        names = [model.geom(i).name for i in range(model.ngeom)]
        collides = (model.geom_contype | model.geom_conaffinity) != 0
        self._others = np.array([i for i, name in enumerate(names) if name in others])
        self._still = {i for i in self._others if names[i] in obstacles}
        self._arm = np.array([i for i in np.flatnonzero(collides) if names[i] not in others])
        base = model.body(model.geom_bodyid[self._arm[0]]).id
        self._base = {int(i) for i in self._arm if model.geom_bodyid[i] == base}

    def judge(
        self, positions: Array, centres: Mapping[str, Array], limits: tuple[Array, Array, Array]
    ) -> Verdict:
        """Look at every moment.

        Args:
            positions: (N, 7) of the joints, every `STEP` s.
            centres: (N, 3) of what moves, by name.
            limits: (7,) greatest velocities, accelerations, jerks.
        """
        model, data = self._model, self._data
        least, when, what, itself = _NEAR, 0.0, ("", ""), False
        for number, position in enumerate(positions):
            data.qpos[self._address] = position
            for name, mocap in self._mocap.items():
                data.mocap_pos[mocap] = centres[name][number]
            mujoco.mj_kinematics(model, data)
            for arm, other in self._near_pairs(least):
                distance = mujoco.mj_geomDistance(model, data, arm, other, least, None)
                if distance < least:
                    least, when = distance, number * STEP
                    what = (model.geom(arm).name, model.geom(other).name)
            if number % 5 == 0 and not itself:
                itself = self._touches_itself()
        low, high = np.array([joint.range for joint in self._joints]).T
        beyond = float(np.maximum(low - positions, positions - high).max())
        return Verdict(least, when, what, itself, _rates(positions, limits), max(beyond, 0.0))

    def _near_pairs(self, within: float) -> list[tuple[int, int]]:
        """Shapes of the arm and obstacles, the spheres around which come nearer than so many m."""
        model, data = self._model, self._data
        apart = np.linalg.norm(data.geom_xpos[self._arm][:, None] - data.geom_xpos[self._others], axis=2)
        apart -= model.geom_rbound[self._arm][:, None] + model.geom_rbound[self._others]
        pairs = [(int(self._arm[a]), int(self._others[o])) for a, o in np.argwhere(apart < within)]
        # The foot stands on the table, whatever the joints do.
        return [pair for pair in pairs if not (pair[0] in self._base and pair[1] in self._still)]

    def _touches_itself(self) -> bool:
        model, data = self._model, self._data
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        own = set(self._arm.tolist())
        pairs = data.contact.geom[data.contact.dist < 0]
        return any(int(a) in own and int(b) in own for a, b in pairs)


def _rates(positions: Array, limits: tuple[Array, Array, Array]) -> tuple[float, float, float]:
    """Largest parts of limits that finite differences reach; these are means over steps, so never above."""
    velocity, acceleration, jerk = (
        float((np.abs(np.diff(positions, n=order, axis=0)) / STEP**order / limit).max(initial=0.0))
        for order, limit in enumerate(limits, start=1)
    )
    return velocity, acceleration, jerk


def _add(body: mujoco.MjsBody, name: str, obstacle: Obstacle, centred: bool = False) -> None:
    """A shape on a body, at its place or in the middle of the body."""
    if isinstance(obstacle, Sphere):
        kind, size, turn = mujoco.mjtGeom.mjGEOM_SPHERE, [obstacle.radius, 0, 0], (1, 0, 0, 0)
    elif isinstance(obstacle, Cylinder):
        kind, turn = mujoco.mjtGeom.mjGEOM_CYLINDER, obstacle.quaternion
        size = [obstacle.radius, obstacle.height / 2, 0]
    elif isinstance(obstacle, Box):
        kind, turn = mujoco.mjtGeom.mjGEOM_BOX, obstacle.quaternion
        size = np.asarray(obstacle.size, float) / 2
    else:
        raise TypeError(f"obstacle '{name}': the judge knows no {type(obstacle).__name__}.")
    at = (0, 0, 0) if centred else obstacle.centre
    body.add_geom(name=name, type=kind, size=size, pos=at, quat=turn)
