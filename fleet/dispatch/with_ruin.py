"""Tours by our own ruin and recreate: thousands of changes a second where vehicles are all different."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from .problem import Job, Stop, TourProblem, Vehicle
from .ruin import State, Task, improve, refresh, total
from .stopwatch import Stopwatch
from .tours import Tour, Visit

_CHUNK = 10  # rounds between looks at the clock, at first
_HOT, _COLD = 0.3, 0.003  # temperature at the begin and in the end, in mean distances between stops


def search(
    problem: TourProblem, watch: Stopwatch, seed: int, start: Sequence[Tour], until_whole: bool = False
) -> tuple[list[Tour] | None, list[tuple[float, float]]]:
    """Plan tours; see `with_pyvrp.search` for what comes back.

    Args:
        problem: what to plan.
        watch: when to stop.
        seed: of the search.
        start: valid tours to begin with, perhaps empty ones.
        until_whole: stop as soon as every job is done.
    """
    task = _task(problem)
    now = _state(task, start)
    work, best = _like(now), _like(now)
    history = [(watch.elapsed(), total(task, best))]
    hot = _HOT * _leg(task, now)
    done, chunk = 0, _CHUNK
    while not (watch.is_over(done) or (until_whole and (best.holder >= 0).all())):
        share = min(1.0, watch.share(done))
        begin = watch.elapsed()
        rounds = min(chunk, watch.left(done))
        cost = improve(
            task, work, now, best, rounds, hot * (_COLD / _HOT) ** share, seed if done == 0 else -1
        )
        done += rounds
        if cost < history[-1][1] - 1e-9:
            history.append((watch.elapsed(), cost))
        # A chunk is to take a hundredth of the time, so that the last is not much too long.
        chunk = int(np.clip(chunk * watch.seconds / 100 / max(1e-6, watch.elapsed() - begin), 1, 2 * chunk))
    required = np.array([job.is_required for job in problem.jobs], bool)
    if (required & (best.holder < 0)).any():
        return None, []
    return [
        tuple(Visit(int(code) >> 1, not code & 1) for code in best.stop[v, : best.size[v]])
        for v in range(len(problem.vehicles))
    ], history


@cache
def compile_once() -> None:
    """Compile, or load what was compiled, so that it takes nobody's time."""
    problem = TourProblem(
        np.zeros((1, 1)), np.zeros((1, 1)), [Job(Stop(0), Stop(0), prize=1.0)], [Vehicle(0)]
    )
    search(problem, Stopwatch(0.0, np.inf, 1), 0, [()])


def _leg(task: Task, state: State) -> float:
    """Mean distance between stops of tours, or of places if there is no tour."""
    stops = int(state.size.sum())
    return float(state.length.sum()) / stops if stops else float(task.distance.mean())


def _task(problem: TourProblem) -> Task:
    jobs, vehicles = problem.jobs, problem.vehicles
    stops = [stop for job in jobs for stop in (job.pickup, job.delivery)]
    place = np.array([-1 if stop is None else stop.place for stop in stops], np.int32)
    times = np.array([(0.0, 0.0, 0.0) if s is None else (s.opens, s.closes, s.service) for s in stops])
    opens, closes, service = times.reshape(-1, 3).T
    # What must be done is worth more than everything else together.
    everything = float(problem.distance.max()) * 2 * (len(jobs) + len(vehicles)) + 1.0
    everything += sum(job.prize or 0.0 for job in jobs) + sum(vehicle.fixed for vehicle in vehicles)
    return Task(
        np.ascontiguousarray(problem.distance, np.float64),
        np.ascontiguousarray(problem.duration, np.float64),
        place,
        opens.copy(),
        closes.copy(),
        service.copy(),
        np.array([job.load for job in jobs], float),
        np.array([-1 if job.vehicle is None else job.vehicle for job in jobs], np.int32),
        np.array([everything if job.is_required else job.prize for job in jobs], float),
        _near(problem.distance, place.reshape(-1, 2)),
        np.array([vehicle.start for vehicle in vehicles], np.int32),
        np.array([-1 if vehicle.end is None else vehicle.end for vehicle in vehicles], np.int32),
        np.array([vehicle.capacity for vehicle in vehicles], float),
        np.array([vehicle.ready for vehicle in vehicles], float),
        np.array([vehicle.until for vehicle in vehicles], float),
        np.array([vehicle.range for vehicle in vehicles], float),
        np.array([vehicle.fixed for vehicle in vehicles], float),
    )


def _near(distance: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(J, J) jobs by the least distance between any of their stops, itself first."""
    least = np.full((len(place), len(place)), np.inf)
    for mine in place.T:
        for other in place.T:
            between = distance[np.ix_(mine, other)]
            between[(mine < 0)[:, None] | (other < 0)[None]] = np.inf
            least = np.minimum(least, between)
    np.fill_diagonal(least, -1.0)
    return np.argsort(least, axis=1, kind="stable").astype(np.int32)


def _state(task: Task, tours: Sequence[Tour]) -> State:
    vehicles, jobs = len(task.start), len(task.load)
    state = State(
        np.zeros((vehicles, 2 * jobs), np.int32),
        np.zeros(vehicles, np.int32),
        np.zeros((vehicles, 2 * jobs)),
        np.zeros((vehicles, 2 * jobs)),
        np.zeros((vehicles, 2 * jobs + 1)),
        np.zeros(vehicles),
        np.full(jobs, -1, np.int32),
    )
    for v, tour in enumerate(tours):
        state.size[v] = len(tour)
        for i, visit in enumerate(tour):
            state.stop[v, i] = 2 * visit.job + (not visit.is_pickup)
            state.holder[visit.job] = v
        refresh(task, state, v)
    return state


def _like(state: State) -> State:
    return State._make(array.copy() for array in state)
