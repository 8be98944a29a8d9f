"""When a core stood still: what no program could have helped, told apart from what is the runtime's own.

A process of a higher real-time priority does nothing on the same core but wait, a millisecond at a time.
Where it, too, is kept waiting, nothing ran there: a hypervisor, firmware or the kernel itself had the core.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Any

import numpy as np

from .histogram import Histogram
from .realtime import prioritise

STEP_S = 1e-3
"""What the witness waits for at a time."""
LATE_S = 0.5e-3
"""How much later than that it must wake for the core to count as having stood still."""


class Witness:
    """A process that watches one core until it is asked what it saw.

    Attributes:
        refused: why Linux did not let it outrank others on the core, a sentence each. What it sees is then
            no sign that the core stood still.
    """

    def __init__(self, cpu: int, priority: int) -> None:
        """Start watching; priority is its own under SCHED_FIFO, above that of what it is to outrank."""
        command = [sys.executable, "-m", __name__, str(cpu), str(priority)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self.refused: list[str] = json.loads(self._output.readline())

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def stop(self) -> np.ndarray:
        """(G, 2) begin and end of each time the core stood still, s by `time.perf_counter`.

        Raises:
            RuntimeError: it ended before it was asked.
        """
        self._process.terminate()
        said, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"the process that watches the core ended with {self._process.returncode}.")
        return np.array(json.loads(said), float).reshape(-1, 2)

    def close(self) -> None:
        """End it, if it has not been stopped."""
        self._process.kill()
        self._process.wait()
        self._output.close()


class TickTimes:
    """When ticks were due, when they began, and how many had been missed by then.

    Memory for all is taken, and touched, at once: what grows later is the runtime's.
    """

    def __init__(self, most: int) -> None:
        """Make room for that many ticks; later ones are not kept."""
        self._due, self._start = np.full(most, np.inf), np.full(most, np.inf)
        self._missed = np.full(most, -1, np.int64)
        self._count = 0

    def add(self, due: float, start: float, missed: int) -> None:
        """A tick began, s; call it after its overrun was counted."""
        if self._count < len(self._start):
            row = self._count
            self._due[row], self._start[row], self._missed[row] = due, start, missed
            self._count += 1

    def beside(self, stalls: np.ndarray) -> dict[str, Any]:
        """What remains of missed ticks and jitter where the core did not stand still.

        A tick is missed when the one before is not over by its deadline: what happened from when that one
        was due counts. A process that is late for reasons of its own is so wherever stalls are.

        Args:
            stalls: (G, 2) by `Witness.stop`, in order.
        """
        due, start, missed = (a[: self._count] for a in (self._due, self._start, self._missed))
        is_alive = _still(due[:-1], start[1:], stalls) == 0
        # Ticks that began late for a stall are followed early by the next: no such interval counts.
        is_even = _still(np.append(due[:1], due)[:-2], start[1:], stalls) == 0
        alive = Histogram()
        for duration in np.diff(start)[is_even]:
            alive.add(float(duration))
        lengths = stalls[:, 1] - stalls[:, 0]
        return {
            "number": len(stalls),
            "total_s": float(lengths.sum()),
            "longest_s": float(lengths.max(initial=0.0)),
            "missed_without": int(np.diff(missed)[is_alive].sum()),
            "period_without": asdict(alive.spread()),
        }


def _still(begin: np.ndarray, end: np.ndarray, stalls: np.ndarray) -> np.ndarray:
    """(n,) how long a core stood still between n begins and ends, both in order, s."""
    still = np.zeros(len(begin))
    for first, last in stalls:
        rows = slice(np.searchsorted(end, first, side="right"), np.searchsorted(begin, last))
        still[rows] += np.minimum(end[rows], last) - np.maximum(begin[rows], first)
    return still


def _watch(cpu: int, priority: int) -> None:
    """Wait until SIGTERM, then print the times at which waking was late."""
    is_over, stalls = False, []

    def end(*_: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, end)
    print(json.dumps(prioritise(priority, cpu, True)), flush=True)
    now = time.perf_counter()
    while not is_over:
        due = now + STEP_S
        time.sleep(STEP_S)
        now = time.perf_counter()
        if now - due > LATE_S:
            stalls.append((due, now))
    print(json.dumps(stalls))


if __name__ == "__main__":
    _watch(int(sys.argv[1]), int(sys.argv[2]))
