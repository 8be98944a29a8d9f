"""The loop: look, grasp, carry, place, look again; and what to do when something went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ...assets.objects.cell import BIN, TOTE
from ...perception.poses import Array
from ...planning.errors import PlanFailure
from ...planning.planner.plan import Plan
from ...planning.planner.planner import Planner
from .attempt import Attempt, is_stuck
from .cell import REST, Cell
from .eyes import Eyes, obstacles_of
from .grip import Choice, Grip
from .hands import Hold, holds
from .lookout import Lookout
from .moves import Mover, Notes, Ways
from .plans import carrying, cell_world, lift_needed, open_floor, over_tote, planner_for, reach
from .things import Look, Thing
from .tote import heights, places, something_came

_DEEPER, _GONE = 0.003, 0.5  # m, and part of a thing's pixels that are deeper by it: it is gone


class Picker:
    """Empties the cell's bin into its tote.

    Args:
        cell: to work in.
        names: of objects that may be in the bin, as an order says.
        seed: of the cameras' noise.
        threads: of the CPU.
        tell: called with a line for each thing that happens.
    """

    def __init__(
        self,
        cell: Cell,
        names: Sequence[str],
        seed: int,
        threads: int = 2,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._cell, self._names, self._tell = cell, names, tell
        self._eyes = Eyes(cell, names, seed, threads)
        self._mover = Mover(cell, Lookout(cell, self._eyes, planner_for("fingers").body))
        self._grip, self._choice = Grip(cell, self._mover), Choice()
        self.attempts: list[Attempt] = []
        self._stuck = False

    def run(self, most: int) -> list[Attempt]:
        """Take things until the bin looks empty, or `most` attempts are over."""
        self._rest()
        while len(self.attempts) < most:
            begin, thought = self._cell.time, time.perf_counter()
            look = self._seen = self._eyes.look(BIN)
            things = self._eyes.things(look, self._names)
            if not things:
                break
            attempt = Attempt("", "", "no way")
            self.attempts.append(attempt)
            choices = self._choices(look, things)
            attempt.thinking = time.perf_counter() - thought
            self._mover.notes = Notes()
            try:
                self._take(attempt, choices, things)
            except PlanFailure as failure:
                attempt.outcome, attempt.reason = "gave up", str(failure)
            self._grip.let_go()
            self._rest()
            notes, attempt.seconds = self._mover.notes, self._cell.time - begin
            attempt.thinking += notes.thinking
            attempt.error, attempt.waited = notes.error, notes.waited
            who, how = attempt.name or "something", attempt.kind or "nothing"
            self._tell(f"{who} by {how}: {attempt.outcome} {attempt.reason}".rstrip())
            if [earlier.outcome for earlier in self.attempts[-2:]] == ["no way"] * 2:
                break  # another look was of no use
        return self.attempts

    def _choices(self, look: Look, things: list[Thing]) -> list[tuple[Thing, list[Hold]]]:
        """Things with grasps of one kind that are about as good, the best first."""
        self._stuck = is_stuck([earlier.outcome for earlier in self.attempts[:-1]])
        choices = []
        for thing in things:
            found = holds(thing.surface, thing.pose, obstacles_of(look, thing.mask), last_resort=self._stuck)
            for worth, good in self._choice.options(found):
                # What lies on top goes first.
                choices.append((worth + 2.0 * float(thing.high[2]), thing, good))
        choices.sort(key=lambda choice: -choice[0])
        return [(thing, good) for _, thing, good in choices]

    def _take(self, attempt: Attempt, choices: list[tuple[Thing, list[Hold]]], things: list[Thing]) -> None:
        before = self._eyes.look(TOTE)
        for thing, options in choices:
            kind = options[0].kind
            planner = planner_for(kind)
            try:
                plan = self._mover.go(planner, self._way_to(planner, options, thing, things))
            except PlanFailure as failure:
                attempt.reason = str(failure)
                continue
            attempt.name, attempt.kind, attempt.reason = thing.name, kind, ""
            hold = options[plan.goal]
            self._grip.close(hold)
            assert plan.retreat is not None
            laden = carrying(planner, hold, thing)
            self._mover.carry(laden)
            self._mover.commit(plan.retreat)
            self._carry(attempt, planner, laden, hold, thing, before)
            return

    def _way_to(
        self, planner: Planner, options: list[Hold], thing: Thing, things: list[Thing]
    ) -> Callable[[Array, Ways], Plan]:
        """Plans to one of some grasps, and opens the hand as that one takes it."""
        lift = lift_needed(thing)
        beside = [other for other in things if other is not thing]  # a hand may reach into a tote

        def plan(start: Array, others: Ways) -> Plan:
            made = reach(planner, start, options, beside, others, lift, self._stuck)
            self._grip.prepare(options[made.goal])
            return made

        return plan

    def _carry(
        self, attempt: Attempt, planner: Planner, laden: Planner, hold: Hold, thing: Thing, before: Look
    ) -> None:
        """With what is held to the tote, or not if nothing is held; look whether it came there."""
        if self._grip.is_empty(hold):
            self._choice.spoil(hold)
            attempt.outcome, attempt.reason = "not held", "the fingers closed on nothing."
            return
        poses, rises = places(heights(before), hold, thing.points)
        if not len(poses):
            raise PlanFailure("There is no room for it in the tote.", stage="goal")
        above = poses.copy()
        above[:, 2, 3] += rises
        plan = self._mover.go(laden, lambda start, others: over_tote(laden, start, above, others))
        if not self._is_gone(thing):
            self._choice.spoil(hold)
            attempt.outcome, attempt.reason = "not held", "it still lies in the bin."
            return
        self._mover.straight(planner, poses[plan.goal])
        self._grip.let_go()
        self._mover.straight(planner, above[plan.goal])
        self._rest()
        came = something_came(before, self._eyes.look(TOTE))
        attempt.outcome = "placed" if came else "dropped"
        if not came:
            attempt.reason = "it is neither in the bin nor in the tote."

    def _is_gone(self, thing: Thing) -> bool:
        """Whether the bin is deeper now where a thing was seen."""
        before, now = (cv2.medianBlur(look.depth, 5) for look in (self._seen, self._eyes.look(BIN)))
        core = cv2.erode(thing.mask.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
        core = (core if core.any() else thing.mask) & (before > 0) & (now > 0)
        return bool((now - before > _DEEPER)[core].mean() > _GONE)

    def _rest(self) -> None:
        """Go out of the cameras' way, with the cup drawn in and fingers open."""
        planner = planner_for("fingers")
        self._grip.draw_in()
        if np.abs(self._mover.target - REST).max() < 1e-6:
            return
        try:
            self._mover.go(planner, lambda start, others: planner.plan(start, REST, cell_world((), others)))
        except PlanFailure:  # it touches something: out of it by whatever way there is
            self._mover.go(planner, lambda start, others: planner.plan(start, REST, open_floor()))
