"""Shares a batch among threads. Kernels release Python's lock, so no process and no copy is needed.

Numba's own parallel loops are not used: their default threads must not be entered from two Python threads at
once, which a robot's program does sooner or later, and they take several times as long to compile.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise


def thread_count() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share(work: Callable[[int, int], None], count: int, least: int) -> None:
    """Call `work(begin, end)` on parts of range(count), each of at least `least`, and wait for all."""
    parts = max(1, min(thread_count(), count // least))
    if parts == 1:
        work(0, count)
        return
    edges = [count * part // parts for part in range(parts + 1)]
    rest = [_pool().submit(work, begin, end) for begin, end in pairwise(edges[1:])]
    work(0, edges[1])
    for future in rest:
        future.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, thread_count() - 1), thread_name_prefix="planning")
