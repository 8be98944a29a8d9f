"""Seeded targets for a standing humanoid's hands, reached by plans and judged by the simulator's truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ...perception.poses import Array, quaternion_of, rotation_log
from ...planning.collision.free_numba import is_free
from ...planning.collision.world import World
from ...planning.errors import PlanningError
from ...planning.kinematics.forward_numba import tip_poses
from ...planning.limits import Limits
from ...planning.planner.execute import execute
from ...planning.planner.goals import JointGoal, PoseGoal
from ...planning.planner.plan import Plan
from ...planning.planner.planner import Planner, load
from .humanoid import PLANNED, SIDES, TORSO, Humanoid, Side, arm_joints

Watch: TypeAlias = Callable[[Humanoid, Array], None]
"""Is called after every period with the humanoid and the target's pose (4, 4) in the world."""

CLOSE, STRAIGHT = 0.03, math.radians(10.0)
"""m and rad within which the hand is at its target."""
LIMITS = Limits(np.full(7, 1.5), np.full(7, 6.0), np.full(7, 60.0))
"""Of rad/s, rad/s² and rad/s³: an arm that starts gently leaves the balance alone."""
_BEFORE = 0.1  # m in front of the torso that targets are at least
_RANGE = 0.8  # share of each joint's range that targets come from: the torso will lean back
_ROOM = 2e-3  # m that parts of the robot are apart there, twice
_CORRECTIONS = 6  # of what sway and soft motors leave
# m and rad of a corrected pose: nearer first, and from there on, as the torso then leans otherwise.
_TOLERANCES = ((1e-3, 0.01), (0.02, 0.1), (0.06, 0.3), (0.15, 0.6))
_SHARES = (0.6, 0.4, 0.2)  # of the way that is left, in one correction
_SOLUTIONS = 8  # of a corrected pose, of which the nearest free one is taken
_REST, _HOLD = 0.4, 1.0  # s after each motion, and at the end
_AWAY, _LAG = 0.3, 0.6  # rad that soft motors may be away from their targets, at rest and on the way


@dataclass(frozen=True)
class Reach:
    """How one went.

    Attributes:
        seed: of the target.
        side: whose hand.
        distance: m from the hand to its target in the world, the mean over the last second.
        angle: rad between the two, the mean likewise.
        fell: whether the humanoid fell.
        swayed: m that its base was away at most from where it stood at first, level with the floor.
        seconds: from the first motion to the end.
        planning: s that the first plan took.
        failure: why there was no plan; empty if there was.
    """

    seed: int
    side: Side
    distance: float
    angle: float
    fell: bool
    swayed: float
    seconds: float
    planning: float
    failure: str = ""

    @property
    def reached(self) -> bool:
        """Whether the hand was where it should be, and the humanoid stood."""
        return not self.fell and not self.failure and self.distance < CLOSE and self.angle < STRAIGHT


def arm_planners() -> Mapping[Side, Planner]:
    """A planner of each arm, in the torso; the rest of the robot stands as in its keyframe."""
    stand = Humanoid().stand
    planners = {}
    for side in SIDES:
        held = {name: value for name, value in stand.items() if name not in arm_joints(side)}
        planners[side] = load(PLANNED, f"{side}_hand", TORSO, held=held, limits=LIMITS)
    return planners


def target_of(planner: Planner, seed: int) -> Array:
    """A pose (4, 4) of the hand in the torso, in front of it, that the arm can take without touching."""
    limits = planner.group.limits
    middle, half = (limits.lower + limits.upper) / 2, (limits.upper - limits.lower) / 2
    rng = np.random.default_rng(seed)
    while True:
        q = middle + _RANGE * half * rng.uniform(-1.0, 1.0, (64, planner.group.dof))
        poses = tip_poses(planner.group, q)
        good = is_free(planner.body, World(), q, _ROOM) & (poses[:, 0, 3] > _BEFORE)
        if good.any():
            return poses[np.argmax(good)]


def reach(planners: Mapping[Side, Planner], seed: int, watch: Watch | None = None) -> Reach:
    """Stand, and bring a hand to a target of that seed; even seeds the left one.

    Args:
        planners: by `arm_planners`.
        seed: of the target.
        watch: as to film it.
    """
    side = SIDES[seed % 2]
    return _Attempt(planners[side], seed, side, watch).run()


