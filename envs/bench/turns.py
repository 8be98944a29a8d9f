"""Comparing speeds in one process: everyone takes turns, so that what disturbs one disturbs all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median

_TRIAL_CALLS = 2


@dataclass
class Rate:
    """Work per second over the rounds. Under foreign load `best` is the nearest to a quiet machine."""

    median: float
    best: float


def rates_in_turns(
    contestants: Mapping[str, Callable[[], int]], seconds: float, rounds: int = 9
) -> dict[str, list[float]]:
    """Work per second of each contestant in each round, by name.

    A contestant does a piece of work and returns how much it was. Every round lets each of them work for
    equally long, in an order that alternates, for `seconds` per contestant in all.

    Raises:
        ValueError: `seconds` <= 0.
    """
    if not seconds > 0:
        raise ValueError(f"seconds is {seconds:g}; a measurement needs more than 0.")
    calls = {name: _calls_in(seconds / rounds, work) for name, work in contestants.items()}
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    order = list(contestants)
    for _ in range(rounds):
        for name in order:
            begin = time.perf_counter()
            done = sum(contestants[name]() for _ in range(calls[name]))
            rates[name].append(done / (time.perf_counter() - begin))
        order.reverse()
    return rates


def summary(rates: Mapping[str, list[float]]) -> dict[str, dict[str, float]]:
    """`Rate` of each contestant, as plain numbers for a file."""
    return {name: asdict(Rate(median(values), max(values))) for name, values in rates.items()}


def ratios(rates: Mapping[str, list[float]], ours: str) -> dict[str, float]:
    """How many times faster `ours` is than each other contestant: the median over the rounds."""
    return {
        name: median(mine / theirs for mine, theirs in zip(rates[ours], values, strict=True))
        for name, values in rates.items()
        if name != ours
    }


def _calls_in(seconds: float, work: Callable[[], int]) -> int:
    """How many calls fill `seconds`, at least one, after one to warm up."""
    work()
    begin, calls = time.perf_counter(), 0
    while calls < _TRIAL_CALLS and time.perf_counter() - begin < seconds:
        work()
        calls += 1
    return max(1, round(seconds * calls / (time.perf_counter() - begin)))
