"""What a plan must be, said without any of the code that makes one."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np

Cell = tuple[int, ...]
Path = Sequence[Sequence[int]] | np.ndarray


def conflicts(
    free: np.ndarray, paths: Sequence[Path], start: Sequence[Cell], goal: Sequence[Cell]
) -> list[str]:
    """Everything that is wrong with paths of x, y: each robot stays where its path ends."""
    wrong = []
    if len(paths) != len(start):
        return [f"{len(paths)} paths of {len(start)} robots"]
    last = max(map(len, paths))
    whole = [[tuple(cell) for cell in path] + [tuple(path[-1])] * (last - len(path)) for path in paths]
    for i, path in enumerate(whole):
        if path[0] != tuple(start[i]) or path[-1] != tuple(goal[i]):
            wrong.append(f"robot {i} goes from {path[0]} to {path[-1]}")
        for t, (x, y) in enumerate(path):
            if not (0 <= y < len(free) and 0 <= x < len(free[0]) and free[y][x]):
                wrong.append(f"robot {i} is at {x}, {y} at {t}, which is not free")
        for t, (a, b) in enumerate(pairwise(path)):
            if abs(a[0] - b[0]) + abs(a[1] - b[1]) > 1:
                wrong.append(f"robot {i} jumps from {a} to {b} at {t}")
    for t in range(last):
        at: dict[Cell, int] = {}
        for i, path in enumerate(whole):
            if path[t] in at:
                wrong.append(f"robots {at[path[t]]} and {i} are both at {path[t]} at {t}")
            at[path[t]] = i
        if t + 1 < last:
            for i, path in enumerate(whole):
                other = at.get(path[t + 1], i)
                if other != i and whole[other][t + 1] == path[t]:
                    wrong.append(f"robots {i} and {other} change places at {t}")
    return wrong


def costs(paths: Sequence[Path]) -> tuple[int, int]:
    """Makespan and sum of costs: steps until each robot is at its goal for good."""
    ends = []
    for path in paths:
        end = len(path) - 1
        while end and tuple(path[end - 1]) == tuple(path[-1]):
            end -= 1
        ends.append(end)
    return max(ends), sum(ends)


def neighbours(free: np.ndarray, cell: Cell) -> list[Cell]:
    """The cell itself and those beside it that are free."""
    x, y = cell
    around = [(x, y), (x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    return [(a, b) for a, b in around if 0 <= b < len(free) and 0 <= a < len(free[0]) and free[b][a]]


def best_makespan(free: np.ndarray, start: Sequence[Cell], goal: Sequence[Cell]) -> int | None:
    """The least makespan by breadth-first search over all configurations; None if there is no plan."""
    first, wanted = tuple(start), tuple(goal)
    distance = {first: 0}
    queue = deque([first])
    while queue:
        now = queue.popleft()
        if now == wanted:
            return distance[now]
        for then in product(*(neighbours(free, cell) for cell in now)):
            if then in distance or len(set(then)) < len(then):
                continue
            moves = {(a, b) for a, b in zip(now, then, strict=True) if a != b}
            if any((b, a) in moves for a, b in moves):
                continue
            distance[then] = distance[now] + 1
            queue.append(then)
    return None
