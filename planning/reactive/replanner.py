"""Keeps a robot on its way to a goal among obstacles that move: a decision at every tick of a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..collision.body import CollisionBody
from ..collision.world import World
from ..errors import PlanningError
from ..kinematics import inputs
from ..limits import Array
from .brake import Stop, soonest_stop
from .check import MotionCheck
from .evade import evasion
from .forecast import Forecast
from .motion import Motion, standing
from .route import Route, routes
from .swept import Moving

KEEP, PLAN, WAIT, BRAKE, EVADE = "keep", "plan", "wait", "brake", "evade"
_AT_GOAL = 1e-6  # rad or m
_SAME_TIME = 1e-9  # s
_BACK_EVERY = 6  # ticks between positions that are remembered
_SOON = 0.3  # s of foreseen motion that a bolder search leaves room for
_LAST_TRY = 0.7  # of the period: nothing more is tried after it

Search = Callable[[CollisionBody, World, Array, Array], Array]
"""Waypoints (n, dof) of a free path among obstacles that stand still, from a body, its world, a start (dof,)
and a goal (dof,); raises PlanningError if it finds none in time."""


@dataclass(frozen=True)
class ReplannerCfg:
    """How far to look ahead, and how much room to leave.

    Attributes:
        period: s between ticks; what is decided at one rules from the next on.
        clearance: m that a motion keeps from every obstacle, or it is changed.
        room: m more that a new motion keeps where it can, so that noise does not undo it at once.
        horizon: s of the motion of obstacles that are foreseen.
        drift: m/s by which their velocities may be wrong.
        reaction: s for which that matters: until the robot, having seen more, can have stopped.
        memory: s of own motion that are remembered as a way back.
    """

    period: float = 0.05
    clearance: float = 0.02
    room: float = 0.01
    horizon: float = 1.0
    drift: float = 0.05
    reaction: float = 0.3
    memory: float = 2.0


@dataclass(frozen=True)
class Decision:
    """What a tick came to.

    Attributes:
        what: KEEP the motion to the goal; PLAN: there is a new one; WAIT: go on until the next tick, as there
            is room to brake after it; BRAKE, or stand; EVADE.
        conflict: time of the clock, s, at which the motion to the goal so far meets something; inf if it does
            not, or if there was none.
        seconds: that the tick took.
        late: whether something was found, but only after the next tick was due, so that it is dropped.
    """

    what: str
    conflict: float
    seconds: float
    late: bool = False


class Replanner:
    """Follows a goal.

    Whatever `running` is, it ends at rest, keeps the limits of position, velocity, acceleration and jerk, and
    joins what was before in position, velocity and acceleration. If no tick ever comes again, the robot
    stops.

    Attributes:
        cfg: distances and times.
        running: the motion of the robot.
    """

    def __init__(
        self,
        body: CollisionBody,
        start: ArrayLike,
        goal: ArrayLike,
        search: Search,
        cfg: ReplannerCfg | None = None,
        seed: int = 0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Stand at the start.

        Args:
            body: the robot and what it holds.
            start: (dof,) where it stands.
            goal: (dof,) where it is to go.
            search: for paths.
            cfg: distances and times.
            seed: of evasions.
            clock: s; tells how long a tick takes. With one that stands still nothing is ever late, and the
                same seed gives the same motion.

        Raises:
            ConfigurationError: start or goal have another number of joints, or values that are no numbers.
        """
        self.cfg = cfg or ReplannerCfg()
        ends = inputs.configurations(body.group, np.array([start, goal], float))
        self._body, self._goal, self._search, self._clock = body, ends[1], search, clock
        self._limits = body.group.limits.rates
        self._check = MotionCheck(body)
        self._rng = np.random.default_rng(seed)
        self.running = Motion(standing(ends[0]), 0.0)
        self._route: Route | None = None
        self._leaves = -np.inf  # time from which on the robot does not follow the route
        self._hint = self._goal[None]  # waypoints that were still to come when it left
        self._been: list[Array] = []

    def tick(self, now: float, still: World, moving: Mapping[str, Moving], seen: float) -> Decision:
        """Decide what rules from the next tick on.

        Args:
            now: time of the clock, s.
            still: obstacles that stand still.
            moving: those that move, by name, as they were at `seen`.
            seen: time of the clock, s, not after `now`.

        Raises:
            WorldError: a name stands for two obstacles.
        """
        begin, cfg = self._clock(), self.cfg
        leave = now + self.cfg.period
        narrow, wide = (
            Forecast(still, moving, seen, clearance, cfg.horizon, cfg.drift, cfg.reaction)
            for clearance in (cfg.clearance, cfg.clearance + cfg.room)
        )
        self._remember(now)
        conflict, before = np.inf, self.running
        if self._route is not None and leave <= self._leaves + _SAME_TIME:
            before = self._route.motion
            conflict = self._check.first_conflict(before, now, narrow)
            if conflict == np.inf:
                self.running, self._leaves = before, np.inf
                return Decision(KEEP, conflict, self._clock() - begin)
        stop = soonest_stop(before.trajectory, leave - before.begin, self._limits)
        what, safe, leaves = self._fall_back(before, now, leave, stop, narrow)
        if self._clock() - begin > self.cfg.period:
            return Decision(BRAKE, conflict, self._clock() - begin, late=True)
        self.running, self._leaves = safe.since(now), leaves  # at hand before anything that may take long
        route = self._find(before, leave, stop, (wide, narrow), begin)
        seconds = self._clock() - begin
        if route is None or seconds > self.cfg.period:
            return Decision(what, conflict, seconds, late=route is not None)
        self._route = replace(route, motion=route.motion.since(now))
        self.running, self._leaves = self._route.motion, np.inf
        return Decision(PLAN, conflict, seconds)

    def arrived(self, now: float) -> bool:
        """Whether the robot rests at the goal at a time of the clock."""
        position = self.running.states(np.array(now))[0]
        return now >= self.running.end and bool(np.abs(position - self._goal).max() < _AT_GOAL)

    def _remember(self, now: float) -> None:
        """Note where the robot is, as a way back."""
        self._been.append(self.running.states(np.array(now))[0])
        del self._been[: -int(np.ceil(self.cfg.memory / self.cfg.period))]

    def _fall_back(
        self, before: Motion, now: float, leave: float, stop: Stop, forecast: Forecast
    ) -> tuple[str, Motion, float]:
        """What is safe if nothing new is found, and until when it follows the route: go on a little and then
        brake, brake, or get out of the way."""
        check, route = self._check, self._route
        if route is not None and before is route.motion:
            self._hint = route.left(before.begin + stop.at)
            later = leave + self.cfg.period
            if later < before.end:
                last = soonest_stop(before.trajectory, later - before.begin, self._limits)
                waiting = before.then(later, last.trajectory)
                if check.first_conflict(waiting, now, forecast) == np.inf:
                    return WAIT, waiting, later
        braking = before if leave >= before.end else before.then(leave, stop.trajectory)
        if check.first_conflict(braking, now, forecast) == np.inf:
            return BRAKE, braking, -np.inf
        back = np.array(self._been[::-_BACK_EVERY])
        return EVADE, evasion(check, braking, leave, back, forecast, self._rng), -np.inf

    def _find(
        self, before: Motion, leave: float, stop: Stop, forecasts: tuple[Forecast, ...], begin: float
    ) -> Route | None:
        """A motion to the goal that is free as far as is foreseen, by the first forecast that leaves room for
        its ends, or else by the last."""
        start = stop.trajectory.position(stop.trajectory.duration)
        if np.abs(start - self._goal).max() < _AT_GOAL:
            return None
        ends = np.stack([self._goal, start])
        forecast = next(
            (f for f in forecasts if self._check.stand_free(ends, f, f.slices).all()), forecasts[-1]
        )
        if not self._check.stand_free(self._goal, forecast, forecast.slices)[0]:
            return None
        for waypoints in self._paths(start, forecast, begin):
            for route in routes(before, leave, stop, waypoints, self._limits):
                if self._check.first_conflict(route.motion, leave, forecast) == np.inf:
                    return route
                if self._clock() - begin > _LAST_TRY * self.cfg.period:
                    return None
        return None

    def _paths(self, start: Array, forecast: Forecast, begin: float) -> Iterator[Array]:
        """Waypoints (n, dof): what is left of the path that was left, the straight way, and new ones."""
        yield np.vstack([start, self._hint])
        if len(self._hint) > 1:
            yield np.vstack([start, self._goal])
        for seconds in (self.cfg.horizon, _SOON):
            if self._clock() - begin > _LAST_TRY * self.cfg.period:
                return
            number = int(forecast.slice_of(np.array(forecast.seen + seconds)))
            if not self._check.stand_free(start, forecast, number)[0]:
                continue
            world = forecast.whole(number)
            try:
                yield self._search(self._body, world, start, self._goal)
            except PlanningError:
                continue
