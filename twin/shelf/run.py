"""The loop: drive to the shelf, look, drive to the object, look, grasp, put into the tote, look; again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from ...assets.objects.shelf import SHELF
from ...perception.poses import Array, inverse, pose_of, transform
from ...planning.errors import PlanFailure
from ...planning.planner.plan import Plan
from ..manipulation.attempt import Attempt
from ..manipulation.drive import Nobody
from ..manipulation.grip import Choice, Grip
from ..manipulation.hands import Hold, holds
from ..manipulation.moves import Mover, Notes, Ways
from ..manipulation.plans import carrying
from ..manipulation.things import Look, Recogniser, Thing
from ..manipulation.tote import heights, places, something_came
from .base import BEFORE, Base
from .find_shelf import find_shelf
from .plans import APPROACH, inwards, planner_of, shelf_points, to_grasp, to_view, turned_down, world_of
from .shop import FOLDED, MOUNT, TOTE, Shop
from .wrist import Wrist, on_board

_TURN_AT = 0.95  # m from the shelf's front to the platform's middle, where it turns towards the object
_REACHES = (0.58, 0.64, 0.52, 0.58)  # m, the same, where it grasps from: try by try
_SHIFTS = (0.0, -0.12, 0.12, 0.06)  # m to the side of the object, try by try
_EYES = [
    (x, y, z) for x in (0.05, 0.15, 0.25) for y in (0.0, -0.15, 0.15, -0.3, 0.3) for z in (0.22, 0.30, 0.40)
]
"""m in the arm's base, z above the board: places for the camera."""
_INTO, _ABOVE = 0.17, 0.06  # m into the shelf and above the board that the camera looks at
_AWAY = 0.45  # m from the camera to what it looks at, at least
_FAR_SIDE = 0.36  # m to the side of a shelf's middle that is reached for


class Lost(Exception):
    """The robot cannot go on; says why in a sentence."""


