"""The loop: drive to the shelf, look, drive to the object, look, grasp, put into the tote, look; again."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from ...assets.objects.shelf import SHELF
from ...perception.poses import Array, inverse, pose_of, transform
from ...planning.errors import PlanFailure
from ...planning.planner.plan import Plan
from ..manipulation.attempt import Attempt
from ..manipulation.drive import Nobody
from ..manipulation.grip import Choice, Grip
from ..manipulation.hands import Hold
from ..manipulation.moves import Mover, Notes, Ways
from ..manipulation.things import Look, Recogniser, Thing
from ..manipulation.tote import something_came
from .base import BEFORE, Base
from .carry import Carrier, step_aside
from .dock import Known, Place, place_for, places_before
from .find_shelf import find_shelf
from .grasps import offered
from .plans import planner_of, to_grasp, to_view, world_of
from .shop import FOLDED, MOUNT, TOTE, Shop
from .wrist import ABOVE, INTO, Wrist, eyes_about, on_board

_TURN_AT = 0.95  # m from the shelf's front to the platform's middle, where it turns towards the object
_ASIDE = (0.0, 0.2, -0.2)  # m to the side of where it is thought to be, of looks for it, one after the other


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
        self._grip = Grip(shop, self._mover)
        self._carrier = Carrier(self._mover, self._grip)
        self._wrist = Wrist(shop, self._planner, seed, threads)
        self._base = Base(shop)
        self._recogniser = Recogniser(names, threads)
        self._ground = SHELF.boards[board] - MOUNT[2]
        self._shelf = told  # in the base's world, on the floor
        self._object = 0.0  # m to the left of the shelf's middle
        self._known: Known | None = None  # of the board, since it was last touched
        self._standing: list[Thing] = []  # in the arm's base, while it is docked
        self._docked: list[Place] = []
        self._failed: list[Hold] = []  # in the object's frame, which a try may have moved
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
                before = self._try(attempt, number)
                self._fold()
                self._judge(attempt, before)
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
        sees = "sees it" if self._survey() else "does not see it"
        self._tell(f"before the shelf after {self._shop.time:.1f} s; {sees}")

    def _survey(self) -> Thing | None:
        """Look from some way off where the shelf is, and where on it the object, if that is seen."""
        look = self._look_at(np.zeros(2))
        self._see_shelf(look)
        things = self._things(look)
        wanted = self._wanted(things)
        if wanted is not None:
            self._object = self._aside(wanted)
            if self._known is None:
                self._remember(look, things, wanted)
        self._fold()
        return wanted

    def _try(self, attempt: Attempt, number: int) -> Look:
        """Dock, look, and fetch; the picture of the tote before."""
        begin = time.perf_counter()
        self._dock(number)
        before = self._wrist.look()
        look, things, wanted = self._search()
        self._standing = things
        attempt.thinking = time.perf_counter() - begin
        if wanted is None:
            attempt.reason = "it is not seen on the board."
            return before
        self._object = self._aside(wanted)
        attempt.name = wanted.name
        try:
            self._take(attempt, wanted, things, look, before)
        except PlanFailure as failure:
            attempt.outcome, attempt.reason = "gave up", str(failure)
            self._standing = things
        if attempt.kind:
            self._known, self._docked = None, []
        else:
            self._remember(look, things, wanted)
        return before

    def _search(self) -> tuple[Look, list[Thing], Thing | None]:
        """Pictures of the board from several places, until one shows the object."""
        eyes: list[Array] = []
        found: tuple[Look, list[Thing], Thing | None] | None = None
        for aside in _ASIDE:
            try:
                look = self._look_at(np.array([0.0, self._object + aside]), eyes)
            except PlanFailure:
                if found is None:
                    raise
                break
            self._base.stand()
            eyes.append(look.base_from_camera[:3, 3])
            things = self._things(look)
            found = look, things, self._wanted(things)
            if found[2] is not None:
                break
        assert found is not None
        return found

    def _take(self, attempt: Attempt, wanted: Thing, things: list[Thing], look: Look, before: Look) -> None:
        """Grasp it and put it into the tote."""
        shelf = self._seen_shelf()
        beside = [thing for thing in things if thing is not wanted]
        attempt.reason = "there is no grasp."
        for options in chain.from_iterable(self._grasps(wanted, look, last) for last in (False, True)):
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
            self._failed.append(replace(hold, tool=inverse(wanted.pose) @ hold.tool))  # unless it is placed
            if self._grip.is_empty(hold):
                attempt.outcome, attempt.reason = "not held", "the fingers closed on nothing."
                return
            self._standing = beside
            attempt.outcome, attempt.reason = "dropped", "it is not in the tote."
            self._carrier.bring(hold, wanted, beside, before, shelf, self._ground)
            return

    def _grasps(self, wanted: Thing, look: Look, last_resort: bool) -> list[list[Hold]]:
        """See `offered`; those that failed are worth less."""
        choice = Choice()
        for hold in self._failed:
            choice.spoil(replace(hold, tool=wanted.pose @ hold.tool))
        return offered(choice, wanted, look, self._seen_shelf(), self._board, last_resort)

    def _remember(self, look: Look, things: list[Thing], wanted: Thing) -> None:
        """What the board holds, for choosing where to dock."""
        beside = [thing for thing in things if thing is not wanted]
        options = self._grasps(wanted, look, False), self._grasps(wanted, look, True)
        self._known = Known(wanted, beside, options).moved(inverse(self._seen_shelf()))

    def _judge(self, attempt: Attempt, before: Look) -> None:
        """Look into the tote after anything was held: whatever went wrong, it may lie there."""
        held = attempt.kind and attempt.outcome != "not held"
        if held and something_came(before, self._wrist.look(), TOTE):
            attempt.outcome, attempt.reason = "placed", ""

    def _way_to(
        self, options: list[Hold], wanted: Thing, shelf: Array, beside: list[Thing]
    ) -> Callable[[Array, Ways], Plan]:
        planner = planner_of(options[0].kind)

        def plan(start: Array, _: Ways) -> Plan:
            made = to_grasp(planner, start, options, wanted, shelf, self._board, beside)
            self._grip.prepare(options[made.goal])
            return made

        return plan

    def _dock(self, number: int) -> None:
        """Drive to where the arm reaches the object."""
        self._standing = []
        here = inverse(self._shelf) @ self._base.pose
        if here[0, 3] > -_TURN_AT + 0.05:  # it is near: straight back first
            self._base.back(here[0, 3] + _TURN_AT)
            self._survey()
        places = places_before(self._object, self._docked) or places_before(self._object)
        place = None if self._known is None else place_for(self._known, self._board, places)
        reach, y = place or places[0]
        self._docked.append((reach, y))
        self._base.go(self._shelf @ pose_of([-_TURN_AT, y, 0.0], np.eye(3)))
        self._base.go(self._shelf @ pose_of([-reach, y, 0.0], np.eye(3)))

    def _look_at(self, spot: Array, others: Sequence[Array] = ()) -> Look:
        """A picture of the board about `spot`, x and y in m of the shelf's frame, not from near `others`."""
        shelf = self._seen_shelf()
        target = transform(shelf, np.array([[INTO, spot[1], SHELF.boards[self._board] + ABOVE]]))[0]
        eyes = eyes_about(target, self._ground, others)
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
        shown = replace(look, points=np.where(filled[..., None], look.points, np.nan))
        return self._recogniser.things(shown, filled, self._names, self._ground)

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
        every = world_of(shelf, self._standing, self._ground)
        for world in (every, every, world_of(shelf), world_of(None, tote=False), world_of(None, tote=False)):
            try:
                self._mover.go(self._planner, lambda start, _: self._planner.plan(start, FOLDED, world))  # noqa: B023
                return
            except PlanFailure as failure:  # it touches something: out of it by whatever way there is
                last = failure
                step_aside(self._mover, self._planner, failure)
        raise Lost(f"the arm does not come back: {last}")
