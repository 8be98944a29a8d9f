"""When a search is to stop."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

_MANY = 1 << 40


@dataclass(frozen=True)
class Stopwatch:
    """When to stop, and how far it is.

    Attributes:
        begin: `perf_counter()` at the call.
        seconds: how long it may take.
        rounds: the most steps of the search; none for as many as fit.
    """

    begin: float
    seconds: float
    rounds: int | None = None

    def elapsed(self) -> float:
        """s since the call."""
        return perf_counter() - self.begin

    def is_over(self, done: int) -> bool:
        """Whether to stop after so many steps."""
        return self.left(done) <= 0 or self.elapsed() >= self.seconds

    def left(self, done: int) -> int:
        """Steps that are left."""
        return _MANY if self.rounds is None else self.rounds - done

    def share(self, done: int) -> float:
        """How much of it is over, from 0 to 1: of the steps if they are limited, else of the time."""
        return self.elapsed() / self.seconds if self.rounds is None else done / max(1, self.rounds)