class Fetcher:
    """Fetches an object from a board of the shelf into the tote on the robot's back.

    Args:
        shop: to work in.
        names: of what stands on the board, as a stock list says; the first is wanted.
        board: of the shelf, counted from below.
        told: (4, 4) about where the shelf is, in the frame of the robot's start, on the floor.
        seed: of the camera's noise.
        threads: of the CPU.
        tell: called with a line for each thing that happens.
    """

    def __init__(
        self,
        shop: Shop,
        names: Sequence[str],
        board: int,
        told: Array,
        seed: int,
        threads: int = 2,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._shop, self._names, self._board, self._told, self._tell = shop, names, board, told, tell
        self._planner = planner_of("fingers")
        self._mover = Mover(shop, Nobody(self._planner.body))
        self._grip, self._choice = Grip(shop, self._mover), Choice()
        self._wrist = Wrist(shop, self._planner, seed, threads)
        self._base = Base(shop)
        self._recogniser = Recogniser(names, threads)
        self._ground = SHELF.boards[board] - MOUNT[2]
        self._shelf = told  # in the base's world, on the floor
        self._object = 0.0  # m to the left of the shelf's middle
        self.attempts: list[Attempt] = []

    def run(self, most: int) -> list[Attempt]:
        """Fetch it, in `most` tries or fewer.

        Raises:
            Lost: the shelf was not reached or not seen, or the object was not seen on it.
        """
        self._approach()
        for number in range(most):
            begin = self._shop.time
            attempt = Attempt("", "", "no way")
            self.attempts.append(attempt)
            self._mover.notes = Notes()
            try:
                self._try(attempt, number)
            except PlanFailure as failure:
                attempt.outcome, attempt.reason = "gave up", str(failure)
            self._fold()
            attempt.seconds = self._shop.time - begin
            attempt.thinking += self._mover.notes.thinking
            attempt.error = self._mover.notes.error
            who, how = attempt.name or "nothing", attempt.kind or "nothing"
            self._tell(f"{who} by {how}: {attempt.outcome} {attempt.reason}".rstrip())
            if attempt.outcome == "placed" or self._shop.over:
                break
        return self.attempts

    def _approach(self) -> None:
        """From the start to before the shelf, and look where that is and where on it the object is."""
        before = transform(self._told, np.array([[-BEFORE, 0.0, 0.0]]))[0]
        if not self._base.go_by_sight(before[:2]):
            raise Lost("it did not get to the shelf in time.")
        self._base.turn(math.atan2(self._told[1, 0], self._told[0, 0]))
        wanted = self._survey()
        sees = "sees it" if wanted else "does not see it"
        self._tell(f"before the shelf after {self._shop.time:.1f} s; {sees}")

    def _survey(self) -> Thing | None:
        """Look from some way off where the shelf is, and where on it the object, if that is seen."""
        look = self._look_at(np.zeros(2))
        self._see_shelf(look)
        wanted = self._wanted(self._things(look))
        if wanted is not None:
            self._object = self._aside(wanted)
        self._fold()
        return wanted

    def _try(self, attempt: Attempt, number: int) -> None:
        begin = time.perf_counter()
        self._dock(number)
        before = self._wrist.look()
        look = self._look_at(np.array([0.0, self._object]))
        self._base.stand()
        things = self._things(look)
        wanted = self._wanted(things)
        attempt.thinking = time.perf_counter() - begin
        if wanted is None:
            attempt.reason = "it is not seen on the board."
            return
        self._object = self._aside(wanted)
        attempt.name = wanted.name
        self._take(attempt, wanted, things, look, before)

    def _take(self, attempt: Attempt, wanted: Thing, things: list[Thing], look: Look, before: Look) -> None:
        """Grasp it and put it into the tote; whether it came there is looked at, from where the arm folds."""
        shelf = self._seen_shelf()
        about = wanted.points
        seen = look.points[~wanted.mask]
        near = np.linalg.norm(seen - about.mean(axis=0), axis=1) < 0.4
        obstacles = np.concatenate([seen[near], shelf_points(shelf, about)])
        found = holds(wanted.surface, wanted.pose, obstacles, inwards(shelf, self._board), APPROACH)
        beside = [thing for thing in things if thing is not wanted]
        choices = sorted([*self._choice.options(found), *self._choice.others(found)], key=lambda c: -c[0])
        if not choices:
            attempt.reason = "there is no grasp."
        for _, options in choices:
            planner = planner_of(options[0].kind)
            try:
                plan = self._mover.go(planner, self._way_to(options, wanted, shelf, beside))
            except PlanFailure as failure:
                attempt.reason = str(failure)
                continue
            attempt.kind, attempt.reason = options[0].kind, ""
            hold = options[plan.goal]
            self._grip.close(hold)
            assert plan.retreat is not None
            self._mover.commit(plan.retreat)
            self._carry(attempt, hold, wanted, beside, before)
            return

    def _way_to(
        self, options: list[Hold], wanted: Thing, shelf: Array, beside: list[Thing]
    ) -> Callable[[Array, Ways], Plan]:
        planner = planner_of(options[0].kind)

        def plan(start: Array, _: Ways) -> Plan:
            made = to_grasp(planner, start, options, wanted, shelf, self._board, beside)
            self._grip.prepare(options[made.goal])
            return made

        return plan

    def _carry(self, attempt: Attempt, hold: Hold, wanted: Thing, beside: list[Thing], before: Look) -> None:
        if self._grip.is_empty(hold):
            self._choice.spoil(hold)
            attempt.outcome, attempt.reason = "not held", "the fingers closed on nothing."
            return
        planner = planner_of(hold.kind)
        turned, points = turned_down(hold, wanted.points)
        poses, rises = places(heights(before, TOTE), turned, points, TOTE)
        if not len(poses):
            raise PlanFailure("There is no room for it in the tote.", stage="goal")
        above = poses.copy()
        above[:, 2, 3] += rises
        laden = carrying(planner, hold, wanted)
        world = world_of(self._seen_shelf(), beside, self._ground)
        plan = self._mover.go(laden, lambda start, _: to_view(laden, start, above, world))
        self._mover.straight(planner, poses[plan.goal], world_of(None, tote=False))
        self._grip.let_go()
        self._mover.straight(planner, above[plan.goal], world_of(None, tote=False))
        self._fold()
        came = something_came(before, self._wrist.look(), TOTE)
        attempt.outcome = "placed" if came else "dropped"
        if not came:
            self._choice.spoil(hold)
            attempt.reason = "it is not in the tote."

    def _dock(self, number: int) -> None:
        """Drive to where the arm reaches the object, in front of it."""
        shift, reach = _SHIFTS[number % len(_SHIFTS)], _REACHES[number % len(_REACHES)]
        y = float(np.clip(self._object, -_FAR_SIDE, _FAR_SIDE)) + shift
        here = inverse(self._shelf) @ self._base.pose
        if here[0, 3] > -_TURN_AT + 0.05:  # it is near: straight back first
            self._base.back(here[0, 3] + _TURN_AT)
            self._survey()
        self._base.go(self._shelf @ pose_of([-_TURN_AT, y, 0.0], np.eye(3)))
        self._base.go(self._shelf @ pose_of([-reach, y, 0.0], np.eye(3)))

    def _look_at(self, spot: Array) -> Look:
        """A picture of the board about `spot`, x and y in m of the shelf's frame."""
        shelf = self._seen_shelf()
        target = transform(shelf, np.array([[_INTO, spot[1], SHELF.boards[self._board] + _ABOVE]]))[0]
        eyes = np.array(_EYES) + np.array([0.0, 0.0, self._ground])
        eyes = eyes[np.linalg.norm(eyes - target, axis=1) > _AWAY * 0.8]
        eyes = eyes[np.argsort(np.abs(np.linalg.norm(eyes - target, axis=1) - _AWAY), kind="stable")]
        views = self._wrist.views(eyes, target)
        world = world_of(shelf)
        self._mover.go(self._planner, lambda start, _: to_view(self._planner, start, views, world))
        return self._wrist.look()

    def _see_shelf(self, look: Look) -> None:
        """Correct where the shelf is by a picture.

        Raises:
            Lost: it is not in the picture.
        """
        self._base.stand()
        found = find_shelf(look.points, self._seen_shelf())
        if found is None:
            raise Lost("the shelf is not where it was told to be.")
        self._shelf = self._base.arm @ found.pose
        self._shelf[2, 3] = 0.0

    def _seen_shelf(self) -> Array:
        """The shelf's pose in the arm's base."""
        return inverse(self._base.arm) @ self._shelf

    def _things(self, look: Look) -> list[Thing]:
        filled = on_board(look, self._seen_shelf(), self._board)
        return self._recogniser.things(look, filled, self._names, self._ground)

    def _wanted(self, things: list[Thing]) -> Thing | None:
        return next((thing for thing in things if thing.name == self._names[0]), None)

    def _aside(self, thing: Thing) -> float:
        """m from the middle of the shelf to the left of where a thing stands."""
        return float(transform(inverse(self._seen_shelf()), thing.pose[None, :3, 3])[0, 1])

    def _fold(self) -> None:
        """Fold the arm over the tote, where its camera sees into it."""
        self._grip.let_go()
        self._grip.draw_in()
        if np.abs(self._mover.target - FOLDED).max() < 1e-6:
            return
        shelf = self._seen_shelf()
        for world in (world_of(shelf), world_of(None, tote=False)):
            try:
                self._mover.go(self._planner, lambda start, _: self._planner.plan(start, FOLDED, world))  # noqa: B023
                return
            except PlanFailure as failure:  # it touches something: out of it by whatever way there is
                last = failure
        raise Lost(f"the arm does not come back: {last}")
