"""The best grasp of each object, planned from a pose that is a little wrong, and tried by physics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from ...perception.grasp.gripper import ParallelGripper, SuctionCup
from ...perception.grasp.parallel import Grasps, parallel_grasps
from ...perception.grasp.suction import SuctionPlaces, suction_places
from ...perception.grasp.surface import surface_of_mesh
from ...perception.poses import Array, inverse, pose_of, transform
from ..bins.models import cad_model
from .hand import cup_model, fingers_model
from .trial import HandTrial

POSE_NOISE = 0.001, np.radians(0.5)
"""Standard deviations along and about each axis of the pose that grasps are planned from: m, rad."""


@dataclass(frozen=True)
class TriedGrasp:
    """One trial.

    Attributes:
        name: of the object.
        kind: `fingers` or `cup`.
        planned: whether a grasp was offered.
        holds: whether it held.
        score: of the grasp, by perception.
        slip: m.
        turn: rad.
    """

    name: str
    kind: str
    planned: bool
    holds: bool
    score: float
    slip: float
    turn: float


class GraspTrial:
    """One object and one hand.

    Args:
        name: of the object.
        kind: `fingers` or `cup`.
    """

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind
        model = cad_model(name)
        self.surface = surface_of_mesh(model.vertices, model.faces)
        self.gripper, self.cup = ParallelGripper(), SuctionCup()
        hand = fingers_model(name, self.gripper) if kind == "fingers" else cup_model(name, self.cup)
        self.hand = HandTrial(name, hand)

    def run(self, seed: int, watch: Callable[[str], None] = lambda stage: None) -> TriedGrasp:
        """Drop the object, plan, and try the best grasp; `watch` is called as each stage ends."""
        rng = np.random.default_rng(seed)
        truth = self.hand.settle(rng)
        believed = _disturbed(truth, rng)
        grasps = self.plan(believed)
        if not len(grasps):
            return TriedGrasp(self.name, self.kind, False, False, 0.0, 0.0, 0.0)
        opened = float(grasps.open_widths[0]) if isinstance(grasps, Grasps) else None
        grasp, approach = (believed @ poses[0] for poses in (grasps.poses, grasps.approach_poses()))
        held = self.hand.grasp(grasp, approach, opened, watch)
        score = float(grasps.scores[0])
        return TriedGrasp(self.name, self.kind, True, held.holds, score, held.slip, held.turn)

    def plan(self, world_from_object: Array) -> Grasps | SuctionPlaces:
        """Grasps of the object where it lies on the floor."""
        down = world_from_object[:3, :3].T @ [0.0, 0.0, -1.0]
        spots = np.stack(np.meshgrid(*[np.arange(-0.35, 0.35, 0.015)] * 2), axis=-1).reshape(-1, 2)
        floor = np.column_stack([spots + world_from_object[:2, 3], np.zeros(len(spots))])
        obstacles = transform(inverse(world_from_object), floor)
        if self.kind == "fingers":
            return parallel_grasps(self.surface, self.gripper, down, obstacles)
        return suction_places(self.surface, self.cup, down, obstacles)


def _disturbed(pose: Array, rng: np.random.Generator) -> Array:
    """A pose as perception might have it."""
    turn = Rotation.from_rotvec(rng.normal(0, POSE_NOISE[1], 3)).as_matrix()
    return pose_of(pose[:3, 3] + rng.normal(0, POSE_NOISE[0], 3), turn @ pose[:3, :3])
