"""When a core stood still: what no program could have helped, told apart from what is the runtime's own.

A process of a higher real-time priority does nothing on the same core but wait, a millisecond at a time.
Where it, too, is kept waiting, nothing ran there: a hypervisor, firmware or the kernel itself had the core.
"""

from __future__ import annotations

import json
import os
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
    """A process that watches one core until it is asked what it saw."""

    def __init__(self, cpu: int, priority: int) -> None:
        """Start watching; priority is that of the program it is to outrank, under SCHED_FIFO."""
        command = [sys.executable, "-m", __name__, str(cpu), str(min(priority + 1, 99))]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._output.readline()  # it is ready

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
    """When ticks began and how many had been missed by then.

    Memory for all is taken, and touched, at once: what grows later is the runtime's.
    """

    def __init__(self, most: int) -> None:
        """Make room for that many ticks; later ones are not kept."""
        self._start, self._missed = np.full(most, np.inf), np.full(most, -1, np.int64)
        self._count = 0

    def add(self, start: float, missed: int) -> None:
        """A tick began at a time, s; call it after its overrun was counted."""
        if self._count < len(self._start):
            self._start[self._count], self._missed[self._count] = start, missed
            self._count += 1

    def beside(self, stalls: np.ndarray) -> dict[str, Any]:
        """What remains of missed ticks and jitter without the times when the core stood still.

        A missed tick is the core's if the time from the tick before, less what the core stood still of it,
        is no longer than the ticks usually are apart.

        Args:
            stalls: (G, 2) by `Witness.stop`.
        """
        start, missed = self._start[: self._count], self._missed[: self._count]
        interval, still = np.diff(start), _overlap(start, stalls)
        usual = float(np.median(interval)) if len(interval) else 0.0
        excused = (still > 0) & (interval - still <= usual)
        alive = Histogram()
        for duration in interval[still == 0]:
            alive.add(float(duration))
        lengths = stalls[:, 1] - stalls[:, 0]
        return {
            "number": len(stalls),
            "total_s": float(lengths.sum()),
            "longest_s": float(lengths.max(initial=0.0)),
            "missed": int(np.diff(missed)[excused].sum()),
            "period_without": asdict(alive.spread()),
        }


def _overlap(start: np.ndarray, stalls: np.ndarray) -> np.ndarray:
    """(n - 1,) how long a core stood still between each of n starts and the next, s."""
    still = np.zeros(max(len(start) - 1, 0))
    for begin, end in stalls:
        first = max(int(np.searchsorted(start, begin, side="right")) - 1, 0)
        last = min(int(np.searchsorted(start, end)), len(still))
        for k in range(first, last):
            still[k] += max(min(end, start[k + 1]) - max(begin, start[k]), 0.0)
    return still


def _watch(cpu: int, priority: int) -> None:
    """Wait until SIGTERM, then print the times at which waking was late."""
    is_over, stalls = False, []

    def end(*_: object) -> None:
        nonlocal is_over
        is_over = True

    signal.signal(signal.SIGTERM, end)
    for sentence in prioritise(priority, cpu, True):
        print(f"watching core {cpu}: {sentence}", file=sys.stderr)
    print(os.getpid(), flush=True)
    now = time.perf_counter()
    while not is_over:
        due = now + STEP_S
        time.sleep(max(due - now, 0.0))
        now = time.perf_counter()
        if now - due > LATE_S:
            stalls.append((due, now))
    print(json.dumps(stalls))


if __name__ == "__main__":
    _watch(int(sys.argv[1]), int(sys.argv[2]))