class _Attempt:
    """One reach; it is the arm that `execute` moves, and keeps account of what the robot does meanwhile."""

    def __init__(self, planner: Planner, seed: int, side: Side, watch: Watch | None) -> None:
        self._planner, self._seed = planner, seed
        self._side: Side = side
        self._humanoid = Humanoid()
        self._arm, self._watch = self._humanoid.arm(side), watch
        self._base = self._humanoid.state[:2]
        self._goal = self._humanoid.pose(TORSO) @ target_of(planner, seed)
        self._sent, _ = self._arm.read()
        self._ticks, self._swayed = 0, 0.0
        self._planning = 0.0

    @property
    def period(self) -> float:
        """s between commands."""
        return self._arm.period

    def read(self) -> tuple[Array, Array]:
        """See `HumanoidArm.read`."""
        return self._arm.read()

    def write(self, position: Array, velocity: Array) -> None:
        """See `HumanoidArm.write`; keeps account."""
        self._arm.write(position, velocity)
        self._sent = position
        self._ticks += 1
        away = float(np.linalg.norm(self._humanoid.state[:2] - self._base))
        self._swayed = max(self._swayed, away)
        if self._watch is not None:
            self._watch(self._humanoid, self._goal)

    def run(self) -> Reach:
        """Reach, correct, hold, and judge."""
        try:
            plan = self._planner.plan(self._sent, self._pose_goal(), seed=self._seed)
            self._planning = plan.planning_seconds
            self._move(plan)
            for _ in range(_CORRECTIONS):
                wanted = self._corrected()
                if wanted is not None:
                    self._move(self._planner.plan(self._sent, JointGoal(wanted), seed=self._seed))
        except PlanningError as error:
            return self._outcome(str(error))
        return self._outcome()

    def _move(self, plan: Plan) -> None:
        execute(plan, self, start_tolerance=_AWAY, follow_tolerance=_LAG)
        self._rest(_REST)

    def _pose_goal(self) -> PoseGoal:
        """Where the hand shall be, in the torso as it is now."""
        pose = self._humanoid.seen_from_torso(self._goal)
        return PoseGoal(pose[:3, 3], quaternion_of(pose))

    def _corrected(self) -> Array | None:
        """Where to send the arm (7,) so that it ends at the target; None if nothing near is free.

        A share of the way that is left: the torso leans as the arm moves, and takes the hand along. Less of
        it where that would lead the plan into the robot itself.
        """
        goal, (measured, _) = self._pose_goal(), self._arm.read()
        limits = self._planner.group.limits

        def free(q: Array) -> Array:
            return is_free(self._planner.body, World(), q, _ROOM / 2)

        for tolerance in _TOLERANCES:
            near = self._planner.solver.solve(
                goal.position,
                goal.quaternion,
                solutions=_SOLUTIONS,
                reference=measured,
                tolerance=tolerance,
                is_free=free,
            )
            if near.found[0]:
                break
        else:
            return None
        whole = near.q[0, 0] - measured
        tries = self._sent + np.outer(_SHARES, whole)
        tries = np.clip(tries, limits.lower, limits.upper)
        usable = free(tries)
        return tries[np.argmax(usable)] if usable.any() else None

    def _rest(self, seconds: float) -> list[tuple[float, float]]:
        """Stand still; (m, rad) from the hand to the target at each period."""
        away = []
        for _ in range(round(seconds / self.period)):
            self.write(self._sent, np.zeros_like(self._sent))
            hand = self._humanoid.pose(f"{self._side}_hand")
            turned = rotation_log(hand[:3, :3].T @ self._goal[:3, :3])
            away.append(
                (float(np.linalg.norm(hand[:3, 3] - self._goal[:3, 3])), float(np.linalg.norm(turned)))
            )
        return away

    def _outcome(self, failure: str = "") -> Reach:
        distance, angle = np.mean(self._rest(_HOLD), axis=0)
        return Reach(
            self._seed,
            self._side,
            float(distance),
            float(angle),
            self._humanoid.fallen,
            self._swayed,
            self._ticks * self.period,
            self._planning,
            failure,
        )
