"""MuJoCo as a judge: how near an arm came to what was around it, and whether it kept its joints' limits.

Nothing of the planner's is used: positions of the joints are all that is taken from it. Distances are
MuJoCo's, between the arm's own shapes and the obstacles; rates are finite differences of the positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mujoco
import numpy as np

from ...planning.limits import Array
from .scene import ArmScene

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
    """Measures a scene."""

    def __init__(self, scene: ArmScene) -> None:
        """Look for what is to be measured."""
        self._scene, model = scene, scene.model
        names = [model.geom(i).name for i in range(model.ngeom)]
        collides = (model.geom_contype | model.geom_conaffinity) != 0
        others = {*scene.still, *scene.moving}
        self._others = np.array([i for i, name in enumerate(names) if name in others])
        self._still = {i for i in self._others if names[i] in scene.still}
        self._arm = np.array([i for i in np.flatnonzero(collides) if names[i] not in others])
        base = model.geom_bodyid[self._arm[0]]
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
        model, data = self._scene.model, self._scene.data
        least, when, what, itself = _NEAR, 0.0, ("", ""), False
        for number, position in enumerate(positions):
            self._scene.place(position, {name: centre[number] for name, centre in centres.items()})
            for arm, other in self._near_pairs(least):
                distance = mujoco.mj_geomDistance(model, data, arm, other, least, None)
                if distance < least:
                    least, when = distance, number * STEP
                    what = (model.geom(arm).name, model.geom(other).name)
            if number % 5 == 0 and not itself:
                itself = self._touches_itself()
        low, high = self._scene.ranges
        beyond = float(np.maximum(low - positions, positions - high).max())
        return Verdict(least, when, what, itself, _rates(positions, limits), max(beyond, 0.0))

    def _near_pairs(self, within: float) -> list[tuple[int, int]]:
        """Shapes of the arm and obstacles, the spheres around which come nearer than so many m."""
        model, data = self._scene.model, self._scene.data
        apart = np.linalg.norm(data.geom_xpos[self._arm][:, None] - data.geom_xpos[self._others], axis=2)
        apart -= model.geom_rbound[self._arm][:, None] + model.geom_rbound[self._others]
        pairs = [(int(self._arm[a]), int(self._others[o])) for a, o in np.argwhere(apart < within)]
        # The foot stands on the table, whatever the joints do.
        return [pair for pair in pairs if not (pair[0] in self._base and pair[1] in self._still)]

    def _touches_itself(self) -> bool:
        model, data = self._scene.model, self._scene.data
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
