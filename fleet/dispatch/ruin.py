"""Ruin and recreate: take strings of stops out of neighbouring tours, put their jobs where it is cheapest.

Slack induction by string removals (Christiaens, Vanden Berghe 2020, Transportation Science 54(2)), for jobs
with pickups, vehicles that are all different, loads on board, ranges, and jobs that may be left for a prize.
A stop is `2 * job` for a pickup and `2 * job + 1` for a delivery.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

_BLINK = 0.01  # chance to overlook a place
_TAKES_ALL = 0.1  # chance to take jobs whatever they cost
_REMOVED = 10.0  # jobs, on average
_LONGEST = 10.0  # stops of a string


class Task(NamedTuple):
    """What is to be done: J jobs of two stops each, V vehicles, P places."""

    distance: Floats  # (P, P)
    duration: Floats  # (P, P)
    place: Ints  # (2 J,); -1 for a pickup that there is not
    opens: Floats  # (2 J,)
    closes: Floats  # (2 J,)
    service: Floats  # (2 J,)
    load: Floats  # (J,)
    owner: Ints  # (J,); -1 if nobody has it on board
    prize: Floats  # (J,); what it costs to leave it
    near: Ints  # (J, k) jobs by distance
    start: Ints  # (V,)
    end: Ints  # (V,); -1 if a tour may end anywhere
    capacity: Floats  # (V,)
    ready: Floats  # (V,)
    until: Floats  # (V,)
    range: Floats  # (V,)
    fixed: Floats  # (V,)


class State(NamedTuple):
    """Tours, and what is known of each stop."""

    stop: Ints  # (V, 2 J)
    size: Ints  # (V,) stops of each
    begin: Floats  # (V, 2 J) earliest begin of service
    late: Floats  # (V, 2 J) latest begin that keeps the rest of the tour
    load: Floats  # (V, 2 J + 1) on board after so many stops
    length: Floats  # (V,)
    holder: Ints  # (J,) vehicle, -1 if left


@njit(cache=True)
def refresh(task, state, v):
    """Times, loads and length of a tour from its stops."""
    n = state.size[v]
    state.load[v, 0] = 0.0
    for i in range(n):
        if state.stop[v, i] & 1 and task.place[state.stop[v, i] - 1] < 0:
            state.load[v, 0] += task.load[state.stop[v, i] >> 1]
    time, at, way = task.ready[v], task.start[v], 0.0
    for i in range(n):
        stop = state.stop[v, i]
        place = task.place[stop]
        way += task.distance[at, place]
        time = max(time + task.duration[at, place], task.opens[stop])
        state.begin[v, i] = time
        sign = -1.0 if stop & 1 else 1.0
        state.load[v, i + 1] = state.load[v, i] + sign * task.load[stop >> 1]
        time, at = time + task.service[stop], place
    if n and task.end[v] >= 0:
        way += task.distance[at, task.end[v]]
    state.length[v] = way
    late = task.until[v]
    after = task.end[v]
    for i in range(n - 1, -1, -1):
        stop = state.stop[v, i]
        if after >= 0:
            late -= task.duration[task.place[stop], after]
        late = min(late - task.service[stop], task.closes[stop])
        state.late[v, i] = late
        after = task.place[stop]


@njit(cache=True)
def _between(task, before, place, after):
    """Distance that a stop adds between two places; `after` is -1 where the tour ends anywhere."""
    if after < 0:
        return task.distance[before, place]
    return task.distance[before, place] + task.distance[place, after] - task.distance[before, after]


@njit(cache=True)
def _fits(task, state, v, i, leave, place):
    """Whether the tour from its stop i on holds when its vehicle leaves a place at a time."""
    if i == state.size[v]:
        if task.end[v] >= 0:
            leave += task.duration[place, task.end[v]]
        return leave <= task.until[v]
    stop = state.stop[v, i]
    return max(leave + task.duration[place, task.place[stop]], task.opens[stop]) <= state.late[v, i]


@njit(cache=True)
def cheapest(task, state, v, job, blink):
    """(added cost, pickup before stop a, delivery before stop b) of a job in a tour; infinite if none is."""
    best, best_a, best_b = np.inf, -1, -1
    n, load, up, down = state.size[v], task.load[job], 2 * job, 2 * job + 1
    if task.owner[job] >= 0 and task.owner[job] != v:
        return best, best_a, best_b
    room, spare = task.capacity[v] - load + 1e-9, task.range[v] - state.length[v]
    has_pickup = task.place[up] >= 0
    fixed = task.fixed[v] if n == 0 else 0.0
    home = task.distance[task.start[v], task.end[v]] if n == 0 and task.end[v] >= 0 else 0.0
    drop = task.place[down]
    for a in range(n + 1 if has_pickup else 1):
        at = task.start[v] if a == 0 else task.place[state.stop[v, a - 1]]
        time = task.ready[v]
        if a > 0:
            time = state.begin[v, a - 1] + task.service[state.stop[v, a - 1]]
        if state.load[v, a] > room:
            continue
        behind = at
        more = 0.0
        if has_pickup:
            pick = task.place[up]
            time = max(time + task.duration[at, pick], task.opens[up])
            if time > task.closes[up]:
                break
            time += task.service[up]
            at = pick
            following = task.place[state.stop[v, a]] if a < n else task.end[v]
            more = _between(task, behind, pick, following)
        for b in range(a, n + 1):
            begin = max(time + task.duration[at, drop], task.opens[down])
            if begin > task.closes[down]:
                break
            following = task.place[state.stop[v, b]] if b < n else task.end[v]
            if has_pickup and b == a:
                added = task.distance[behind, at] + _between(task, at, drop, following)
                if following >= 0:
                    added += task.distance[at, following] - task.distance[behind, following]
            else:
                added = more + _between(task, at, drop, following)
            added += home
            seen = not (blink > 0.0 and np.random.random() < blink)
            is_better = added + fixed < best and added <= spare and seen
            if is_better and _fits(task, state, v, b, begin + task.service[down], drop):
                best, best_a, best_b = added + fixed, a, b
            if b == n or state.load[v, b + 1] > room:
                break
            stop = state.stop[v, b]
            time = max(time + task.duration[at, task.place[stop]], task.opens[stop])
            if time > state.late[v, b]:
                break
            time, at = time + task.service[stop], task.place[stop]
    return best, best_a, best_b


@njit(cache=True)
def _insert(task, state, v, job, a, b):
    stops, n = state.stop[v], state.size[v]
    added = 1
    for i in range(n, b, -1):
        stops[i] = stops[i - 1]
    stops[b] = 2 * job + 1
    if task.place[2 * job] >= 0:
        for i in range(n + 1, a, -1):
            stops[i] = stops[i - 1]
        stops[a] = 2 * job
        added = 2
    state.size[v] = n + added
    state.holder[job] = v
    refresh(task, state, v)


@njit(cache=True)
def _remove_string(task, state, v, job, longest):
    """Take a random string of stops around a job out of a tour, with both stops of each job in it."""
    stops, n = state.stop[v], state.size[v]
    length = int(np.random.random() * min(longest, float(n))) + 1
    at = 0
    while stops[at] >> 1 != job:
        at += 1
    first = max(0, min(at - np.random.randint(0, length), n - length))
    for i in range(first, first + length):
        state.holder[stops[i] >> 1] = -1
    kept = 0
    for i in range(n):
        if state.holder[stops[i] >> 1] == v:
            stops[kept] = stops[i]
            kept += 1
    state.size[v] = kept
    refresh(task, state, v)


@njit(cache=True)
def _ruin(task, state, touched):
    jobs, used = len(task.load), 0
    stops = 0
    for v in range(len(task.start)):
        used += state.size[v] > 0
        stops += state.size[v]
    if used == 0:
        return
    longest = min(_LONGEST, max(1.0, stops / used))
    most = max(1.0, 4.0 * _REMOVED / (1.0 + longest) - 1.0)
    strings = int(np.random.random() * most) + 1
    seed = np.random.randint(0, jobs)
    for job in task.near[seed]:
        if strings == 0:
            return
        v = state.holder[job]
        if v >= 0 and not touched[v]:
            touched[v] = True
            _remove_string(task, state, v, job, longest)
            strings -= 1


@njit(cache=True)
def _recreate(task, state, touched):
    left = np.flatnonzero(state.holder < 0)
    how = np.random.randint(0, 4)
    key = np.random.random(len(left))
    for i, job in enumerate(left):
        if how == 1:
            key[i] = -task.load[job] + 1e-3 * key[i]
        elif how == 2:
            key[i] = task.closes[2 * job + 1]
        elif how == 3:
            key[i] = -task.prize[job]
    # Two jobs may be worth a way that neither is worth alone.
    takes_all = np.random.random() < _TAKES_ALL
    for job in left[np.argsort(key)]:
        best, best_v, best_a, best_b = np.inf if takes_all else task.prize[job], -1, -1, -1
        for v in range(len(task.start)):
            cost, a, b = cheapest(task, state, v, job, _BLINK)
            if cost < best:
                best, best_v, best_a, best_b = cost, v, a, b
        if best_v >= 0:
            _insert(task, state, best_v, job, best_a, best_b)
            touched[best_v] = True


@njit(cache=True)
def total(task, state):
    """Distances, fixed costs, and prizes of jobs that are left."""
    cost = 0.0
    for v in range(len(task.start)):
        if state.size[v]:
            cost += state.length[v] + task.fixed[v]
    for job in range(len(task.load)):
        if state.holder[job] < 0:
            cost += task.prize[job]
    return cost


@njit(cache=True)
def _copy(source, target, v):
    n = source.size[v]
    target.size[v], target.length[v] = n, source.length[v]
    target.load[v, 0] = source.load[v, 0]
    for i in range(n):
        target.stop[v, i], target.begin[v, i] = source.stop[v, i], source.begin[v, i]
        target.late[v, i], target.load[v, i + 1] = source.late[v, i], source.load[v, i + 1]


@njit(cache=True)
def improve(task, work, now, best, rounds, temperature, seed):
    """Ruin and recreate some times, and accept by simulated annealing.

    Args:
        task: what is to be done.
        work: like `now`, and again in the end.
        now: the tours that changes begin with; changed.
        best: the best tours; changed if better ones are found.
        rounds: how many times.
        temperature: a dearer plan is accepted with a chance of exp(-difference / temperature).
        seed: of the random numbers, if 0 or more; else they go on.

    Returns:
        Cost of the best.
    """
    if seed >= 0:
        np.random.seed(seed)
    cost, least = total(task, now), total(task, best)
    touched = np.zeros(len(task.start), np.bool_)
    for _ in range(rounds):
        touched[:] = False
        _ruin(task, work, touched)
        _recreate(task, work, touched)
        changed = total(task, work)
        accepted = changed < cost - temperature * np.log(max(1e-12, np.random.random()))
        for v in np.flatnonzero(touched):
            if accepted:
                _copy(work, now, v)
            else:
                _copy(now, work, v)
        if accepted:
            now.holder[:] = work.holder
            cost = changed
        else:
            work.holder[:] = now.holder
        if accepted and cost < least - 1e-9:
            least = cost
            for v in range(len(task.start)):
                _copy(now, best, v)
            best.holder[:] = now.holder
    return least
